// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the form of references in config.yaml
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
import { answer, bytes, type Handler, inTurn, page, servedFile, startHttpServer } from '../../support/http/server.ts';
import { CachedHarness } from '../../support/registry/cached-index.ts';
import { entryOf, indexOf, sourceOf } from '../../support/registry/index.ts';

const HOUR = 3_600_000;
const indexText = (...packs: unknown[]) => JSON.stringify(indexOf(...packs));
const withVersion = (version: string) => indexText(entryOf('a', { version }));
const tagged = (content: string, tag: string): Handler =>
  servedFile({ content: Buffer.from(content), headers: { etag: `"${tag}"` } });
const versionOf = async (registries: ReturnType<CachedHarness['command']>, ref = 'a') =>
  (await registries.find(ref))?.entry.version;

async function refusal(attempt: Promise<unknown>): Promise<AttuneError> {
  try {
    await attempt;
  } catch (error) {
    if (error instanceof AttuneError) return error;
    throw error;
  }
  return assert.fail('it should have been refused');
}

describe('an index from a server', () => {
  test('is not asked for again within cache_ttl', async (t) => {
    const server = await startHttpServer(t, { '/i': inTurn(bytes(withVersion('1.0.0')), bytes(withVersion('2.0.0'))) });
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

  test('is asked for again where the clock was set back behind the copy', async (t) => {
    const server = await startHttpServer(t, { '/i': bytes(withVersion('1.0.0')) });
    const harness = new CachedHarness(t);
    await versionOf(harness.command([{ url: server.url('/i') }]));
    harness.now -= 1000;
    await versionOf(harness.command([{ url: server.url('/i') }]));
    assert.equal(server.requests.length, 2);
  });

  for (const header of ['etag', 'last-modified']) {
    test(`that has not changed by its ${header} is good for another cache_ttl`, async (t) => {
      const value = header === 'etag' ? '"one"' : 'Sat, 28 Feb 2026 12:00:00 GMT';
      const file = servedFile({ content: Buffer.from(withVersion('1.0.0')), headers: { [header]: value } });
      const server = await startHttpServer(t, { '/i': file });
      const harness = new CachedHarness(t);
      const indices = [{ url: server.url('/i') }];
      for (let asked = 1; asked <= 3; asked += 1) {
        assert.equal(await versionOf(harness.command(indices)), '1.0.0');
        harness.now += HOUR - 1;
        assert.equal(await versionOf(harness.command(indices)), '1.0.0');
        assert.equal(server.requests.length, asked);
        harness.now += 1;
      }
      const condition = header === 'etag' ? 'if-none-match' : 'if-modified-since';
      assert.deepEqual(
        server.headers.map((headers) => headers[condition]),
        [undefined, value, value],
      );
    });
  }

  test('with another tag and other content replaces the copy, also what is no longer in it', async (t) => {
    const server = await startHttpServer(t, {
      '/i': inTurn(
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
    assert.deepEqual((await next.search({ words: ['b'], limit: 9 })).hits, []);
    assert.equal(next.list()[0]?.packs, 2);
  });

  test('whose new content is no index is an error, and the copy is still there', async (t) => {
    const server = await startHttpServer(t, { '/i': inTurn(bytes(withVersion('1.0.0')), page(200, '<html>Sign in')) });
    const harness = new CachedHarness(t);
    const indices = [{ url: server.url('/i') }];
    await versionOf(harness.command(indices));
    harness.now += HOUR;
    assert.equal((await refusal(harness.command(indices).find('a'))).code, 'INVALID_INDEX');
    assert.equal(await versionOf(harness.command(indices, { offline: true })), '1.0.0');
  });

  test('that cannot be asked is an error, which says how to use the copy', async (t) => {
    const server = await startHttpServer(t, { '/i': inTurn(bytes(withVersion('1.0.0')), page(503, 'later')) });
    const harness = new CachedHarness(t);
    const indices = [{ url: server.url('/i') }];
    await versionOf(harness.command(indices));
    harness.now += 2 * HOUR;
    const error = await refusal(harness.command(indices).find('a'));
    assert.equal(error.code, 'NETWORK_HTTP_STATUS');
    assert.match(error.hint ?? '', /To use the copy of 2026-03-01T12:00:00\.000Z, give --offline\./);
    assert.equal(error.facts['copy_fetched_at'], '2026-03-01T12:00:00.000Z');
  });

  test('is taken from a stale copy with --offline, which is said with its age', async (t) => {
    const server = await startHttpServer(t, { '/i': bytes(withVersion('1.0.0')) });
    const harness = new CachedHarness(t);
    const indices = [{ url: server.url('/i') }];
    await versionOf(harness.command(indices));
    assert.equal(await versionOf(harness.command(indices, { offline: true })), '1.0.0');
    assert.deepEqual(harness.said, []);
    harness.now += 75 * HOUR;
    assert.equal(await versionOf(harness.command(indices, { offline: true })), '1.0.0');
    assert.match(
      harness.said.join(),
      /'r1' is not asked with --offline; its copy of 2026-03-01T12:.* is used, 3 days old/,
    );
    assert.equal(server.requests.length, 1);
  });

  test('of which there is no copy is refused with --offline', async (t) => {
    const harness = new CachedHarness(t);
    const error = await refusal(harness.command([{ url: 'https://index.example/i' }], { offline: true }).find('a'));
    assert.equal(error.code, 'NETWORK_OFFLINE');
    assert.doesNotMatch(error.hint ?? '', /copy/);
  });

  test('needs no variable for its headers while the copy is fresh', async (t) => {
    const server = await startHttpServer(t, { '/i': bytes(withVersion('1.0.0')) });
    const harness = new CachedHarness(t);
    const indices = [{ url: server.url('/i'), headers: { Authorization: 'Bearer ${TOKEN}' } }];
    await versionOf(harness.command(indices, { variables: { TOKEN: 'x' } }));
    assert.equal(await versionOf(harness.command(indices)), '1.0.0');
    harness.now += HOUR;
    assert.match((await refusal(harness.command(indices).find('a'))).message, /\$\{TOKEN\} is not set/);
  });

  test('is kept in memory alone where the server asks for that', async (t) => {
    const server = await startHttpServer(t, {
      '/i': answer(200, { 'cache-control': 'private, no-store' }, withVersion('1.0.0')),
    });
    const harness = new CachedHarness(t);
    const indices = [{ url: server.url('/i') }];
    assert.equal(await versionOf(harness.command(indices)), '1.0.0');
    assert.equal(await versionOf(harness.command(indices)), '1.0.0');
    assert.equal(server.requests.length, 2);
  });

  test('is another one with another header, another mirror or another variable in its address', async (t) => {
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

describe('an index in a file', () => {
  /** An old file, so that its stamp can be relied on. */
  function place(harness: CachedHarness, content: string): string {
    const path = join(harness.root, 'i.json');
    writeFileSync(path, content);
    harness.now = Date.now() + 60_000;
    return path;
  }

  test('is read again when it was written to, and not for its age', async (t) => {
    const harness = new CachedHarness(t);
    const path = place(harness, withVersion('1.0.0'));
    assert.equal(await versionOf(harness.command([{ url: path }])), '1.0.0');
    harness.now += 100 * HOUR;
    assert.equal(await versionOf(harness.command([{ url: path }])), '1.0.0');
    writeFileSync(path, withVersion('2.0.0'));
    assert.equal(await versionOf(harness.command([{ url: path }])), '2.0.0');
  });

  test('that was written to in the very moment before is not trusted by its stamp', async (t) => {
    const harness = new CachedHarness(t);
    const path = place(harness, withVersion('1.0.0'));
    for (const version of ['2.0.0', '3.0.0', '4.0.0', '5.0.0']) {
      writeFileSync(path, withVersion(version));
      harness.now = Date.now();
      assert.equal(await versionOf(harness.command([{ url: path }])), version);
    }
  });

  test('is served with --offline like any other time, and without a note', async (t) => {
    const harness = new CachedHarness(t);
    const path = place(harness, withVersion('1.0.0'));
    assert.equal(await versionOf(harness.command([{ url: path }], { offline: true })), '1.0.0');
    assert.deepEqual(harness.said, []);
  });

  test('that is gone is an error, whatever the copy says', async (t) => {
    const harness = new CachedHarness(t);
    const path = place(harness, withVersion('1.0.0'));
    await versionOf(harness.command([{ url: path }]));
    rmSync(path);
    assert.equal((await refusal(harness.command([{ url: path }]).find('a'))).code, 'NOT_FOUND_PATH');
  });
});

test('an entry comes out of the cache as it went in', async (t) => {
  const harness = new CachedHarness(t);
  const release = {
    version: '0.9.0',
    install_sources: [sourceOf({ type: 'git', url: 'git@h:p.git', ref: 'v1' })],
    runtime_deps: ['bash>=5'],
    dependencies: { packs: ['core@^1'], python_version: '>=3.9' },
    yanked: 'bad',
    published_at: '2026-01-02T03:04:05Z',
  };
  const entry = entryOf('a', { releases: [release], published_at: '2026-02-01T00:00:00Z' });
  const server = await startHttpServer(t, { '/i': bytes(indexText(entry)) });
  const found = [];
  for (let at = 0; at < 2; at += 1) found.push(await harness.command([{ url: server.url('/i') }]).get('a'));
  assert.deepEqual(found[0], found[1]);
  assert.deepEqual(
    found[0]?.versions.map(({ version, publishedAt, yanked }) => [version, publishedAt, yanked]),
    [
      ['1.0.0', '2026-02-01T00:00:00Z', undefined],
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

describe('a cache that cannot be used', () => {
  const foreign = (path: string) => {
    const database = new Database(path);
    database.exec("CREATE TABLE theirs (x); PRAGMA application_id = 7; INSERT INTO theirs VALUES ('keep?')");
    database.close();
  };
  const rows: { claim: string; spoil: (path: string) => void; said: RegExp }[] = [
    {
      claim: 'because it is no database is made anew',
      spoil: (path) => writeFileSync(path, 'not a database at all, but long enough to be taken for one'.repeat(20)),
      said: /not a database.* is made anew/,
    },
    {
      claim: 'because it is another program\u2019s is made anew',
      spoil: foreign,
      said: /another program .* made anew/,
    },
    {
      claim: 'because a newer attune made it is made anew',
      spoil: (path) => {
        const database = new Database(path);
        database.pragma('user_version = 99');
        database.close();
      },
      said: /another version of attune .* made anew/,
    },
    {
      claim: 'because its middle is gone is made anew by the command after',
      spoil: (path) => {
        const half = Math.floor(statSync(path).size / 8192) * 4096;
        truncateSync(path, half);
      },
      said: /cannot be used.*malformed/,
    },
  ];
  for (const { claim, spoil, said } of rows) {
    test(claim, async (t) => {
      const server = await startHttpServer(t, { '/i': bytes(withVersion('1.0.0')) });
      const harness = new CachedHarness(t);
      const indices = [{ url: server.url('/i') }];
      const ready = harness.command(indices);
      await ready.search({ words: ['a'], limit: 1 });
      // Nothing is left in the log.
      new Database(harness.cachePath).pragma('wal_checkpoint(TRUNCATE)');
      spoil(harness.cachePath);
      const found = await harness.command(indices).search({ words: ['label'], limit: 1 });
      assert.deepEqual(
        found.hits.map(({ ref }) => ref),
        ['a'],
      );
      assert.match(harness.said.join('\n'), said);
      harness.said.length = 0;
      for (let at = 0; at < 2; at += 1) assert.equal(await versionOf(harness.command(indices)), '1.0.0');
      assert.deepEqual(harness.said, []);
      assert.ok(server.requests.length <= 3);
    });
  }

  test('because there is a directory in its place is done without', async (t) => {
    const server = await startHttpServer(t, { '/i': bytes(withVersion('1.0.0')) });
    const harness = new CachedHarness(t);
    mkdirSync(harness.cachePath, { recursive: true });
    assert.equal(await versionOf(harness.command([{ url: server.url('/i') }])), '1.0.0');
    assert.match(harness.said.join(), /indexes are read anew each time/);
  });

  test('because its directory cannot be made is done without', async (t) => {
    const server = await startHttpServer(t, { '/i': bytes(withVersion('1.0.0')) });
    const harness = new CachedHarness(t);
    writeFileSync(dirname(harness.cachePath), 'a file');
    assert.equal(await versionOf(harness.command([{ url: server.url('/i') }])), '1.0.0');
    assert.match(harness.said.join(), /indexes are read anew each time/);
    assert.equal(readFileSync(dirname(harness.cachePath), 'utf8'), 'a file');
  });
});

describe('secrets are not in the cache', () => {
  const SECRET = 'hunter2-S3cret';

  function everything({ cachePath }: CachedHarness): string {
    const directory = dirname(cachePath);
    const files = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isFile());
    return files.map(({ name }) => readFileSync(join(directory, name), 'latin1')).join('\n');
  }

  test('neither the values of headers, nor logins and parameters of the address', async (t) => {
    const server = await startHttpServer(t, { '/i': tagged(withVersion('1.0.0'), 'x') });
    const harness = new CachedHarness(t);
    const url = `${server.origin.replace('//', `//ada:${SECRET}@`)}/i?token=${SECRET}&other=\${KEY}`;
    const headers = { Authorization: `Basic ${SECRET}`, 'X-Key': '${KEY}' };
    for (let at = 0; at < 2; at += 1) {
      assert.equal(await versionOf(harness.command([{ url, headers }], { variables: { KEY: SECRET } })), '1.0.0');
      harness.now += HOUR;
    }
    assert.equal(server.requests.length, 2);
    assert.match(everything(harness), /"ref":"a"/);
    assert.ok(!everything(harness).includes(SECRET));
  });

  test('nor an index in which there are any', async (t) => {
    const entry = entryOf('a', { install_sources: [sourceOf({ url: `https://ada:${SECRET}@h.example/a.tgz` })] });
    const server = await startHttpServer(t, { '/i': bytes(indexText(entryOf('b'), entry)) });
    const harness = new CachedHarness(t);
    const found = await harness.command([{ url: server.url('/i') }]).get('a');
    assert.equal(found.entry.installSources[0]?.url, `https://ada:${SECRET}@h.example/a.tgz`);
    assert.ok(!everything(harness).includes(SECRET));
  });

  test('and nobody else may read it', { skip: process.platform === 'win32' }, async (t) => {
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

test('an index that nobody asked for in a month goes when another one comes', async (t) => {
  const server = await startHttpServer(t, { '/1': bytes(withVersion('1.0.0')), '/2': bytes(withVersion('2.0.0')) });
  const harness = new CachedHarness(t);
  await versionOf(harness.command([{ url: server.url('/1') }]));
  harness.now += 31 * 24 * HOUR;
  await versionOf(harness.command([{ url: server.url('/2') }]));
  const [one, two] = harness.command([{ url: server.url('/1') }, { url: server.url('/2') }]).list();
  assert.deepEqual([one?.status, one?.packs, two?.status, two?.packs], ['never', undefined, 'fresh', 1]);
});

test('a registry that is forgotten has to be asked again, and no other', async (t) => {
  const server = await startHttpServer(t, { '/1': bytes(withVersion('1.0.0')), '/2': bytes(withVersion('2.0.0')) });
  const harness = new CachedHarness(t);
  const indices = [{ url: server.url('/1?x=1') }, { url: server.url('/2') }];
  await harness.command(indices).search({ words: ['a'], limit: 1 });
  const command = harness.command(indices);
  command.forget(indices[0]?.url ?? '');
  assert.deepEqual(
    command.list().map(({ status }) => status),
    ['never', 'fresh'],
  );
});
