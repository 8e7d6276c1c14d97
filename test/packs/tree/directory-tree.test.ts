import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { AttuneError } from '../../../src/errors.ts';
import { directoryTree } from '../../../src/packs/tree/directory-tree.ts';
import { contentOf, fileAt } from '../../../src/packs/tree/tree.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const POSIX = process.platform !== 'win32';
const LINUX = process.platform === 'linux';

function fill(root: string, ...paths: string[]): string {
  for (const path of paths) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), path);
  }
  return root;
}

function invalidEntries(root: string): string[] {
  try {
    directoryTree(root);
  } catch (error) {
    assert.ok(error instanceof AttuneError);
    assert.equal(error.code, 'INVALID_PACK_TREE');
    const [heading, ...lines] = error.message.split('\n');
    assert.equal(heading, `'${root}' has entries that a pack cannot contain:`);
    return lines;
  }
  return assert.fail('it was accepted');
}

test('directoryTree: files are sorted by the UTF-8 bytes of their whole paths', (t) => {
  const root = fill(temporaryDirectory(t), 'a/y', 'a-b/x', 'a.txt', '\u{FB00}', '\u{1F600}', 'pack.yaml', 'a/b/c');
  const { files, location } = directoryTree(root);
  assert.equal(location, root);
  assert.deepEqual(
    files.map(({ path }) => path),
    ['a-b/x', 'a.txt', 'a/b/c', 'a/y', 'pack.yaml', '\u{FB00}', '\u{1F600}'],
  );
});

test('directoryTree: a file has its size, executable bit and content', { skip: !POSIX }, (t) => {
  const root = fill(temporaryDirectory(t), 'bin/run', 'text');
  chmodSync(join(root, 'bin/run'), 0o700);
  const [run, text] = directoryTree(root).files;
  assert.ok(run && text);
  assert.deepEqual([run.size, run.executable, contentOf(run).toString()], [7, true, 'bin/run']);
  assert.deepEqual([text.size, text.executable, contentOf(text).toString()], [4, false, 'text']);
});

test('directoryTree: only entries named .git are excluded, at any depth', (t) => {
  const root = fill(
    temporaryDirectory(t),
    '.git/HEAD',
    'a/.git',
    'a/b/.git/x',
    '.gitignore',
    '.github/x',
    'a.git/x',
    '.hidden',
  );
  assert.deepEqual(
    directoryTree(root).files.map(({ path }) => path),
    ['.github/x', '.gitignore', '.hidden', 'a.git/x'],
  );
});

test('directoryTree: directories without files are ignored', (t) => {
  const root = temporaryDirectory(t);
  mkdirSync(join(root, 'a/b'), { recursive: true });
  assert.deepEqual(directoryTree(root).files, []);
});

test('directoryTree: the directory itself may be a link', { skip: !POSIX }, (t) => {
  const root = temporaryDirectory(t);
  fill(root, 'real/pack.yaml');
  symlinkSync('real', join(root, 'link'));
  assert.ok(fileAt(directoryTree(join(root, 'link')), 'pack.yaml'));
});

test('directoryTree: all links and special files are reported together, with the targets of the links', {
  skip: !POSIX,
}, (t) => {
  const root = fill(temporaryDirectory(t), 'pack.yaml', 'a/x');
  symlinkSync('/etc/passwd', join(root, 'secret'));
  symlinkSync('a', join(root, 'directory'));
  symlinkSync('a', join(root, '.git'));
  symlinkSync('nowhere', join(root, 'a/dangling'));
  execFileSync('mkfifo', [join(root, 'a/pipe')]);
  assert.deepEqual(invalidEntries(root), [
    "  a/dangling: a symbolic link to 'nowhere'",
    '  a/pipe: a special file (a socket, a pipe or a device)',
    "  directory: a symbolic link to 'a'",
    "  secret: a symbolic link to '/etc/passwd'",
  ]);
});

test('directoryTree: a circular link is reported and not followed', { skip: !POSIX }, (t) => {
  const root = temporaryDirectory(t);
  symlinkSync('.', join(root, 'self'));
  assert.deepEqual(invalidEntries(root), ["  self: a symbolic link to '.'"]);
});

test('directoryTree: names that are not UTF-8 are rejected, but not a name with the replacement character', {
  skip: !LINUX,
}, (t) => {
  const root = fill(temporaryDirectory(t), '\u{FFFD}.txt');
  assert.equal(directoryTree(root).files[0]?.path, '\u{FFFD}.txt');
  const bytes = (name: number[]) => Buffer.concat([Buffer.from(`${root}/`), Buffer.from(name)]);
  writeFileSync(bytes([0x61, 0xff]), '');
  mkdirSync(bytes([0xe9]));
  assert.deepEqual(invalidEntries(root), ['  a\u{FFFD}: its name is not UTF-8', '  \u{FFFD}: its name is not UTF-8']);
});

test('directoryTree: a name that is not UTF-8 is rejected next to the name that it is listed as', {
  skip: !LINUX,
}, (t) => {
  const root = fill(temporaryDirectory(t), 'a\u{FFFD}');
  writeFileSync(Buffer.concat([Buffer.from(`${root}/a`), Buffer.from([0xff])]), '');
  assert.match(invalidEntries(root)[0] ?? '', /a\u{FFFD}: its name is not UTF-8/u);
});

test('directoryTree: a missing directory is a NOT_FOUND_PATH error', (t) => {
  assert.throws(() => directoryTree(join(temporaryDirectory(t), 'x')), { code: 'NOT_FOUND_PATH' });
});
