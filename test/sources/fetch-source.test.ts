import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { systemHttp } from '../../src/platform/http/system-http.ts';
import { SafeUrl } from '../../src/platform/safe-url.ts';
import { DownloadCache } from '../../src/sources/cache/download-cache.ts';
import { fetchSource } from '../../src/sources/fetch-source.ts';
import type { SourceRequest } from '../../src/sources/source.ts';
import { tarGzOf } from '../support/archives.ts';
import { createSourceTools } from '../support/git/fetching.ts';
import { git } from '../support/git/repository.ts';
import { startGitServer } from '../support/git/server.ts';
import { bytes, startHttpServer } from '../support/http/server.ts';
import { temporaryDirectory } from '../support/temporary.ts';

interface Cleaner {
  after(clean: () => void): void;
}

/** Creates a pack as a directory, an archive, a checkout and a bare repository. @returns the directory of all four */
function createSources(test: Cleaner): string {
  const root = temporaryDirectory(test);
  for (const name of ['directory', 'checkout']) {
    mkdirSync(join(root, name));
    writeFileSync(join(root, name, 'pack.yaml'), 'ref: demo\n');
  }
  writeFileSync(join(root, 'archive'), tarGzOf({ name: 'pack.yaml', content: 'ref: demo\n' }));
  git(join(root, 'checkout'), ['init', '-q']);
  git(join(root, 'checkout'), ['add', '.']);
  git(join(root, 'checkout'), ['commit', '-qm', 'one']);
  git(root, ['clone', '-q', '--bare', 'checkout', 'bare.git']);
  git(join(root, 'bare.git'), ['update-server-info']);
  return root;
}

async function fetchProvenance(test: Cleaner, request: SourceRequest, changes = {}) {
  const destination = join(temporaryDirectory(test), 'pack');
  const result = await fetchSource(request, destination, createSourceTools(test, changes));
  assert.deepEqual(readdirSync(destination), ['pack.yaml']);
  return result.provenance;
}

describe('fetchSource of a path', () => {
  const rows = [
    { claim: 'a directory', name: 'directory', type: 'directory' },
    { claim: 'an archive, detected by its content', name: 'archive', type: 'archive' },
    { claim: 'a checkout as a directory', name: 'checkout', type: 'directory' },
    { claim: 'a bare repository as git', name: 'bare.git', type: 'git' },
  ];
  for (const { claim, name, type } of rows) {
    test(`fetchSource fetches a path: ${claim}`, async (t) => {
      const path = join(createSources(t), name);
      const provenance = await fetchProvenance(t, { kind: 'path', path, expected: undefined });
      assert.equal(provenance.type, type);
      assert.equal(provenance.url, path);
    });
  }
});

test('fetchSource fetches a path as git if git was requested', async (t) => {
  const url = new SafeUrl(join(createSources(t), 'checkout'));
  assert.equal((await fetchProvenance(t, { kind: 'git', url, refSpec: 'main' })).type, 'git');
});

test('fetchSource treats a pack with the directories of a bare repository as a pack', async (t) => {
  const path = join(createSources(t), 'directory');
  for (const name of ['objects', 'refs']) mkdirSync(join(path, name));
  writeFileSync(join(path, 'HEAD'), '');
  const destination = join(temporaryDirectory(t), 'pack');
  const { provenance } = await fetchSource(
    { kind: 'path', path, expected: undefined },
    destination,
    createSourceTools(t),
  );
  assert.equal(provenance.type, 'directory');
});

test('fetchSource refuses a missing path and a device', async (t) => {
  const root = temporaryDirectory(t);
  const destination = join(root, 'pack');
  const attempt = (name: string) =>
    fetchSource({ kind: 'path', path: join(root, name), expected: undefined }, destination, createSourceTools(t));
  await assert.rejects(attempt('none'), { code: 'NOT_FOUND_PATH' });
  await assert.rejects(attempt('../../../../../../../../dev/zero'), { code: 'INVALID_SOURCE' });
  assert(!existsSync(destination));
});

test('fetchSource requests a web URL as git first and treats it as an archive if it is not git', async (t) => {
  const root = createSources(t);
  const gitServer = await startGitServer(t, root);
  const fromGit = await fetchProvenance(t, {
    kind: 'web',
    url: new SafeUrl(`${gitServer.url}/bare.git`),
    expected: undefined,
  });
  assert.equal(fromGit.type, 'git');
  const web = await startHttpServer(t, { '/latest': bytes(tarGzOf({ name: 'pack.yaml' })) });
  assert.equal(
    (await fetchProvenance(t, { kind: 'web', url: new SafeUrl(web.url('/latest')), expected: undefined })).type,
    'archive',
  );
  assert.deepEqual(web.requests, ['GET /latest/info/refs?service=git-upload-pack', 'GET /latest']);
});

test('fetchSource takes a cached archive from the cache without a request', async (t) => {
  const archive = tarGzOf({ name: 'pack.yaml' });
  const file = join(temporaryDirectory(t), 'archive');
  writeFileSync(file, archive);
  const expected = { algorithm: 'sha256', hex: createHash('sha256').update(archive).digest('hex') } as const;
  const cache = new DownloadCache(join(temporaryDirectory(t), 'downloads'), 1_000_000, assert.fail);
  cache.put(file, expected);
  const http = systemHttp({ offline: true, allowPlain: false, timeoutMs: 1000, redirects: 5, variables: {} });
  const url = new SafeUrl('https://packs.example/latest');
  assert.equal((await fetchProvenance(t, { kind: 'web', url, expected }, { cache, http })).type, 'archive');
  const other = { ...expected, hex: '0'.repeat(64) };
  await assert.rejects(fetchProvenance(t, { kind: 'web', url, expected: other }, { cache, http }), {
    code: 'NETWORK_OFFLINE',
  });
});

test('fetchSource: a mirror can map a web URL to a local repository or archive', async (t) => {
  const mirrors = { 'https://packs.example/': `${createSources(t)}/` };
  for (const [name, type] of [
    ['bare.git', 'git'],
    ['archive', 'archive'],
  ] as const) {
    const url = `https://packs.example/${name}`;
    const provenance = await fetchProvenance(
      t,
      { kind: 'web', url: new SafeUrl(url), expected: undefined },
      { mirrors },
    );
    assert.deepEqual([provenance.type, provenance.url], [type, url]);
    assert.match(provenance.mirror ?? '', new RegExp(`^file://.*/${name}$`));
  }
});
