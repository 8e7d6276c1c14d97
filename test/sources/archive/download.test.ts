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
import { type DownloadOptions, download as downloadUnlessCurrent } from '../../../src/sources/archive/download.ts';
import { createSourceTools } from '../../support/git/fetching.ts';
import { withInstantRetries } from '../../support/http/instant-retries.ts';
import {
  answer,
  bytes,
  endAfter,
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

const createTools = (...args: Parameters<typeof createSourceTools>) => ({
  ...createSourceTools(...args),
  activity: silentReporter.activity(''),
});

async function download(url: string, tools: Parameters<typeof downloadUnlessCurrent>[1], options?: DownloadOptions) {
  const downloaded = await downloadUnlessCurrent(new SafeUrl(url), tools, options);
  assert.ok(downloaded !== undefined, 'nothing was downloaded');
  return { ...downloaded, url: `${downloaded.url}` };
}

const CONTENT = Buffer.alloc(300_000, 'content ');
const hex = (algorithm: string) => createHash(algorithm).update(CONTENT).digest('hex');

test('download saves a file in scratch and returns its digests and the properties of the response', async (t) => {
  const { url, requests } = await startHttpServer(t, { '/a.zip': bytes(CONTENT, 'application/zip') });
  const tools = createTools(t);
  const got = await download(url('/a.zip?x=1'), tools, { algorithm: 'sha512' });
  assert.deepEqual(readFileSync(got.file), CONTENT);
  assert(got.file.startsWith(tools.scratch));
  const { file: _, ...properties } = got;
  assert.deepEqual(properties, {
    url: url('/a.zip?x=1'),
    status: 200,
    contentType: 'application/zip',
    contentEncoding: undefined,
    etag: undefined,
    lastModified: undefined,
    noStore: false,
    bytes: CONTENT.length,
    sha256: { algorithm: 'sha256', hex: hex('sha256') },
    digest: { algorithm: 'sha512', hex: hex('sha512') },
  });
  assert.deepEqual(requests, ['GET /a.zip?x=1']);
});

test('download: two downloads of one URL use separate files', async (t) => {
  const { url } = await startHttpServer(t, { '/a': bytes('a') });
  const tools = createTools(t);
  const files = await Promise.all([download(url('/a'), tools), download(url('/a'), tools)]);
  assert.notEqual(files[0]?.file, files[1]?.file);
});

test('download reports progress in bytes, with the total if it is known', async (t) => {
  const { url } = await startHttpServer(t, { '/a': bytes(CONTENT), '/b': (_, response) => response.end(CONTENT) });
  for (const [path, total] of [
    ['/a', CONTENT.length],
    ['/b', CONTENT.length],
  ] as const) {
    const seen: unknown[] = [];
    const activity = { ...silentReporter.activity(''), progress: (...args: unknown[]) => seen.push(args) };
    await download(url(path), { ...createTools(t), activity });
    assert.deepEqual(seen.at(-1), [CONTENT.length, total, 'bytes']);
  }
});

test('download reports the URL after redirects, without user info', async (t) => {
  const { url, origin } = await startHttpServer(t, {
    '/a': redirect('/b'),
    '/b': guarded('me', 'secret', bytes('x')),
    '/c': guarded('me', 'secret', redirect(`http://me:secret@localhost/`)),
  });
  const withLogin = (path: string) => url(path).replace('//', '//me:secret@');
  assert.equal((await download(withLogin('/b'), createTools(t))).url, `${origin}/b`);
  await assert.rejects(download(url('/a'), createTools(t)), (error: Error) => {
    assert.match(error.message, new RegExp(`Cannot download ${origin}/a: ${origin}/b answered with HTTP status 401`));
    return true;
  });
  await assert.rejects(download(withLogin('/c'), createTools(t)), (error: Error) => !error.message.includes('secret'));
});

describe('download of an error response', () => {
  const rows: { claim: string; handler: Handler; message: RegExp; hint: RegExp }[] = [
    {
      claim: 'an HTML page is reported with its status, its type and the beginning of its text',
      handler: page(
        404,
        '<html><head><style>p{}</style><title>Not\nFound</title></head><p>There is nothing here.</html>',
      ),
      message: /answered with HTTP status 404 \(text\/html; charset=utf-8\): "Not Found There is nothing here\."/,
      hint: /spelling/,
    },
    {
      claim: 'a plain text is reported with its beginning',
      handler: page(403, 'No entry.', 'text/plain'),
      message: /403 \(text\/plain\): "No entry\."/,
      hint: /No credentials were sent/,
    },
    {
      claim: 'a response without content is reported with its status',
      handler: (_, r) => r.writeHead(503).end(),
      message: /status 503 \(no content type\)\.$/,
      hint: /later/,
    },
    {
      claim: 'a Retry-After of an hour is reported',
      handler: answer(429, { 'retry-after': '3600' }),
      message: /status 429/,
      hint: /Try again later \(the server sent Retry-After: 3600\)/,
    },
    {
      claim: 'an archive that is still being prepared is no archive with a wrong checksum',
      handler: answer(202, { 'content-type': 'application/json' }, '{"status": "preparing"}'),
      message: /answered with HTTP status 202 \(application\/json\): "\{"status": "preparing"\}"/,
      hint: /still preparing the archive. Try again later/,
    },
    {
      claim: 'a partial response that was not requested is an error',
      handler: answer(206, {}),
      message: /status 206/,
      hint: /Check the URL/,
    },
    {
      claim: 'status 304 for an unconditional request is an error',
      handler: answer(304, {}),
      message: /304/,
      hint: /Check the URL/,
    },
    {
      claim: 'an endless page is read only in part',
      handler: (_, r) => {
        r.writeHead(500);
        const more = () => r.write('x'.repeat(5000), more);
        more();
      },
      message: /"x{160}\.\.\."/,
      hint: /later/,
    },
    {
      claim: 'binary content is not shown',
      handler: (_, r) => r.writeHead(500).end(Buffer.alloc(500, 0xff)),
      message: /no content type\)\.$/,
      hint: /later/,
    },
    {
      claim: 'an incomplete page is shown as far as it was received',
      handler: (_, r) => endAfter(r.writeHead(500, { 'content-length': 99 }), 'oh'),
      message: /: "oh"/,
      hint: /later/,
    },
  ];
  for (const { claim, handler, message, hint } of rows) {
    test(`download: ${claim}`, async (t) => {
      const { url } = await startHttpServer(t, { '/a': handler });
      const tools = createTools(t);
      await assert.rejects(download(url('/a'), tools), { code: 'NETWORK_HTTP_STATUS', message, hint });
      assert.deepEqual(readdirSync(tools.scratch), []);
    });
  }
});

describe('download failures', () => {
  const small = { limits: { ...DEFAULT_LIMITS, archiveBytes: 1000 } };
  const rows: { claim: string; handler: Handler; changes?: Parameters<typeof createTools>[1]; code: string }[] = [
    { claim: 'a truncated response', handler: truncated(CONTENT), code: 'NETWORK_UNREACHABLE' },
    {
      claim: 'a response with a Content-Length above the limit',
      handler: truncated(Buffer.alloc(10), 1000),
      changes: small,
      code: 'INVALID_TREE_LIMIT',
    },
    {
      claim: 'an endless response',
      handler: (_, r) => {
        const more = () => r.write('x'.repeat(500), more);
        more();
      },
      changes: small,
      code: 'INVALID_TREE_LIMIT',
    },
    {
      claim: 'a response that stalls',
      handler: stalls('x'),
      changes: { http: systemHttp({ offline: false, allowPlain: false, timeoutMs: 100, redirects: 5, variables: {} }) },
      code: 'NETWORK_TIMEOUT',
    },
    {
      claim: 'a request while attune is offline',
      handler: bytes('x'),
      changes: { http: systemHttp({ offline: true, allowPlain: false, timeoutMs: 100, redirects: 5, variables: {} }) },
      code: 'NETWORK_OFFLINE',
    },
  ];
  for (const { claim, handler, changes, code } of rows) {
    test(`download: ${claim} fails with ${code}`, async (t) => {
      const { url } = await startHttpServer(t, { '/a': handler });
      await assert.rejects(download(url('/a'), createTools(t, changes)), { code });
    });
  }
});

test('download reports the Content-Encoding and saves the bytes as they were sent', async (t) => {
  const handler: Handler = (_, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(CONTENT));
  const { url } = await startHttpServer(t, { '/a': handler });
  const got = await download(url('/a'), createTools(t));
  assert.equal(got.contentEncoding, 'gzip');
  assert.deepEqual(readFileSync(got.file), gzipSync(CONTENT));
});

describe('download from a server that requires a login', () => {
  const TOKEN = { ATTUNE_GIT_TOKEN: 'ada:s3cret' };
  const rows: {
    claim: string;
    variables: Record<string, string>;
    userInfo?: string;
    sent: readonly (string | undefined)[];
    hint?: RegExp;
  }[] = [
    { claim: 'the token is sent only after status 401', variables: TOKEN, sent: [undefined, 'ada:s3cret'] },
    {
      claim: 'a login in the URL is sent at once, without a token',
      variables: TOKEN,
      userInfo: 'ada:s3cret@',
      sent: ['ada:s3cret'],
    },
    {
      claim: 'nothing is sent without a token',
      variables: {},
      sent: [undefined],
      hint: /No credentials were sent/,
    },
    {
      claim: 'a rejected token is not sent again',
      variables: { ATTUNE_GIT_TOKEN: 'ada:wr0ng' },
      sent: [undefined, 'ada:wr0ng'],
      hint: /rejected the credentials/,
    },
    {
      claim: 'a rejected login in the URL is not followed by the token',
      variables: TOKEN,
      userInfo: 'bob:wr0ng@',
      sent: ['bob:wr0ng'],
      hint: /rejected the credentials/,
    },
  ];
  for (const { claim, variables, userInfo = '', sent, hint } of rows) {
    test(`download: ${claim}`, async (t) => {
      const server = await startHttpServer(t, { '/a': guarded('ada', 's3cret', bytes(CONTENT)) });
      const got = download(server.url('/a').replace('//', `//${userInfo}`), createTools(t, { variables }));
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
        sent,
      );
    });
  }

  test('download: no token is sent if a redirect leads to another server that requires a login', async (t) => {
    const target = await startHttpServer(t, { '/a': guarded('ada', 's3cret', bytes(CONTENT)) });
    const first = await startHttpServer(t, { '/a': redirect(target.url('/a')) });
    await assert.rejects(download(first.url('/a'), createTools(t, { variables: TOKEN })), /HTTP status 401/);
    for (const { headers } of [first, target])
      assert.deepEqual(
        headers.map(({ authorization }) => authorization),
        [undefined],
      );
  });

  for (const { claim, refusal } of [
    { claim: 'status 403', refusal: page(403, 'No') },
    { claim: 'status 404', refusal: page(404, 'Not Found') },
    { claim: 'status 203', refusal: page(203, '<html>Sign in</html>') },
    { claim: 'a redirect to a login page', refusal: redirect('/login') },
  ]) {
    for (const [kind, variables, attempts] of [
      ['a general token is sent after', TOKEN, 2],
      ['the token of the host is sent before', { ATTUNE_GIT_TOKEN_127_0_0_1: TOKEN.ATTUNE_GIT_TOKEN }, 1],
    ] as const) {
      test(`download: ${kind} ${claim}`, async (t) => {
        const server = await startHttpServer(t, {
          '/a': (request, response) =>
            (request.headers.authorization === undefined ? refusal : bytes(CONTENT))(request, response),
          '/login': page(200, '<html>Sign in</html>'),
        });
        const url = server.url('/a').replace('localhost', '127.0.0.1');
        assert.equal((await download(url, createTools(t, { variables }))).bytes, CONTENT.length);
        const sent = server.headers.filter(({ authorization }) => authorization !== undefined);
        assert.equal(sent.length, 1);
        assert.equal(server.headers.length >= attempts, true);
      });
    }
  }

  test('download: a missing archive is requested once more with a general token', async (t) => {
    const server = await startHttpServer(t, {});
    await assert.rejects(download(server.url('/a'), createTools(t, { variables: TOKEN })), /HTTP status 404/);
    assert.equal(server.headers.length, 2);
  });

  test('download: the same credentials are sent when a download resumes', async (t) => {
    const file = { content: CONTENT, headers: { etag: '"1"' } };
    const handler = guarded('ada', 's3cret', inSequence(servedFile({ ...file, cutAfter: 1000 }), servedFile(file)));
    const server = await startHttpServer(t, { '/a': handler });
    const { http } = withInstantRetries(createTools(t).http);
    const got = await download(server.url('/a'), createTools(t, { http, variables: TOKEN }));
    assert.equal(got.sha256.hex, hex('sha256'));
    assert.deepEqual(
      server.headers.map(({ range }) => range),
      [undefined, undefined, 'bytes=1000-'],
    );
  });
});

describe('download over a connection that is lost', () => {
  const FILE = { content: CONTENT, headers: { etag: '"1"' } };
  const rows: { claim: string; turns: readonly Handler[]; want?: Buffer }[] = [
    {
      claim: 'resumes and computes the digests of the whole file',
      turns: [servedFile({ ...FILE, cutAfter: 1000 }), servedFile(FILE)],
    },
    {
      claim: 'restarts if the file has changed, without old bytes in file or digest',
      turns: [
        servedFile({ ...FILE, cutAfter: 1000 }),
        servedFile({ content: Buffer.from('new'), headers: { etag: '"2"' } }),
      ],
      want: Buffer.from('new'),
    },
  ];
  for (const { claim, turns, want = CONTENT } of rows) {
    test(`download over a lost connection ${claim}`, async (t) => {
      const { url } = await startHttpServer(t, { '/a': inSequence(...turns) });
      const tools = createTools(t);
      const { http } = withInstantRetries(tools.http);
      const got = await download(url('/a'), { ...tools, http }, { algorithm: 'sha512' });
      assert.deepEqual(readFileSync(got.file), want);
      assert.equal(got.bytes, want.length);
      for (const { algorithm, hex } of [got.sha256, got.digest])
        assert.equal(hex, createHash(algorithm).update(want).digest('hex'));
      assert.equal(readdirSync(tools.scratch).length, 1);
    });
  }

  test('download over a lost connection reports increasing progress', async (t) => {
    const { url } = await startHttpServer(t, {
      '/a': inSequence(servedFile({ ...FILE, cutAfter: 1000 }), servedFile(FILE)),
    });
    const seen: number[] = [];
    const activity = { ...silentReporter.activity(''), progress: (done: number) => void seen.push(done) };
    const { http } = withInstantRetries(createTools(t).http);
    await download(url('/a'), { ...createTools(t), http, activity });
    assert.deepEqual(
      seen,
      seen.toSorted((a, b) => a - b),
    );
    assert.equal(seen.at(-1), CONTENT.length);
  });

  test('download over a lost connection enforces the size limit over all parts', async (t) => {
    const content = Buffer.alloc(1500);
    const part = (from: number) => answer(206, { 'content-range': `bytes ${from}-1499/1500` }, 'x'.repeat(1500 - from));
    const first: Handler = (_, response) =>
      endAfter(response.writeHead(200, { etag: '"1"' }), content.subarray(0, 900));
    const { url } = await startHttpServer(t, { '/a': inSequence(first, part(900)) });
    const tools = createTools(t, { limits: { ...DEFAULT_LIMITS, archiveBytes: 1000 } });
    await assert.rejects(download(url('/a'), { ...tools, http: withInstantRetries(tools.http).http }), {
      code: 'INVALID_TREE_LIMIT',
    });
  });
});

test('download sends a conditional request for known content and returns undefined if it is current', async (t) => {
  const headers = { etag: '"1"', 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' };
  const server = await startHttpServer(t, { '/a': servedFile({ content: CONTENT, headers }) });
  const tools = createTools(t);
  const known = { etag: '"1"', lastModified: headers['last-modified'] };
  assert.equal(await downloadUnlessCurrent(new SafeUrl(server.url('/a')), tools, { known }), undefined);
  assert.deepEqual(readdirSync(tools.scratch), []);
  assert.equal(server.headers[0]?.['if-none-match'], '"1"');
  const other = await download(server.url('/a'), tools, { known: { etag: '"0"', lastModified: undefined } });
  assert.deepEqual([other.bytes, other.etag, other.lastModified], [CONTENT.length, '"1"', headers['last-modified']]);
});
