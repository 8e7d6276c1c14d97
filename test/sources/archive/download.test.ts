import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { AttuneError } from '../../../src/errors.ts';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { systemHttp } from '../../../src/platform/http/system-http.ts';
import { silentReporter } from '../../../src/platform/reporter.ts';
import { SafeUrl } from '../../../src/platform/safe-url.ts';
import { type DownloadOptions, download as downloadUnlessKnown } from '../../../src/sources/archive/download.ts';
import { createSourceTools as fetchingTools } from '../../support/git/fetching.ts';
import { withInstantRetries } from '../../support/http/instant-retries.ts';
import {
  answer,
  bytes,
  guarded,
  type Handler,
  inSequence,
  page,
  redirect,
  servedFile,
  stalls,
  startHttpServer,
  truncated,
} from '../../support/http/server.ts';

const createSourceTools = (...of: Parameters<typeof fetchingTools>) => ({
  ...fetchingTools(...of),
  activity: silentReporter.activity(''),
});

async function download(url: string, tools: Parameters<typeof downloadUnlessKnown>[1], options?: DownloadOptions) {
  const got = await downloadUnlessKnown(new SafeUrl(url), tools, options);
  assert.ok(got !== undefined, 'nothing came');
  return { ...got, url: `${got.url}` };
}

const CONTENT = Buffer.alloc(300_000, 'content ');
const hex = (algorithm: string) => createHash(algorithm).update(CONTENT).digest('hex');

test('a download is in scratch, with its digests and what the server said', async (t) => {
  const { url, requests } = await startHttpServer(t, { '/a.zip': bytes(CONTENT, 'application/zip') });
  const tools = createSourceTools(t);
  const got = await download(url('/a.zip?x=1'), tools, { algorithm: 'sha512' });
  assert.deepEqual(readFileSync(got.file), CONTENT);
  assert(got.file.startsWith(tools.scratch));
  const { file: _, ...said } = got;
  assert.deepEqual(said, {
    url: url('/a.zip?x=1'),
    status: 200,
    contentType: 'application/zip',
    contentEncoding: undefined,
    etag: undefined,
    lastModified: undefined,
    unkept: false,
    bytes: CONTENT.length,
    sha256: { algorithm: 'sha256', hex: hex('sha256') },
    digest: { algorithm: 'sha512', hex: hex('sha512') },
  });
  assert.deepEqual(requests, ['GET /a.zip?x=1']);
});

test('two downloads of one address do not meet', async (t) => {
  const { url } = await startHttpServer(t, { '/a': bytes('a') });
  const tools = createSourceTools(t);
  const files = await Promise.all([download(url('/a'), tools), download(url('/a'), tools)]);
  assert.notEqual(files[0]?.file, files[1]?.file);
});

test('progress is told in bytes, with the total where it is known', async (t) => {
  const { url } = await startHttpServer(t, { '/a': bytes(CONTENT), '/b': (_, response) => response.end(CONTENT) });
  for (const [path, total] of [
    ['/a', CONTENT.length],
    ['/b', CONTENT.length],
  ] as const) {
    const seen: unknown[] = [];
    const activity = { ...silentReporter.activity(''), progress: (...told: unknown[]) => seen.push(told) };
    await download(url(path), { ...createSourceTools(t), activity });
    assert.deepEqual(seen.at(-1), [CONTENT.length, total, 'bytes']);
  }
});

test('the address after redirects is told, without user info', async (t) => {
  const { url, origin } = await startHttpServer(t, {
    '/a': redirect('/b'),
    '/b': guarded('me', 'secret', bytes('x')),
    '/c': guarded('me', 'secret', redirect(`http://me:secret@localhost/`)),
  });
  const withLogin = (path: string) => url(path).replace('//', '//me:secret@');
  assert.equal((await download(withLogin('/b'), createSourceTools(t))).url, `${origin}/b`);
  await assert.rejects(download(url('/a'), createSourceTools(t)), (error: Error) => {
    assert.match(error.message, new RegExp(`Cannot download ${origin}/a: ${origin}/b answered with HTTP status 401`));
    return true;
  });
  await assert.rejects(download(withLogin('/c'), createSourceTools(t)), (error: Error) => !error.message.includes('secret'));
});

describe('an answer that is an error', () => {
  const rows: { claim: string; handler: Handler; says: RegExp; hint: RegExp }[] = [
    {
      claim: 'is told with its status, its type and the beginning of its text',
      handler: page(
        404,
        '<html><head><style>p{}</style><title>Not\nFound</title></head><p>There is nothing here.</html>',
      ),
      says: /answered with HTTP status 404 \(text\/html; charset=utf-8\): "Not Found There is nothing here\."/,
      hint: /spelling/,
    },
    {
      claim: 'may be plain text',
      handler: page(403, 'No entry.', 'text/plain'),
      says: /403 \(text\/plain\): "No entry\."/,
      hint: /No credentials were sent/,
    },
    {
      claim: 'may have no page',
      handler: (_, r) => r.writeHead(503).end(),
      says: /status 503 \(no content type\)\.$/,
      hint: /later/,
    },
    {
      claim: 'may ask for more patience than anybody has',
      handler: answer(429, { 'retry-after': '3600' }),
      says: /status 429/,
      hint: /Try again later \(it says Retry-After: 3600\)/,
    },
    { claim: 'may be a part that nobody asked for', handler: answer(206, {}), says: /status 206/, hint: /address/ },
    {
      claim: 'may say that nothing has changed to whom has nothing',
      handler: answer(304, {}),
      says: /304/,
      hint: /address/,
    },
    {
      claim: 'may have no end',
      handler: (_, r) => {
        r.writeHead(500);
        const more = () => r.write('x'.repeat(5000), more);
        more();
      },
      says: /"x{160}\.\.\."/,
      hint: /later/,
    },
    {
      claim: 'may be binary',
      handler: (_, r) => r.writeHead(500).end(Buffer.alloc(500, 0xff)),
      says: /no content type\)\.$/,
      hint: /later/,
    },
    {
      claim: 'may break off',
      handler: (_, r) => {
        r.writeHead(500, { 'content-length': 99 });
        r.write('oh', () => setTimeout(() => r.destroy(), 20));
      },
      says: /: "oh"/,
      hint: /later/,
    },
  ];
  for (const { claim, handler, says, hint } of rows) {
    test(claim, async (t) => {
      const { url } = await startHttpServer(t, { '/a': handler });
      const tools = createSourceTools(t);
      await assert.rejects(download(url('/a'), tools), { code: 'NETWORK_HTTP_STATUS', message: says, hint });
      assert.deepEqual(readdirSync(tools.scratch), []);
    });
  }
});

describe('a download ends with an error', () => {
  const small = { limits: { ...DEFAULT_LIMITS, archiveBytes: 1000 } };
  const rows: { claim: string; handler: Handler; changes?: Parameters<typeof createSourceTools>[1]; code: string }[] = [
    { claim: 'when it breaks off', handler: truncated(CONTENT), code: 'NETWORK_UNREACHABLE' },
    {
      claim: 'when it is said to be too large',
      handler: truncated(Buffer.alloc(10), 1000),
      changes: small,
      code: 'INVALID_TREE_LIMIT',
    },
    {
      claim: 'when it goes on and on',
      handler: (_, r) => {
        const more = () => r.write('x'.repeat(500), more);
        more();
      },
      changes: small,
      code: 'INVALID_TREE_LIMIT',
    },
    {
      claim: 'when nothing comes any more',
      handler: stalls('x'),
      changes: { http: systemHttp({ offline: false, allowPlain: false, timeoutMs: 100, redirects: 5, variables: {} }) },
      code: 'NETWORK_TIMEOUT',
    },
    {
      claim: 'when attune is offline',
      handler: bytes('x'),
      changes: { http: systemHttp({ offline: true, allowPlain: false, timeoutMs: 100, redirects: 5, variables: {} }) },
      code: 'NETWORK_OFFLINE',
    },
  ];
  for (const { claim, handler, changes, code } of rows) {
    test(claim, async (t) => {
      const { url } = await startHttpServer(t, { '/a': handler });
      await assert.rejects(download(url('/a'), createSourceTools(t, changes)), { code });
    });
  }
});

test('an encoding that the server puts around the content is told, and the bytes are those that were sent', async (t) => {
  const handler: Handler = (_, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(CONTENT));
  const { url } = await startHttpServer(t, { '/a': handler });
  const got = await download(url('/a'), createSourceTools(t));
  assert.equal(got.contentEncoding, 'gzip');
  assert.deepEqual(readFileSync(got.file), gzipSync(CONTENT));
});

describe('a server that wants to know who asks', () => {
  const TOKEN = { ATTUNE_GIT_TOKEN: 'ada:s3cret' };
  const rows: {
    claim: string;
    variables: Record<string, string>;
    userInfo?: string;
    asked: readonly (string | undefined)[];
    hint?: RegExp;
  }[] = [
    { claim: 'is given the token once it has asked', variables: TOKEN, asked: [undefined, 'ada:s3cret'] },
    {
      claim: 'is given the login of the URL at once, and no token beside it',
      variables: TOKEN,
      userInfo: 'ada:s3cret@',
      asked: ['ada:s3cret'],
    },
    {
      claim: 'is told nothing by who has no token',
      variables: {},
      asked: [undefined],
      hint: /No credentials were sent/,
    },
    {
      claim: 'is not asked again with what it did not take',
      variables: { ATTUNE_GIT_TOKEN: 'ada:wr0ng' },
      asked: [undefined, 'ada:wr0ng'],
      hint: /were sent and not accepted/,
    },
    {
      claim: 'does not take a wrong login in the URL, and the token is not tried after it',
      variables: TOKEN,
      userInfo: 'bob:wr0ng@',
      asked: ['bob:wr0ng'],
      hint: /were sent and not accepted/,
    },
  ];
  for (const { claim, variables, userInfo = '', asked, hint } of rows) {
    test(claim, async (t) => {
      const server = await startHttpServer(t, { '/a': guarded('ada', 's3cret', bytes(CONTENT)) });
      const got = download(server.url('/a').replace('//', `//${userInfo}`), createSourceTools(t, { variables }));
      if (hint === undefined) assert.equal((await got).bytes, CONTENT.length);
      else
        await assert.rejects(got, (error: AttuneError) => {
          assert.equal(error.code, 'NETWORK_HTTP_STATUS');
          assert.match(error.hint ?? '', hint);
          assert.doesNotMatch(JSON.stringify([error.message, error.facts, error.hint]), /wr0ng|s3cret/);
          return true;
        });
      const seen = server.headers.map(({ authorization }) => authorization?.replace('Basic ', ''));
      assert.deepEqual(
        seen.map((login) => login && Buffer.from(login, 'base64').toString()),
        asked,
      );
    });
  }

  test('after a redirect to another server gets nothing, and neither does the first', async (t) => {
    const there = await startHttpServer(t, { '/a': guarded('ada', 's3cret', bytes(CONTENT)) });
    const here = await startHttpServer(t, { '/a': redirect(there.url('/a')) });
    await assert.rejects(download(here.url('/a'), createSourceTools(t, { variables: TOKEN })), /HTTP status 401/);
    for (const { headers } of [here, there])
      assert.deepEqual(
        headers.map(({ authorization }) => authorization),
        [undefined],
      );
  });

  test('is asked as a stranger for 403 and 404 alike', async (t) => {
    const server = await startHttpServer(t, { '/a': page(403, 'No') });
    for (const path of ['/a', '/b']) {
      await assert.rejects(download(server.url(path), createSourceTools(t, { variables: TOKEN })), /HTTP status 40[34]/);
    }
    assert.ok(server.headers.every(({ authorization }) => authorization === undefined));
  });

  test('is shown the same credentials when a cut download goes on', async (t) => {
    const file = { content: CONTENT, headers: { etag: '"1"' } };
    const handler = guarded('ada', 's3cret', inSequence(servedFile({ ...file, cutAfter: 1000 }), servedFile(file)));
    const server = await startHttpServer(t, { '/a': handler });
    const { http } = withInstantRetries(createSourceTools(t).http);
    const got = await download(server.url('/a'), createSourceTools(t, { http, variables: TOKEN }));
    assert.equal(got.sha256.hex, hex('sha256'));
    assert.deepEqual(
      server.headers.map(({ range }) => range),
      [undefined, undefined, 'bytes=1000-'],
    );
  });
});

describe('a download that is cut', () => {
  const FILE = { content: CONTENT, headers: { etag: '"1"' } };
  const rows: { claim: string; turns: readonly Handler[]; want?: Buffer }[] = [
    {
      claim: 'goes on, and its digests are those of the whole',
      turns: [servedFile({ ...FILE, cutAfter: 1000 }), servedFile(FILE)],
    },
    {
      claim: 'begins anew with what was put in its place, and nothing of the old is left in file or digest',
      turns: [
        servedFile({ ...FILE, cutAfter: 1000 }),
        servedFile({ content: Buffer.from('new'), headers: { etag: '"2"' } }),
      ],
      want: Buffer.from('new'),
    },
  ];
  for (const { claim, turns, want = CONTENT } of rows) {
    test(claim, async (t) => {
      const { url } = await startHttpServer(t, { '/a': inSequence(...turns) });
      const tools = createSourceTools(t);
      const { http } = withInstantRetries(tools.http);
      const got = await download(url('/a'), { ...tools, http }, { algorithm: 'sha512' });
      assert.deepEqual(readFileSync(got.file), want);
      assert.equal(got.bytes, want.length);
      for (const { algorithm, hex } of [got.sha256, got.digest])
        assert.equal(hex, createHash(algorithm).update(want).digest('hex'));
      assert.equal(readdirSync(tools.scratch).length, 1);
    });
  }

  test('counts on in its progress', async (t) => {
    const { url } = await startHttpServer(t, {
      '/a': inSequence(servedFile({ ...FILE, cutAfter: 1000 }), servedFile(FILE)),
    });
    const seen: number[] = [];
    const activity = { ...silentReporter.activity(''), progress: (done: number) => void seen.push(done) };
    const { http } = withInstantRetries(createSourceTools(t).http);
    await download(url('/a'), { ...createSourceTools(t), http, activity });
    assert.deepEqual(
      seen,
      seen.toSorted((one, other) => one - other),
    );
    assert.equal(seen.at(-1), CONTENT.length);
  });

  test('may not grow beyond the limit in parts', async (t) => {
    const content = Buffer.alloc(1500);
    const part = (from: number) => answer(206, { 'content-range': `bytes ${from}-1499/1500` }, 'x'.repeat(1500 - from));
    const first: Handler = (_, response) => {
      response.writeHead(200, { etag: '"1"' });
      response.write(content.subarray(0, 900), () => setTimeout(() => response.destroy(), 20));
    };
    const { url } = await startHttpServer(t, { '/a': inSequence(first, part(900)) });
    const tools = createSourceTools(t, { limits: { ...DEFAULT_LIMITS, archiveBytes: 1000 } });
    await assert.rejects(download(url('/a'), { ...tools, http: withInstantRetries(tools.http).http }), {
      code: 'INVALID_TREE_LIMIT',
    });
  });
});

test('what is known already is asked about, and need not come again', async (t) => {
  const headers = { etag: '"1"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' };
  const server = await startHttpServer(t, { '/a': servedFile({ content: CONTENT, headers }) });
  const tools = createSourceTools(t);
  const known = { etag: '"1"', lastModified: headers['last-modified'] };
  assert.equal(await downloadUnlessKnown(new SafeUrl(server.url('/a')), tools, { known }), undefined);
  assert.deepEqual(readdirSync(tools.scratch), []);
  assert.equal(server.headers[0]?.['if-none-match'], '"1"');
  const other = await download(server.url('/a'), tools, { known: { etag: '"0"', lastModified: undefined } });
  assert.deepEqual([other.bytes, other.etag, other.lastModified], [CONTENT.length, '"1"', headers['last-modified']]);
});
