import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { temporaryDirectory } from '../support/temporary.ts';

const PROGRAM = join(import.meta.dirname, '..', '..', 'bin', 'run.js');

/** What the program says of its version, in an environment that holds nothing but this. */
function versionIn(env: Readonly<Record<string, string>>): string {
  return execFileSync(process.execPath, [PROGRAM, '--version'], { env, encoding: 'utf8' });
}

describe('compiled code', () => {
  test("is kept in attune's cache, where nobody else can write", (t) => {
    const cache = join(temporaryDirectory(t), 'cache');
    versionIn({ ATTUNE_CACHE_DIR: cache });
    assert.deepEqual(readdirSync(cache), ['code']);
    assert.notEqual(readdirSync(join(cache, 'code')).length, 0);
  });

  test('is kept below the home directory where nothing else is said', { skip: process.platform === 'win32' }, (t) => {
    const home = temporaryDirectory(t);
    versionIn({ HOME: home });
    assert(existsSync(join(home, '.cache', 'attune', 'code')));
  });

  test('is not kept where NODE_COMPILE_CACHE says that it should not be', (t) => {
    const cache = join(temporaryDirectory(t), 'cache');
    versionIn({ ATTUNE_CACHE_DIR: cache, NODE_COMPILE_CACHE: '' });
    assert(!existsSync(cache));
  });

  test('does not make a home directory that is not there', (t) => {
    const home = join(temporaryDirectory(t), 'nobody', 'here');
    versionIn({ HOME: home });
    assert(!existsSync(home));
  });

  test('is done without where the cache cannot be written', (t) => {
    const file = join(temporaryDirectory(t), 'file');
    writeFileSync(file, '');
    assert.match(versionIn({ ATTUNE_CACHE_DIR: join(file, 'cache') }), /^attune\//);
  });
});
