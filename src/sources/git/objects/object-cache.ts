import { ScratchFile } from '../../../platform/files/scratch-file.ts';
import type { GitObject, ObjectKind } from './objects.ts';

/** Unpacked objects by their offset in a pack. It may forget any of them at any time. */
export interface ObjectCache {
  get(offset: number): GitObject | undefined;
  add(offset: number, object: GitObject): void;
}

/** What was unpacked last, in memory: a delta leans on an object that was mostly unpacked shortly before. */
export class RecentObjects implements ObjectCache {
  readonly #limit: number;
  readonly #overflow: ObjectCache | undefined;
  readonly #objects = new Map<number, GitObject>();
  /** The keys of the map in the order in which they came, up to `#oldest` forgotten already. */
  #order: number[] = [];
  #oldest = 0;
  #bytes = 0;

  /**
   * @param limit in bytes of content
   * @param overflow where that goes for which there is no room
   */
  constructor(limit: number, overflow?: ObjectCache) {
    this.#limit = limit;
    this.#overflow = overflow;
  }

  get(offset: number): GitObject | undefined {
    return this.#objects.get(offset) ?? this.#overflow?.get(offset);
  }

  add(offset: number, object: GitObject): void {
    if (this.#objects.has(offset)) return;
    if (object.data.length > this.#limit / 4) {
      this.#overflow?.add(offset, object);
      return;
    }
    this.#objects.set(offset, object);
    this.#order.push(offset);
    this.#bytes += object.data.length;
    while (this.#bytes > this.#limit) this.#moveOldest();
  }

  #moveOldest(): void {
    const offset = this.#order[this.#oldest++] as number;
    const object = this.#objects.get(offset);
    if (object !== undefined) {
      this.#overflow?.add(offset, object);
      this.#bytes -= object.data.length;
    }
    this.#objects.delete(offset);
    if (this.#oldest < 1024) return;
    this.#order = this.#order.slice(this.#oldest);
    this.#oldest = 0;
  }
}

interface Place {
  readonly kind: ObjectKind;
  readonly at: number;
  readonly size: number;
}

/** Read ahead where objects are asked for in the order in which they lie: a system call costs more than most of them. */
const AHEAD_BYTES = 256 * 1024;

/**
 * Unpacked objects in a file, for those that are needed twice with thousands of others in between: once for their names
 * when the pack comes in, once to be written. Reading them back takes a fifth of the time of unpacking them again.
 */
export class SpilledObjects implements ObjectCache, Disposable {
  readonly #limit: number;
  readonly #file: ScratchFile;
  readonly #places = new Map<number, Place>();
  /** The piece of the file that was read last. Objects are views of it, so it is never written to. */
  #piece: Buffer = Buffer.alloc(0);
  #pieceAt = 0;

  /**
   * @param path where nothing is yet
   * @param limit how many bytes the file may have; what does not fit is not kept
   */
  constructor(path: string, limit: number) {
    this.#file = new ScratchFile(path);
    this.#limit = limit;
  }

  get(offset: number): GitObject | undefined {
    const place = this.#places.get(offset);
    return place && { kind: place.kind, data: this.#read(place) };
  }

  add(offset: number, { kind, data }: GitObject): void {
    if (this.#file.length + data.length > this.#limit || this.#places.has(offset)) return;
    this.#places.set(offset, { kind, at: this.#file.append(data), size: data.length });
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }

  #read({ at, size }: Place): Buffer {
    const end = this.#pieceAt + this.#piece.length;
    if (at < this.#pieceAt || at + size > end) {
      const follows = at >= this.#pieceAt && at - end < AHEAD_BYTES;
      this.#piece = this.#file.read(at, follows ? Math.max(size, AHEAD_BYTES) : size);
      this.#pieceAt = at;
    }
    return this.#piece.subarray(at - this.#pieceAt, at - this.#pieceAt + size);
  }
}
