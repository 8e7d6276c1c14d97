import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import { fetchDirectory } from '../../src/sources/fetch-directory.ts';
import { createSourceTools, listFiles } from '../support/git/fetching.ts';
import { temporaryDirectory } from '../support/temporary.ts';

interface Cleaner {
  after(clean: () => void): void;
}

function createPack(test: Cleaner): { root: string; destination: string } {
  const root = join(temporaryDirectory(test), 'pack');
  mkdirSync(join(root, 'actions'), { recursive: true });
  writeFileSync(join(root, 'pack.yaml'), 'ref: demo\n');
  writeFileSync(join(root, 'actions', 'run.sh'), '#!/bin/sh\n');
  return { root, destination: join(temporaryDirectory(test), 'staged') };
}

test('fetchDirectory copies execute bits, but not .git and special mode bits', async (t) => {
  const { root, destination } = createPack(t);
  chmodSync(join(root, 'actions', 'run.sh'), 0o4700);
  chmodSync(join(root, 'pack.yaml'), 0o666);
  mkdirSync(join(root, '.git'));
  writeFileSync(join(root, '.git', 'config'), 'secret');
  writeFileSync(join(root, 'actions', '.git'), 'gitdir: elsewhere');
  const fetched = await fetchDirectory(root, destination, createSourceTools(t));
  assert.deepEqual(fetched, {
    provenance: { type: 'directory', url: root, mirror: undefined, ref: null, commit: null },
    archiveChecksum: undefined,
  });
  assert.deepEqual(listFiles(destination), ['644 pack.yaml: ref: demo\n', '755 actions/run.sh: #!/bin/sh\n']);
});

test('fetchDirectory follows a link to the directory and records the requested path', async (t) => {
  const { root, destination } = createPack(t);
  const link = join(temporaryDirectory(t), 'link');
  symlinkSync(root, link);
  const { provenance } = await fetchDirectory(link, destination, createSourceTools(t));
  assert.equal(provenance.url, link);
  assert.equal(listFiles(destination).length, 2);
});

test('fetchDirectory refuses links in the directory, names all of them and writes nothing', async (t) => {
  const { root, destination } = createPack(t);
  symlinkSync('/etc/passwd', join(root, 'one'));
  symlinkSync('pack.yaml', join(root, 'actions', 'two'));
  await assert.rejects(
    fetchDirectory(root, destination, createSourceTools(t)),
    (error: { code: string; message: string }) => {
      assert.match(error.code, /^INVALID_/);
      assert.match(error.message, /actions\/two[\s\S]*one/);
      return true;
    },
  );
  assert(!existsSync(destination));
});

test('fetchDirectory refuses names that conflict on other systems, lists all of them and writes nothing', async (t) => {
  const { root, destination } = createPack(t);
  writeFileSync(join(root, 'PACK.yaml'), '');
  writeFileSync(join(root, 'nul.txt'), '');
  await assert.rejects(fetchDirectory(root, destination, createSourceTools(t)), {
    code: 'INVALID_TREE_ENTRY',
    message:
      /directory '.*': 2 entries are not safe:[\s\S]*'nul\.txt' has the name of a Windows device[\s\S]*'pack\.yaml' differs from 'PACK\.yaml'/,
  });
  assert(!existsSync(destination));
});

test('fetchDirectory enforces the limits', async (t) => {
  const { root, destination } = createPack(t);
  const tools = createSourceTools(t, { limits: { ...DEFAULT_LIMITS, unpackedBytes: 15 } });
  await assert.rejects(fetchDirectory(root, destination, tools), { code: 'INVALID_TREE_LIMIT' });
});

test('fetchDirectory copies a directory that contains the destination without the destination', async (t) => {
  const { root } = createPack(t);
  const destination = join(root, 'staging', 'copy');
  await fetchDirectory(root, destination, createSourceTools(t));
  assert.deepEqual(listFiles(destination), ['644 actions/run.sh: #!/bin/sh\n', '644 pack.yaml: ref: demo\n']);
});
