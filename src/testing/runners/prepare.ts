import type { RunnerType } from '../../packs/manifest/types.ts';
import { prepareResultReader } from '../results/collect-results.ts';
import { prepareJest, prepareMocha } from './jest-and-mocha.ts';
import { prepareNode } from './node.ts';
import { preparePytest } from './pytest.ts';
import type { PrepareRunner } from './runner.ts';
import { prepareScript } from './script.ts';
import { prepareUnittest } from './unittest.ts';

/** Prepares a `command` runner, and any other runner that has a `command:` line. The system's shell runs the command. */
const prepareCommand: PrepareRunner = (suite, { pack, find }) => {
  if (suite.command === undefined) {
    return { problem: `The suite has no 'command' to run, and its runner '${suite.runner}' is unknown` };
  }
  const read = prepareResultReader(suite, pack);
  const windowsShell = find('cmd.exe');
  if (windowsShell !== undefined) return { command: windowsShell, args: ['/d', '/s', '/c', suite.command], read };
  return { command: '/bin/sh', args: ['-c', suite.command], read };
};

const RUNNERS: Readonly<Record<RunnerType, PrepareRunner>> = {
  script: prepareScript,
  unittest: prepareUnittest,
  pytest: preparePytest,
  node: prepareNode,
  jest: prepareJest,
  mocha: prepareMocha,
  command: prepareCommand,
};

/** Prepares a suite of any runner type. A `command:` line takes precedence over the runner's default command. */
export const prepareRunner: PrepareRunner = (suite, context) =>
  (suite.command === undefined ? RUNNERS[suite.type] : prepareCommand)(suite, context);
