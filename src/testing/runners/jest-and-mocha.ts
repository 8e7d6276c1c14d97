import { join } from 'node:path';
import { inspectTarget } from '../../platform/files/inspect.ts';
import { jestMeasurement, v8Measurement } from '../coverage/measurements.ts';
import { readResultFile } from '../results/collect-results.ts';
import { problemFindings } from '../results/findings.ts';
import { parseJest } from '../results/parsers/jest.ts';
import { parseJunit } from '../results/parsers/junit.ts';
import { type PrepareRunner, type RunnerContext, resolveEntryPoint, type Unrunnable } from './runner.ts';

/** The files in which jest looks for its configuration (https://jestjs.io/docs/configuration), also in parent directories. */
const JEST_CONFIG_FILES = [
  'package.json',
  ...['js', 'ts', 'mjs', 'mts', 'cjs', 'cts', 'json'].map((suffix) => `jest.config.${suffix}`),
];

/** Prepares jest, from the pack or the `PATH`, with its JSON report. */
export const prepareJest: PrepareRunner = (suite, context) => {
  const program = findNodeTool('jest', ['bin/jest.js'], context);
  if ('problem' in program) return program;
  const target = resolveEntryPoint(suite.target, context.pack);
  if ('problem' in target) return target;
  const results = `${context.results}.json`;
  const report = ['--ci', '--json', `--outputFile=${results}`];
  // Without a configuration in the pack, jest would use one of a parent directory, or fail if there is none.
  const hasConfig = JEST_CONFIG_FILES.some((name) => inspectTarget(join(context.pack, name)) !== undefined);
  const config = hasConfig ? [] : ['--config={}'];
  const selection = target.kind === 'file' ? ['--runTestsByPath', target.path] : [directoryPattern(target.path)];
  const { args: coverage = [], measurement } = context.coverage ? jestMeasurement(context.results) : {};
  const fixed = [...report, ...config, `--rootDir=${context.pack}`, '--watchman=false'];
  return {
    command: program.command,
    args: [...program.args, ...fixed, ...coverage, ...selection],
    measurement,
    read: (result) =>
      /^No tests found/m.test(result.stderr + result.stdout)
        ? problemFindings('The suite found no tests')
        : readResultFile(results, parseJest, result),
  };
};

/** Prepares mocha, from the pack or the `PATH`, with its JUnit report. */
export const prepareMocha: PrepareRunner = (suite, context) => {
  const program = findNodeTool('mocha', ['bin/mocha.js', 'bin/mocha'], context);
  if ('problem' in program) return program;
  const target = resolveEntryPoint(suite.target, context.pack);
  if ('problem' in target) return target;
  const results = `${context.results}.xml`;
  const report = ['--reporter', 'xunit', '--reporter-option', `output=${results}`];
  const { variables = {}, measurement } = context.coverage ? v8Measurement(program.node, context.results) : {};
  return {
    command: program.command,
    args: [...program.args, ...report, '--recursive', suite.target],
    variables,
    measurement,
    read: (result) => readResultFile(results, parseJunit, result),
  };
};

interface Program {
  readonly node: string;
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * Finds a test runner that is an npm package: in the pack's `node_modules`, else on the `PATH`. Nothing is downloaded.
 * @param entries the paths of the program in the package, newest layout first
 */
function findNodeTool(name: string, entries: readonly string[], context: RunnerContext): Program | Unrunnable {
  const node = context.find('node');
  if (node === undefined) return { problem: "'node' is not on the PATH" };
  const local = entries
    .map((entry) => join(context.pack, 'node_modules', name, entry))
    .find((path) => inspectTarget(path)?.kind === 'file');
  if (local !== undefined) return { node, command: node, args: [local] };
  const installed = context.find(name);
  if (installed !== undefined) return { node, command: installed, args: [] };
  return { problem: `'${name}' is neither in the pack's node_modules nor on the PATH` };
}

/** Returns the regular expression, over absolute paths, with which jest selects the files of a directory. */
function directoryPattern(directory: string): string {
  return `${directory.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}[/\\\\]`;
}
