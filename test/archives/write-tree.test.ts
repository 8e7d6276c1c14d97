import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeTree } from '../../src/archives/write-tree.ts';
import { temporaryDirectory } from '../support/temporary.ts';

test('files come with their directories and one of two modes, whatever the umask', (t) => {
  const root = join(temporaryDirectory(t), 'new', 'root');
  const umask = process.umask(0o077);
  t.after(() => process.umask(umask));
  using sink = writeTree(root);
  for (const executable of [true, false]) {
    sink.begin(`a/b/${executable}`, executable);
    sink.write(Buffer.from('one '));
    sink.write(Buffer.from('two'));
    sink.end();
  }
  assert.equal(readFileSync(join(root, 'a/b/true'), 'utf8'), 'one two');
  assert.equal(statSync(join(root, 'a/b/true')).mode & 0o7777, 0o755);
  assert.equal(statSync(join(root, 'a/b/false')).mode & 0o7777, 0o644);
});

test('a tree without files is an empty directory', (t) => {
  const root = join(temporaryDirectory(t), 'root');
  writeTree(root)[Symbol.dispose]();
  assert(statSync(root).isDirectory());
});

test('a file that is there already is not touched', (t) => {
  const root = join(temporaryDirectory(t), 'root');
  using sink = writeTree(root);
  writeFileSync(join(root, 'a'), 'mine');
  assert.throws(() => sink.begin('a', false), { systemCode: 'EEXIST' });
  assert.equal(readFileSync(join(root, 'a'), 'utf8'), 'mine');
});

test('a link that somebody planted as a file is not followed', (t) => {
  const directory = temporaryDirectory(t);
  const root = join(directory, 'root');
  using sink = writeTree(root);
  symlinkSync(join(directory, 'evil'), join(root, 'a'));
  assert.throws(() => sink.begin('a', false));
  assert(!existsSync(join(directory, 'evil')));
});

test('a directory that holds something is no place for a tree', (t) => {
  const root = temporaryDirectory(t);
  mkdirSync(join(root, 'x'));
  assert.throws(() => writeTree(root), /not a fresh directory/);
});
