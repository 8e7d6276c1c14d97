import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, suite, test } from 'node:test';
import { type CliHarness, createCliHarness, installedPacks, installedTrees } from '../../support/cli.ts';
import { createRepository } from '../../support/git/repository.ts';
import { type GitServer, startGitServer } from '../../support/git/server.ts';
import { bytes, startHttpServer } from '../../support/http/server.ts';
import { runWithoutNetwork, withoutNamespaces } from '../../support/processes/network-namespace.ts';
import { gitSource, packArchive, packFiles, sha256Of, writeRegistry } from '../../support/registry/server.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

// A registry on a server: a pack from an archive that depends on a pack from a git repository.
const root = temporaryDirectory({ after });
const gitFiles = {
  ...packFiles({ ref: 'from-git' }),
  'bin/tool.sh': '#!/bin/sh\n',
  [`deep/${'long-'.repeat(30)}/ä/\u{1F600}.txt`]: 'x',
};
const repository = createRepository(
  { after },
  {
    ...gitFiles,
    'bin/tool.sh': { content: '#!/bin/sh\n', executable: true },
  },
);
repository.bareCopy(join(root, 'from-git.git'));
const git: GitServer = await startGitServer({ after }, root);
const archived = packFiles({ ref: 'archived', dependencies: ['from-git'], test: 'exit 0' });
const archive = packArchive(archived);
const routes: Record<string, ReturnType<typeof bytes>> = { '/archived.tar.gz': bytes(archive) };
const web = await startHttpServer({ after }, routes);
const index = writeRegistry(temporaryDirectory({ after }), [
  {
    ref: 'archived',
    dependencies: ['from-git'],
    sources: [{ type: 'archive', url: web.url('/archived.tar.gz'), checksum: sha256Of(archive) }],
  },
  { ref: 'from-git', sources: [gitSource(`${git.url}/from-git.git`, repository.head(), gitFiles)] },
]);
routes['/index.json'] = bytes(readFileSync(index));

const harness = createCliHarness({ after }, { ATTUNE_REGISTRY_INDICES: web.url('/index.json') });
for (const args of [['install', 'archived'], ['lock']]) {
  const { status, stderr } = await harness.attune('pack', ...args);
  assert.equal(status, 0, stderr);
}

const requestCount = () => web.requests.length + git.requests.length;

/** Creates an empty data directory that uses the cache of the harness. */
function withEmptyData(t: {
  after(clean: () => void): void;
}): CliHarness & { sync(...args: string[]): ReturnType<CliHarness['json']> } {
  const data = temporaryDirectory(t);
  return {
    ...harness,
    data,
    sync: (...args) => harness.jsonWith({ ATTUNE_DATA_DIR: data }, 'pack', 'sync', 'attune.lock', ...args),
    json: (...args) => harness.jsonWith({ ATTUNE_DATA_DIR: data }, ...args),
  };
}

const cachePath = (name: string) => join(dirname(harness.data), 'cache', name);

suite('an empty data directory with a filled cache', () => {
  test('sync --locked sends no request, not even for an index', async (t) => {
    const before = requestCount();
    const machine = withEmptyData(t);
    const { status, document } = await machine.sync('--locked');
    assert.equal(status, 0, document.error?.message);
    assert.equal(requestCount(), before);
    assert.deepEqual(installedTrees(machine), installedTrees(harness));
    assert.equal(statSync(join(machine.data, 'packs', 'from-git', 'bin', 'tool.sh')).mode & 0o777, 0o755);
    for (const ref of ['archived', 'from-git']) {
      const [original, synced] = await Promise.all([
        harness.json('pack', 'show', ref),
        machine.json('pack', 'show', ref),
      ]);
      for (const field of [
        'checksum',
        'registry',
        'source_type',
        'source_url',
        'source_commit',
        'archive_checksum',
        'requested',
      ]) {
        assert.equal(synced.document[field], original.document[field], `${ref}: ${field}`);
      }
    }
  });

  test('sync --locked --offline succeeds without any network', { skip: withoutNamespaces }, async (t) => {
    const machine = withEmptyData(t);
    const { status, stderr } = await runWithoutNetwork(
      machine,
      { ATTUNE_CACHE_DIR: cachePath('.'), ATTUNE_REGISTRY_INDICES: web.url('/index.json') },
      ...['pack', 'sync', 'attune.lock', '--locked', '--offline'],
    );
    assert.equal(status, 0, stderr);
    assert.deepEqual(installedTrees(machine), installedTrees(harness));
  });

  test('install --offline of a pack from git uses the cache', async (t) => {
    const before = requestCount();
    const machine = withEmptyData(t);
    const { status, document } = await machine.json('pack', 'install', 'from-git', '--offline');
    assert.equal(status, 0, document.error?.message);
    assert.equal(requestCount(), before);
    assert.deepEqual(document.packs[0].source, {
      type: 'git',
      url: `${git.url}/from-git.git`,
      ref: repository.head(),
      commit: repository.head(),
    });
  });

  test('sync downloads damaged cached content again, and exits 9 with --offline', async (t) => {
    const intact = installedTrees(harness);
    for (const name of readdirSync(cachePath('downloads/sha256'))) {
      const path = join(cachePath('downloads/sha256'), name);
      const content = readFileSync(path);
      // In the content of a file, which the archive's own checksums do not cover.
      const offset = content.includes('Runs from-git') ? content.indexOf('Runs from-git') : content.length >> 1;
      content[offset] = (content[offset] ?? 0) ^ 1;
      writeFileSync(path, content);
    }
    const offline = await withEmptyData(t).sync('--offline');
    assert.deepEqual([offline.status, offline.document.error.code], [9, 'NETWORK_LOCKED']);
    assert.match(offline.document.error.message, /from-git 1\.0\.0: .*\n[\s\S]*archived 1\.0\.0: /);
    const before = requestCount();
    const machine = withEmptyData(t);
    const { status, document } = await machine.sync();
    assert.equal(status, 0, document.error?.message);
    assert.ok(requestCount() > before);
    assert.deepEqual(installedTrees(machine), intact);
    assert.deepEqual(await installedPacks(machine), ['archived 1.0.0', 'from-git 1.0.0']);
  });
});
