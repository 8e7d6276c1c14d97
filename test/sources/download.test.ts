import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { DEFAULT_LIMITS } from '../../src/limits.ts';
import { systemHttp } from '../../src/platform/http.ts';
import { silentReporter } from '../../src/platform/reporter.ts';
import { download } from '../../src/sources/download.ts';
import {
  bytes,
  guarded,
  type Handler,
  page,
  redirect,
  stalls,
  startHttpServer,
  truncated,
} from '../world/http-server.ts';
import { sourceTools as fetchingTools } from './git-fetching.ts';

const sourceTools = (...of: Parameters<typeof fetchingTools>) => ({
  ...fetchingTools(...of),
  activity: silentReporter.activity(''),
});

const CONTENT = Buffer.alloc(300_000, 'content ');
const hex = (algorithm: string) => createHash(algorithm).update(CONTENT).digest('hex');

test('a download is in scratch, with its digests and what the server said', async (t) => {
  const { url, requests } = await startHttpServer(t, { '/a.zip': bytes(CONTENT, 'application/zip') });
  const tools = sourceTools(t);
  const got = await download(url('/a.zip?x=1'), tools, 'sha512');
  assert.deepEqual(readFileSync(got.file), CONTENT);
  assert(got.file.startsWith(tools.scratch));
  const { file: _, ...said } = got;
  assert.deepEqual(said, {
    url: url('/a.zip?x=1'),
    status: 200,
    contentType: 'application/zip',
    contentEncoding: undefined,
    bytes: CONTENT.length,
    sha256: { algorithm: 'sha256', hex: hex('sha256') },
    digest: { algorithm: 'sha512', hex: hex('sha512') },
  });
  assert.deepEqual(requests, ['GET /a.zip?x=1']);
});

test('two downloads of one address do not meet', async (t) => {
  const { url } = await startHttpServer(t, { '/a': bytes('a') });
  const tools = sourceTools(t);
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
    await download(url(path), { ...sourceTools(t), activity });
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
  assert.equal((await download(withLogin('/b'), sourceTools(t))).url, `${origin}/b`);
  await assert.rejects(download(url('/a'), sourceTools(t)), (error: Error) => {
    assert.match(error.message, new RegExp(`Cannot download ${origin}/a: ${origin}/b answered with HTTP status 401`));
    return true;
  });
  await assert.rejects(download(withLogin('/c'), sourceTools(t)), (error: Error) => !error.message.includes('secret'));
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
      hint: /credentials/,
    },
    {
      claim: 'may have no page',
      handler: (_, r) => r.writeHead(503).end(),
      says: /status 503 \(no content type\)\.$/,
      hint: /later/,
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
      const tools = sourceTools(t);
      await assert.rejects(download(url('/a'), tools), { code: 'NETWORK_HTTP_STATUS', message: says, hint });
      assert.deepEqual(readdirSync(tools.scratch), []);
    });
  }
});

describe('a download ends with an error', () => {
  const small = { limits: { ...DEFAULT_LIMITS, archiveBytes: 1000 } };
  const rows: { claim: string; handler: Handler; changes?: Parameters<typeof sourceTools>[1]; code: string }[] = [
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
      await assert.rejects(download(url('/a'), sourceTools(t, changes)), { code });
    });
  }
});

test('an encoding that the server puts around the content is told', async (t) => {
  const handler: Handler = (_, response) =>
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(CONTENT));
  const { url } = await startHttpServer(t, { '/a': handler });
  const got = await download(url('/a'), sourceTools(t));
  assert.equal(got.contentEncoding, 'gzip');
  assert.equal(got.bytes, CONTENT.length);
});
