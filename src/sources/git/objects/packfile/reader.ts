import { applyDelta, deltaSizes } from '../delta.ts';
import { type Inflated, inflateExactly, inflateStart } from '../inflate.ts';
import type { ObjectCache } from '../object-cache.ts';
import { CorruptObject, type GitObject, type ObjectInfo, type ObjectKind, type UnpackingBudget } from '../objects.ts';
import type { PackfileBytes } from './bytes.ts';

/** An entry of a packfile: an object, or a delta whose base is another entry, given by offset or id. */
interface PackfileEntry {
  readonly kind: ObjectKind | undefined;
  /** The unpacked size of the object or of the delta itself. */
  readonly size: number;
  readonly base: number | string | undefined;
  readonly dataStart: number;
}

const KINDS: Readonly<Record<number, ObjectKind>> = { 1: 'commit', 2: 'tree', 3: 'blob', 4: 'tag' };
const OFFSET_DELTA = 6;
const REF_DELTA = 7;
/** Git writes chains of at most 4,095 deltas. */
const MAX_CHAIN_LENGTH = 4096;
const ENTRY_HEADER_BYTES = 48;
const PACKFILE_HEADER_BYTES = 12;
const TRAILER_BYTES = 20;

interface PackfileReaderTools {
  /** The packfile's name in messages: its path, or `the fetched packfile`. */
  readonly name: string;
  readonly bytes: PackfileBytes;
  readonly budget: UnpackingBudget;
  /** A cache for this packfile alone. */
  readonly cache: ObjectCache;
  /** Returns the offset of an object in this packfile. Bases in other packfiles are not supported. */
  readonly locate: (id: string) => number | undefined;
}

/**
 * Reads objects of a version 2 packfile by their offsets. Deltas are resolved in a loop instead of by recursion, because
 * an untrusted packfile determines the length of a chain.
 */
export class PackfileReader {
  readonly #tools: PackfileReaderTools;
  /** The entry that was parsed last: callers of `maxEntryLength` read the same entry next. */
  #last: { readonly offset: number; readonly entry: PackfileEntry } | undefined;

  constructor(tools: PackfileReaderTools) {
    this.#tools = tools;
  }

  /** Returns the object at an offset. @throws CorruptObject, ObjectTooLarge, RepositoryTooLarge */
  objectAt(offset: number): GitObject {
    const deltas: { data: Buffer; offset: number }[] = [];
    let current = offset;
    let object = this.#tools.cache.get(current);
    while (object === undefined) {
      const entry = this.#entryAt(current);
      const { data } = this.#inflate(entry, current);
      if (entry.kind !== undefined) {
        object = { kind: entry.kind, data };
        this.#tools.cache.add(current, object);
        break;
      }
      deltas.push({ data, offset: current });
      current = this.#baseOf(entry, current, deltas.length);
      object = this.#tools.cache.get(current);
    }
    for (const delta of deltas.reverse()) {
      const what = this.#describe(delta.offset);
      this.#tools.budget.spend(what, deltaSizes(delta.data, what).target);
      object = { kind: object.kind, data: applyDelta(object.data, delta.data, what) };
      this.#tools.cache.add(delta.offset, object);
    }
    return object;
  }

  /** Returns kind and size of the object at an offset, from headers alone. */
  statAt(offset: number): ObjectInfo {
    let size: number | undefined;
    let current = offset;
    for (let length = 1; ; length++) {
      const entry = this.#entryAt(current);
      if (entry.kind !== undefined) return { kind: entry.kind, size: size ?? entry.size };
      const what = this.#describe(current);
      size ??= deltaSizes(inflateStart(this.#tools.bytes.read(entry.dataStart, 1024), what), what).target;
      current = this.#baseOf(entry, current, length);
    }
  }

  /** Returns a number of bytes that certainly contains the entry at an offset; more than `ENTRY_HEADER_BYTES`. */
  maxEntryLength(offset: number): number {
    const { dataStart, size } = this.#entryAt(offset);
    return dataStart - offset + maxPackedLength(size);
  }

  /**
   * Reads one entry without resolving it, for a packfile without index: the object, or the offset or id of a delta's base;
   * and the offset of the next entry.
   */
  scanAt(offset: number): { found: GitObject | number | string; next: number } {
    const entry = this.#entryAt(offset);
    const { data, used } = this.#inflate(entry, offset);
    const next = entry.dataStart + used;
    if (entry.kind === undefined) return { found: entry.base ?? '', next };
    const object = { kind: entry.kind, data };
    this.#tools.cache.add(offset, object);
    return { found: object, next };
  }

  #inflate(entry: PackfileEntry, offset: number): Inflated {
    const what = this.#describe(offset);
    this.#tools.budget.spend(what, entry.size);
    return inflateExactly(this.#tools.bytes.read(entry.dataStart, maxPackedLength(entry.size)), entry.size, what);
  }

  #baseOf(entry: PackfileEntry, offset: number, chainLength: number): number {
    const base = typeof entry.base === 'string' ? this.#tools.locate(entry.base) : entry.base;
    const what = this.#describe(offset);
    if (base === undefined) throw new CorruptObject(what, `is a delta on ${entry.base}, which the packfile lacks`);
    if (chainLength >= MAX_CHAIN_LENGTH) {
      throw new CorruptObject(what, `is a delta on more than ${MAX_CHAIN_LENGTH} others`);
    }
    return base;
  }

  #entryAt(offset: number): PackfileEntry {
    if (this.#last?.offset !== offset) this.#last = { offset, entry: this.#parseEntry(offset) };
    return this.#last.entry;
  }

  /** Parses an entry's header: type and size, and the base of a delta (gitformat-pack, "pack-*.pack files"). */
  #parseEntry(offset: number): PackfileEntry {
    const what = this.#describe(offset);
    if (offset < PACKFILE_HEADER_BYTES || offset >= this.#tools.bytes.length - TRAILER_BYTES) {
      throw new CorruptObject(what, 'is outside of the packfile');
    }
    const header = new ByteCursor(this.#tools.bytes.read(offset, ENTRY_HEADER_BYTES), what);
    let byte = header.next();
    const type = (byte >> 4) & 7;
    let size = byte & 15;
    for (let weight = 16; byte >= 0x80 && header.position < 9; weight *= 128) {
      byte = header.next();
      size += (byte & 0x7f) * weight;
    }
    if (type === OFFSET_DELTA) {
      const base = offset - parseBaseDistance(header);
      return { kind: undefined, size, base, dataStart: offset + header.position };
    }
    if (type === REF_DELTA) return { kind: undefined, size, base: header.hex(20), dataStart: offset + header.position };
    const kind = KINDS[type];
    if (kind === undefined) throw new CorruptObject(what, `has the unknown type ${type}`);
    return { kind, size, base: undefined, dataStart: offset + header.position };
  }

  #describe(offset: number): string {
    return `the object at ${offset} of ${this.#tools.name}`;
  }
}

/** Reads the bytes of an entry's header one after the other. */
class ByteCursor {
  readonly #bytes: Buffer;
  readonly #what: string;
  position = 0;

  constructor(bytes: Buffer, what: string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  next(): number {
    const byte = this.#bytes[this.position++];
    if (byte === undefined) throw new CorruptObject(this.#what, 'is truncated');
    return byte;
  }

  hex(length: number): string {
    const text = this.#bytes.toString('hex', this.position, this.position + length);
    this.position += length;
    return text;
  }
}

/** Parses the distance from an offset delta back to its base. */
function parseBaseDistance(header: ByteCursor): number {
  let byte = header.next();
  let distance = byte & 0x7f;
  while (byte >= 0x80 && header.position < 20) {
    byte = header.next();
    distance = (distance + 1) * 128 + (byte & 0x7f);
  }
  return distance;
}

/** Returns the largest packed length of `size` bytes. Incompressible data is stored with five bytes for each 16 KiB at worst. */
function maxPackedLength(size: number): number {
  return size + Math.ceil(size / 1024) + 1024;
}
