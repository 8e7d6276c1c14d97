// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the form of references in settings.yaml
import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import Database from 'better-sqlite3';
import { AttuneError } from '../../../src/errors.ts';
import {
  answer,
  bytes,
  type Handler,
  inSequence,
  page,
  servedFile,
  startHttpServer,
} from '../../support/http/server.ts';
import { CachedHarness } from '../../support/registry/cached-index.ts';
import { entryOf, indexOf, sourceOf } from '../../support/registry/index.ts';

const HOUR = 3_600_000;
const indexText = (...packs: unknown[]) => JSON.stringify(indexOf(...packs));
const withVersion = (version: string) => indexText(entryOf('a', { version }));
const tagged = (content: string, tag: string): Handler =>
  servedFile({ content: Buffer.from(content), headers: { etag: `"${tag}"` } });
const versionOf = async (registries: ReturnType<CachedHarness['command']>, ref = 'a') =>
  (await registries.find(ref))?.entry.version;

async function errorOf(attempt: Promise<unknown>): Promise<AttuneError> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof AttuneError) return error;
    throw error;
  }
  return assert.fail('it should have failed');
}

describe('index cache: remote indexes', () => {
  test('index cache: a copy is used without a request within cache_ttl', async (t) => {
    const server = await startHttpServer(t, {
      '/i': inSequence(bytes(withVersion('1.0.0')), bytes(withVersion('2.0.0'))),
    });
    const harness = new CachedHarness(t);
    const indices = [{ url: server.url('/i') }];
    assert.equal(await versionOf(harness.command(indices)), '1.0.0');
    harness.now += HOUR - 1;
    assert.equal(await versionOf(harness.command(indices)), '1.0.0');
    assert.equal(server.requests.length, 1);
    harness.now += 1;
    assert.equal(await versionOf(harness.command(indices)), '2.0.0');
    assert.equal(server.requests.length, 2);
  });

  test('index cache: a copy from the future, after the clock was set back, is revalidated', async (t) => {
    const server = await startHttpServer(t, { '/i': bytes(withVersion('1.0.0')) });
    const harness = new CachedHarness(t);
    await versionOf(harness.command([{ url: server.url('/i') }]));
    harness.now -= 1000;
    await versionOf(harness.command([{ url: server.url('/i') }]));
    assert.equal(server.requests.length, 2);
  });

  for (const header of ['etag', 'last-modified']) {
    test(`index cache: a copy that is unchanged by its ${header} is fresh for another cache_ttl`, async (t) => {
      const value = header === 'etag' ? '"one"' : 'Sat, 28 Feb 2026 12:00:00 GMT';
      const file = servedFile({ content: Buffer.from(withVersion('1.0.0')), headers: { [header]: value } });
      const server = await startHttpServer(t, { '/i': file });
      const harness = new CachedHarness(t);
      const indices = [{ url: server.url('/i') }];
      for (let requests = 1; requests <= 3; requests += 1) {
        assert.equal(await versionOf(harness.command(indices)), '1.0.0');
        harness.now += HOUR - 1;
        assert.equal(await versionOf(harness.command(indices)), '1.0.0');
        assert.equal(server.requests.length, requests);
        harness.now += 1;
      }
      const condition = header === 'etag' ? 'if-none-match' : 'if-modified-since';
      assert.deepEqual(
        server.headers.map((headers) => headers[condition]),
        [undefined, value, value],
      );
    });
  }

  test('index cache: new content replaces the copy and removes entries that are no longer in the index', async (t) => {
    const server = await startHttpServer(t, {
      '/i': inSequence(
        tagged(indexText(entryOf('a'), entryOf('b')), 'one'),
        tagged(indexText(entryOf('a', { version: '2.0.0' }), entryOf('c')), 'two'),
      ),
    });
    const harness = new CachedHarness(t);
    const indices = [{ url: server.url('/i') }];
    await versionOf(harness.command(indices));
    harness.now += HOUR;
    const next = harness.command(indices);
    assert.deepEqual(
      [await versionOf(next), await versionOf(next, 'b'), await versionOf(next, 'c')],
      ['2.0.0', undefined, '1.0.0'],
    );
    assert.deepEqual((await next.search({ terms: ['b'], limit: 9 })).hits, []);
    assert.equal(next.list()[0]?.packs, 2);
  });

  test('index cache: new content that is not an index fails and leaves the copy unchanged', async (t) => {
    const server = await startHttpServer(t, {
      '/i': inSequence(bytes(withVersion('1.0.0')), page(200, '<html>Sign in')),
    });
    const harness = new CachedHarness(t);
    const indices = [{ url: server.url('/i') }];
    await versionOf(harness.command(indices));
    harness.now += HOUR;
    assert.equal((await errorOf(harness.command(indices).find('a'))).code, 'INVALID_INDEX');
    assert.equal(await versionOf(harness.command(indices, { offline: true })), '1.0.0');
  });

  test('index cache: the error of an unavailable registry explains how to use the copy', async (t) => {
    const server = await startHttpServer(t, { '/i': inSequence(bytes(withVersion('1.0.0')), page(503, 'later')) });
    const harness = new CachedHarness(t);
    const indices = [{ url: server.url('/i') }];
    await versionOf(harness.command(indices));
    harness.now += 2 * HOUR;
    const error = await errorOf(harness.command(indices).find('a'));
    assert.equal(error.code, 'NETWORK_HTTP_STATUS');
    assert.match(error.hint ?? '', /To use the copy of 2026-03-01T12:00:00\.000Z, pass --offline\./);
    assert.equal(error.facts['copy_fetched_at'], '2026-03-01T12:00:00.000Z');
  });

  test('index cache: --offline uses a stale copy and reports its age', async (t) => {
    const server = await startHttpServer(t, { '/i': bytes(withVersion('1.0.0')) });
    const harness = new CachedHarness(t);
    const indices = [{ url: server.url('/i') }];
    await versionOf(harness.command(indices));
    assert.equal(await versionOf(harness.command(indices, { offline: true })), '1.0.0');
    assert.deepEqual(harness.messages, []);
    harness.now += 75 * HOUR;
    assert.equal(await versionOf(harness.command(indices, { offline: true })), '1.0.0');
    assert.match(
      harness.messages.join(),
      /'r1' is not contacted with --offline; its copy of 2026-03-01T12:.* \(3 days old\) is used/,
    );
    assert.equal(server.requests.length, 1);
  });

  test('index cache: --offline without a copy fails', async (t) => {
    const harness = new CachedHarness(t);
    const error = await errorOf(harness.command([{ url: 'https://index.example/i' }], { offline: true }).find('a'));
    assert.equal(error.code, 'NETWORK_OFFLINE');
    assert.doesNotMatch(error.hint ?? '', /copy/);
  });

  test('index cache: variables in headers are not required while the copy is fresh', async (t) => {
    const server = await startHttpServer(t, { '/i': bytes(withVersion('1.0.0')) });
    const harness = new CachedHarness(t);
    const indices = [{ url: server.url('/i'), headers: { Authorization: 'Bearer ${TOKEN}' } }];
    await versionOf(harness.command(indices, { variables: { TOKEN: 'x' } }));
    assert.equal(await versionOf(harness.command(indices)), '1.0.0');
    harness.now += HOUR;
    assert.match((await errorOf(harness.command(indices).find('a'))).message, /\$\{TOKEN\} is not set/);
  });

  test('index cache: a response with no-store is not written to disk', async (t) => {
    const server = await startHttpServer(t, {
      '/i': answer(200, { 'cache-control': 'private, no-store' }, withVersion('1.0.0')),
    });
    const harness = new CachedHarness(t);
    const indices = [{ url: server.url('/i') }];
    assert.equal(await versionOf(harness.command(indices)), '1.0.0');
    assert.equal(await versionOf(harness.command(indices)), '1.0.0');
    assert.equal(server.requests.length, 2);
  });

  test('index cache: another header, mirror or variable value identifies another index', async (t) => {
    const paths = { '/i': '1.0.0', '/m/i': '2.0.0', '/n/i': '3.0.0' };
    const routes = Object.entries(paths).map(([path, version]) => [path, bytes(withVersion(version))]);
    const server = await startHttpServer(t, Object.fromEntries(routes));
    const harness = new CachedHarness(t);
    const url = server.url('/${PART}');
    const [part, other] = [{ variables: { PART: 'i' } }, { variables: { PART: 'm/i' } }];
    assert.equal(await versionOf(harness.command([{ url }], part)), '1.0.0');
    assert.equal(await versionOf(harness.command([{ url }], other)), '2.0.0');
    assert.equal(await versionOf(harness.command([{ url, headers: { 'X-Tenant': 'b' } }], part)), '1.0.0');
    const mirrored = { ...part, settings: { mirrors: { [server.url('/i')]: server.url('/n/i') } } };
    assert.equal(await versionOf(harness.command([{ url }], mirrored)), '3.0.0');
    assert.deepEqual(server.requests, ['GET /i', 'GET /m/i', 'GET /i', 'GET /n/i']);
  });
});

describe('index cache: local indexes', () => {
  /** Writes an index and advances the clock, so that the stamp of the file is reliable. */
  function writeIndex(harness: CachedHarness, content: string): string {
    const path = join(harness.root, 'i.json');
    writeFileSync(path, content);
    harness.now = Date.now() + 60_000;
    return path;
  }

  test('index cache: a local index is read again after a write, but not because of its age', async (t) => {
    const harness = new CachedHarness(t);
    const path = writeIndex(harness, withVersion('1.0.0'));
    assert.equal(await versionOf(harness.command([{ url: path }])), '1.0.0');
    harness.now += 100 * HOUR;
    assert.equal(await versionOf(harness.command([{ url: path }])), '1.0.0');
    writeFileSync(path, withVersion('2.0.0'));
    assert.equal(await versionOf(harness.command([{ url: path }])), '2.0.0');
  });

  test('index cache: a local index that was just written is always read again', async (t) => {
    const harness = new CachedHarness(t);
    const path = writeIndex(harness, withVersion('1.0.0'));
    for (const version of ['2.0.0', '3.0.0', '4.0.0', '5.0.0']) {
      writeFileSync(path, withVersion(version));
      harness.now = Date.now();
      assert.equal(await versionOf(harness.command([{ url: path }])), version);
    }
  });

  test('index cache: --offline reads a local index without a note', async (t) => {
    const harness = new CachedHarness(t);
    const path = writeIndex(harness, withVersion('1.0.0'));
    assert.equal(await versionOf(harness.command([{ url: path }], { offline: true })), '1.0.0');
    assert.deepEqual(harness.messages, []);
  });

  test('index cache: a removed local index fails regardless of the copy', async (t) => {
    const harness = new CachedHarness(t);
    const path = writeIndex(harness, withVersion('1.0.0'));
    await versionOf(harness.command([{ url: path }]));
    rmSync(path);
    assert.equal((await errorOf(harness.command([{ url: path }]).find('a'))).code, 'NOT_FOUND_PATH');
  });
});

test('index cache: a cached entry equals the downloaded one', async (t) => {
  const harness = new CachedHarness(t);
  const release = {
    version: '0.9.0',
    install_sources: [sourceOf({ type: 'git', url: 'git@h:p.git', ref: 'v1' })],
    runtime_deps: ['bash>=5'],
    dependencies: { packs: ['core@^1'], python_version: '>=3.9' },
    yanked: 'bad',
    published_at: '2026-01-02T03:04:05Z',
  };
  const entry = entryOf('a', { releases: [release], published_at: '2026-02-01T00:00:00Z', yanked: 'worse' });
  const server = await startHttpServer(t, { '/i': bytes(indexText(entry)) });
  const found = [];
  for (let i = 0; i < 2; i += 1) found.push(await harness.command([{ url: server.url('/i') }]).get('a'));
  assert.deepEqual(found[0], found[1]);
  assert.deepEqual(
    found[0]?.versions.map(({ version, publishedAt, yanked }) => [version, publishedAt, yanked]),
    [
      ['1.0.0', '2026-02-01T00:00:00Z', 'worse'],
      ['0.9.0', '2026-01-02T03:04:05Z', 'bad'],
    ],
  );
  assert.deepEqual(found[0]?.versions[1]?.release.dependencies, {
    attuneVersion: undefined,
    pythonVersion: '>=3.9',
    nodejsVersion: undefined,
    packs: ['core@^1'],
  });
});

describe('index cache: unusable database', () => {
  const writeForeignDatabase = (path: string) => {
    const database = new Database(path);
    database.exec("CREATE TABLE theirs (x); PRAGMA application_id = 7; INSERT INTO theirs VALUES ('keep?')");
    database.close();
  };
  const rows: { title: string; damage: (path: string) => void; message: RegExp }[] = [
    {
      title: 'a file that is not a database is recreated',
      damage: (path) => writeFileSync(path, 'not a database at all, but long enough to be taken for one'.repeat(20)),
      message: /not a database.* was recreated/,
    },
    {
      title: 'the database of another program is recreated',
      damage: writeForeignDatabase,
      message: /another program .* was recreated/,
    },
    {
      title: 'the database of a newer attune is recreated',
      damage: (path) => {
        const database = new Database(path);
        database.pragma('user_version = 99');
        database.close();
      },
      message: /another version of attune.* was recreated/,
    },
    {
      title: 'a truncated database is recreated by the next command',
      damage: (path) => {
        const half = Math.floor(statSync(path).size / 8192) * 4096;
        truncateSync(path, half);
      },
      message: /cannot be used.*malformed/,
    },
  ];
  for (const { title, damage, message } of rows) {
    test(`index cache: ${title}`, async (t) => {
      const server = await startHttpServer(t, { '/i': bytes(withVersion('1.0.0')) });
      const harness = new CachedHarness(t);
      const indices = [{ url: server.url('/i') }];
      const ready = harness.command(indices);
      await ready.search({ terms: ['a'], limit: 1 });
      damage(harness.cachePath);
      const found = await harness.command(indices).search({ terms: ['label'], limit: 1 });
      assert.deepEqual(
        found.hits.map(({ ref }) => ref),
        ['a'],
      );
      assert.match(harness.messages.join('\n'), message);
      harness.messages.length = 0;
      for (let i = 0; i < 2; i += 1) assert.equal(await versionOf(harness.command(indices)), '1.0.0');
      assert.deepEqual(harness.messages, []);
      assert.ok(server.requests.length <= 3);
    });
  }

  test('index cache: a directory in place of the database is not used', async (t) => {
    const server = await startHttpServer(t, { '/i': bytes(withVersion('1.0.0')) });
    const harness = new CachedHarness(t);
    mkdirSync(harness.cachePath, { recursive: true });
    assert.equal(await versionOf(harness.command([{ url: server.url('/i') }])), '1.0.0');
    assert.match(harness.messages.join(), /^The index cache is not used: '.*indexes\.db' is not a regular file\.$/);
  });

  test('index cache: without a cache directory, indexes are read into memory', async (t) => {
    const server = await startHttpServer(t, { '/i': bytes(withVersion('1.0.0')) });
    const harness = new CachedHarness(t);
    writeFileSync(dirname(harness.cachePath), 'a file');
    assert.equal(await versionOf(harness.command([{ url: server.url('/i') }])), '1.0.0');
    assert.match(
      harness.messages.join(),
      /^The index cache cannot be written to, so an index is kept in memory: Cannot/,
    );
    assert.equal(readFileSync(dirname(harness.cachePath), 'utf8'), 'a file');
  });
});

describe('index cache: secrets', () => {
  const SECRET = 'hunter2-S3cret';

  function cacheContent({ cachePath }: CachedHarness): string {
    const directory = dirname(cachePath);
    const files = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isFile());
    return files.map(({ name }) => readFileSync(join(directory, name), 'latin1')).join('\n');
  }

  test('index cache: values of headers, credentials and queries are not written to disk', async (t) => {
    const server = await startHttpServer(t, { '/i': tagged(withVersion('1.0.0'), 'x') });
    const harness = new CachedHarness(t);
    const url = `${server.origin.replace('//', `//ada:${SECRET}@`)}/i?token=${SECRET}&other=\${KEY}`;
    const headers = { Authorization: `Basic ${SECRET}`, 'X-Key': '${KEY}' };
    for (let i = 0; i < 2; i += 1) {
      assert.equal(await versionOf(harness.command([{ url, headers }], { variables: { KEY: SECRET } })), '1.0.0');
      harness.now += HOUR;
    }
    assert.equal(server.requests.length, 2);
    assert.match(cacheContent(harness), /"ref":"a"/);
    assert.ok(!cacheContent(harness).includes(SECRET));
  });

  test('index cache: an index that contains credentials is not written to disk', async (t) => {
    const entry = entryOf('a', { install_sources: [sourceOf({ url: `https://ada:${SECRET}@h.example/a.tgz` })] });
    const server = await startHttpServer(t, { '/i': bytes(indexText(entryOf('b'), entry)) });
    const harness = new CachedHarness(t);
    const found = await harness.command([{ url: server.url('/i') }]).get('a');
    assert.equal(found.entry.installSources[0]?.url, `https://ada:${SECRET}@h.example/a.tgz`);
    assert.ok(!cacheContent(harness).includes(SECRET));
  });

  test('index cache: only the user can read the files', { skip: process.platform === 'win32' }, async (t) => {
    const server = await startHttpServer(t, { '/i': bytes(withVersion('1.0.0')) });
    const harness = new CachedHarness(t);
    await versionOf(harness.command([{ url: server.url('/i') }]));
    assert.ok(existsSync(harness.cachePath));
    for (const name of readdirSync(dirname(harness.cachePath))) {
      const { mode } = statSync(join(dirname(harness.cachePath), name));
      if (name.startsWith('indexes.db')) assert.equal(mode & 0o077, 0, name);
    }
  });
});

test('index cache: an index that was not used for a month is removed by the next import', async (t) => {
  const server = await startHttpServer(t, { '/1': bytes(withVersion('1.0.0')), '/2': bytes(withVersion('2.0.0')) });
  const harness = new CachedHarness(t);
  await versionOf(harness.command([{ url: server.url('/1') }]));
  harness.now += 31 * 24 * HOUR;
  await versionOf(harness.command([{ url: server.url('/2') }]));
  const [one, two] = harness.command([{ url: server.url('/1') }, { url: server.url('/2') }]).list();
  assert.deepEqual([one?.status, one?.packs, two?.status, two?.packs], ['never', undefined, 'fresh', 1]);
});

test('index cache: forget removes the copy of one registry only', async (t) => {
  const server = await startHttpServer(t, { '/1': bytes(withVersion('1.0.0')), '/2': bytes(withVersion('2.0.0')) });
  const harness = new CachedHarness(t);
  const indices = [{ url: server.url('/1?x=1') }, { url: server.url('/2') }];
  await harness.command(indices).search({ terms: ['a'], limit: 1 });
  const command = harness.command(indices);
  await command.forget(indices[0]?.url ?? '');
  assert.deepEqual(
    command.list().map(({ status }) => status),
    ['never', 'fresh'],
  );
});

test('index cache: a search shows the highest version that is not yanked', async (t) => {
  const harness = new CachedHarness(t);
  const release = (version: string, fields: object = {}) => {
    return { version, install_sources: [sourceOf()], runtime_deps: [], ...fields };
  };
  const releases = [release('1.2.0', { yanked: 'bad' }), release('0.8.0'), release('1.1.0')];
  const server = await startHttpServer(t, {
    '/i': bytes(
      indexText(entryOf('a', { version: '2.0.0', yanked: 'bad', releases }), entryOf('b', { yanked: 'bad' })),
    ),
  });
  const registries = harness.command([{ url: server.url('/i') }]);
  const { hits } = await registries.search({ terms: ['label'], limit: 10 });
  assert.deepEqual(
    hits.map(({ ref, version }) => `${ref} ${version}`),
    ['a 1.1.0', 'b 1.0.0'],
  );
});
