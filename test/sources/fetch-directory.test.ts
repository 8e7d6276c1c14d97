import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import { fetchDirectory } from '../../src/sources/fetch-directory.ts';
import { listFiles, createSourceTools } from '../support/git/fetching.ts';
import { temporaryDirectory } from '../support/temporary.ts';

interface Cleaner {
  after(clean: () => void): void;
}

function packAt(test: Cleaner): { root: string; destination: string } {
  const root = join(temporaryDirectory(test), 'pack');
  mkdirSync(join(root, 'actions'), { recursive: true });
  writeFileSync(join(root, 'pack.yaml'), 'ref: demo\n');
  writeFileSync(join(root, 'actions', 'run.sh'), '#!/bin/sh\n');
  return { root, destination: join(temporaryDirectory(test), 'staged') };
}

test('a directory is copied with its execute bits, and without .git and special mode bits', async (t) => {
  const { root, destination } = packAt(t);
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

test('a link to the directory is followed, and recorded as it was asked for', async (t) => {
  const { root, destination } = packAt(t);
  const link = join(temporaryDirectory(t), 'link');
  symlinkSync(root, link);
  const { provenance } = await fetchDirectory(link, destination, createSourceTools(t));
  assert.equal(provenance.url, link);
  assert.equal(listFiles(destination).length, 2);
});

test('links inside are refused, all of them, and nothing is written', async (t) => {
  const { root, destination } = packAt(t);
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

test('names that would clash on another system are refused, all of them, and nothing is written', async (t) => {
  const { root, destination } = packAt(t);
  writeFileSync(join(root, 'PACK.yaml'), '');
  writeFileSync(join(root, 'nul.txt'), '');
  await assert.rejects(fetchDirectory(root, destination, createSourceTools(t)), {
    code: 'INVALID_TREE_ENTRY',
    message:
      /directory '.*': 2 of its entries are not safe:[\s\S]*'nul\.txt' has the name of a Windows device[\s\S]*'pack\.yaml' differs from 'PACK\.yaml'/,
  });
  assert(!existsSync(destination));
});

test('a directory is held to the limits', async (t) => {
  const { root, destination } = packAt(t);
  const tools = createSourceTools(t, { limits: { ...DEFAULT_LIMITS, unpackedBytes: 15 } });
  await assert.rejects(fetchDirectory(root, destination, tools), { code: 'INVALID_TREE_LIMIT' });
});

test('a directory that holds the destination is copied once, without it', async (t) => {
  const { root } = packAt(t);
  const destination = join(root, 'staging', 'copy');
  await fetchDirectory(root, destination, createSourceTools(t));
  assert.deepEqual(listFiles(destination), ['644 actions/run.sh: #!/bin/sh\n', '644 pack.yaml: ref: demo\n']);
});
