// npm run test:kill: kills every operation at every point and writes the table in docs/reliability.md.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { writeBundle } from '../../bin/build/bundle.ts';

const root = join(import.meta.dirname, '..', '..');
await writeBundle();
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
