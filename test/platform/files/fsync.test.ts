import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { FileFault } from '../../../src/platform/files/file-error.ts';
import { beginFlush, flushTree } from '../../../src/platform/files/fsync.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

interface Test {
  after(clean: () => void): void;
}

/** A tree of so many files in two directories. */
function treeOf(t: Test, files: number): string {
  const root = temporaryDirectory(t);
  mkdirSync(join(root, 'deep', 'er'), { recursive: true });
  for (let index = 0; index < files; index += 1) writeFileSync(join(root, 'deep', 'er', `f${index}`), 'x');
  return root;
}

/** Puts a `sync` of our own first on the PATH, which notes what it is called with. */
function syncThat(t: Test, exits: number): { calls: () => string } {
  const place = temporaryDirectory(t);
  const note = join(place, 'calls');
  writeFileSync(join(place, 'sync'), `#!/bin/sh\necho "$@" >> '${note}'\nexit ${exits}\n`);
  chmodSync(join(place, 'sync'), 0o755);
  withPath(t, `${place}:${process.env['PATH']}`);
  return { calls: () => (existsSync(note) ? readFileSync(note, 'utf8') : '') };
}

function withPath(t: Test, path: string): void {
  const before = process.env['PATH'];
  process.env['PATH'] = path;
  t.after(() => {
    process.env['PATH'] = before;
  });
}

const PATH = process.env['PATH'] ?? '';
const skip = process.platform === 'linux' ? false : 'only Linux flushes a file system at once';

test('a small tree is flushed file by file, and a large one with its file system', { skip }, async (t) => {
  const { calls } = syncThat(t, 0);
  await flushTree(treeOf(t, 99));
  assert.equal(calls(), '');
  const large = treeOf(t, 100);
  await flushTree(large);
  assert.equal(calls(), `-f ${large}\n`);
});

test('a flush is begun early for a large tree only, and is waited for, not repeated', { skip }, async (t) => {
  const { calls } = syncThat(t, 0);
  const large = treeOf(t, 100);
  beginFlush(large, 99);
  assert.equal(calls(), '');
  beginFlush(large, 100);
  await flushTree(large);
  assert.equal(calls(), `-f ${large}\n`);
});

test('what was flushed once is flushed anew when somebody asks again', { skip }, async (t) => {
  const { calls } = syncThat(t, 0);
  const [large, other] = [treeOf(t, 100), treeOf(t, 100)];
  beginFlush(large, 100);
  await flushTree(other);
  await flushTree(large);
  await flushTree(large);
  assert.deepEqual(calls().trim().split('\n').sort(), [`-f ${large}`, `-f ${large}`, `-f ${other}`].sort());
});

// The last one: after a fault no file system is trusted as a whole any more.
test('a fault of a flush that was begun early is not lost: every file is flushed', { skip }, async (t) => {
  const large = treeOf(t, 100);
  // Nothing that can be flushed: whoever tries to finds out.
  execFileSync('mkfifo', [join(large, 'deep', 'pipe')]);
  const { calls } = syncThat(t, 1);
  beginFlush(large, 100);
  while (calls() === '') await setTimeout(5);
  withPath(t, PATH);
  // The system may have told it of a fault of another tree's, which then has to find out for itself.
  const other = treeOf(t, 100);
  execFileSync('mkfifo', [join(other, 'pipe')]);
  await assert.rejects(flushTree(other), FileFault);
  await assert.rejects(flushTree(large), FileFault);
  await assert.rejects(flushTree(large), FileFault);
  withPath(t, temporaryDirectory(t));
  beginFlush(large, 100);
  await assert.rejects(flushTree(large), FileFault);
});
