/**
 * The reporter that runs inside the pack's Python (3.6 or later): it loads what `entry_point` names with unittest's own
 * loader and writes one line of JSON a case (see `parse-records.ts`). A file of its own keeps the results apart from
 * whatever the tests print. Arguments: where to write, what to run.
 */
export const UNITTEST_PROGRAM = String.raw`
import io, json, os, sys, time, traceback, unittest


class Captured(io.TextIOWrapper):
    """Takes what a test prints; its number stays the real one, for subprocesses that inherit it."""

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
        self.running, self.status, self.reasons, self.left_out = test, None, [], []
        self.began = time.perf_counter()
        self.record(event="start", name=name_of(test))
        self.streams = sys.stdout, sys.stderr
        sys.stdout, sys.stderr = (Captured(stream) for stream in self.streams)

    def stopTest(self, test):
        printed = [stream.text() if isinstance(stream, Captured) else "" for stream in (sys.stdout, sys.stderr)]
        sys.stdout, sys.stderr = self.streams
        seconds = time.perf_counter() - self.began
        if self.status is None:
            # A test of which a part was skipped is neither told as passed nor as skipped.
            self.status, self.reasons = ("skipped", self.left_out) if self.left_out else ("failed", ["It never ended."])
        self.tell(test, self.status, self.reasons, printed, seconds)
        self.running = None
        super().stopTest(test)

    def tell(self, test, status, reasons, printed=("", ""), seconds=0):
        error = "\n\n".join(reason for reason in reasons if reason)
        self.record(event="case", name=name_of(test), status=status, duration_ms=seconds * 1000,
                    error=error, stdout=printed[0], stderr=printed[1])
        print("%s ... %s" % (name_of(test), status), file=sys.stderr, flush=True)

    def note(self, test, status, reason):
        """A fixture of a class or module fails or is skipped outside of any test: that is a case of its own."""
        if self.running is None:
            self.tell(test, status, [reason])
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
        self.note(test, "failed", explain(err, self.failures[-1][1]))

    def addError(self, test, err):
        super().addError(test, err)
        self.note(test, "failed", explain(err, self.errors[-1][1]))

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        if self.running is not None and test is not self.running:
            self.left_out.append("%s: %s" % (test.id(), reason))
        else:
            self.note(test, "skipped", str(reason))

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self.note(test, "passed", "")

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.note(test, "failed", "The test is marked as an expected failure, but it passed.")

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            listed = self.failures if issubclass(err[0], test.failureException) else self.errors
            self.note(test, "failed", "%s: %s" % (subtest.id(), explain(err, listed[-1][1])))


def name_of(test):
    name = test.id()
    broken = "unittest.loader._FailedTest."
    return "import of " + name[len(broken):] if name.startswith(broken) else name


def explain(err, details):
    """What it comes to in the first line, then where it happened."""
    words = "".join(traceback.format_exception_only(err[0], err[1])).strip().split("\n")
    imported = isinstance(err[1], (ImportError, SyntaxError))
    return (words[-1] if imported else words[0]).strip() + "\n\n" + details


def top_of(directory):
    """The nearest directory that is no package, from which imports inside of it begin."""
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
            recorder.tell(Unloadable(entry), "failed", [explain(err, traceback.format_exc())])
            record(event="end")
            return 1
        suite.run(recorder)
        record(event="end")
    return 0 if recorder.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
`;
