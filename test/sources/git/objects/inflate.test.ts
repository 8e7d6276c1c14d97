import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { inflateExactly, ReusableInflater } from '../../../../src/sources/git/objects/inflate.ts';

const SIZES = fc.oneof(fc.nat(300), fc.nat(5000), fc.integer({ min: 65_530, max: 65_540 }), fc.nat(300_000));
const noise = randomBytes(300_000);

test('inflateExactly unpacks consecutive streams of any size with any data after them', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(SIZES, fc.boolean(), fc.nat(30)), { maxLength: 8 }), (streams) => {
      const results = streams.map(([size, compressible, extra]) => {
        const content = compressible ? Buffer.alloc(size, 'even') : noise.subarray(0, size);
        const packed = deflateSync(content);
        const inflated = inflateExactly(Buffer.concat([packed, noise.subarray(0, extra)]), size, 'x');
        assert.equal(inflated.used, packed.length);
        return { content, inflated };
      });
      // Later calls do not overwrite the results of earlier ones.
      for (const { content, inflated } of results) assert.ok(inflated.data.equals(content));
    }),
    { numRuns: 50 },
  );
});

const packed = deflateSync(Buffer.alloc(1000, 'a'));
const ROWS: { claim: string; input: Buffer; size: number }[] = [
  { claim: 'a truncated stream', input: packed.subarray(0, -5), size: 1000 },
  {
    claim: 'a stream with a wrong checksum',
    input: Buffer.concat([packed.subarray(0, -1), Buffer.from('x')]),
    size: 1000,
  },
  { claim: 'an empty input', input: Buffer.alloc(0), size: 1000 },
  { claim: 'an input that is not a zlib stream', input: noise.subarray(0, 500).fill(0xff, 0, 2), size: 1000 },
  { claim: 'a stream one byte shorter than declared', input: packed, size: 1001 },
  { claim: 'a stream one byte longer than declared', input: packed, size: 999 },
  {
    claim: 'a stream that requires a dictionary',
    input: deflateSync('abc', { dictionary: Buffer.from('abc') }),
    size: 3,
  },
  { claim: 'a stream of 100 MB', input: deflateSync(Buffer.alloc(100_000_000)), size: 1000 },
  { claim: 'a large stream one byte longer than declared', input: deflateSync(Buffer.alloc(100_001)), size: 100_000 },
];

for (const { claim, input, size } of ROWS) {
  test(`inflateExactly refuses ${claim} and unpacks the next one`, () => {
    for (let times = 0; times < 2; times++) {
      assert.throws(() => inflateExactly(input, size, 'the object'), {
        code: 'INVALID_GIT_OBJECT',
        message: new RegExp(`^The git repository is damaged: the object does not unpack to its declared ${size} bytes`),
      });
      assert.deepEqual(inflateExactly(packed, 1000, 'x'), { data: Buffer.alloc(1000, 'a'), used: packed.length });
    }
  });
}

test('ReusableInflater works on this version of Node', () => {
  assert.ok(ReusableInflater.create());
});
