import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { removeFile, removeTree } from '../../../src/platform/files/entries.ts';
import { FileError } from '../../../src/platform/files/file-error.ts';
import { inspect, listDirectory } from '../../../src/platform/files/inspect.ts';
import { readChunks } from '../../../src/platform/files/read.ts';
import { TemporaryDirectory } from '../../../src/platform/files/temporary-directory.ts';
import { NewFile, replaceLink, writeNewFile } from '../../../src/platform/files/write.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { unprivileged } from '../../support/unprivileged.ts';

test('writeNewFile: the mode does not depend on the umask, and an existing file is not replaced', (t) => {
  const directory = temporaryDirectory(t);
  const umask = process.umask(0o077);
  t.after(() => process.umask(umask));
  writeNewFile(join(directory, 'plain'), 'a');
  writeNewFile(join(directory, 'program'), 'b', true);
  assert.equal(statSync(join(directory, 'plain')).mode & 0o7777, 0o644);
  assert.equal(statSync(join(directory, 'program')).mode & 0o7777, 0o755);
  assert.throws(() => new NewFile(join(directory, 'plain')), FileError);
  assert.equal(readFileSync(join(directory, 'plain'), 'utf8'), 'a');
});

test('writeNewFile: a link at the path is not followed', (t) => {
  const directory = temporaryDirectory(t);
  symlinkSync(join(directory, 'victim'), join(directory, 'trap'));
  assert.throws(() => writeNewFile(join(directory, 'trap'), 'x'), FileError);
  assert.equal(existsSync(join(directory, 'victim')), false);
});

test('replaceLink: a link is replaced, and removeFile removes it without its target', (t) => {
  const directory = temporaryDirectory(t);
  for (const name of ['one', 'two']) mkdirSync(join(directory, name));
  const link = join(directory, 'link');
  replaceLink(link, 'one');
  replaceLink(link, 'two');
  assert.equal(readlinkSync(link), 'two');
  removeFile(link);
  assert.deepEqual(readdirSync(directory).sort(), ['one', 'two']);
});

test('removeTree: links in the tree are not followed', (t) => {
  const directory = temporaryDirectory(t);
  mkdirSync(join(directory, 'tree'));
  writeFileSync(join(directory, 'precious'), 'x');
  symlinkSync('..', join(directory, 'tree', 'up'));
  removeTree(join(directory, 'tree'));
  assert.deepEqual(readdirSync(directory), ['precious']);
});

test('listDirectory: entries have their kinds without following links', (t) => {
  const directory = temporaryDirectory(t);
  mkdirSync(join(directory, 'directory'));
  writeFileSync(join(directory, 'file'), '');
  symlinkSync('directory', join(directory, 'link'));
  const kinds = Object.fromEntries(listDirectory(directory).map(({ name, kind }) => [name, kind]));
  assert.deepEqual(kinds, { directory: 'directory', file: 'file', link: 'link' });
  assert.equal(inspect(join(directory, 'absent')), undefined);
});

test('readChunks: two readers can be interleaved, and a link is not followed', (t) => {
  const directory = temporaryDirectory(t);
  const file = join(directory, 'file');
  writeFileSync(file, Buffer.alloc(3 * 1024 * 1024, 7));
  let total = 0;
  for (const chunk of readChunks(file)) {
    total += chunk.length;
    let inner = 0;
    for (const other of readChunks(file)) inner += other.every((byte) => byte === 7) ? other.length : 0;
    assert.equal(inner, 3 * 1024 * 1024);
    assert.ok(chunk.every((byte) => byte === 7));
  }
  assert.equal(total, 3 * 1024 * 1024);
  symlinkSync('file', join(directory, 'link'));
  assert.throws(() => [...readChunks(join(directory, 'link'))], FileError);
});

test('readChunks: a file that changes during reading is an error', (t) => {
  const file = join(temporaryDirectory(t), 'file');
  writeFileSync(file, Buffer.alloc(2 * 1024 * 1024));
  const chunks = readChunks(file);
  chunks.next();
  writeFileSync(file, 'short');
  assert.throws(() => [...chunks], { code: 'INTEGRITY_FILE_CHANGED' });
});

test('FileError: the error code follows from the system error', (t) => {
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, 'file'), '');
  const failures: [() => unknown, string][] = [
    [() => listDirectory(join(directory, 'absent')), 'NOT_FOUND_PATH'],
    [() => listDirectory(join(directory, 'file')), 'NOT_FOUND_PATH'],
    [() => writeNewFile(join(directory, 'a'.repeat(300)), ''), 'INVALID_PATH'],
  ];
  for (const [call, code] of failures) assert.throws(call, { code });
});

test('TemporaryDirectory: the directory is removed on disposal', () => {
  let path: string;
  {
    using temporary = new TemporaryDirectory(() => {});
    path = temporary.path;
    writeFileSync(join(path, 'file'), '');
    chmodSync(path, 0o700);
  }
  assert.equal(existsSync(path), false);
});

test('removeTree: a tree with read-only directories is removed', (t) => {
  const directory = temporaryDirectory(t);
  chmodSync(directory, 0o777);
  const tree = join(directory, 'tree');
  unprivileged(() => {
    mkdirSync(join(tree, 'cache', 'module'), { recursive: true });
    writeFileSync(join(tree, 'cache', 'module', 'x'), 'x');
    chmodSync(join(tree, 'cache', 'module'), 0o555);
    chmodSync(join(tree, 'cache'), 0o555);
    removeTree(tree);
  });
  assert.equal(existsSync(tree), false);
});
