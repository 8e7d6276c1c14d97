import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { RecentObjects, SpilledObjects } from '../../../../src/sources/git/objects/object-cache.ts';
import type { GitObject } from '../../../../src/sources/git/objects/objects.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

const noise = randomBytes(3_000_000);
const blob = (start: number, size: number): GitObject => ({ kind: 'blob', data: noise.subarray(start, start + size) });

test('SpilledObjects returns objects unchanged in any order, also after others are read', (t) => {
  const path = join(temporaryDirectory(t), 'objects');
  const size = fc.oneof({ weight: 4, arbitrary: fc.nat(3000) }, { weight: 1, arbitrary: fc.nat(600_000) });
  fc.assert(
    fc.property(fc.array(size, { minLength: 1, maxLength: 30 }), fc.array(fc.nat()), (sizes, order) => {
      using spilled = new SpilledObjects(path, 100_000_000);
      const objects = sizes.map((bytes, index) => blob(index * 1000, bytes));
      for (const [offset, object] of objects.entries()) spilled.add(offset, object);
      const offsets = [...objects.keys(), ...order.map((number) => number % objects.length)];
      const results = offsets.map((offset) => spilled.get(offset));
      for (const [index, offset] of offsets.entries()) {
        assert.ok(results[index]?.data.equals(objects[offset]?.data ?? Buffer.from('none')), `${offset}`);
      }
      assert.equal(spilled.get(objects.length), undefined);
    }),
    { numRuns: 60 },
  );
  assert.equal(existsSync(path), false);
});

test('SpilledObjects ignores objects beyond its limit and offsets that it already has', (t) => {
  using spilled = new SpilledObjects(join(temporaryDirectory(t), 'objects'), 100);
  spilled.add(1, blob(0, 60));
  spilled.add(1, blob(500, 40));
  spilled.add(2, blob(100, 60));
  assert.deepEqual(spilled.get(1)?.data, noise.subarray(0, 60));
  assert.equal(spilled.get(2), undefined);
});

test('RecentObjects moves its oldest objects to the overflow cache', (t) => {
  using spilled = new SpilledObjects(join(temporaryDirectory(t), 'objects'), 10_000);
  const recent = new RecentObjects(1000, spilled);
  for (let offset = 0; offset < 20; offset++) recent.add(offset, blob(offset * 200, 200));
  for (let offset = 0; offset < 20; offset++) {
    assert.ok(recent.get(offset)?.data.equals(noise.subarray(offset * 200, offset * 200 + 200)), `${offset}`);
    assert.equal(spilled.get(offset) === undefined, offset >= 15, `${offset}`);
  }
});
