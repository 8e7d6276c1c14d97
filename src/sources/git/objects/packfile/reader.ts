import { applyDelta, deltaSizes } from '../delta.ts';
import { inflateExactly, inflateStart } from '../inflate.ts';
import type { ObjectCache } from '../object-cache.ts';
import { CorruptObject, type GitObject, type ObjectKind, type UnpackingBudget } from '../objects.ts';
import type { PackfileBytes } from './bytes.ts';

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

interface PackReaderTools {
  /** For messages: its path, or `the fetched pack`. */
  readonly name: string;
  readonly bytes: PackfileBytes;
  readonly budget: UnpackingBudget;
  /** Of this pack alone. */
  readonly cache: ObjectCache;
  /** The offset of an object in this same pack; packs that lean on others are not asked for. */
  readonly locate: (id: string) => number | undefined;
}

/**
 * Reads objects of a version 2 pack by their offsets. Deltas are resolved in a loop and not by recursion, because the
 * length of a chain is the pack's to choose.
 */
export class PackfileReader {
  readonly #tools: PackReaderTools;
  /** The entry that was looked at last: whoever asks how far it reaches reads it next. */
  #last: { readonly offset: number; readonly entry: PackEntry } | undefined;

  constructor(tools: PackReaderTools) {
    this.#tools = tools;
  }

  /** @throws CorruptObject, ObjectTooLarge, RepositoryTooLarge */
  objectAt(offset: number): GitObject {
    const deltas: { data: Buffer; offset: number }[] = [];
    let at = offset;
    let object = this.#tools.cache.get(at);
    while (object === undefined) {
      const entry = this.#entryAt(at);
      const { data } = this.#inflate(entry, at);
      if (entry.kind !== undefined) {
        object = { kind: entry.kind, data };
        this.#tools.cache.add(at, object);
        break;
      }
      deltas.push({ data, offset: at });
      at = this.#baseOf(entry, at, deltas.length);
      object = this.#tools.cache.get(at);
    }
    for (const delta of deltas.reverse()) {
      const what = this.#describe(delta.offset);
      this.#tools.budget.spend(what, deltaSizes(delta.data, what).target);
      object = { kind: object.kind, data: applyDelta(object.data, delta.data, what) };
      this.#tools.cache.add(delta.offset, object);
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
      size ??= deltaSizes(inflateStart(this.#tools.bytes.read(entry.dataAt, 1024), what), what).target;
      at = this.#baseOf(entry, at, length);
    }
  }

  /** How many bytes from here on are enough to read the entry, whatever comes after it; more than `HEADER_BYTES`. */
  reachOf(offset: number): number {
    const { dataAt, size } = this.#entryAt(offset);
    return dataAt - offset + longestPacked(size);
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
    this.#tools.cache.add(offset, object);
    return { found: object, next };
  }

  #inflate(entry: PackEntry, offset: number): { data: Buffer; used: number } {
    const what = this.#describe(offset);
    this.#tools.budget.spend(what, entry.size);
    return inflateExactly(this.#tools.bytes.read(entry.dataAt, longestPacked(entry.size)), entry.size, what);
  }

  #baseOf(entry: PackEntry, offset: number, chain: number): number {
    const base = typeof entry.base === 'string' ? this.#tools.locate(entry.base) : entry.base;
    const what = this.#describe(offset);
    if (base === undefined) throw new CorruptObject(what, `is a delta on ${entry.base}, which the pack does not have`);
    if (chain >= LONGEST_CHAIN) throw new CorruptObject(what, `is a delta on more than ${LONGEST_CHAIN} others`);
    return base;
  }

  #entryAt(offset: number): PackEntry {
    if (this.#last?.offset !== offset) this.#last = { offset, entry: this.#readEntry(offset) };
    return this.#last.entry;
  }

  #readEntry(offset: number): PackEntry {
    const what = this.#describe(offset);
    if (offset < 12 || offset >= this.#tools.bytes.length - TRAILER_BYTES)
      throw new CorruptObject(what, 'is out of the pack');
    const head = this.#tools.bytes.read(offset, HEADER_BYTES);
    let at = 0;
    const next = () => {
      const byte = head[at++];
      if (byte === undefined) throw new CorruptObject(what, 'is cut off');
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
    if (kind === undefined) throw new CorruptObject(what, `is of type ${type}, which is not known`);
    return { kind, size, base: undefined, dataAt: offset + at };
  }

  #describe(offset: number): string {
    return `the object at ${offset} of ${this.#tools.name}`;
  }
}

/** What does not shrink is stored with five bytes for each 16 KiB at worst. */
function longestPacked(size: number): number {
  return size + Math.ceil(size / 1024) + 1024;
}
