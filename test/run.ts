// Runs the whole suite: the black-box tests drive the bundle that is published, made anew. One file alone, as in
// `node --test test/cli/show.test.ts`, drives the sources.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import '../bin/build.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const bundle = join(root, 'test', 'world', 'bundled.cjs');
const { status } = spawnSync(process.execPath, ['--test', '--test-concurrency=2', 'test/**/*.test.ts'], {
  cwd: root,
  env: { ...process.env, ATTUNE_TEST_PROGRAM: bundle },
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
