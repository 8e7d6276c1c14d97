import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { packets } from '../../../../src/sources/git/remote/protocol.ts';

function packet(content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from((content.length + 4).toString(16).padStart(4, '0')), content]);
}

async function read(...pieces: readonly Uint8Array[]): Promise<string[]> {
  const read: string[] = [];
  for await (const one of packets(pieces, 'here')) read.push(one.toString('latin1'));
  return read;
}

test('packets come out as they went in, in whatever pieces the stream comes', async () => {
  const content = fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.constant(Buffer.alloc(65_515, 'x')));
  const part = fc.oneof(content, fc.constantFrom('0000', '0001', '0002', '0004'));
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 8 }), fc.array(fc.nat(70_000)), async (parts, cuts) => {
      const stream = Buffer.concat(parts.map((one) => (typeof one === 'string' ? Buffer.from(one) : packet(one))));
      const ends = [...cuts, stream.length].sort((one, other) => one - other);
      const pieces = ends.map((end, at) => stream.subarray(ends[at - 1] ?? 0, end));
      const sent = parts.filter((one) => typeof one !== 'string');
      assert.deepEqual(
        await read(...pieces),
        sent.map((one) => Buffer.from(one).toString('latin1')),
      );
    }),
    { numRuns: 60 },
  );
});

for (const { claim, stream, message } of [
  { claim: 'a length that is no number', stream: '<htm', message: /not in git's protocol/ },
  { claim: 'a length that cannot be', stream: '0003', message: /not in git's protocol/ },
  { claim: 'a length with a sign', stream: '-001', message: /not in git's protocol/ },
  { claim: 'half a length', stream: '00', message: /cut off/ },
  { claim: 'half a packet', stream: '0009ab', message: /cut off/ },
]) {
  test(`${claim} is refused, whether it comes at once or byte by byte`, async () => {
    const bytes = Buffer.from(stream);
    await assert.rejects(read(bytes), { code: 'INVALID_GIT_OBJECT', message });
    await assert.rejects(read(...[...bytes].map((byte) => Buffer.from([byte]))), {
      code: 'INVALID_GIT_OBJECT',
      message,
    });
  });
}
