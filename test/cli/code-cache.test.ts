import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { temporaryDirectory } from '../support/temporary.ts';

const PROGRAM = join(import.meta.dirname, '..', '..', 'bin', 'run.js');

/** Returns the output of `--version` in an environment that has only these variables. */
function versionIn(env: Readonly<Record<string, string>>): string {
  return execFileSync(process.execPath, [PROGRAM, '--version'], { env, encoding: 'utf8' });
}

describe('code cache: compiled code', () => {
  test("is stored in attune's cache directory", (t) => {
    const cache = join(temporaryDirectory(t), 'cache');
    versionIn({ ATTUNE_CACHE_DIR: cache });
    assert.deepEqual(readdirSync(cache), ['code']);
    assert.notEqual(readdirSync(join(cache, 'code')).length, 0);
  });

  test('is stored below the home directory by default', { skip: process.platform === 'win32' }, (t) => {
    const home = temporaryDirectory(t);
    versionIn({ HOME: home });
    assert(existsSync(join(home, '.cache', 'attune', 'code')));
  });

  test('is not stored if NODE_COMPILE_CACHE is empty', (t) => {
    const cache = join(temporaryDirectory(t), 'cache');
    versionIn({ ATTUNE_CACHE_DIR: cache, NODE_COMPILE_CACHE: '' });
    assert(!existsSync(cache));
  });

  test('does not create a missing home directory', (t) => {
    const home = join(temporaryDirectory(t), 'missing', 'home');
    versionIn({ HOME: home });
    assert(!existsSync(home));
  });

  test('is not required: the program runs with a cache below a link to itself', {
    skip: process.platform === 'win32',
  }, (t) => {
    const loop = join(temporaryDirectory(t), 'loop');
    symlinkSync(loop, loop);
    assert.match(versionIn({ ATTUNE_CACHE_DIR: join(loop, 'cache') }), /^attune\//);
  });

  test('is not required: the program runs with an unwritable cache', (t) => {
    const file = join(temporaryDirectory(t), 'file');
    writeFileSync(file, '');
    assert.match(versionIn({ ATTUNE_CACHE_DIR: join(file, 'cache') }), /^attune\//);
  });
});
