import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FileLock, type LockMode } from '../../../src/platform/locks/file-lock.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const MODULE = join(import.meta.dirname, '../../../src/platform/locks/file-lock.ts');

/** Tries to lock an existing file in another process. */
function isFreeForOthers(path: string, mode: LockMode = 'exclusive'): boolean {
  const script = `
    const { FileLock } = await import(${JSON.stringify(MODULE)});
    const lock = FileLock.tryAcquire(${JSON.stringify(path)}, ${JSON.stringify(mode)}, { create: false });
    console.log(lock === undefined ? 'held' : 'free');
  `;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
    encoding: 'utf8',
  });
  assert.match(stdout, /^(held|free)\n$/, stderr);
  return stdout === 'free\n';
}

test('FileLock: an exclusive lock excludes other processes until it is released, and its file remains', (t) => {
  const path = join(temporaryDirectory(t), 'lock');
  const lock = FileLock.tryAcquire(path, 'exclusive')!;
  assert.deepEqual([isFreeForOthers(path), isFreeForOthers(path, 'shared')], [false, false]);
  lock[Symbol.dispose]();
  assert.equal(isFreeForOthers(path), true);
  assert.equal(statSync(path).size, 0);
});

test('FileLock: shared locks exclude an exclusive one, but not each other', (t) => {
  const path = join(temporaryDirectory(t), 'lock');
  using _lock = FileLock.tryAcquire(path, 'shared')!;
  assert.deepEqual([isFreeForOthers(path), isFreeForOthers(path, 'shared')], [false, true]);
});

test('FileLock: a failed attempt of the same process does not release the lock', (t) => {
  const path = join(temporaryDirectory(t), 'lock');
  const lock = FileLock.tryAcquire(path, 'exclusive')!;
  assert.equal(FileLock.tryAcquire(path, 'exclusive'), undefined);
  assert.equal(FileLock.tryAcquire(path, 'shared'), undefined);
  assert.equal(isFreeForOthers(path), false);
  lock[Symbol.dispose]();
  assert.equal(isFreeForOthers(path), true);
});

test('FileLock: without `create`, a missing file is neither locked nor created', (t) => {
  const path = join(temporaryDirectory(t), 'lock');
  assert.equal(FileLock.tryAcquire(path, 'exclusive', { create: false }), undefined);
  assert.equal(existsSync(path), false);
});

test('FileLock: a transient lock removes its file, and the next one creates it again', (t) => {
  const path = join(temporaryDirectory(t), 'lock');
  const first = FileLock.tryAcquire(path, 'exclusive', { anyUser: true })!;
  assert.equal(statSync(path).mode & 0o777, 0o666);
  first.releaseAndRemove();
  assert.equal(existsSync(path), false);
  using _second = FileLock.tryAcquire(path, 'exclusive')!;
  assert.equal(isFreeForOthers(path), false);
});

test('FileLock: tryCreate does not lock an existing file', (t) => {
  const path = join(temporaryDirectory(t), 'lock');
  writeFileSync(path, '');
  assert.equal(FileLock.tryCreate(path), undefined);
  using _lock = FileLock.tryCreate(`${path}2`)!;
  assert.equal(isFreeForOthers(`${path}2`), false);
});

test('FileLock: a symbolic link is not followed, and a directory is an error', (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'lock');
  symlinkSync(join(directory, 'elsewhere'), path);
  assert.throws(() => FileLock.tryAcquire(path, 'exclusive'), { name: 'FileError' });
  assert.equal(existsSync(join(directory, 'elsewhere')), false);
  mkdirSync(join(directory, 'directory'));
  assert.throws(() => FileLock.tryAcquire(join(directory, 'directory'), 'exclusive'), { name: 'FileError' });
});
