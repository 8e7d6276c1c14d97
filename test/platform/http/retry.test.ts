import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Http, type HttpResponse, NetworkError } from '../../../src/platform/http/http.ts';
import { retryAfterMs } from '../../../src/platform/http/retry.ts';
import { SafeUrl } from '../../../src/platform/safe-url.ts';
import { withInstantRetries } from '../../support/http/instant-retries.ts';

const URL = 'https://me:s3cret@packs.example/a.zip?signature=s3cret';

type Turn = number | { status: number; retryAfter: string } | NetworkError;

async function* nothing() {}

/** Returns a port that yields the given responses and errors in turn. */
function scripted(turns: readonly Turn[]): Http & { readonly sent: readonly (string | undefined)[] } {
  const sent: (string | undefined)[] = [];
  return {
    sent,
    async send({ url, headers }): Promise<HttpResponse> {
      const turn = turns[sent.length];
      sent.push(headers?.['range']);
      if (turn === undefined) return assert.fail('too many requests');
      if (turn instanceof NetworkError) throw turn;
      const { status, retryAfter } = typeof turn === 'number' ? { status: turn, retryAfter: undefined } : turn;
      return {
        url: SafeUrl.of(url),
        status,
        header: (name) => (name === 'retry-after' ? retryAfter : undefined),
        body: nothing(),
      };
    },
  };
}

const unreachable = (why: string, transient: boolean) => new NetworkError('UNREACHABLE', URL, why, '', { transient });
const CUT = unreachable('the connection was cut', true);
const UNKNOWN_HOST = unreachable('the host name is unknown', false);
const busy = (retryAfter: string) => ({ status: 429, retryAfter });

const ROWS: readonly {
  claim: string;
  turns: readonly Turn[];
  /** The status of the response, or the error. */
  want: number | NetworkError;
  slept: readonly number[];
  attempts?: number;
}[] = [
  { claim: 'a successful response is returned without a retry', turns: [200], want: 200, slept: [] },
  { claim: 'a cut connection is retried', turns: [CUT, 200], want: 200, slept: [500] },
  {
    claim: 'the maximum wait doubles with each attempt',
    turns: [CUT, CUT, CUT, 200],
    want: 200,
    slept: [500, 1000, 2000],
  },
  { claim: 'the last error is thrown', turns: [CUT, 500, 500, CUT], want: CUT, slept: [500, 1000, 2000] },
  { claim: 'the last response is returned', turns: [CUT, 500, 500, 503], want: 503, slept: [500, 1000, 2000] },
  { claim: 'a server error is retried', turns: [500, 502, 504, 200], want: 200, slept: [500, 1000, 2000] },
  { claim: 'status 501 is not retried', turns: [501], want: 501, slept: [] },
  { claim: 'status 404 is not retried', turns: [404], want: 404, slept: [] },
  { claim: 'status 403 is not retried', turns: [403], want: 403, slept: [] },
  { claim: 'status 408 is not retried', turns: [408], want: 408, slept: [] },
  { claim: 'an unknown host name is not retried', turns: [UNKNOWN_HOST], want: UNKNOWN_HOST, slept: [] },
  { claim: 'Retry-After in seconds is the minimum wait', turns: [busy('7'), 200], want: 200, slept: [7000] },
  {
    claim: 'Retry-After as a date is the minimum wait',
    turns: [{ status: 503, retryAfter: 'Thu, 01 Jan 2026 12:00:30 GMT' }, 200],
    want: 200,
    slept: [30_000],
  },
  {
    claim: 'a Retry-After date in the past is ignored',
    turns: [busy('Mon, 01 Jan 2001 00:00:00 GMT'), 200],
    want: 200,
    slept: [500],
  },
  { claim: 'Retry-After 0 still waits with jitter', turns: [busy('0'), 200], want: 200, slept: [500] },
  { claim: 'an invalid Retry-After is ignored', turns: [busy('soon'), 200], want: 200, slept: [500] },
  { claim: 'Retry-After of a minute is waited for', turns: [busy('60'), 200], want: 200, slept: [60_000] },
  { claim: 'with a Retry-After above a minute the response is returned', turns: [busy('61')], want: 429, slept: [] },
  {
    claim: 'with an enormous Retry-After the response is returned',
    turns: [busy('9'.repeat(400))],
    want: 429,
    slept: [],
  },
  { claim: 'with one attempt nothing is retried', turns: [CUT], want: CUT, slept: [], attempts: 1 },
];

for (const { claim, turns, want, slept, attempts = 4 } of ROWS) {
  test(`withRetries: ${claim}`, async () => {
    const server = scripted(turns);
    const retrying = withInstantRetries(server, { attempts });
    const result = await retrying.http.send({ url: URL }).then(
      ({ status }) => status,
      (error: unknown) => error,
    );
    assert.equal(result, want);
    assert.deepEqual(retrying.slept, slept);
    assert.equal(server.sent.length, turns.length);
    assert.equal(retrying.notes.length, slept.length);
  });
}

test('withRetries: each retry is noted with host, reason and delay, without secrets', async () => {
  const { http, notes } = withInstantRetries(scripted([CUT, busy('7'), 200]));
  await http.send({ url: URL });
  assert.deepEqual(notes, [
    'packs.example: the connection was cut. Trying again in 0.5 s (attempt 2 of 4).',
    'packs.example: it answered with HTTP status 429. Trying again in 7.0 s (attempt 3 of 4).',
  ]);
});

test('withRetries: a POST is sent once', async () => {
  for (const turn of [503, CUT]) {
    const { http, slept } = withInstantRetries(scripted([turn]));
    await http.send({ url: URL, method: 'POST', body: Buffer.from('x') }).catch((error) => assert.equal(error, CUT));
    assert.deepEqual(slept, []);
  }
});

test('withRetries: a continued response shares the attempts and replaces the added headers', async () => {
  const server = scripted([200, 500, 206, 200]);
  const { http, slept } = withInstantRetries(server);
  const first = await http.send({ url: URL });
  const second = await first.retry?.(CUT, { range: 'bytes=5-' });
  assert.equal(second?.status, 206);
  const third = await second.retry?.(CUT, {});
  assert.deepEqual(server.sent, [undefined, 'bytes=5-', 'bytes=5-', undefined]);
  assert.deepEqual(slept, [500, 1000, 2000]);
  await assert.rejects(async () => third?.retry?.(CUT, {}), CUT);
});

test('withRetries: waits are random up to an exponential maximum of at most a minute', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 20 }),
      async (random, count) => {
        const { http, slept } = withInstantRetries(scripted(Array.from({ length: count }, () => CUT)), {
          attempts: count,
          random: () => random,
        });
        await assert.rejects(http.send({ url: URL }), CUT);
        assert.deepEqual(
          slept,
          Array.from({ length: count - 1 }, (_, index) => random * Math.min(500 * 2 ** index, 60_000)),
        );
      },
    ),
    { numRuns: 30 },
  );
});

test('retryAfterMs: the result is never negative', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      const wait = retryAfterMs(value, new Date());
      assert.ok(wait === undefined || wait >= 0);
    }),
  );
});
