import { inspectTarget } from '../../platform/files/inspect.ts';
import { readResultFile } from '../results/collect-results.ts';
import { parseRecords } from '../results/parsers/records.ts';
import { pathInside } from '../workspace/copy-pack.ts';
import type { PrepareRunner, RunnerContext } from './runner.ts';
import { UNITTEST_PROGRAM } from './unittest-program.ts';

const DOTTED_NAME = /^[\p{L}_][\p{L}\p{N}_]*(\.[\p{L}_][\p{L}\p{N}_]*)*$/u;

/** A file, a directory or a dotted name, with a reporter of ours (`unittest-program.ts`). */
export const prepareUnittest: PrepareRunner = (suite, context) => {
  const python = findPython(context);
  if (python === undefined) return { problem: NO_PYTHON };
  const path = pathInside(context.pack, suite.target);
  if (path === undefined) return { problem: `Its entry_point '${suite.target}' leads out of the pack` };
  if (inspectTarget(path) === undefined && !DOTTED_NAME.test(suite.target)) {
    return { problem: `Its entry_point '${suite.target}' is not in the pack` };
  }
  const results = `${context.results}.jsonl`;
  return {
    command: python,
    args: ['-u', '-c', UNITTEST_PROGRAM, results, suite.target],
    read: (result) => readResultFile(results, parseRecords, result),
  };
};

export const NO_PYTHON = "'python3' is not on the PATH";

/** Windows installs it as `python`. */
export function findPython({ find }: RunnerContext): string | undefined {
  return find('python3') ?? find('python');
}
