import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeTree } from '../../src/archives/write-tree.ts';
import { temporaryDirectory } from '../support/temporary.ts';

test('writeTree creates directories, and files with mode 0755 or 0644 regardless of the umask', (t) => {
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

test('writeTree creates an empty directory for a tree without files', (t) => {
  const root = join(temporaryDirectory(t), 'root');
  writeTree(root)[Symbol.dispose]();
  assert(statSync(root).isDirectory());
});

test('writeTree refuses to overwrite an existing file', (t) => {
  const root = join(temporaryDirectory(t), 'root');
  using sink = writeTree(root);
  writeFileSync(join(root, 'a'), 'mine');
  assert.throws(() => sink.begin('a', false), { systemCode: 'EEXIST' });
  assert.equal(readFileSync(join(root, 'a'), 'utf8'), 'mine');
});

test('writeTree does not follow a link in place of a file', (t) => {
  const directory = temporaryDirectory(t);
  const root = join(directory, 'root');
  using sink = writeTree(root);
  symlinkSync(join(directory, 'evil'), join(root, 'a'));
  assert.throws(() => sink.begin('a', false));
  assert(!existsSync(join(directory, 'evil')));
});

test('writeTree refuses a directory that is not empty', (t) => {
  const root = temporaryDirectory(t);
  mkdirSync(join(root, 'x'));
  assert.throws(() => writeTree(root), /is not an empty directory/);
});
