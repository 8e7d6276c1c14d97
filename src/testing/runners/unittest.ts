import { readResultFile } from '../results/collect-results.ts';
import { parseRecords } from '../results/parsers/records.ts';
import { type PrepareRunner, type RunnerContext, resolveEntryPoint } from './runner.ts';
import { UNITTEST_PROGRAM } from './unittest-program.ts';

const DOTTED_NAME = /^[\p{L}_][\p{L}\p{N}_]*(\.[\p{L}_][\p{L}\p{N}_]*)*$/u;

/** Prepares unittest for a file, a directory or a dotted name, with attune's reporter (`unittest-program.ts`). */
export const prepareUnittest: PrepareRunner = (suite, context) => {
  const python = findPython(context);
  if (python === undefined) return { problem: NO_PYTHON };
  const target = resolveEntryPoint(suite.target, context.pack);
  if ('problem' in target && !DOTTED_NAME.test(suite.target)) return target;
  const results = `${context.results}.jsonl`;
  return {
    command: python,
    args: ['-u', '-c', UNITTEST_PROGRAM, results, suite.target],
    read: (result) => readResultFile(results, parseRecords, result),
  };
};

export const NO_PYTHON = "'python3' is not on the PATH";

/** Finds Python, which Windows installs as `python`. */
export function findPython({ find }: RunnerContext): string | undefined {
  return find('python3') ?? find('python');
}
