/**
 * A reporter that runs in the pack's Python (3.6 or later). It loads the `entry_point` with unittest's own loader and
 * writes a line of JSON for each case (see `records.ts`). The results go to a separate file, so that they are not mixed
 * with output of the tests. Arguments: the result file, the entry point.
 */
export const UNITTEST_PROGRAM = String.raw`
import io, json, os, sys, time, traceback, unittest


class Captured(io.TextIOWrapper):
    """Captures the output of a test. The file descriptor is the real one, for subprocesses that inherit it."""

    def __init__(self, original):
        super().__init__(io.BytesIO(), encoding="utf-8", errors="backslashreplace", write_through=True)
        self.original = original

    def fileno(self):
        return self.original.fileno()

    def text(self):
        self.flush()
        return self.buffer.getvalue().decode("utf-8", "replace")


class Recorder(unittest.TestResult):
    def __init__(self, record):
        super().__init__()
        self.record = record
        self.running = None

    def startTest(self, test):
        super().startTest(test)
        self.running, self.status, self.reasons, self.skipped_parts = test, None, [], []
        self.began = time.perf_counter()
        self.record(event="start", name=name_of(test))
        self.streams = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = (Captured(stream) for stream in self.streams)

    def stopTest(self, test):
        printed = [stream.text() if isinstance(stream, Captured) else "" for stream in (sys.stdout, sys.stderr)]
        sys.stdout, sys.stderr = self.streams
        seconds = time.perf_counter() - self.began
        if self.status is None:
            # unittest reports a test with skipped subtests neither as passed nor as skipped.
            self.status, self.reasons = ("skipped", self.skipped_parts) if self.skipped_parts else ("failed", ["The test never finished."])
        self.report(test, self.status, self.reasons, printed, seconds)
        self.running = None
        super().stopTest(test)

    def report(self, test, status, reasons, printed=("", ""), seconds=0):
        error = "\n\n".join(reason for reason in reasons if reason)
        self.record(event="case", name=name_of(test), status=status, duration_ms=seconds * 1000,
                    error=error, stdout=printed[0], stderr=printed[1])
        print("%s ... %s" % (name_of(test), status), file=sys.stderr, flush=True)

    def set_outcome(self, test, status, reason):
        """Records an outcome. A fixture of a class or module, which runs outside of tests, is a separate case."""
        if self.running is None:
            self.report(test, status, [reason])
        elif self.status != "failed":
            self.status, self.reasons = status, [reason]
        elif status == "failed":
            self.reasons.append(reason)

    def addSuccess(self, test):
        super().addSuccess(test)
        if self.status is None:
            self.status = "passed"

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.set_outcome(test, "failed", explain(err, self.failures[-1][1]))

    def addError(self, test, err):
        super().addError(test, err)
        self.set_outcome(test, "failed", explain(err, self.errors[-1][1]))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        if self.running is not None and test is not self.running:
            self.skipped_parts.append("%s: %s" % (test.id(), reason))
        else:
            self.set_outcome(test, "skipped", str(reason))

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self.set_outcome(test, "passed", "")

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.set_outcome(test, "failed", "The test is marked as an expected failure, but it passed.")

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            listed = self.failures if issubclass(err[0], test.failureException) else self.errors
            self.set_outcome(test, "failed", "%s: %s" % (subtest.id(), explain(err, listed[-1][1])))


def name_of(test):
    name = test.id()
    broken = "unittest.loader._FailedTest."
    return "import of " + name[len(broken):] if name.startswith(broken) else name


def explain(err, details):
    """Returns the summary of an error on the first line, followed by the traceback."""
    lines = "".join(traceback.format_exception_only(err[0], err[1])).strip().split("\n")
    import_failed = isinstance(err[1], (ImportError, SyntaxError))
    return (lines[-1] if import_failed else lines[0]).strip() + "\n\n" + details


def top_of(directory):
    """Returns the nearest directory that is not a package, which is the root of imports."""
    while os.path.isfile(os.path.join(directory, "__init__.py")):
        directory = os.path.dirname(directory)
    return directory


def load(entry):
    loader = unittest.TestLoader()
    path = os.path.abspath(entry)
    if os.path.isdir(path):
        return loader.discover(path, top_level_dir=top_of(path))
    if not os.path.isfile(path):
        return loader.loadTestsFromName(entry)
    top = top_of(os.path.dirname(path))
    sys.path.insert(0, top)
    return loader.loadTestsFromName(os.path.splitext(os.path.relpath(path, top))[0].replace(os.sep, "."))


class Unloadable:
    def __init__(self, entry):
        self.entry = entry

    def id(self):
        return "import of " + self.entry


def main(results, entry):
    sys.argv = [entry]
    sys.path[0] = os.getcwd()
    owner = os.getpid()
    with open(results, "w", encoding="utf-8") as lines:

        def record(**fields):
            if os.getpid() == owner:
                lines.write(json.dumps(fields) + "\n")
                lines.flush()

        recorder = Recorder(record)
        try:
            suite = load(entry)
        except BaseException as error:
            err = type(error), error, error.__traceback__
            recorder.report(Unloadable(entry), "failed", [explain(err, traceback.format_exc())])
            record(event="end")
            return 1
        suite.run(recorder)
        record(event="end")
    return 0 if recorder.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
`;
