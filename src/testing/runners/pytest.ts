import { readResultFile } from '../results/collect-results.ts';
import type { Findings } from '../results/findings.ts';
import { parseJunit } from '../results/parsers/junit.ts';
import { type PrepareRunner, resolveEntryPoint } from './runner.ts';
import { findPython, NO_PYTHON } from './unittest.ts';

/** Prepares pytest with its JUnit report. `entry_point` may select tests of a file, as in `tests/test_x.py::TestX`. */
export const preparePytest: PrepareRunner = (suite, context) => {
  const python = findPython(context);
  if (python === undefined) return { problem: NO_PYTHON };
  const target = resolveEntryPoint(suite.target, context.pack, suite.target.replace(/::.*$/s, ''));
  if ('problem' in target) return target;
  const results = `${context.results}.xml`;
  // The cache is needed by options such as --lf and by its fixture, but must not be written to the pack.
  const ini = [`cache_dir=${context.results}.cache`, 'junit_logging=all', 'junit_duration_report=call'];
  const settings = ini.flatMap((setting) => ['-o', setting]);
  // Prevents pytest from using a pytest.ini or conftest.py in a parent directory of the copy.
  const boundaries = [`--rootdir=${context.pack}`, `--confcutdir=${context.pack}`];
  return {
    command: python,
    args: ['-u', '-m', 'pytest', ...settings, ...boundaries, `--junitxml=${results}`, suite.target],
    read: (result) => withoutHeadings(readResultFile(results, parseJunit, result)),
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
