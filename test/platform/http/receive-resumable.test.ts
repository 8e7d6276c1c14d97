import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { hasContent, receive } from '../../../src/platform/http/receive-resumable.ts';
import { type HttpSettings, systemHttp } from '../../../src/platform/http/system-http.ts';
import { SafeUrl } from '../../../src/platform/safe-url.ts';
import { hasty } from '../../support/http/retrying.ts';
import {
  answer,
  bytes,
  type Handler,
  inTurn,
  raw,
  resets,
  servedFile,
  startHttpServer,
} from '../../support/http/server.ts';

const SETTINGS: HttpSettings = { offline: false, allowPlain: false, timeoutMs: 300, redirects: 5, variables: {} };
const CONTENT = randomBytes(200_000);
const OTHER = randomBytes(200_000);
const TAG = { etag: '"one"' };
const OLD = { 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' };
const YOUNG = () => ({ 'last-modified': new Date().toUTCString() });

interface Received {
  readonly content: Buffer;
  readonly status: number;
  /** How often the content began. */
  readonly begun: number;
  readonly ranges: readonly (string | undefined)[];
  readonly conditions: readonly (string | string[] | undefined)[];
}

interface Cleaner {
  after(clean: () => Promise<void>): void;
}

async function fetchFrom(t: Cleaner, handler: Handler, undecoded = true): Promise<Received> {
  const server = await startHttpServer(t, { '/a': handler });
  const { http } = hasty(systemHttp(SETTINGS));
  let chunks: Uint8Array[] = [];
  let begun = 0;
  const response = await receive(await http.send({ url: server.url('/a'), undecoded }), {
    begin: () => {
      chunks = [];
      begun += 1;
    },
    write: (chunk) => void chunks.push(Uint8Array.from(chunk)),
  });
  const ranges = server.headers.map(({ range }) => range);
  const conditions = server.headers.map((headers) => headers['if-range']);
  return { content: Buffer.concat(chunks), status: response.status, begun, ranges, conditions };
}

const cut = (headers: Record<string, string> = TAG, cutAfter = 50_000, content: Uint8Array = CONTENT) =>
  servedFile({ content, headers, cutAfter });
const whole = (headers: Record<string, string> = TAG, content: Uint8Array = CONTENT) =>
  servedFile({ content, headers });
const part =
  (range: string, body: Uint8Array, headers: Record<string, string> = {}): Handler =>
  (_, response) =>
    response.writeHead(206, { 'content-range': range, 'content-length': body.length, ...headers }).end(body);

const RESUMED: readonly { claim: string; turns: readonly Handler[]; ranges: readonly string[] }[] = [
  { claim: 'is continued where it was cut', turns: [cut(), whole()], ranges: ['bytes=50000-'] },
  {
    claim: 'is continued again and again',
    turns: [cut(), cut(), whole()],
    ranges: ['bytes=50000-', 'bytes=100000-'],
  },
  { claim: 'is continued by its date where it has no tag', turns: [cut(OLD), whole(OLD)], ranges: ['bytes=50000-'] },
  {
    claim: 'is continued by its date where its tag is weak',
    turns: [cut({ etag: 'W/"one"', ...OLD }), whole({ etag: 'W/"one"', ...OLD })],
    ranges: ['bytes=50000-'],
  },
  {
    claim: 'is continued after the server was gone for a while',
    turns: [cut(), resets, answer(503, {}), whole()],
    ranges: ['bytes=50000-', 'bytes=50000-', 'bytes=50000-'],
  },
  {
    claim: 'is continued when it stalled',
    turns: [
      (_, response) => {
        response.writeHead(200, { 'content-length': CONTENT.length, ...TAG });
        response.write(CONTENT.subarray(0, 50_000));
      },
      whole(),
    ],
    ranges: ['bytes=50000-'],
  },
];

for (const { claim, turns, ranges } of RESUMED) {
  test(`a content ${claim}`, async (t) => {
    const got = await fetchFrom(t, inTurn(...turns));
    assert.deepEqual(got.content, CONTENT);
    assert.deepEqual(got.ranges, [undefined, ...ranges]);
    assert.ok(
      got.conditions.slice(1).every((condition) => condition === '"one"' || condition === OLD['last-modified']),
    );
    assert.equal(got.begun, 1);
  });
}

const STARTED_OVER: readonly { claim: string; turns: readonly Handler[]; want?: Buffer }[] = [
  { claim: 'the server says neither tag nor date', turns: [cut({}), whole({})] },
  { claim: 'its tag is weak', turns: [cut({ etag: 'W/"1"' }), whole({ etag: 'W/"1"' })] },
  { claim: 'it was changed in this very minute', turns: [cut(YOUNG()), whole(YOUNG())] },
  {
    claim: 'the server has no parts',
    turns: [cut({ ...TAG, 'accept-ranges': 'none' }), whole({ ...TAG, 'accept-ranges': 'none' })],
  },
  { claim: 'nothing had come', turns: [cut(TAG, 0), whole()] },
  { claim: 'it was changed meanwhile', turns: [cut(), whole({ etag: '"two"' }, OTHER)], want: OTHER },
  { claim: 'the server answers with the whole', turns: [cut(), bytes(CONTENT)] },
  {
    claim: 'the part begins elsewhere',
    turns: [cut(), part('bytes 50001-199999/200000', CONTENT.subarray(50_001)), whole()],
  },
  {
    claim: 'the part ends too early',
    turns: [cut(), part('bytes 50000-60000/200000', CONTENT.subarray(50_000, 60_001)), whole()],
  },
  {
    claim: 'the part is of something longer',
    turns: [cut(), part('bytes 50000-299999/300000', Buffer.alloc(250_000)), whole()],
  },
  {
    claim: 'the part is of something else, whose server does not look at If-Range',
    turns: [cut(), part('bytes 50000-199999/200000', OTHER.subarray(50_000), { etag: '"two"' }), whole()],
  },
  { claim: 'the part does not say what it is of', turns: [cut(), part('50000-', CONTENT.subarray(50_000)), whole()] },
  { claim: 'the part cannot be had', turns: [cut(), answer(416, { 'content-range': 'bytes */200000' }), whole()] },
];

for (const { claim, turns, want = CONTENT } of STARTED_OVER) {
  test(`a content begins anew when ${claim}`, async (t) => {
    const got = await fetchFrom(t, inTurn(...turns));
    assert.ok(got.content.equals(want));
    assert.equal(got.begun, 2);
    assert.equal(got.ranges.at(-1), turns.length > 2 ? undefined : got.ranges.at(1));
  });
}

test('an encoded content that was decoded cannot be continued, and begins anew', async (t) => {
  const headers = { ...TAG, 'content-encoding': 'gzip' };
  const packed = gzipSync(CONTENT);
  const got = await fetchFrom(t, inTurn(cut(headers, 50_000, packed), whole(headers, packed)), false);
  assert.deepEqual(got.content, CONTENT);
  assert.deepEqual(got.ranges, [undefined, undefined]);
});

const ENDED: readonly { claim: string; turns: readonly Handler[]; code: string; says: RegExp }[] = [
  {
    claim: 'when it is cut each time',
    turns: [cut(), cut(), cut(), cut(TAG, 10)],
    code: 'NETWORK_UNREACHABLE',
    says: /the connection was cut/,
  },
  {
    claim: 'when it is cut, and what comes then is not the rest, once too often',
    turns: [cut(), resets, resets, part('bytes 0-9/200000', Buffer.alloc(10))],
    code: 'NETWORK_UNREACHABLE',
    says: /what came then was not the rest \(Content-Range bytes 0-9\/200000\)/,
  },
  {
    claim: 'when more comes than was announced',
    turns: [raw('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabcdef')],
    code: 'NETWORK_PROTOCOL',
    says: /it sent more than it said that it would/,
  },
  {
    claim: 'when it has two lengths',
    turns: [raw('HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 6\r\n\r\nabcdef')],
    code: 'NETWORK_PROTOCOL',
    says: /not right HTTP \(HPE_UNEXPECTED_CONTENT_LENGTH\)/,
  },
  {
    claim: 'when it is no HTTP',
    turns: [raw('SSH-2.0-OpenSSH_9.2\r\n')],
    code: 'NETWORK_PROTOCOL',
    says: /not right HTTP/,
  },
];

for (const { claim, turns, code, says } of ENDED) {
  test(`a content is given up ${claim}`, async (t) => {
    await assert.rejects(fetchFrom(t, inTurn(...turns)), { code, message: says });
  });
}

const CUT_SHORT: readonly { claim: string; first: Handler }[] = [
  { claim: 'of a length', first: raw('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc', { end: true }) },
  {
    claim: 'in chunks',
    first: raw('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n', { end: true }),
  },
];

for (const { claim, first } of CUT_SHORT) {
  test(`a content ${claim} that ends too early was cut`, async (t) => {
    const got = await fetchFrom(t, inTurn(first, bytes(CONTENT)));
    assert.ok(got.content.equals(CONTENT));
    assert.equal(got.begun, 2);
  });
}

for (const status of [204, 206, 304, 404, 416]) {
  test(`status ${status} out of the blue is ${status === 204 ? 'a content of nothing' : 'no content'}`, async (t) => {
    const got = await fetchFrom(t, answer(status, {}));
    assert.deepEqual([got.status, got.begun], [status, status === 204 ? 1 : 0]);
  });
}

test('a part of what was asked for as a whole is no content', async (t) => {
  const got = await fetchFrom(t, inTurn(cut(), part('bytes 0-9/200000', Buffer.alloc(10))));
  assert.equal(got.status, 206);
});

test('status 404 in place of the rest is the answer', async (t) => {
  const got = await fetchFrom(t, inTurn(cut(), answer(404, {}, 'gone')));
  assert.equal(got.status, 404);
  assert.ok(!hasContent({ ...got, url: new SafeUrl(''), header: () => undefined, body: (async function* () {})() }));
});

test('without retries a cut is the end of it', async (t) => {
  const server = await startHttpServer(t, { '/a': cut() });
  const first = await systemHttp(SETTINGS).send({ url: server.url('/a') });
  await assert.rejects(receive(first, { begin() {}, write() {} }), { code: 'NETWORK_UNREACHABLE' });
  assert.equal(server.requests.length, 1);
});

test('what the taker of the content throws comes out, and nothing is asked again', async (t) => {
  const server = await startHttpServer(t, { '/a': whole() });
  const { http } = hasty(systemHttp(SETTINGS));
  const first = await http.send({ url: server.url('/a') });
  const refuse = () => {
    throw new RangeError('too much');
  };
  await assert.rejects(receive(first, { begin() {}, write: refuse }), RangeError);
  assert.equal(server.requests.length, 1);
});

test('wherever it is cut, what comes out is what was there', async (t) => {
  let handler: Handler = resets;
  const server = await startHttpServer(t, { '/a': (...exchange) => handler(...exchange) });
  const place = fc.integer({ min: 0, max: 3000 });
  await fc.assert(
    fc.asyncProperty(fc.array(place, { maxLength: 3 }), fc.uint8Array({ maxLength: 4000 }), async (cuts, content) => {
      const file = { content, headers: TAG };
      handler = inTurn(...cuts.map((cutAfter) => servedFile({ ...file, cutAfter })), servedFile(file));
      const { http } = hasty(systemHttp(SETTINGS));
      const chunks: Uint8Array[] = [];
      const begin = () => void chunks.splice(0);
      await receive(await http.send({ url: server.url('/a'), undecoded: true }), {
        begin,
        write: (chunk) => void chunks.push(chunk),
      });
      assert.deepEqual(Buffer.concat(chunks), Buffer.from(content));
    }),
    { numRuns: 30 },
  );
});
