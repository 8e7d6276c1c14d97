import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { FileError } from '../../../src/platform/files/file-error.ts';
import { fsyncTree, fsyncTrees, startFsync } from '../../../src/platform/files/fsync.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

interface Test {
  after(clean: () => void): void;
}

/** Creates a tree with the given number of files in two directories. */
function treeOf(t: Test, files: number): string {
  const root = temporaryDirectory(t);
  mkdirSync(join(root, 'deep', 'er'), { recursive: true });
  for (let index = 0; index < files; index += 1) writeFileSync(join(root, 'deep', 'er', `f${index}`), 'x');
  return root;
}

/** Puts a fake `sync` first on the PATH that records its arguments. @param status its exit status */
function fakeSync(t: Test, status: number): { calls: () => string } {
  const directory = temporaryDirectory(t);
  const log = join(directory, 'calls');
  writeFileSync(join(directory, 'sync'), `#!/bin/sh\necho "$@" >> '${log}'\nexit ${status}\n`);
  chmodSync(join(directory, 'sync'), 0o755);
  withPath(t, `${directory}:${process.env['PATH']}`);
  return { calls: () => (existsSync(log) ? readFileSync(log, 'utf8') : '') };
}

function withPath(t: Test, path: string): void {
  const before = process.env['PATH'];
  process.env['PATH'] = path;
  t.after(() => {
    process.env['PATH'] = before;
  });
}

const PATH = process.env['PATH'] ?? '';
const skip = process.platform === 'linux' ? false : 'only Linux flushes a whole file system';

test('fsyncTree: a small tree is flushed file by file, and a large one with its file system', { skip }, async (t) => {
  const { calls } = fakeSync(t, 0);
  await fsyncTree(treeOf(t, 99));
  assert.equal(calls(), '');
  const large = treeOf(t, 100);
  await fsyncTree(large);
  assert.equal(calls(), `-f ${large}\n`);
});

test('fsyncTrees: small trees with many files together are flushed with their file system', { skip }, async (t) => {
  const { calls } = fakeSync(t, 0);
  await fsyncTrees([treeOf(t, 40), treeOf(t, 59)]);
  assert.equal(calls(), '');
  const small = [treeOf(t, 40), treeOf(t, 60)];
  await fsyncTrees(small);
  assert.equal(calls(), `-f ${small[0]}\n`);
});

test('fsyncTrees: a tree whose flush was started earlier is not flushed again with the others', { skip }, async (t) => {
  const { calls } = fakeSync(t, 0);
  const [large, small] = [treeOf(t, 100), treeOf(t, 10)];
  startFsync(large, 100);
  await fsyncTrees([large, small]);
  assert.equal(calls(), `-f ${large}\n`);
});

test('startFsync: only a large tree is flushed early, and fsyncTree waits for that flush', { skip }, async (t) => {
  const { calls } = fakeSync(t, 0);
  const large = treeOf(t, 100);
  startFsync(large, 99);
  assert.equal(calls(), '');
  startFsync(large, 100);
  await fsyncTree(large);
  assert.equal(calls(), `-f ${large}\n`);
});

test('fsyncTree: a tree is flushed again on every call', { skip }, async (t) => {
  const { calls } = fakeSync(t, 0);
  const [large, other] = [treeOf(t, 100), treeOf(t, 100)];
  startFsync(large, 100);
  await fsyncTree(other);
  await fsyncTree(large);
  await fsyncTree(large);
  assert.deepEqual(calls().trim().split('\n').sort(), [`-f ${large}`, `-f ${large}`, `-f ${other}`].sort());
});

// Has to be the last test: after a failure, file systems are no longer flushed as a whole.
test('fsyncTree: after a failed early flush every file is flushed separately', { skip }, async (t) => {
  const large = treeOf(t, 100);
  // A FIFO cannot be flushed, so that flushing each file fails.
  execFileSync('mkfifo', [join(large, 'deep', 'pipe')]);
  const { calls } = fakeSync(t, 1);
  startFsync(large, 100);
  await waitFor(() => calls() !== '');
  withPath(t, PATH);
  // The system may have reported a write error of the other tree to the failed flush.
  const other = treeOf(t, 100);
  execFileSync('mkfifo', [join(other, 'pipe')]);
  await assert.rejects(fsyncTree(other), FileError);
  await assert.rejects(fsyncTree(large), FileError);
  await assert.rejects(fsyncTree(large), FileError);
  withPath(t, temporaryDirectory(t));
  startFsync(large, 100);
  await assert.rejects(fsyncTree(large), FileError);
});
