import { inspectTarget } from '../../platform/files/inspect.ts';
import { readResultFile } from '../results/collect-results.ts';
import type { Findings } from '../results/findings.ts';
import { parseJunit } from '../results/parsers/junit.ts';
import { pathInside } from '../workspace/copy-pack.ts';
import type { PrepareRunner } from './runner.ts';
import { findPython, NO_PYTHON } from './unittest.ts';

/** pytest with its own JUnit report. `entry_point` may go on after the file, as in `tests/test_x.py::TestX`. */
export const preparePytest: PrepareRunner = (suite, context) => {
  const python = findPython(context);
  if (python === undefined) return { problem: NO_PYTHON };
  const path = pathInside(context.pack, suite.target.replace(/::.*$/s, ''));
  if (path === undefined) return { problem: `Its entry_point '${suite.target}' leads out of the pack` };
  if (inspectTarget(path) === undefined) return { problem: `Its entry_point '${suite.target}' is not in the pack` };
  const results = `${context.results}.xml`;
  const settings = ['-p', 'no:cacheprovider', '-o', 'junit_logging=all', '-o', 'junit_duration_report=call'];
  // Above the copy there may be somebody else's pytest.ini or conftest.py.
  const borders = [`--rootdir=${context.pack}`, `--confcutdir=${context.pack}`];
  return {
    command: python,
    args: ['-u', '-m', 'pytest', ...settings, ...borders, `--junitxml=${results}`, suite.target],
    read: (result) => withoutHeadings(readResultFile(results, parseJunit, result)),
  };
};

/** pytest rules off what it captured with `--- Captured Out ---`, also where there was nothing. */
function withoutHeadings(findings: Findings): Findings {
  const clean = (text: string | null) => text?.replace(/^-+ Captured \w+ -+$\n*/gm, '').trim() || null;
  const cases = findings.cases.map((found) => ({
    ...found,
    stdout: clean(found.stdout),
    stderr: clean(found.stderr),
  }));
  return { ...findings, cases };
}
