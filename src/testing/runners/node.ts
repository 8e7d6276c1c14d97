import { pathToFileURL } from 'node:url';
import { inspectTarget } from '../../platform/files/inspect.ts';
import { writeNewFile } from '../../platform/files/write.ts';
import { nodeTestsIn } from '../discover.ts';
import { readResultFile } from '../results/collect-results.ts';
import { parseRecords } from '../results/parsers/records.ts';
import { pathInside } from '../workspace/copy-pack.ts';
import { NODE_REPORTER } from './node-program.ts';
import type { PrepareRunner } from './runner.ts';

/**
 * Node's built-in runner, with a reporter of ours for the results and Node's own for people. Files are named one by
 * one: what `node --test <directory>` means differs between versions of Node.
 */
export const prepareNode: PrepareRunner = (suite, context) => {
  const node = context.find('node');
  if (node === undefined) return { problem: "'node' is not on the PATH" };
  const path = pathInside(context.pack, suite.target);
  if (path === undefined) return { problem: `Its entry_point '${suite.target}' leads out of the pack` };
  const kind = inspectTarget(path)?.kind;
  if (kind === undefined) return { problem: `Its entry_point '${suite.target}' is not in the pack` };
  const files = kind === 'directory' ? nodeTestsIn(context.pack, suite.target) : [suite.target];
  if (files.length === 0) return { problem: `It found no test: no file in '${suite.target}' is called like *.test.js` };
  const reporter = `${context.results}.mjs`;
  const results = `${context.results}.jsonl`;
  writeNewFile(reporter, NODE_REPORTER);
  const ours = [`--test-reporter=${pathToFileURL(reporter).href}`, `--test-reporter-destination=${results}`];
  const forPeople = ['--test-reporter=spec', '--test-reporter-destination=stdout'];
  return {
    command: node,
    args: ['--test', ...ours, ...forPeople, ...files],
    read: (result) => readResultFile(results, parseRecords, result),
  };
};
