import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemEnvironment } from '../../src/platform/environment.ts';
import { resolvePaths } from '../../src/platform/paths.ts';
import { PROJECT } from '../support/attune.ts';

const MODULE = join(PROJECT, 'bin', 'user-directories.cjs');

type Variables = Readonly<Record<string, string>>;

/** Evaluates an expression in a process with only these environment variables. */
function evaluate(expression: string, variables: Variables, options: { readonly uid?: number } = {}): string {
  const script = `const directories = require(${JSON.stringify(MODULE)}); process.stdout.write(${expression});`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['-e', script], {
    env: variables,
    encoding: 'utf8',
    ...options,
  });
  assert.equal(status, 0, stderr);
  return stdout;
}

for (const variables of [
  { HOME: '/home/user' },
  { HOME: '/home/user', XDG_CACHE_HOME: '/cache' },
  { HOME: '/home/user', XDG_CACHE_HOME: '/cache', ATTUNE_CACHE_DIR: '/attune' },
  { HOME: '/home/user', XDG_CACHE_HOME: '', ATTUNE_CACHE_DIR: '' },
  { HOME: '/home/user', XDG_CACHE_HOME: 'relative' },
  { HOME: '/home/user', XDG_CACHE_HOME: '~/cache' },
  { HOME: '/home/user', ATTUNE_CACHE_DIR: '~/attune' },
  { HOME: '/home/user', ATTUNE_CACHE_DIR: '~' },
  { HOME: '/home/user', ATTUNE_CACHE_DIR: '/a/~/b' },
  {},
] satisfies readonly Variables[]) {
  test(`cache directory: the entry points and the program agree with ${JSON.stringify(variables)}`, {
    skip: process.platform === 'win32' && 'the variables are those of POSIX systems',
  }, () => {
    const { cache } = resolvePaths({
      ...systemEnvironment(),
      variables,
      homeDirectory: 'HOME' in variables ? variables.HOME : homeOfUser(),
      windows: false,
      workingDirectory: '/',
    });
    assert.equal(evaluate('directories.cacheDirectory()', variables), cache);
  });
}

function homeOfUser(): string {
  const { HOME, ...rest } = process.env;
  const { stdout } = spawnSync(process.execPath, ['-p', 'os.homedir()'], { env: rest, encoding: 'utf8' });
  return HOME === undefined ? homedir() : stdout.trim();
}

test('home directory: a user id without one gets the root directory', {
  skip: process.geteuid?.() !== 0 && 'requires root',
}, () => {
  const expression = 'directories.ensureHome() ?? process.env.HOME';
  assert.equal(evaluate(expression, {}, { uid: 54_321 }), '/');
  assert.equal(evaluate(expression, { HOME: '/home/user' }, { uid: 54_321 }), '/home/user');
});
