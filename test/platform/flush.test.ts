import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { FileFault } from '../../src/platform/file-fault.ts';
import { beginFlush, flushTree } from '../../src/platform/flush.ts';
import { temporaryDirectory } from '../world/temporary.ts';

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

test('a flush is begun early for a large tree only', { skip }, async (t) => {
  const { calls } = syncThat(t, 0);
  const large = treeOf(t, 100);
  beginFlush(large, 99);
  assert.equal(calls(), '');
  beginFlush(large, 100);
  await flushTree(large);
  assert.equal(calls(), `-f ${large}\n`.repeat(2));
});

// The last one: after a fault no file system is trusted as a whole any more.
test('a fault of a flush that was begun early is not lost: every file is flushed', { skip }, async (t) => {
  const large = treeOf(t, 100);
  // Nothing that can be flushed: whoever tries to finds out.
  symlinkSync('nowhere', join(large, 'deep', 'broken'));
  const { calls } = syncThat(t, 1);
  beginFlush(large, 100);
  while (calls() === '') await setTimeout(5);
  withPath(t, PATH);
  await assert.rejects(flushTree(large), FileFault);
  await assert.rejects(flushTree(large), FileFault);
  withPath(t, temporaryDirectory(t));
  beginFlush(large, 100);
  await assert.rejects(flushTree(large), FileFault);
});
