import { pathToFileURL } from 'node:url';
import { writeNewFile } from '../../platform/files/write.ts';
import { nodeMeasurement } from '../coverage/measurements.ts';
import { nodeTestsIn } from '../discover.ts';
import { readResultFile } from '../results/collect-results.ts';
import { parseRecords } from '../results/parsers/records.ts';
import { NODE_REPORTER } from './node-program.ts';
import { type PrepareRunner, resolveEntryPoint } from './runner.ts';

/**
 * Prepares Node's built-in test runner with attune's reporter for the results and Node's `spec` reporter for the output.
 * Files are passed individually, because the meaning of `node --test <directory>` depends on the version of Node.
 */
export const prepareNode: PrepareRunner = (suite, context) => {
  const node = context.find('node');
  if (node === undefined) return { problem: "'node' is not on the PATH" };
  const target = resolveEntryPoint(suite.target, context.pack);
  if ('problem' in target) return target;
  const files = target.kind === 'directory' ? nodeTestsIn(context.pack, suite.target) : [suite.target];
  if (files.length === 0) {
    return {
      problem: `The suite found no tests: no file name in '${suite.target}' matches a pattern such as *.test.js`,
    };
  }
  const reporter = `${context.results}.mjs`;
  const results = `${context.results}.jsonl`;
  writeNewFile(reporter, NODE_REPORTER);
  const resultReporter = [`--test-reporter=${pathToFileURL(reporter).href}`, `--test-reporter-destination=${results}`];
  const outputReporter = ['--test-reporter=spec', '--test-reporter-destination=stdout'];
  const { args = [], measurement } = context.coverage ? nodeMeasurement(context.results) : {};
  return {
    command: node,
    args: ['--test', ...resultReporter, ...outputReporter, ...args, ...files],
    read: (result) => readResultFile(results, parseRecords, result),
    measurement,
  };
};
