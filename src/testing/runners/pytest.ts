import { inspect } from '../../platform/files/inspect.ts';
import { readFile } from '../../platform/files/read.ts';
import { readResultFile } from '../results/collect-results.ts';
import type { Findings } from '../results/findings.ts';
import { parseJunit } from '../results/parsers/junit.ts';
import { findPython, NO_PYTHON, pythonCommand } from './python.ts';
import { type PrepareRunner, resolveEntryPoint } from './runner.ts';

/**
 * Runs pytest like `python -m pytest`, and writes a file if a test or hook ends the run in the middle: `pytest.exit` can set
 * the exit status 0, and the report then has only the tests before it. Arguments: that file, the arguments of pytest.
 */
const PYTEST_PROGRAM = String.raw`
import importlib.util, os, sys


class Interruption:
    def __init__(self, path):
        self.path, self.running = path, ""

    def pytest_runtest_logstart(self, nodeid):
        self.running = nodeid

    def pytest_keyboard_interrupt(self, excinfo):
        # pytest itself interrupts the run after errors of the collection, which the report contains.
        if isinstance(excinfo.value, pytest.Session.Interrupted):
            return
        with open(self.path, "w", encoding="utf-8", errors="backslashreplace") as file:
            file.write("%s\n%s" % (self.running, excinfo.value or excinfo.typename))


if __name__ == "__main__":
    sys.path[0] = os.getcwd()
    path, sys.argv[1:] = sys.argv[1], sys.argv[2:]
    try:
        import pytest
    except ImportError as error:
        sys.exit("%s: %s" % (sys.executable, error))
    # Two measurements at once disturb each other.
    if globals().get("ATTUNE_COVERAGE") and importlib.util.find_spec("pytest_cov"):
        sys.argv.append("--no-cov")
    sys.exit(int(pytest.main(sys.argv[1:], plugins=[Interruption(path)])))
`;

/** Prepares pytest with its JUnit report. `entry_point` may select tests of a file, as in `tests/test_x.py::TestX`. */
export const preparePytest: PrepareRunner = (suite, context) => {
  const python = findPython(context);
  if (python === undefined) return { problem: NO_PYTHON };
  const target = resolveEntryPoint(suite.target, context.pack, suite.target.replace(/::.*$/s, ''));
  if ('problem' in target) return target;
  const [results, interruption] = [`${context.results}.xml`, `${context.results}.interruption`];
  // The cache is needed by options such as --lf and by its fixture, but must not be written to the pack.
  const ini = [`cache_dir=${context.results}.cache`, 'junit_logging=all', 'junit_duration_report=call'];
  const settings = ini.flatMap((setting) => ['-o', setting]);
  // Prevents pytest from using a pytest.ini or conftest.py in a parent directory of the copy.
  const boundaries = [`--rootdir=${context.pack}`, `--confcutdir=${context.pack}`];
  const args = [interruption, ...settings, ...boundaries, `--junitxml=${results}`, suite.target];
  return {
    ...pythonCommand(python, PYTEST_PROGRAM, args, context),
    read: (result) => withInterruption(withoutHeadings(readResultFile(results, parseJunit, result)), interruption),
  };
};

/** Removes pytest's headings `--- Captured Out ---`, which precede captured output and are present even without any. */
function withoutHeadings(findings: Findings): Findings {
  const clean = (text: string | null) => text?.replace(/^-+ Captured \w+ -+$\n*/gm, '').trim() || null;
  const cases = findings.cases.map((testCase) => ({
    ...testCase,
    stdout: clean(testCase.stdout),
    stderr: clean(testCase.stderr),
  }));
  return { ...findings, cases };
}

/** Adds the problem that the run was ended in the middle, with the running test and the reason. */
function withInterruption(findings: Findings, file: string): Findings {
  if (inspect(file)?.kind !== 'file') return findings;
  const [running = '', ...reason] = readFile(file).toString('utf8').split('\n');
  const during = running === '' ? '' : ` during ${running}`;
  const problem = `pytest was ended before all its tests were run${during}: ${reason.join(' ').trim().slice(0, 500)}`;
  return { ...findings, problems: [...findings.problems, problem] };
}
