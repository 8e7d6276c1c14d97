import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ScratchFile } from '../../../src/platform/files/scratch-file.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const MIB = 1024 * 1024;

describe('ScratchFile', () => {
  it('returns the written bytes at any offset, for any sequence of pieces', (test) => {
    const path = join(temporaryDirectory(test), 'scratch');
    const noise = randomBytes(4 * MIB);
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.nat(5000), fc.constantFrom(MIB - 1, MIB, MIB + 1)), { maxLength: 5 }),
        fc.nat(5 * MIB),
        fc.nat(2 * MIB),
        (pieces, offset, length) => {
          using file = new ScratchFile(path);
          let end = 0;
          for (const piece of pieces) {
            assert.equal(file.append(noise.subarray(end, end + piece)), end);
            end = Math.min(noise.length, end + piece);
          }
          assert.equal(file.length, end);
          assert.ok(file.read(offset, length).equals(noise.subarray(0, end).subarray(offset, offset + length)));
          const recent = file.recent(offset, length);
          if (recent) assert.ok(recent.equals(noise.subarray(offset, offset + length)) && offset + length <= end);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is private and is deleted by the first of two disposals', (test) => {
    const path = join(temporaryDirectory(test), 'scratch');
    const file = new ScratchFile(path);
    assert.equal(statSync(path).mode & 0o777, 0o600);
    file[Symbol.dispose]();
    file[Symbol.dispose]();
    assert.equal(existsSync(path), false);
  });

  it('returns recent bytes only while they are buffered', (test) => {
    using file = new ScratchFile(join(temporaryDirectory(test), 'scratch'));
    file.append(Buffer.from('first'));
    assert.equal(file.recent(1, 3)?.toString(), 'irs');
    assert.equal(file.recent(3, 3), undefined);
    file.append(Buffer.alloc(MIB));
    assert.equal(file.recent(0, 5), undefined);
    assert.equal(file.recent(5, MIB)?.length, MIB);
  });

  it('is complete and not deleted after keep', (test) => {
    const path = join(temporaryDirectory(test), 'scratch');
    const file = new ScratchFile(path);
    file.append(Buffer.from('first '));
    file.append(Buffer.from('and last'));
    assert.equal(file.keep(), path);
    file[Symbol.dispose]();
    assert.equal(readFileSync(path, 'utf8'), 'first and last');
  });

  it('rejects an existing path', (test) => {
    const path = join(temporaryDirectory(test), 'scratch');
    writeFileSync(path, 'mine');
    assert.throws(() => new ScratchFile(path), { code: 'EXISTS_PATH' });
  });
});
