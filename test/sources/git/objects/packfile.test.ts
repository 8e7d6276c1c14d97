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
  objectEntry,
  packfileOf,
  refDelta,
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
  for (const packfile of open.splice(0)) packfile[Symbol.dispose]();
  assert.deepEqual(readdirSync(scratch), [], 'all scratch files are removed');
});

/** Builds the delta instruction that copies a number of bytes, at most 16 MiB, from the start of the base. */
function copyStart(length: number): Buffer {
  return Buffer.from([0xf0, length & 0xff, (length >> 8) & 0xff, (length >> 16) & 0xff]);
}

interface ReceiveOptions {
  /** The number of bytes that are written at a time. */
  readonly chunkSize?: number;
  /** The maximum size of the file with unpacked objects. */
  readonly spillBytes?: number;
  readonly onObjects?: (done: number, total: number) => void;
}

/** Receives a complete packfile. */
function receive(bytes: Buffer, allowed: UnpackingBudget, options: ReceiveOptions = {}): ReceivedPackfile {
  const { chunkSize = 1000, spillBytes = 10_000_000, onObjects = () => {} } = options;
  const packfile = new ReceivedPackfile({ scratch, budget: allowed, spillBytes, onObjects });
  open.push(packfile);
  for (let offset = 0; offset < bytes.length; offset += chunkSize) {
    packfile.write(bytes.subarray(offset, offset + chunkSize));
  }
  packfile.finish();
  return packfile;
}

function checkRefused(pack: Buffer, message: RegExp, changes: Partial<Limits> = {}): void {
  assert.throws(
    () => receive(pack, budget(changes)),
    (error) => error instanceof AttuneError && error.code.startsWith('INVALID_GIT') && message.test(error.message),
  );
}

/** Creates a packfile with git, of a history of small changes. */
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

describe('ReceivedPackfile', () => {
  for (const { claim, flags } of [
    { claim: 'offset deltas', flags: ['--delta-base-offset', '--window=20', '--depth=50'] },
    { claim: 'ref deltas', flags: ['--window=20', '--depth=50'] },
    { claim: 'no deltas', flags: ['--window=0'] },
  ]) {
    it(`ReceivedPackfile finds every object of a packfile with ${claim}`, (test) => {
      const { pack, objects } = gitPack(test, flags);
      const store = receive(pack, budget());
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

  it('ReceivedPackfile accepts deltas before their bases, over several steps', () => {
    const base = Buffer.from('base');
    const twice = Buffer.from('basebase');
    const id = objectId('blob', base);
    const pack = packfileOf(
      refDelta(objectId('blob', twice), repeatingDelta(8, 2)),
      refDelta(id, repeatingDelta(4, 2)),
      blobEntry(base),
    );
    const store = receive(pack, budget());
    assert.equal(store.find(objectId('blob', Buffer.from('base'.repeat(4))))?.data.toString(), 'base'.repeat(4));
  });

  it('ReceivedPackfile refuses a corrupted packfile or returns correct objects only', (test) => {
    const { pack, objects } = gitPack(test, ['--delta-base-offset']);
    fc.assert(
      fc.property(
        fc.nat(pack.length - 1),
        fc.integer({ min: 1, max: 255 }),
        fc.boolean(),
        (offset, change, hasValidTrailer) => {
          const corrupted = Buffer.from(pack);
          corrupted[offset] = (corrupted[offset] as number) ^ change;
          // The trailer detects accidents only; an attacker can recompute it.
          if (hasValidTrailer) {
            createHash('sha1')
              .update(corrupted.subarray(0, -20))
              .digest()
              .copy(corrupted, corrupted.length - 20);
          }
          try {
            const store = receive(corrupted, budget());
            for (const id of objects.keys()) {
              const object = store.find(id);
              if (object) assert.equal(objectId(object.kind, object.data), id);
            }
            assert.ok(hasValidTrailer);
          } catch (error) {
            if (!(error instanceof AttuneError)) throw error;
            assert.match(error.code, /^INVALID_GIT/);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  it('ReceivedPackfile refuses a truncated packfile', (test) => {
    const { pack } = gitPack(test, []);
    fc.assert(
      fc.property(fc.nat(pack.length - 1), (length) => checkRefused(pack.subarray(0, length), /damaged/)),
      { numRuns: 50 },
    );
  });

  it('ReceivedPackfile refuses a packfile with more or fewer objects than declared', () => {
    const more = packfileOf(blobEntry(Buffer.from('a')), Buffer.from('garbage'));
    checkRefused(more, /does not|unknown type|is truncated|not a packfile/);
    const fewer = packfileOf(Buffer.concat([blobEntry(Buffer.from('a')), blobEntry(Buffer.from('b'))]));
    checkRefused(fewer, /other data after its last object/);
  });

  it('ReceivedPackfile refuses deltas with cyclic or missing bases', () => {
    const delta = repeatingDelta(4, 1);
    checkRefused(packfileOf(refDelta('a'.repeat(40), delta)), /deltas without their bases/);
    checkRefused(packfileOf(refDelta('a'.repeat(40), delta), refDelta('b'.repeat(40), delta)), /deltas without/);
  });
});

describe('ReceivedPackfile while it is received', () => {
  it('ReceivedPackfile does not depend on the sizes of chunks and of the spill file', (test) => {
    const { pack, objects } = gitPack(test, ['--delta-base-offset', '--window=20']);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.nat(pack.length), (chunkSize, spillBytes) => {
        const store = receive(pack, budget(), { chunkSize, spillBytes });
        for (const id of objects.keys()) {
          const object = store.find(id);
          assert.equal(object && objectId(object.kind, object.data), id);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('ReceivedPackfile unpacks objects as they arrive and reports its progress', () => {
    const entries = Array.from({ length: 50 }, (_, fill) => blobEntry(randomBytes(2000 + fill)));
    const pack = packfileOf(...entries);
    const reports: string[] = [];
    const fetched = new ReceivedPackfile({
      scratch,
      budget: budget(),
      spillBytes: 0,
      onObjects: (done, total) => reports.push(`${done}/${total}`),
    });
    open.push(fetched);
    fetched.write(pack.subarray(0, pack.length / 2));
    assert.ok(reports.length > 15 && reports.length < 30, `${reports.length}`);
    fetched.write(pack.subarray(pack.length / 2));
    fetched.finish();
    assert.deepEqual(reports.at(-1), '50/50');
  });

  it('ReceivedPackfile refuses an invalid object before the end of the packfile arrives', () => {
    const pack = packfileOf(Buffer.concat([entryHead(5, 10), Buffer.alloc(5000)]), blobEntry(randomBytes(5000)));
    const fetched = new ReceivedPackfile({ scratch, budget: budget(), spillBytes: 0, onObjects() {} });
    open.push(fetched);
    assert.throws(() => fetched.write(pack.subarray(0, 4000)), { code: 'INVALID_GIT_OBJECT' });
  });

  it('ReceivedPackfile refuses a wrong trailer', () => {
    const pack = packfileOf(blobEntry(Buffer.from('a')));
    pack[pack.length - 1] = (pack.at(-1) as number) ^ 1;
    checkRefused(pack, /does not match its own checksum/);
  });

  it('ReceivedPackfile refuses other content, an empty input and other versions', () => {
    checkRefused(Buffer.from('<html>'.repeat(100)), /is not a packfile/);
    checkRefused(Buffer.alloc(0), /is not a packfile/);
    const pack = packfileOf(blobEntry(Buffer.from('a')));
    pack[7] = 3;
    checkRefused(pack, /has the unknown version 3/);
  });
});

describe('decompression bombs in packfiles', () => {
  it('ReceivedPackfile resolves a reversed chain of deltas in linear time', () => {
    const entries = [blobEntry(Buffer.alloc(5000, 'base'))];
    let content = Buffer.alloc(5000, 'base');
    for (let link = 0; link < 3000; link++) {
      const next = Buffer.from(`${link}`.padStart(5000, '0'));
      entries.push(refDelta(objectId('blob', content), replacingDelta(5000, next)));
      content = next;
    }
    const small = { unpackedBytes: 15_000_000, entries: 2000 };
    const store = receive(packfileOf(...entries.reverse()), budget(small), { spillBytes: 0 });
    assert.deepEqual(store.find(objectId('blob', content))?.data, content);
  });

  it('ReceivedPackfile stops a chain of deltas that exceeds the unpacking budget', () => {
    const size = 5_000_000;
    const entries = [blobEntry(Buffer.alloc(size))];
    let id = objectId('blob', Buffer.alloc(size));
    for (let link = 1; link < 200; link++) {
      // Copies the base except for its last byte.
      const delta = Buffer.concat([varint(size), varint(size), copyStart(size - 1), Buffer.from([1, link])]);
      entries.push(refDelta(id, delta));
      id = objectId('blob', Buffer.concat([Buffer.alloc(size - 1), Buffer.from([link])]));
    }
    assert.throws(() => receive(packfileOf(...entries), budget({ unpackedBytes: 50_000_000 }), { spillBytes: 0 }), {
      code: 'INVALID_GIT_SIZE',
    });
  });

  it('ReceivedPackfile stops an object at its declared size', () => {
    checkRefused(
      packfileOf(Buffer.concat([entryHead(3, 10), deflateSync(Buffer.alloc(50_000_000))])),
      /does not unpack to its declared 10/,
    );
  });

  it('ReceivedPackfile does not unpack an object above the size limit', () => {
    const size = 2 ** 40;
    checkRefused(
      packfileOf(Buffer.concat([entryHead(3, size), deflateSync(Buffer.alloc(100))])),
      /has 1099511627776 bytes/,
    );
  });

  it('ReceivedPackfile does not apply a delta whose result exceeds the size limit', () => {
    const base = Buffer.alloc(60_000);
    const pack = packfileOf(blobEntry(base), refDelta(objectId('blob', base), repeatingDelta(60_000, 5000)));
    checkRefused(pack, /has 300000000 bytes/);
  });

  it('ReceivedPackfile stops small objects that exceed the total limit', () => {
    const entries = Array.from({ length: 60 }, (_, fill) => blobEntry(Buffer.alloc(10_000, fill)));
    checkRefused(packfileOf(...entries), /more than 400000 bytes/, { unpackedBytes: 100_000 });
  });

  it('ReceivedPackfile refuses more objects than the entry limit allows', () => {
    const entries = Array.from({ length: 40 }, (_, fill) => blobEntry(Buffer.from([fill])));
    checkRefused(packfileOf(...entries), /more than 30 objects/, { entries: 10 });
  });
});

describe('applyDelta', () => {
  it('applyDelta applies or refuses arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ maxLength: 40 }), (base, instructions) => {
        const delta = Buffer.concat([varint(base.length), varint(20), instructions]);
        try {
          assert.equal(applyDelta(base, delta, 'x').length, 20);
        } catch (error) {
          if (!(error instanceof AttuneError)) throw error;
          assert.equal(error.code, 'INVALID_GIT_OBJECT');
        }
      }),
    );
  });

  it('applyDelta copies 65,536 bytes for an instruction without a length', () => {
    const base = randomBytes(70_000);
    const delta = Buffer.concat([varint(70_000), varint(0x10000), Buffer.from([0x81, 5])]);
    assert.deepEqual(applyDelta(base, delta, 'x'), base.subarray(5, 5 + 0x10000));
  });
});
