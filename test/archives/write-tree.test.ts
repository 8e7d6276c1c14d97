import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { EntrySink } from '../../src/archives/archive.ts';
import { ConcurrentTreeWriter, writeTree } from '../../src/archives/write-tree.ts';
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

/** Writes files with a content each. */
function put(sink: EntrySink, files: Readonly<Record<string, string | Buffer>>): void {
  for (const [path, content] of Object.entries(files)) {
    sink.begin(path, path.endsWith('.sh'));
    const bytes = Buffer.from(content);
    for (let start = 0; start < bytes.length; start += 100_000) sink.write(bytes.subarray(start, start + 100_000));
    sink.end();
  }
}

test('ConcurrentTreeWriter: small and large files have their content and mode regardless of the umask', async (t) => {
  const root = join(temporaryDirectory(t), 'root');
  const umask = process.umask(0o077);
  t.after(() => process.umask(umask));
  const large = Buffer.alloc(700_000, 'x');
  const small = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`d${index % 7}/${index}`, `${index}`]));
  await using sink = new ConcurrentTreeWriter(root);
  put(sink, { ...small, 'run.sh': '#!/bin/sh', empty: '', large });
  await sink.ready();
  assert.equal(await sink.finish(), undefined, 'a large file is not kept');
  for (const [path, content] of Object.entries(small)) assert.equal(readFileSync(join(root, path), 'utf8'), content);
  assert.equal(readFileSync(join(root, 'empty'), 'utf8'), '');
  assert.deepEqual(readFileSync(join(root, 'large')), large);
  assert.equal(statSync(join(root, 'run.sh')).mode & 0o7777, 0o755);
  assert.equal(statSync(join(root, 'large')).mode & 0o7777, 0o644);
  assert.equal(statSync(join(root, 'd0/0')).mode & 0o7777, 0o644);
});

test('ConcurrentTreeWriter: the files of a small tree are kept as they were written', async (t) => {
  const root = join(temporaryDirectory(t), 'root');
  await using sink = new ConcurrentTreeWriter(root);
  const chunk = Buffer.from('one');
  sink.begin('a/b', true);
  sink.write(chunk);
  // The reader of an archive uses its buffer again.
  chunk.fill('x');
  sink.end();
  const kept = await sink.finish();
  assert.deepEqual(kept, [{ path: 'a/b', executable: true, content: Buffer.from('one') }]);
  assert.equal(readFileSync(join(root, 'a/b'), 'utf8'), 'one');
});

test('ConcurrentTreeWriter: a tree above 8 MiB is not kept', async (t) => {
  await using sink = new ConcurrentTreeWriter(join(temporaryDirectory(t), 'root'));
  for (let index = 0; index < 41; index += 1) {
    put(sink, { [String(index)]: Buffer.alloc(205_000) });
    await sink.ready();
  }
  assert.equal(await sink.finish(), undefined);
});

test('ConcurrentTreeWriter: an existing file or a link in its place is an error and not overwritten', async (t) => {
  const directory = temporaryDirectory(t);
  for (const [name, place] of [
    ['file', (path: string) => writeFileSync(path, 'mine')],
    ['link', (path: string) => symlinkSync(join(directory, 'evil'), path)],
  ] as const) {
    const root = join(directory, name);
    await using sink = new ConcurrentTreeWriter(root);
    place(join(root, 'a'));
    put(sink, { a: 'theirs', b: 'other' });
    await assert.rejects(sink.finish(), { systemCode: 'EEXIST' });
  }
  assert.equal(readFileSync(join(directory, 'file', 'a'), 'utf8'), 'mine');
  assert(!existsSync(join(directory, 'evil')));
});

test('ConcurrentTreeWriter: after it is disposed of, nothing more is created', async (t) => {
  const root = join(temporaryDirectory(t), 'root');
  {
    await using sink = new ConcurrentTreeWriter(root);
    put(sink, Object.fromEntries(Array.from({ length: 500 }, (_, index) => [String(index), 'x'])));
  }
  rmSync(root, { recursive: true });
  await new Promise((resolve) => setImmediate(resolve));
  assert(!existsSync(root));
});
