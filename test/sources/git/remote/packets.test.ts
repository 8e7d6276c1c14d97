import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { packets } from '../../../../src/sources/git/remote/protocol.ts';

function packet(content: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from((content.length + 4).toString(16).padStart(4, '0')), content]);
}

async function read(...chunks: readonly Uint8Array[]): Promise<string[]> {
  const contents: string[] = [];
  for await (const content of packets(chunks, 'here')) contents.push(content.toString('latin1'));
  return contents;
}

test('packets yields the content of all packets, independent of the chunks of the stream', async () => {
  const content = fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.constant(Buffer.alloc(65_515, 'x')));
  const part = fc.oneof(content, fc.constantFrom('0000', '0001', '0002', '0004'));
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 8 }), fc.array(fc.nat(70_000)), async (parts, cuts) => {
      const stream = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : packet(part))));
      const ends = [...cuts, stream.length].sort((a, b) => a - b);
      const chunks = ends.map((end, index) => stream.subarray(ends[index - 1] ?? 0, end));
      const sent = parts.filter((part) => typeof part !== 'string');
      assert.deepEqual(
        await read(...chunks),
        sent.map((part) => Buffer.from(part).toString('latin1')),
      );
    }),
    { numRuns: 60 },
  );
});

for (const { claim, stream, message } of [
  { claim: 'a length that is not a number', stream: '<htm', message: /does not follow the git protocol/ },
  { claim: 'an invalid length', stream: '0003', message: /does not follow the git protocol/ },
  { claim: 'a length with a sign', stream: '-001', message: /does not follow the git protocol/ },
  { claim: 'a truncated length', stream: '00', message: /is truncated/ },
  { claim: 'a truncated packet', stream: '0009ab', message: /is truncated/ },
]) {
  test(`packets refuses ${claim}, in one chunk and byte by byte`, async () => {
    const bytes = Buffer.from(stream);
    await assert.rejects(read(bytes), { code: 'INVALID_GIT_OBJECT', message });
    await assert.rejects(read(...[...bytes].map((byte) => Buffer.from([byte]))), {
      code: 'INVALID_GIT_OBJECT',
      message,
    });
  });
}
