import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { fingerprint } from '../../../src/packs/tree/checksum.ts';
import { treeDifference } from '../../../src/packs/tree/difference.ts';
import { treeOf } from '../../support/tree-of.ts';

test('treeDifference: added, changed and missing files are separate sorted lists', () => {
  const before = fingerprint(treeOf({ same: '1', 'run.sh': '2', gone: '3', 'also/gone': '4' }));
  const after = fingerprint(treeOf({ same: '1', 'run.sh': 'two', new: '5' }));
  assert.deepEqual(treeDifference(after, before), {
    added: ['new'],
    changed: ['run.sh'],
    missing: ['also/gone', 'gone'],
  });
});

test('treeDifference: trees differ exactly when their checksums differ', () => {
  const files = fc.dictionary(fc.stringMatching(/^[ab]{1,2}$/), fc.constantFrom('', '1', '2'), { maxKeys: 4 });
  fc.assert(
    fc.property(files, files, (one, other) => {
      const [first, second] = [one, other].map((tree) => fingerprint(treeOf({ ...tree }))) as [
        ReturnType<typeof fingerprint>,
        ReturnType<typeof fingerprint>,
      ];
      const { added, changed, missing } = treeDifference(first, second);
      const same = [...added, ...changed, ...missing].length === 0;
      assert.equal(first.checksum.hex === second.checksum.hex, same);
    }),
  );
});
