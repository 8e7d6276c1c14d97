/**
 * Runs the whole suite. The black-box tests run a newly built program: on Linux the standalone executable, without Node, npm
 * and git on its `PATH`, on other systems the bundle. `ATTUNE_BIN` names another executable; an empty value selects the
 * bundle. A single file, as in `node --test test/commands/pack/show.test.ts`, runs the sources.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { writeBundle } from '../bin/build/bundle.ts';

const root = dirname(import.meta.dirname);
const BUILT = process.platform === 'linux' ? join(root, 'dist', `attune-linux-${process.arch}`) : '';
const given = process.env['ATTUNE_BIN'];
const executable = given === undefined ? BUILT : given && resolve(given);

if (given === undefined && executable) await import('../bin/build/executable.ts');
else await writeBundle();

const programs = mkdtempSync(join(tmpdir(), 'attune-programs-'));
try {
  const { status } = spawnSync(process.execPath, ['--test', '--test-concurrency=2', 'test/**/*.test.ts'], {
    cwd: root,
    env: {
      ...process.env,
      ...(executable ? { ATTUNE_BIN: executable, ATTUNE_TEST_PATH: withoutNodeAndGit(programs) } : { ATTUNE_BIN: '' }),
      ATTUNE_TEST_PROGRAM: join(root, 'test', 'support', 'bundled.cjs'),
    },
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
} finally {
  rmSync(programs, { recursive: true });
}

/** Links all programs of the `PATH` except Node, npm and git. @param directory an empty directory @returns it */
function withoutNodeAndGit(directory: string): string {
  const excluded = /^(node|nodejs|npm|npx|corepack|git|git-.*)$/;
  const seen = new Set<string>();
  for (const path of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const name of namesIn(path)) {
      if (excluded.test(name) || seen.has(name)) continue;
      seen.add(name);
      symlinkSync(join(path, name), join(directory, name));
    }
  }
  return directory;
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}
