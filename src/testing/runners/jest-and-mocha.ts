import { parseJest } from '../parse-jest.ts';
import { parseJunit } from '../parse-junit.ts';
import { readResultFile } from '../results.ts';
import { findNodeTool } from './node-tool.ts';
import type { PrepareRunner } from './runner.ts';

/** The pack's own jest, or the one on the `PATH`, with its JSON report. */
export const prepareJest: PrepareRunner = (suite, context) => {
  const words = findNodeTool('jest', ['bin/jest.js'], context);
  if (!Array.isArray(words)) return words;
  const [command = '', ...args] = words;
  const results = `${context.results}.json`;
  return {
    command,
    args: [...args, '--ci', '--json', `--outputFile=${results}`, `--rootDir=${context.pack}`, suite.target],
    read: (result) => readResultFile(results, parseJest, result),
  };
};

/** The pack's own mocha, or the one on the `PATH`, with its report in JUnit's form. */
export const prepareMocha: PrepareRunner = (suite, context) => {
  const words = findNodeTool('mocha', ['bin/mocha.js', 'bin/mocha'], context);
  if (!Array.isArray(words)) return words;
  const [command = '', ...args] = words;
  const results = `${context.results}.xml`;
  const report = ['--reporter', 'xunit', '--reporter-option', `output=${results}`];
  return {
    command,
    args: [...args, ...report, '--recursive', suite.target],
    read: (result) => readResultFile(results, parseJunit, result),
  };
};
