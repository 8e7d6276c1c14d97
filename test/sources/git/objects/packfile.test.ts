import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { after, afterEach, describe, it, type TestContext } from 'node:test';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { AttuneError } from '../../../../src/errors.ts';
import { DEFAULT_LIMITS, type Limits } from '../../../../src/limits.ts';
import { applyDelta } from '../../../../src/sources/git/objects/delta.ts';
import { objectId, UnpackingBudget } from '../../../../src/sources/git/objects/objects.ts';
import { ReceivedPackfile } from '../../../../src/sources/git/objects/packfile/received-packfile.ts';
import {
  entryHead,
  refDelta,
  objectEntry,
  packfileOf,
  repeatingDelta,
  replacingDelta,
  varint,
} from '../../../support/git/packfiles.ts';
import { createRepository, GIT_ENVIRONMENT } from '../../../support/git/repository.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

function budget(changes: Partial<Limits> = {}): UnpackingBudget {
  return new UnpackingBudget({ ...DEFAULT_LIMITS, ...changes }, false);
}

const blobEntry = (content: Buffer) => objectEntry('blob', content);

const scratch = temporaryDirectory({ after });
const open: ReceivedPackfile[] = [];
afterEach(() => {
  for (const pack of open.splice(0)) pack[Symbol.dispose]();
  assert.deepEqual(readdirSync(scratch), [], 'nothing is left behind');
});

/** The order of a delta to copy that many bytes, at most 16 MiB, from the start of its base. */
function copyStart(length: number): Buffer {
  return Buffer.from([0xf0, length & 0xff, (length >> 8) & 0xff, (length >> 16) & 0xff]);
}

interface Fetching {
  /** How many bytes come at a time. */
  readonly pieces?: number;
  /** How much of what is unpacked may be kept. */
  readonly spillBytes?: number;
  readonly onObjects?: (done: number, total: number) => void;
}

/** A pack as it is once all of it has come. */
function openFetchedPack(pack: Buffer, allowed: UnpackingBudget, fetching: Fetching = {}): ReceivedPackfile {
  const { pieces = 1000, spillBytes = 10_000_000, onObjects = () => {} } = fetching;
  const fetched = new ReceivedPackfile({ scratch, budget: allowed, spillBytes, onObjects });
  open.push(fetched);
  for (let at = 0; at < pack.length; at += pieces) fetched.write(pack.subarray(at, at + pieces));
  fetched.finish();
  return fetched;
}

function failsWith(pack: Buffer, message: RegExp, changes: Partial<Limits> = {}): void {
  assert.throws(
    () => openFetchedPack(pack, budget(changes)),
    (error) => error instanceof AttuneError && error.code.startsWith('INVALID_GIT') && message.test(error.message),
  );
}

/** A pack by git itself, of a history whose files change a little each time. */
function gitPack(test: TestContext, flags: string[]): { pack: Buffer; objects: Map<string, string> } {
  const repository = createRepository(test);
  const noise = randomBytes(8000).toString('base64');
  for (let version = 0; version < 12; version++) {
    repository.commit({ 'notes.txt': `${noise.slice(0, version * 500)}${version}${noise}`, [`f${version}`]: 'same' });
  }
  repository.annotatedTag('v1');
  const list = repository.git('rev-list', '--all', '--objects', '--no-object-names');
  const pack = execFileSync('git', ['pack-objects', '--stdout', '-q', ...flags], {
    cwd: repository.path,
    env: GIT_ENVIRONMENT,
    input: `${list}\n${repository.git('rev-parse', 'v1')}\n`,
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const kinds = repository.git(
    'cat-file',
    '--batch-all-objects',
    '--batch-check=%(objectname) %(objecttype) %(objectsize)',
  );
  const lines = kinds.split('\n').map((line) => [line.slice(0, 40), line.slice(41)] as const);
  return { pack, objects: new Map(lines) };
}

describe('a fetched pack', () => {
  for (const { claim, flags } of [
    { claim: 'deltas by offset', flags: ['--delta-base-offset', '--window=20', '--depth=50'] },
    { claim: 'deltas by name', flags: ['--window=20', '--depth=50'] },
    { claim: 'no deltas', flags: ['--window=0'] },
  ]) {
    it(`with ${claim} has every object of git's under its own name`, (test) => {
      const { pack, objects } = gitPack(test, flags);
      const store = openFetchedPack(pack, budget());
      for (const [id, description] of objects) {
        const object = store.find(id);
        assert.ok(object, id);
        assert.equal(objectId(object.kind, object.data), id);
        assert.equal(`${object.kind} ${object.data.length}`, description);
        assert.deepEqual(store.stat(id)?.size, object.data.length);
      }
      assert.deepEqual(store.idsWithPrefix('').length, objects.size);
    });
  }

  it('may have a delta before what it is based on, also over several steps', () => {
    const base = Buffer.from('base');
    const twice = Buffer.from('basebase');
    const id = objectId('blob', base);
    const pack = packfileOf(
      refDelta(objectId('blob', twice), repeatingDelta(8, 2)),
      refDelta(id, repeatingDelta(4, 2)),
      blobEntry(base),
    );
    const store = openFetchedPack(pack, budget());
    assert.equal(store.find(objectId('blob', Buffer.from('base'.repeat(4))))?.data.toString(), 'base'.repeat(4));
  });

  it('with any one byte changed is refused, or says nothing that is not so', (test) => {
    const { pack, objects } = gitPack(test, ['--delta-base-offset']);
    fc.assert(
      fc.property(fc.nat(pack.length - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, change, mended) => {
        const broken = Buffer.from(pack);
        broken[at] = (broken[at] as number) ^ change;
        // The trailer guards against accidents; whoever means harm can make it fit.
        if (mended)
          createHash('sha1')
            .update(broken.subarray(0, -20))
            .digest()
            .copy(broken, broken.length - 20);
        try {
          const store = openFetchedPack(broken, budget());
          for (const id of objects.keys()) {
            const object = store.find(id);
            if (object) assert.equal(objectId(object.kind, object.data), id);
          }
          assert.ok(mended);
        } catch (error) {
          if (!(error instanceof AttuneError)) throw error;
          assert.match(error.code, /^INVALID_GIT/);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('that is cut off anywhere is refused', (test) => {
    const { pack } = gitPack(test, []);
    fc.assert(
      fc.property(fc.nat(pack.length - 1), (length) => failsWith(pack.subarray(0, length), /damaged/)),
      { numRuns: 50 },
    );
  });

  it('with more or fewer objects than it claims is refused', () => {
    const more = packfileOf(blobEntry(Buffer.from('a')), Buffer.from('rubbish'));
    failsWith(more, /does not|is of type|is cut off|no pack/);
    const fewer = packfileOf(Buffer.concat([blobEntry(Buffer.from('a')), blobEntry(Buffer.from('b'))]));
    failsWith(fewer, /something after its last object/);
  });

  it('with deltas that lean on each other, or on nothing, is refused', () => {
    const delta = repeatingDelta(4, 1);
    failsWith(packfileOf(refDelta('a'.repeat(40), delta)), /deltas without what they are based on/);
    failsWith(packfileOf(refDelta('a'.repeat(40), delta), refDelta('b'.repeat(40), delta)), /deltas without/);
  });
});

describe('a pack on its way in', () => {
  it('is the same in whatever pieces it comes, and however little of it can be kept', (test) => {
    const { pack, objects } = gitPack(test, ['--delta-base-offset', '--window=20']);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.nat(pack.length), (pieces, spillBytes) => {
        const store = openFetchedPack(pack, budget(), { pieces, spillBytes });
        for (const id of objects.keys()) {
          const object = store.find(id);
          assert.equal(object && objectId(object.kind, object.data), id);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('is unpacked while it comes, and says how far it is', () => {
    const entries = Array.from({ length: 50 }, (_, fill) => blobEntry(randomBytes(2000 + fill)));
    const pack = packfileOf(...entries);
    const heard: string[] = [];
    const fetched = new ReceivedPackfile({
      scratch,
      budget: budget(),
      spillBytes: 0,
      onObjects: (done, total) => heard.push(`${done}/${total}`),
    });
    open.push(fetched);
    fetched.write(pack.subarray(0, pack.length / 2));
    assert.ok(heard.length > 15 && heard.length < 30, `${heard.length}`);
    fetched.write(pack.subarray(pack.length / 2));
    fetched.finish();
    assert.deepEqual(heard.at(-1), '50/50');
  });

  it('is refused at its first wrong object, not at its end', () => {
    const pack = packfileOf(Buffer.concat([entryHead(5, 10), Buffer.alloc(5000)]), blobEntry(randomBytes(5000)));
    const fetched = new ReceivedPackfile({ scratch, budget: budget(), spillBytes: 0, onObjects() {} });
    open.push(fetched);
    assert.throws(() => fetched.write(pack.subarray(0, 4000)), { code: 'INVALID_GIT_OBJECT' });
  });

  it('with a trailer that is not its own is refused', () => {
    const pack = packfileOf(blobEntry(Buffer.from('a')));
    pack[pack.length - 1] = (pack.at(-1) as number) ^ 1;
    failsWith(pack, /does not match its own checksum/);
  });

  it('that is no pack, of another version, or nothing at all is refused', () => {
    failsWith(Buffer.from('<html>'.repeat(100)), /is no pack/);
    failsWith(Buffer.alloc(0), /is no pack/);
    const pack = packfileOf(blobEntry(Buffer.from('a')));
    pack[7] = 3;
    failsWith(pack, /has version 3, which is not known/);
  });
});

describe('packs made to explode', () => {
  it('a chain of deltas, each before what it is based on, costs no more than it is long', () => {
    const entries = [blobEntry(Buffer.alloc(5000, 'base'))];
    let content = Buffer.alloc(5000, 'base');
    for (let link = 0; link < 3000; link++) {
      const next = Buffer.from(`${link}`.padStart(5000, '0'));
      entries.push(refDelta(objectId('blob', content), replacingDelta(5000, next)));
      content = next;
    }
    const small = { unpackedBytes: 15_000_000, entries: 2000 };
    const store = openFetchedPack(packfileOf(...entries.reverse()), budget(small), { spillBytes: 0 });
    assert.deepEqual(store.find(objectId('blob', content))?.data, content);
  });

  it('a chain of deltas that is unpacked again and again for lack of room is stopped', () => {
    const size = 5_000_000;
    const entries = [blobEntry(Buffer.alloc(size))];
    let id = objectId('blob', Buffer.alloc(size));
    for (let link = 1; link < 200; link++) {
      // All of the base but its last byte, which is another.
      const delta = Buffer.concat([varint(size), varint(size), copyStart(size - 1), Buffer.from([1, link])]);
      entries.push(refDelta(id, delta));
      id = objectId('blob', Buffer.concat([Buffer.alloc(size - 1), Buffer.from([link])]));
    }
    assert.throws(() => openFetchedPack(packfileOf(...entries), budget({ unpackedBytes: 50_000_000 }), { spillBytes: 0 }), {
      code: 'INVALID_GIT_SIZE',
    });
  });

  it('an object that is larger than it says is stopped at what it says', () => {
    failsWith(
      packfileOf(Buffer.concat([entryHead(3, 10), deflateSync(Buffer.alloc(50_000_000))])),
      /does not unpack to the 10/,
    );
  });

  it('an object above the limit is not unpacked', () => {
    const size = 2 ** 40;
    failsWith(packfileOf(Buffer.concat([entryHead(3, size), deflateSync(Buffer.alloc(100))])), /has 1099511627776 bytes/);
  });

  it('a delta that makes too large an object is not applied', () => {
    const base = Buffer.alloc(60_000);
    const pack = packfileOf(blobEntry(base), refDelta(objectId('blob', base), repeatingDelta(60_000, 5000)));
    failsWith(pack, /has 300000000 bytes/);
  });

  it('many that are small each are stopped by what they are together', () => {
    const entries = Array.from({ length: 60 }, (_, fill) => blobEntry(Buffer.alloc(10_000, fill)));
    failsWith(packfileOf(...entries), /more than 400000 bytes/, { unpackedBytes: 100_000 });
  });

  it('more objects than a tree may have files are not looked at', () => {
    const entries = Array.from({ length: 40 }, (_, fill) => blobEntry(Buffer.from([fill])));
    failsWith(packfileOf(...entries), /more than 30 objects/, { entries: 10 });
  });
});

describe('a delta', () => {
  it('is applied, or refused, whatever its bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), (base, orders) => {
        const delta = Buffer.concat([varint(base.length), varint(20), orders]);
        try {
          assert.equal(applyDelta(base, delta, 'x').length, 20);
        } catch (error) {
          if (!(error instanceof AttuneError)) throw error;
          assert.equal(error.code, 'INVALID_GIT_OBJECT');
        }
      }),
    );
  });

  it('copies 65,536 bytes where the length is left out', () => {
    const base = randomBytes(70_000);
    const delta = Buffer.concat([varint(70_000), varint(0x10000), Buffer.from([0x81, 5])]);
    assert.deepEqual(applyDelta(base, delta, 'x'), base.subarray(5, 5 + 0x10000));
  });
});
