import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { describe, it, type TestContext } from 'node:test';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { AttuneError } from '../../src/errors.ts';
import { DEFAULT_LIMITS, type Limits } from '../../src/limits.ts';
import { applyDelta } from '../../src/sources/git-delta.ts';
import { openFetchedPack } from '../../src/sources/git-fetched-pack.ts';
import { objectId, UnpackingBudget } from '../../src/sources/git-objects.ts';
import { createRepository, GIT_ENVIRONMENT } from '../world/git-repository.ts';

function budget(changes: Partial<Limits> = {}): UnpackingBudget {
  return new UnpackingBudget({ ...DEFAULT_LIMITS, ...changes }, false);
}

/** The size and type that an entry of a pack begins with. */
function entryHead(type: number, size: number): Buffer {
  const bytes = [(type << 4) | (size & 15)];
  for (let rest = Math.floor(size / 16); rest > 0; rest = Math.floor(rest / 128)) {
    bytes[bytes.length - 1] = (bytes.at(-1) as number) | 0x80;
    bytes.push(rest & 0x7f);
  }
  return Buffer.from(bytes);
}

function packOf(...entries: Buffer[]): Buffer {
  const head = Buffer.from('PACK\0\0\0\x02\0\0\0\0', 'latin1');
  head.writeUInt32BE(entries.length, 8);
  const body = Buffer.concat([head, ...entries]);
  return Buffer.concat([body, createHash('sha1').update(body).digest()]);
}

const blobEntry = (content: Buffer) => Buffer.concat([entryHead(3, content.length), deflateSync(content)]);

function namedDelta(base: string, delta: Buffer): Buffer {
  return Buffer.concat([entryHead(7, delta.length), Buffer.from(base, 'hex'), deflateSync(delta)]);
}

/** A size as deltas have it. */
function varint(size: number): Buffer {
  const bytes: number[] = [];
  let rest = size;
  do {
    bytes.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Buffer.from(bytes);
}

/** A delta that repeats the whole base. */
function repeating(base: number, times: number): Buffer {
  const copy = Buffer.from([0xf0 | 0x80, base & 0xff, (base >> 8) & 0xff, (base >> 16) & 0xff]);
  return Buffer.concat([varint(base), varint(base * times), ...Array<Buffer>(times).fill(copy)]);
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
        assert.deepEqual(store.measure(id)?.size, object.data.length);
      }
      assert.deepEqual(store.idsStarting('').length, objects.size);
    });
  }

  it('may have a delta before what it is based on, also over several steps', () => {
    const base = Buffer.from('base');
    const twice = Buffer.from('basebase');
    const id = objectId('blob', base);
    const pack = packOf(
      namedDelta(objectId('blob', twice), repeating(8, 2)),
      namedDelta(id, repeating(4, 2)),
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
    const more = packOf(blobEntry(Buffer.from('a')), Buffer.from('rubbish'));
    failsWith(more, /does not|is of type|is cut off|no pack/);
    const fewer = packOf(Buffer.concat([blobEntry(Buffer.from('a')), blobEntry(Buffer.from('b'))]));
    failsWith(fewer, /something after its last object/);
  });

  it('with deltas that lean on each other, or on nothing, is refused', () => {
    const delta = repeating(4, 1);
    failsWith(packOf(namedDelta('a'.repeat(40), delta)), /deltas without what they are based on/);
    failsWith(packOf(namedDelta('a'.repeat(40), delta), namedDelta('b'.repeat(40), delta)), /deltas without/);
  });
});

describe('packs made to explode', () => {
  it('an object that is larger than it says is stopped at what it says', () => {
    failsWith(
      packOf(Buffer.concat([entryHead(3, 10), deflateSync(Buffer.alloc(50_000_000))])),
      /does not unpack to the 10/,
    );
  });

  it('an object above the limit is not unpacked', () => {
    const size = 2 ** 40;
    failsWith(packOf(Buffer.concat([entryHead(3, size), deflateSync(Buffer.alloc(100))])), /has 1099511627776 bytes/);
  });

  it('a delta that makes too large an object is not applied', () => {
    const base = Buffer.alloc(60_000);
    const pack = packOf(blobEntry(base), namedDelta(objectId('blob', base), repeating(60_000, 5000)));
    failsWith(pack, /has 300000000 bytes/);
  });

  it('many that are small each are stopped by what they are together', () => {
    const entries = Array.from({ length: 60 }, (_, fill) => blobEntry(Buffer.alloc(10_000, fill)));
    failsWith(packOf(...entries), /more than 400000 bytes/, { unpackedBytes: 100_000 });
  });

  it('more objects than a tree may have files are not looked at', () => {
    const entries = Array.from({ length: 40 }, (_, fill) => blobEntry(Buffer.from([fill])));
    failsWith(packOf(...entries), /more than 30 objects/, { entries: 10 });
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
