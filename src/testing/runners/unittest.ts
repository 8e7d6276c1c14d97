import { readResultFile } from '../results/collect-results.ts';
import { parseRecords } from '../results/parsers/records.ts';
import { findPython, NO_PYTHON, pythonCommand } from './python.ts';
import { type PrepareRunner, resolveEntryPoint } from './runner.ts';
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
    ...pythonCommand(python, UNITTEST_PROGRAM, [results, suite.target], context),
    read: (result) => readResultFile(results, parseRecords, result),
  };
};
