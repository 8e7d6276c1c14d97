import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { inflateExactly } from '../../../../src/sources/git/objects/inflate.ts';
import { ReusableInflater } from '../../../../src/sources/git/objects/inflate.ts';

const SIZES = fc.oneof(fc.nat(300), fc.nat(5000), fc.integer({ min: 65_530, max: 65_540 }), fc.nat(300_000));
const noise = randomBytes(300_000);

test('streams are unpacked one after the other, whatever their sizes and whatever follows them', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(SIZES, fc.boolean(), fc.nat(30)), { maxLength: 8 }), (streams) => {
      const answers = streams.map(([size, even, more]) => {
        const content = even ? Buffer.alloc(size, 'even') : noise.subarray(0, size);
        const packed = deflateSync(content);
        const answer = inflateExactly(Buffer.concat([packed, noise.subarray(0, more)]), size, 'x');
        assert.equal(answer.used, packed.length);
        return { content, answer };
      });
      // What one call gave is not what the next one writes over.
      for (const { content, answer } of answers) assert.ok(answer.data.equals(content));
    }),
    { numRuns: 50 },
  );
});

const packed = deflateSync(Buffer.alloc(1000, 'a'));
const ROWS: { claim: string; input: Buffer; size: number }[] = [
  { claim: 'one that is cut off', input: packed.subarray(0, -5), size: 1000 },
  { claim: 'one with a wrong checksum', input: Buffer.concat([packed.subarray(0, -1), Buffer.from('x')]), size: 1000 },
  { claim: 'nothing', input: Buffer.alloc(0), size: 1000 },
  { claim: 'no zlib stream', input: noise.subarray(0, 500).fill(0xff, 0, 2), size: 1000 },
  { claim: 'one with a byte less than is claimed', input: packed, size: 1001 },
  { claim: 'one with a byte more than is claimed', input: packed, size: 999 },
  { claim: 'one that wants a dictionary', input: deflateSync('abc', { dictionary: Buffer.from('abc') }), size: 3 },
  { claim: 'one of a hundred megabytes', input: deflateSync(Buffer.alloc(100_000_000)), size: 1000 },
  { claim: 'a large one with a byte more than is claimed', input: deflateSync(Buffer.alloc(100_001)), size: 100_000 },
];

for (const { claim, input, size } of ROWS) {
  test(`${claim} is refused, and the next one is not worse off for it`, () => {
    for (let times = 0; times < 2; times++) {
      assert.throws(() => inflateExactly(input, size, 'the object'), {
        code: 'INVALID_GIT_OBJECT',
        message: new RegExp(`^The git repository is damaged: the object does not unpack to the ${size} bytes`),
      });
      assert.deepEqual(inflateExactly(packed, 1000, 'x'), { data: Buffer.alloc(1000, 'a'), used: packed.length });
    }
  });
}

test('this Node is one on which an inflater can be used again', () => {
  assert.ok(ReusableInflater.create());
});
