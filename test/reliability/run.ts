// npm run test:kill: every operation is killed at every point, and the table in docs/reliability.md written anew.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import '../../bin/build/npm-package.ts';

const root = join(import.meta.dirname, '..', '..');
const { status } = spawnSync(process.execPath, ['--test', join(import.meta.dirname, 'kill-matrix.test.ts')], {
  cwd: root,
  env: {
    ...process.env,
    ATTUNE_TEST_PROGRAM: join(root, 'test', 'support', 'bundled.cjs'),
    ATTUNE_KILL_EVERY: '1',
    ATTUNE_KILL_TABLE: 'write',
  },
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
