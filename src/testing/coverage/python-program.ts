/**
 * Runs a Python program under coverage.py (5.0 or later), with the configuration of the pack, and writes the JSON report of
 * coverage.py. Without coverage.py the program runs all the same, and the file has the reason. Arguments: the report file,
 * the program, the arguments of the program.
 */
export const PYTHON_COVERAGE_PROGRAM = `
import json, os, sys


def start_coverage(report):
    """Returns the running measurement; None if there is none, with the reason in the report file."""
    directory, searched = os.getcwd(), sys.path[:]
    for own in ("coverage.py", os.path.join("coverage", "__init__.py")):
        if os.path.exists(os.path.join(directory, own)):
            return give_up(report, "the pack has a module named 'coverage', like coverage.py itself")
    try:
        # A module of the pack must not replace one that coverage.py imports.
        sys.path[:] = [path for path in searched if path not in ("", directory)]
        import coverage
        measured = coverage.Coverage(data_file=report + ".data")
        # The configuration may name plugins of the pack.
        sys.path[:] = searched
        measured.start()
        return measured
    except ImportError as error:
        hint = "install it, or list it in requirements-test.txt and pass --env"
        return give_up(report, "%s: %s (%s)" % (sys.executable, error, hint))
    except Exception as error:
        return give_up(report, "coverage.py: %s" % error)
    finally:
        sys.path[:] = searched


def give_up(report, problem):
    with open(report, "w", encoding="utf-8", errors="backslashreplace") as file:
        json.dump({"problem": problem}, file)


def write_coverage(measured, report):
    try:
        measured.stop()
        measured.save()
        # The configuration may ask for a data file for each process.
        measured.combine()
        measured.json_report(outfile=report, ignore_errors=True)
    except Exception as error:
        give_up(report, "coverage.py: %s" % error)


ATTUNE_COVERAGE_REPORT, ATTUNE_PROGRAM = sys.argv[1:3]
del sys.argv[1:3]
ATTUNE_COVERAGE, ATTUNE_PROCESS = start_coverage(ATTUNE_COVERAGE_REPORT), os.getpid()
try:
    exec(compile(ATTUNE_PROGRAM, "<string>", "exec"))
finally:
    if ATTUNE_COVERAGE is not None and os.getpid() == ATTUNE_PROCESS:
        write_coverage(ATTUNE_COVERAGE, ATTUNE_COVERAGE_REPORT)
`;
