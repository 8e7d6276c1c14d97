import { join } from 'node:path';
import { inspectTarget } from '../../platform/files/inspect.ts';
import type { PlannedSuite } from '../plan.ts';
import { readResultFile } from '../results/collect-results.ts';
import { problemFindings } from '../results/findings.ts';
import { parseJest } from '../results/parsers/jest.ts';
import { parseJunit } from '../results/parsers/junit.ts';
import { pathInside } from '../workspace/copy-pack.ts';
import type { PrepareRunner, RunnerContext, Unrunnable } from './runner.ts';
import { findNodeTool } from './tool-in-modules.ts';

/** Where jest looks for its settings (https://jestjs.io/docs/configuration); from there it goes on upwards. */
const JEST_SETTINGS = [
  'package.json',
  ...['js', 'ts', 'mjs', 'mts', 'cjs', 'cts', 'json'].map((ending) => `jest.config.${ending}`),
];

/** The pack's own jest, or the one on the `PATH`, with its JSON report. */
export const prepareJest: PrepareRunner = (suite, context) => {
  const words = findNodeTool('jest', ['bin/jest.js'], context);
  if (!Array.isArray(words)) return words;
  const target = findTarget(suite, context);
  if ('problem' in target) return target;
  const [command = '', ...args] = words;
  const results = `${context.results}.json`;
  const report = ['--ci', '--json', `--outputFile=${results}`];
  // Above the copy there may be somebody else's settings, or none, which jest refuses.
  const settings = JEST_SETTINGS.some((name) => inspectTarget(join(context.pack, name)) !== undefined)
    ? []
    : ['--config={}'];
  const chosen = target.isFile ? ['--runTestsByPath', target.path] : [patternOf(target.path)];
  return {
    command,
    args: [...args, ...report, ...settings, `--rootDir=${context.pack}`, '--watchman=false', ...chosen],
    read: (result) =>
      /^No tests found/m.test(result.stderr + result.stdout)
        ? problemFindings('It found no test')
        : readResultFile(results, parseJest, result),
  };
};

/** The pack's own mocha, or the one on the `PATH`, with its report in JUnit's form. */
export const prepareMocha: PrepareRunner = (suite, context) => {
  const words = findNodeTool('mocha', ['bin/mocha.js', 'bin/mocha'], context);
  if (!Array.isArray(words)) return words;
  const target = findTarget(suite, context);
  if ('problem' in target) return target;
  const [command = '', ...args] = words;
  const results = `${context.results}.xml`;
  const report = ['--reporter', 'xunit', '--reporter-option', `output=${results}`];
  return {
    command,
    args: [...args, ...report, '--recursive', suite.target],
    read: (result) => readResultFile(results, parseJunit, result),
  };
};

interface Target {
  readonly path: string;
  readonly isFile: boolean;
}

function findTarget({ target }: PlannedSuite, { pack }: RunnerContext): Target | Unrunnable {
  const path = pathInside(pack, target);
  if (path === undefined) return { problem: `Its entry_point '${target}' leads out of the pack` };
  const kind = inspectTarget(path)?.kind;
  if (kind === undefined) return { problem: `Its entry_point '${target}' is not in the pack` };
  return { path, isFile: kind === 'file' };
}

/** What jest is given to choose files by is a regular expression over their absolute paths. */
function patternOf(directory: string): string {
  return `${directory.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}[/\\\\]`;
}
