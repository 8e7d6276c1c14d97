import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { hasContent, receive } from '../../../src/platform/http/receive-resumable.ts';
import { type HttpSettings, systemHttp } from '../../../src/platform/http/system-http.ts';
import { SafeUrl } from '../../../src/platform/safe-url.ts';
import { withInstantRetries } from '../../support/http/instant-retries.ts';
import {
  answer,
  bytes,
  type Handler,
  inSequence,
  raw,
  resets,
  servedFile,
  startHttpServer,
} from '../../support/http/server.ts';

const SETTINGS: HttpSettings = { offline: false, allowPlain: false, timeoutMs: 60_000, redirects: 5, variables: {} };
const CONTENT = randomBytes(200_000);
const OTHER = randomBytes(200_000);
const TAG = { etag: '"one"' };
const OLD = { 'last-modified': 'Thu, 01 Jan 2026 00:00:00 GMT' };
const YOUNG = () => ({ 'last-modified': new Date().toUTCString() });

interface Received {
  readonly content: Buffer;
  readonly status: number;
  /** The number of times that the content started. */
  readonly begun: number;
  readonly ranges: readonly (string | undefined)[];
  readonly conditions: readonly (string | string[] | undefined)[];
}

interface Cleaner {
  after(clean: () => Promise<void>): void;
}

interface FetchOptions {
  readonly keepEncoding?: boolean;
  /** Called with the number of bytes received so far. */
  readonly onReceived?: (bytes: number) => void;
}

async function fetchFrom(
  t: Cleaner,
  handler: Handler,
  { keepEncoding = true, onReceived = () => {} }: FetchOptions = {},
): Promise<Received> {
  const server = await startHttpServer(t, { '/a': handler });
  const { http } = withInstantRetries(systemHttp(SETTINGS));
  let chunks: Uint8Array[] = [];
  let begun = 0;
  const response = await receive(await http.send({ url: server.url('/a'), keepEncoding }), {
    begin: () => {
      chunks = [];
      begun += 1;
    },
    write: (chunk) => {
      chunks.push(Uint8Array.from(chunk));
      onReceived(chunks.reduce((sum, { length }) => sum + length, 0));
    },
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
  { claim: 'at the offset where it was cut', turns: [cut(), whole()], ranges: ['bytes=50000-'] },
  {
    claim: 'several times',
    turns: [cut(), cut(), whole()],
    ranges: ['bytes=50000-', 'bytes=100000-'],
  },
  { claim: 'with its date if it has no entity tag', turns: [cut(OLD), whole(OLD)], ranges: ['bytes=50000-'] },
  {
    claim: 'with its date if its entity tag is weak',
    turns: [cut({ etag: 'W/"one"', ...OLD }), whole({ etag: 'W/"one"', ...OLD })],
    ranges: ['bytes=50000-'],
  },
  {
    claim: 'after the server was unavailable',
    turns: [cut(), resets, answer(503, {}), whole()],
    ranges: ['bytes=50000-', 'bytes=50000-', 'bytes=50000-'],
  },
];

for (const { claim, turns, ranges } of RESUMED) {
  test(`receive: a content is resumed ${claim}`, async (t) => {
    const got = await fetchFrom(t, inSequence(...turns));
    assert.deepEqual(got.content, CONTENT);
    assert.deepEqual(got.ranges, [undefined, ...ranges]);
    assert.ok(
      got.conditions.slice(1).every((condition) => condition === '"one"' || condition === OLD['last-modified']),
    );
    assert.equal(got.begun, 1);
  });
}

test('receive: a content is resumed after it stalled', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const stalled: Handler = (_, response) => {
    response.writeHead(200, { 'content-length': CONTENT.length, ...TAG });
    response.write(CONTENT.subarray(0, 50_000));
  };
  const onReceived = (bytes: number) => {
    if (bytes === 50_000) setImmediate(() => t.mock.timers.tick(SETTINGS.timeoutMs));
  };
  const got = await fetchFrom(t, inSequence(stalled, whole()), { onReceived });
  assert.deepEqual(got.content, CONTENT);
  assert.deepEqual(got.ranges, [undefined, 'bytes=50000-']);
  assert.equal(got.begun, 1);
});

const STARTED_OVER: readonly { claim: string; turns: readonly Handler[]; want?: Buffer }[] = [
  { claim: 'the server sends neither tag nor date', turns: [cut({}), whole({})] },
  { claim: 'its tag is weak', turns: [cut({ etag: 'W/"1"' }), whole({ etag: 'W/"1"' })] },
  { claim: 'it was modified within the last minute', turns: [cut(YOUNG()), whole(YOUNG())] },
  {
    claim: 'the server supports no ranges',
    turns: [cut({ ...TAG, 'accept-ranges': 'none' }), whole({ ...TAG, 'accept-ranges': 'none' })],
  },
  { claim: 'no byte was received', turns: [cut(TAG, 0), whole()] },
  { claim: 'it was changed in the meantime', turns: [cut(), whole({ etag: '"two"' }, OTHER)], want: OTHER },
  { claim: 'the server sends the whole content', turns: [cut(), bytes(CONTENT)] },
  {
    claim: 'the part starts at another offset',
    turns: [cut(), part('bytes 50001-199999/200000', CONTENT.subarray(50_001)), whole()],
  },
  {
    claim: 'the part ends too early',
    turns: [cut(), part('bytes 50000-60000/200000', CONTENT.subarray(50_000, 60_001)), whole()],
  },
  {
    claim: 'the part belongs to a longer content',
    turns: [cut(), part('bytes 50000-299999/300000', Buffer.alloc(250_000)), whole()],
  },
  {
    claim: 'the part belongs to another content, since the server ignores If-Range',
    turns: [cut(), part('bytes 50000-199999/200000', OTHER.subarray(50_000), { etag: '"two"' }), whole()],
  },
  { claim: 'the part has an invalid Content-Range', turns: [cut(), part('50000-', CONTENT.subarray(50_000)), whole()] },
  {
    claim: 'the range cannot be satisfied',
    turns: [cut(), answer(416, { 'content-range': 'bytes */200000' }), whole()],
  },
];

for (const { claim, turns, want = CONTENT } of STARTED_OVER) {
  test(`receive: a content starts over if ${claim}`, async (t) => {
    const got = await fetchFrom(t, inSequence(...turns));
    assert.ok(got.content.equals(want));
    assert.equal(got.begun, 2);
    assert.equal(got.ranges.at(-1), turns.length > 2 ? undefined : got.ranges.at(1));
  });
}

test('receive: a decoded content cannot be resumed and starts over', async (t) => {
  const headers = { ...TAG, 'content-encoding': 'gzip' };
  const packed = gzipSync(CONTENT);
  const got = await fetchFrom(t, inSequence(cut(headers, 50_000, packed), whole(headers, packed)), {
    keepEncoding: false,
  });
  assert.deepEqual(got.content, CONTENT);
  assert.deepEqual(got.ranges, [undefined, undefined]);
});

const ENDED: readonly { claim: string; turns: readonly Handler[]; code: string; says: RegExp }[] = [
  {
    claim: 'that is cut in every attempt',
    turns: [cut(), cut(), cut(), cut(TAG, 10)],
    code: 'NETWORK_UNREACHABLE',
    says: /the connection was cut/,
  },
  {
    claim: 'whose server sends a wrong part in the last attempt',
    turns: [cut(), resets, resets, part('bytes 0-9/200000', Buffer.alloc(10))],
    code: 'NETWORK_UNREACHABLE',
    says: /did not resume with the remaining bytes \(Content-Range bytes 0-9\/200000\)/,
  },
  {
    claim: 'that is longer than announced',
    turns: [raw('HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabcdef')],
    code: 'NETWORK_PROTOCOL',
    says: /it sent more data than its headers announced/,
  },
  {
    claim: 'with two lengths',
    turns: [raw('HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 6\r\n\r\nabcdef')],
    code: 'NETWORK_PROTOCOL',
    says: /not valid HTTP \(HPE_UNEXPECTED_CONTENT_LENGTH\)/,
  },
  {
    claim: 'that is not HTTP',
    turns: [raw('SSH-2.0-OpenSSH_9.2\r\n')],
    code: 'NETWORK_PROTOCOL',
    says: /not valid HTTP/,
  },
];

for (const { claim, turns, code, says } of ENDED) {
  test(`receive: a content ${claim} is an error`, async (t) => {
    await assert.rejects(fetchFrom(t, inSequence(...turns)), { code, message: says });
  });
}

const CUT_SHORT: readonly { claim: string; first: Handler }[] = [
  { claim: 'with a length', first: raw('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc', { end: true }) },
  {
    claim: 'in chunks',
    first: raw('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n', { end: true }),
  },
];

for (const { claim, first } of CUT_SHORT) {
  test(`receive: a content ${claim} that ends early is downloaded again`, async (t) => {
    const got = await fetchFrom(t, inSequence(first, bytes(CONTENT)));
    assert.ok(got.content.equals(CONTENT));
    assert.equal(got.begun, 2);
  });
}

for (const status of [201, 202, 204, 206, 304, 404, 416]) {
  test(`receive: an unexpected status ${status} is a response without content`, async (t) => {
    const got = await fetchFrom(t, answer(status, {}));
    assert.deepEqual([got.status, got.begun], [status, 0]);
  });
}

test('receive: a part in response to a request for the whole is not a content', async (t) => {
  const got = await fetchFrom(t, inSequence(cut(), part('bytes 0-9/200000', Buffer.alloc(10))));
  assert.equal(got.status, 206);
});

test('receive: status 404 in place of the rest is the result', async (t) => {
  const got = await fetchFrom(t, inSequence(cut(), answer(404, {}, 'gone')));
  assert.equal(got.status, 404);
  assert.ok(!hasContent({ ...got, url: new SafeUrl(''), header: () => undefined, body: (async function* () {})() }));
});

test('receive: without retries a cut connection is an error', async (t) => {
  const server = await startHttpServer(t, { '/a': cut() });
  const first = await systemHttp(SETTINGS).send({ url: server.url('/a') });
  await assert.rejects(receive(first, { begin() {}, write() {} }), { code: 'NETWORK_UNREACHABLE' });
  assert.equal(server.requests.length, 1);
});

test('receive: an error of the sink is thrown without a retry', async (t) => {
  const server = await startHttpServer(t, { '/a': whole() });
  const { http } = withInstantRetries(systemHttp(SETTINGS));
  const first = await http.send({ url: server.url('/a') });
  const refuse = () => {
    throw new RangeError('too much');
  };
  await assert.rejects(receive(first, { begin() {}, write: refuse }), RangeError);
  assert.equal(server.requests.length, 1);
});

test('receive: the content is complete, wherever the connection is cut', async (t) => {
  let handler: Handler = resets;
  const server = await startHttpServer(t, { '/a': (...exchange) => handler(...exchange) });
  const offset = fc.integer({ min: 0, max: 3000 });
  await fc.assert(
    fc.asyncProperty(fc.array(offset, { maxLength: 3 }), fc.uint8Array({ maxLength: 4000 }), async (cuts, content) => {
      const file = { content, headers: TAG };
      handler = inSequence(...cuts.map((cutAfter) => servedFile({ ...file, cutAfter })), servedFile(file));
      const { http } = withInstantRetries(systemHttp(SETTINGS));
      const chunks: Uint8Array[] = [];
      const begin = () => void chunks.splice(0);
      await receive(await http.send({ url: server.url('/a'), keepEncoding: true }), {
        begin,
        write: (chunk) => void chunks.push(chunk),
      });
      assert.deepEqual(Buffer.concat(chunks), Buffer.from(content));
    }),
    { numRuns: 30 },
  );
});
