import { prepareResultReader } from '../results/collect-results.ts';
import type { PrepareRunner } from './runner.ts';

/** `command`, and any other runner that is given a `command:` line: the system's shell runs it. */
export const prepareCommand: PrepareRunner = (suite, { pack, find }) => {
  if (suite.command === undefined) {
    return { problem: `It has no 'command' to run, and its runner '${suite.runner}' is none that attune knows` };
  }
  const read = prepareResultReader(suite, pack);
  const windowsShell = find('cmd.exe');
  if (windowsShell !== undefined) return { command: windowsShell, args: ['/d', '/s', '/c', suite.command], read };
  return { command: '/bin/sh', args: ['-c', suite.command], read };
};
