import { inspectTarget, readFile } from '../../../../platform/files/read.ts';
import { CorruptObject } from '../objects.ts';

const FANOUT_AT = 8;
const IDS_AT = FANOUT_AT + 256 * 4;
const LARGE = 0x80000000;
/** Of some eight million objects: no pack of anything has so many. */
const LARGEST_BYTES = 256 * 1024 * 1024;

/**
 * The `.idx` beside a local pack (gitformat-pack, "Version 2 pack-*.idx files"): sorted ids, and where each is in the
 * pack. It is believed only as far as where to look: what is found there is hashed.
 */
export class PackfileIndex {
  readonly #bytes: Buffer;
  readonly #path: string;
  readonly #count: number;

  constructor(path: string) {
    this.#path = path;
    const status = inspectTarget(path);
    if (status?.kind !== 'file' || status.size > LARGEST_BYTES) throw new CorruptObject(path, 'is no pack index');
    this.#bytes = readFile(path);
    const { length } = this.#bytes;
    if (length < IDS_AT + 40 || this.#bytes.readUInt32BE(0) !== 0xff744f63 || this.#bytes.readUInt32BE(4) !== 2) {
      throw new CorruptObject(path, 'is no pack index of version 2');
    }
    this.#count = this.#below(255);
    if (length < IDS_AT + this.#count * 28 + 40) throw new CorruptObject(path, 'is cut off');
  }

  offsetOf(id: string): number | undefined {
    const place = this.#firstFrom(id);
    return place < this.#count && this.#idAt(place) === id ? this.#offsetAt(place) : undefined;
  }

  /** @param prefix two hexadecimal digits or more */
  idsWithPrefix(prefix: string): string[] {
    const found: string[] = [];
    for (let place = this.#firstFrom(prefix); place < this.#count; place++) {
      const id = this.#idAt(place);
      if (!id.startsWith(prefix)) break;
      found.push(id);
    }
    return found;
  }

  /** How many ids have a first byte of at most this. */
  #below(byte: number): number {
    return byte < 0 ? 0 : this.#bytes.readUInt32BE(FANOUT_AT + byte * 4);
  }

  #idAt(place: number): string {
    const at = IDS_AT + place * 20;
    return this.#bytes.toString('hex', at, at + 20);
  }

  #firstFrom(digits: string): number {
    const byte = Number.parseInt(digits.slice(0, 2), 16);
    let low = Math.min(this.#below(byte - 1), this.#count);
    let high = Math.min(this.#below(byte), this.#count);
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#idAt(middle) < digits) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #offsetAt(place: number): number {
    const small = IDS_AT + this.#count * 24;
    const offset = this.#bytes.readUInt32BE(small + place * 4);
    if (offset < LARGE) return offset;
    const at = small + this.#count * 4 + (offset - LARGE) * 8;
    if (at + 8 > this.#bytes.length) throw new CorruptObject(this.#path, 'points out of itself');
    return Number(this.#bytes.readBigUInt64BE(at));
  }
}
