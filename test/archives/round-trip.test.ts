import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { UnsafeEntry } from '../../src/archives/guard/errors.ts';
import type { ArchiveFormat } from '../../src/archives/sniff.ts';
import { packArchive } from '../../src/archives/write-archive.ts';
import { zipOf } from '../support/archives.ts';
import { contentsOf, type Files, memoryTree } from '../support/memory-tree.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { contents, createSandbox } from '../support/unpacking.ts';

const FORMATS: readonly ArchiveFormat[] = ['tar.gz', 'tar', 'zip'];

interface Test {
  after(clean: () => void): void;
}

/** Sizes around a tar's blocks and records and a pipe's buffers. */
const SIZES = [0, 1, 511, 512, 513, 1024, 10_239, 10_240, 10_241, 65_536];
/** Components that a rule refuses, or that conflict with each other. */
const UNSAFE = ['con', 'aux.py', '.git', 'a\\b', 'dot.', 'space ', 'C:', 'README', 'readme', 'stra\u00dfe', 'STRASSE'];

const plain = fc
  .string({
    unit: fc.constantFrom(...'abcxyz0189 _-+@#~%&()[]{}\'"=,;!', '\u00e9', 'e\u0301', '\u4e16', '\u{1F600}'),
    minLength: 1,
    maxLength: 40,
  })
  // Not empty, hidden, an option or ending in a space; in one case and Unicode form.
  .map((name) => `f${name.normalize('NFC')}x`);
const content = fc.tuple(fc.constantFrom(...SIZES), fc.nat(255)).map(([size, seed]) => {
  const bytes = Buffer.alloc(size);
  for (let i = 0; i < size; i += 1) bytes[i] = (i * i + seed) >> (i % 7);
  return bytes;
});

function treeWith(component: fc.Arbitrary<string>): fc.Arbitrary<Files> {
  const path = fc.array(component, { minLength: 1, maxLength: 12 }).map((parts) => parts.join('/'));
  const file = fc.record({ content, executable: fc.boolean() });
  return fc.dictionary(path, file, { maxKeys: 6, noNullPrototype: true }).map(withoutFilesAsDirectories);
}

function withoutFilesAsDirectories(files: Files): Files {
  const paths = Object.keys(files);
  const leaves = paths.filter((path) => !paths.some((other) => other.startsWith(`${path}/`)));
  return Object.fromEntries(leaves.map((path) => [path, files[path]!]));
}

const safeTree = treeWith(plain);
const anyTree = treeWith(
  fc.oneof({ weight: 5, arbitrary: plain }, { weight: 1, arbitrary: fc.constantFrom(...UNSAFE) }),
);

test('unpacking restores any safe tree from an archive of each format by packArchive and from another zip', async (t) => {
  await fc.assert(
    fc.asyncProperty(safeTree, async (files) => {
      for (const archive of await archivesOf(files)) {
        assert.deepEqual(await unpack(t, archive), contentsOf(files));
      }
    }),
    { numRuns: 10 },
  );
});

// adm-zip writes backslashes as slashes; pack archive refuses them before.
test('unpacking restores any tree or refuses it with a rule that names the entry', async (t) => {
  await fc.assert(
    fc.asyncProperty(anyTree, async (files) => {
      for (const archive of await archivesOf(files, ['tar.gz', 'tar'])) {
        await checkRestoredOrRefused(t, archive, files);
      }
    }),
    { numRuns: 10 },
  );
});

const WRITERS = [
  { program: 'tar', line: 'tar --format=gnu -czf "$1" .' },
  { program: 'tar', line: 'tar --format=pax -czf "$1" .' },
  // Unlike the other commands, this one does not add a leading ./ to the names.
  {
    program: 'tar',
    line: 'find . -mindepth 1 -maxdepth 1 -printf \'%P\\0\' | tar --format=pax --null --no-unquote -cf "$1" -T -',
  },
  { program: 'zip', line: 'zip -qr "$1" .' },
  { program: 'zip', line: 'zip -qr0 "$1" .' },
] as const;

for (const { program, line } of WRITERS) {
  const absent = spawnSync(program, ['--help'], { stdio: 'ignore' }).error !== undefined;
  const skip = absent ? `${program} is not installed` : false;
  test(`unpacking restores any tree packed by ${line}, or refuses it with the entry's name`, { skip }, async (t) => {
    // One process packs many trees, because starting a process dominates the run time.
    const trees = fc.array(anyTree, { minLength: 8, maxLength: 8, size: 'max' });
    await fc.assert(
      fc.asyncProperty(trees, async (all) => {
        const nonEmpty = all.filter((files) => Object.keys(files).length > 0);
        fc.pre(nonEmpty.length > 0);
        const directory = temporaryDirectory(t);
        for (const [index, files] of nonEmpty.entries()) writeFiles(join(directory, String(index)), files);
        const each = `for tree in [0-9]*/; do (cd "$tree" && set -- "$PWD.zip" && ${line}) || exit 1; done`;
        execFileSync('sh', ['-c', each], { cwd: directory, env: { ...process.env, LC_ALL: 'C.UTF-8' } });
        for (const [index, files] of nonEmpty.entries()) {
          await checkRestoredOrRefused(t, readFileSync(join(directory, `${index}.zip`)), files);
        }
      }),
      { numRuns: 1 },
    );
  });
}

/** Packs files by attune's own writers, and as a zip with other features. */
async function archivesOf(files: Files, writers: readonly ArchiveFormat[] = FORMATS): Promise<Buffer[]> {
  // An empty tar is no pack, and nothing in it shows that it is a tar.
  const formats = writers.filter((format) => format !== 'tar' || Object.keys(files).length > 0);
  const packed = formats.map(async (format) =>
    Buffer.concat(await Array.fromAsync(packArchive(format, memoryTree(files), 0))),
  );
  return [...(await Promise.all(packed)), zipFrom(files)];
}

function zipFrom(files: Files): Buffer {
  const entries = Object.entries(files).map(([name, file], index) => ({
    name,
    content: Buffer.from(file.content),
    mode: file.executable ? 0o100755 : 0o100644,
    method: index % 2 === 0 ? 8 : 0,
    descriptor: index % 3 === 0,
  }));
  return zipOf(entries);
}

function writeFiles(root: string, files: Files): void {
  for (const [path, file] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), file.content);
    chmodSync(join(root, path), file.executable ? 0o755 : 0o644);
  }
}

async function unpack(t: Test, archive: Buffer): Promise<Map<string, string>> {
  const { destination, ...sandbox } = createSandbox(t);
  await sandbox.unpack(archive);
  return existsSync(destination) ? contents(destination) : new Map();
}

async function checkRestoredOrRefused(t: Test, archive: Buffer, files: Files): Promise<void> {
  const paths = Object.keys(files);
  try {
    assert.deepEqual(await unpack(t, archive), contentsOf(files));
  } catch (error) {
    if (!(error instanceof UnsafeEntry)) throw error;
    assert(error.violations.length > 0);
    for (const { entry } of error.violations) {
      const name = entry.replace(/^\.\//, '').replace(/\/$/, '');
      assert(
        paths.some((path) => path === name || path.startsWith(`${name}/`)),
        `the error names '${entry}', which is not in the tree`,
      );
    }
  }
}
