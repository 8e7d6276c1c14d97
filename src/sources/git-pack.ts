import { applyDelta, deltaSizes } from './git-delta.ts';
import { inflateExactly, inflateStart } from './git-inflate.ts';
import { BrokenObject, type GitObject, type ObjectKind, type UnpackingBudget } from './git-objects.ts';

/** The bytes of a pack, in memory or in a file. */
export interface PackBytes {
  readonly length: number;
  /** Fewer bytes than asked for where the pack ends. */
  read(offset: number, length: number): Buffer;
}

/** An entry as it stands in the pack: an object, or a delta on an entry at another offset or with a name. */
interface PackEntry {
  readonly kind: ObjectKind | undefined;
  /** Of what is packed: the object's or the delta's own. */
  readonly size: number;
  readonly base: number | string | undefined;
  readonly dataAt: number;
}

const KINDS: Readonly<Record<number, ObjectKind>> = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' };
const OFFSET_DELTA = 6;
const NAME_DELTA = 7;
/** Git itself writes at most 4,095. */
const LONGEST_CHAIN = 4096;
const HEADER_BYTES = 48;
const TRAILER_BYTES = 20;
const CACHE_BYTES = 64 * 1024 * 1024;

/**
 * Reads objects of a version 2 pack by their offsets. Deltas are resolved in a loop and not by recursion, because the
 * length of a chain is the pack's to choose.
 */
export class PackReader {
  readonly #bytes: PackBytes;
  readonly #budget: UnpackingBudget;
  readonly #locate: (id: string) => number | undefined;
  readonly #name: string;
  readonly #recent = new RecentObjects(CACHE_BYTES);

  /** @param locate the offset of an object in this same pack; packs that lean on others are not asked for */
  constructor(name: string, bytes: PackBytes, budget: UnpackingBudget, locate: (id: string) => number | undefined) {
    this.#name = name;
    this.#bytes = bytes;
    this.#budget = budget;
    this.#locate = locate;
  }

  /** @throws BrokenObject, ObjectTooLarge, TooMuchWork */
  objectAt(offset: number): GitObject {
    const deltas: { data: Buffer; offset: number }[] = [];
    let at = offset;
    let object = this.#recent.get(at);
    while (object === undefined) {
      const entry = this.#entryAt(at);
      const { data } = this.#inflate(entry, at);
      if (entry.kind !== undefined) {
        object = { kind: entry.kind, data };
        this.#recent.add(at, object);
        break;
      }
      deltas.push({ data, offset: at });
      at = this.#baseOf(entry, at, deltas.length);
      object = this.#recent.get(at);
    }
    for (const delta of deltas.reverse()) {
      const what = this.#describe(delta.offset);
      this.#budget.spend(what, deltaSizes(delta.data, what).target);
      object = { kind: object.kind, data: applyDelta(object.data, delta.data, what) };
      this.#recent.add(delta.offset, object);
    }
    return object;
  }

  /** Kind and size of the object at an offset, from headers alone. */
  measureAt(offset: number): { kind: ObjectKind; size: number } {
    let size: number | undefined;
    let at = offset;
    for (let length = 1; ; length++) {
      const entry = this.#entryAt(at);
      if (entry.kind !== undefined) return { kind: entry.kind, size: size ?? entry.size };
      const what = this.#describe(at);
      size ??= deltaSizes(inflateStart(this.#bytes.read(entry.dataAt, 1024), what), what).target;
      at = this.#baseOf(entry, at, length);
    }
  }

  /**
   * One entry by itself, for a pack that has no index: the object, or else the offset or the id of what it is a delta
   * on; and where the next entry begins.
   */
  scanAt(offset: number): { found: GitObject | number | string; next: number } {
    const entry = this.#entryAt(offset);
    const { data, used } = this.#inflate(entry, offset);
    const next = entry.dataAt + used;
    if (entry.kind === undefined) return { found: entry.base ?? '', next };
    const object = { kind: entry.kind, data };
    this.#recent.add(offset, object);
    return { found: object, next };
  }

  #inflate(entry: PackEntry, offset: number): { data: Buffer; used: number } {
    const what = this.#describe(offset);
    this.#budget.spend(what, entry.size);
    // What does not shrink is stored with five bytes for each 16 KiB at worst.
    const longest = entry.size + Math.ceil(entry.size / 1024) + 1024;
    return inflateExactly(this.#bytes.read(entry.dataAt, longest), entry.size, what);
  }

  #baseOf(entry: PackEntry, offset: number, chain: number): number {
    const base = typeof entry.base === 'string' ? this.#locate(entry.base) : entry.base;
    const what = this.#describe(offset);
    if (base === undefined) throw new BrokenObject(what, `is a delta on ${entry.base}, which the pack does not have`);
    if (chain >= LONGEST_CHAIN) throw new BrokenObject(what, `is a delta on more than ${LONGEST_CHAIN} others`);
    return base;
  }

  #entryAt(offset: number): PackEntry {
    const what = this.#describe(offset);
    if (offset < 12 || offset >= this.#bytes.length - TRAILER_BYTES) throw new BrokenObject(what, 'is out of the pack');
    const head = this.#bytes.read(offset, HEADER_BYTES);
    let at = 0;
    const next = () => {
      const byte = head[at++];
      if (byte === undefined) throw new BrokenObject(what, 'is cut off');
      return byte;
    };
    let byte = next();
    const type = (byte >> 4) & 7;
    let size = byte & 15;
    for (let weight = 16; byte >= 0x80 && at < 9; weight *= 128) {
      byte = next();
      size += (byte & 0x7f) * weight;
    }
    if (type === OFFSET_DELTA) {
      byte = next();
      let back = byte & 0x7f;
      while (byte >= 0x80 && at < 20) {
        byte = next();
        back = (back + 1) * 128 + (byte & 0x7f);
      }
      return { kind: undefined, size, base: offset - back, dataAt: offset + at };
    }
    if (type === NAME_DELTA) {
      return { kind: undefined, size, base: head.toString('hex', at, at + 20), dataAt: offset + at + 20 };
    }
    const kind = KINDS[type];
    if (kind === undefined) throw new BrokenObject(what, `is of type ${type}, which is not known`);
    return { kind, size, base: undefined, dataAt: offset + at };
  }

  #describe(offset: number): string {
    return `the object at ${offset} of ${this.#name}`;
  }
}

/** What was read last: deltas lean on objects that were read shortly before. */
class RecentObjects {
  readonly #limit: number;
  readonly #objects = new Map<number, GitObject>();
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(offset: number): GitObject | undefined {
    const object = this.#objects.get(offset);
    if (object !== undefined) {
      this.#objects.delete(offset);
      this.#objects.set(offset, object);
    }
    return object;
  }

  add(offset: number, object: GitObject): void {
    if (object.data.length > this.#limit / 4 || this.#objects.has(offset)) return;
    this.#objects.set(offset, object);
    this.#bytes += object.data.length;
    for (const [oldest, { data }] of this.#objects) {
      if (this.#bytes <= this.#limit) break;
      this.#objects.delete(oldest);
      this.#bytes -= data.length;
    }
  }
}
