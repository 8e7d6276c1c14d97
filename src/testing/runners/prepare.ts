import type { RunnerType } from '../../packs/manifest/types.ts';
import { prepareCommand } from './command.ts';
import { prepareJest, prepareMocha } from './jest-and-mocha.ts';
import { prepareNode } from './node.ts';
import { preparePytest } from './pytest.ts';
import type { PrepareRunner } from './runner.ts';
import { prepareScript } from './script.ts';
import { prepareUnittest } from './unittest.ts';

const RUNNERS: Readonly<Record<RunnerType, PrepareRunner>> = {
  script: prepareScript,
  unittest: prepareUnittest,
  pytest: preparePytest,
  node: prepareNode,
  jest: prepareJest,
  mocha: prepareMocha,
  command: prepareCommand,
};

/** The one place that knows all runners. A `command:` line goes before the runner's own way of starting. */
export const prepareRunner: PrepareRunner = (suite, context) =>
  (suite.command === undefined ? RUNNERS[suite.type] : prepareCommand)(suite, context);
