import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Http, type HttpResponse, NetworkFault } from '../../../src/platform/http/http.ts';
import { retryAfterMs } from '../../../src/platform/http/retry.ts';
import { SafeUrl } from '../../../src/platform/safe-url.ts';
import { hasty } from '../../support/http/retrying.ts';

const URL = 'https://me:s3cret@packs.example/a.zip?signature=s3cret';

type Turn = number | { status: number; retryAfter: string } | NetworkFault;

async function* nothing() {}

/** A server that says these things in turn. */
function scripted(turns: readonly Turn[]): Http & { readonly sent: readonly (string | undefined)[] } {
  const sent: (string | undefined)[] = [];
  return {
    sent,
    async send({ url, headers }): Promise<HttpResponse> {
      const turn = turns[sent.length];
      sent.push(headers?.['range']);
      if (turn === undefined) return assert.fail('it was asked too often');
      if (turn instanceof NetworkFault) throw turn;
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

const fault = (why: string, passing: boolean) => new NetworkFault('UNREACHABLE', URL, why, '', { passing });
const CUT = fault('the connection was cut', true);
const UNKNOWN = fault('the name of the host is not known', false);
const busy = (retryAfter: string) => ({ status: 429, retryAfter });

const ROWS: readonly {
  claim: string;
  turns: readonly Turn[];
  /** A status, or what is thrown. */
  want: number | NetworkFault;
  slept: readonly number[];
  attempts?: number;
}[] = [
  { claim: 'an answer is taken at once', turns: [200], want: 200, slept: [] },
  { claim: 'a cut connection is tried again', turns: [CUT, 200], want: 200, slept: [500] },
  { claim: 'each wait may be twice the one before', turns: [CUT, CUT, CUT, 200], want: 200, slept: [500, 1000, 2000] },
  { claim: 'the last fault is the result', turns: [CUT, 500, 500, CUT], want: CUT, slept: [500, 1000, 2000] },
  { claim: 'the last answer is the result', turns: [CUT, 500, 500, 503], want: 503, slept: [500, 1000, 2000] },
  { claim: 'a server in trouble is tried again', turns: [500, 502, 504, 200], want: 200, slept: [500, 1000, 2000] },
  { claim: 'what a server cannot do it can never do', turns: [501], want: 501, slept: [] },
  { claim: 'what is not there is not there the next time', turns: [404], want: 404, slept: [] },
  { claim: 'who may not may not the next time', turns: [403], want: 403, slept: [] },
  { claim: 'a request that takes long for the server is not repeated', turns: [408], want: 408, slept: [] },
  { claim: 'an unknown name is not looked up again', turns: [UNKNOWN], want: UNKNOWN, slept: [] },
  { claim: 'too many requests wait as they are told', turns: [busy('7'), 200], want: 200, slept: [7000] },
  {
    claim: 'a moment that is told as a date is waited for',
    turns: [{ status: 503, retryAfter: 'Thu, 01 Jan 2026 12:00:30 GMT' }, 200],
    want: 200,
    slept: [30_000],
  },
  { claim: 'a date in the past is now', turns: [busy('Mon, 01 Jan 2001 00:00:00 GMT'), 200], want: 200, slept: [500] },
  { claim: 'a wait of no time is still one', turns: [busy('0'), 200], want: 200, slept: [500] },
  { claim: 'what is no time is not heeded', turns: [busy('soon'), 200], want: 200, slept: [500] },
  { claim: 'a minute is waited', turns: [busy('60'), 200], want: 200, slept: [60_000] },
  { claim: 'more than a minute is not waited', turns: [busy('61')], want: 429, slept: [] },
  { claim: 'a server cannot make anybody wait for ever', turns: [busy('9'.repeat(400))], want: 429, slept: [] },
  { claim: 'one attempt is one', turns: [CUT], want: CUT, slept: [], attempts: 1 },
];

for (const { claim, turns, want, slept, attempts = 4 } of ROWS) {
  test(claim, async () => {
    const server = scripted(turns);
    const patient = hasty(server, { attempts });
    const result = await patient.http.send({ url: URL }).then(
      ({ status }) => status,
      (error: unknown) => error,
    );
    assert.equal(result, want);
    assert.deepEqual(patient.slept, slept);
    assert.equal(server.sent.length, turns.length);
    assert.equal(patient.notes.length, slept.length);
  });
}

test('each attempt after the first is noted: who failed, how, and when it goes on, without a secret', async () => {
  const { http, notes } = hasty(scripted([CUT, busy('7'), 200]));
  await http.send({ url: URL });
  assert.deepEqual(notes, [
    'packs.example: the connection was cut. Trying again in 0.5 s (attempt 2 of 4).',
    'packs.example: it answered with HTTP status 429. Trying again in 7.0 s (attempt 3 of 4).',
  ]);
});

test('what sends something is sent once', async () => {
  for (const turn of [503, CUT]) {
    const { http, slept } = hasty(scripted([turn]));
    await http.send({ url: URL, method: 'POST', body: Buffer.from('x') }).catch((error) => assert.equal(error, CUT));
    assert.deepEqual(slept, []);
  }
});

test('going on after an answer takes of the same attempts, and forgets the headers of the attempt before', async () => {
  const server = scripted([200, 500, 206, 200]);
  const { http, slept } = hasty(server);
  const first = await http.send({ url: URL });
  const second = await first.again?.(CUT, { range: 'bytes=5-' });
  assert.equal(second?.status, 206);
  const third = await second.again?.(CUT, {});
  assert.deepEqual(server.sent, [undefined, 'bytes=5-', 'bytes=5-', undefined]);
  assert.deepEqual(slept, [500, 1000, 2000]);
  await assert.rejects(async () => third?.again?.(CUT, {}), CUT);
});

test('waits are anywhere between nothing and their longest, and never longer than a minute', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 1, max: 20 }),
      async (dice, count) => {
        const { http, slept } = hasty(scripted(Array.from({ length: count }, () => CUT)), {
          attempts: count,
          random: () => dice,
        });
        await assert.rejects(http.send({ url: URL }), CUT);
        assert.deepEqual(
          slept,
          Array.from({ length: count - 1 }, (_, at) => dice * Math.min(500 * 2 ** at, 60_000)),
        );
      },
    ),
    { numRuns: 30 },
  );
});

test('a moment to try again is never before now', () => {
  fc.assert(
    fc.property(fc.string(), (value) => {
      const wait = retryAfterMs(value, new Date());
      assert.ok(wait === undefined || wait >= 0);
    }),
  );
});
