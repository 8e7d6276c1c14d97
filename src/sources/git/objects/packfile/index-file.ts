import { inspectTarget } from '../../../../platform/files/inspect.ts';
import { readFile } from '../../../../platform/files/read.ts';
import { CorruptObject } from '../objects.ts';

const FANOUT_START = 8;
const IDS_START = FANOUT_START + 256 * 4;
const LARGE_OFFSET_FLAG = 0x80000000;
/** The size of an index of about eight million objects, more than any real packfile has. */
const MAX_BYTES = 256 * 1024 * 1024;

/**
 * The `.idx` file of a local packfile (gitformat-pack, "Version 2 pack-*.idx files"): sorted object ids with their offsets
 * in the packfile. Only the offsets are trusted; the objects found there are hashed.
 */
export class PackfileIndex {
  readonly #bytes: Buffer;
  readonly #path: string;
  readonly #count: number;

  constructor(path: string) {
    this.#path = path;
    const status = inspectTarget(path);
    if (status?.kind !== 'file' || status.size > MAX_BYTES) throw new CorruptObject(path, 'is not a packfile index');
    this.#bytes = readFile(path);
    const { length } = this.#bytes;
    if (length < IDS_START + 40 || this.#bytes.readUInt32BE(0) !== 0xff744f63 || this.#bytes.readUInt32BE(4) !== 2) {
      throw new CorruptObject(path, 'is not a packfile index of version 2');
    }
    this.#count = this.#countUpTo(255);
    if (length < IDS_START + this.#count * 28 + 40) throw new CorruptObject(path, 'is truncated');
  }

  offsetOf(id: string): number | undefined {
    const index = this.#firstIndex(id);
    return index < this.#count && this.#idAt(index) === id ? this.#offsetAt(index) : undefined;
  }

  /** Returns the ids with a prefix of at least two hexadecimal digits. */
  idsWithPrefix(prefix: string): string[] {
    const ids: string[] = [];
    for (let index = this.#firstIndex(prefix); index < this.#count; index++) {
      const id = this.#idAt(index);
      if (!id.startsWith(prefix)) break;
      ids.push(id);
    }
    return ids;
  }

  /** Returns the number of ids whose first byte is at most `byte`. */
  #countUpTo(byte: number): number {
    return byte < 0 ? 0 : this.#bytes.readUInt32BE(FANOUT_START + byte * 4);
  }

  #idAt(index: number): string {
    const start = IDS_START + index * 20;
    return this.#bytes.toString('hex', start, start + 20);
  }

  /** Returns the index of the first id that is not less than `digits`. */
  #firstIndex(digits: string): number {
    const byte = Number.parseInt(digits.slice(0, 2), 16);
    let low = Math.min(this.#countUpTo(byte - 1), this.#count);
    let high = Math.min(this.#countUpTo(byte), this.#count);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#idAt(middle) < digits) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #offsetAt(index: number): number {
    const offsetsStart = IDS_START + this.#count * 24;
    const offset = this.#bytes.readUInt32BE(offsetsStart + index * 4);
    if (offset < LARGE_OFFSET_FLAG) return offset;
    const start = offsetsStart + this.#count * 4 + (offset - LARGE_OFFSET_FLAG) * 8;
    if (start + 8 > this.#bytes.length) throw new CorruptObject(this.#path, 'has an offset outside of itself');
    return Number(this.#bytes.readBigUInt64BE(start));
  }
}
