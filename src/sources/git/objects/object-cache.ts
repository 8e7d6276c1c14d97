import { ScratchFile } from '../../../platform/files/scratch-file.ts';
import type { GitObject, ObjectKind } from './objects.ts';

/** Unpacked objects by their offset in a packfile. A cache may forget any of them at any time. */
export interface ObjectCache {
  get(offset: number): GitObject | undefined;
  add(offset: number, object: GitObject): void;
}

/** The most recently unpacked objects, in memory. The base of a delta was usually unpacked shortly before. */
export class RecentObjects implements ObjectCache {
  readonly #limit: number;
  readonly #overflow: ObjectCache | undefined;
  readonly #objects = new Map<number, GitObject>();
  /** The keys of the map in insertion order. Those before index `#oldest` are already evicted. */
  #order: number[] = [];
  #oldest = 0;
  #bytes = 0;

  /**
   * @param limit the total size of the content in bytes
   * @param overflow receives objects that are evicted or too large
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
    while (this.#bytes > this.#limit) this.#evictOldest();
  }

  #evictOldest(): void {
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

interface Location {
  readonly kind: ObjectKind;
  readonly start: number;
  readonly size: number;
}

/** The number of bytes read ahead when objects are requested in file order, since a system call costs more than most objects. */
const READ_AHEAD_BYTES = 256 * 1024;

/**
 * Unpacked objects in a file, for objects that are needed twice with thousands of others in between: once to compute their
 * ids when the packfile arrives, once to be written. Reading them takes a fifth of the time of unpacking them again.
 */
export class SpilledObjects implements ObjectCache, Disposable {
  readonly #limit: number;
  readonly #file: ScratchFile;
  readonly #locations = new Map<number, Location>();
  /** The range of the file that was read last. Objects are views of this buffer, so it is never overwritten. */
  #buffer: Buffer = Buffer.alloc(0);
  #bufferStart = 0;

  /**
   * @param path must not exist
   * @param limit the maximum size of the file in bytes; objects beyond it are not stored
   */
  constructor(path: string, limit: number) {
    this.#file = new ScratchFile(path);
    this.#limit = limit;
  }

  get(offset: number): GitObject | undefined {
    const location = this.#locations.get(offset);
    return location && { kind: location.kind, data: this.#read(location) };
  }

  add(offset: number, { kind, data }: GitObject): void {
    if (this.#file.length + data.length > this.#limit || this.#locations.has(offset)) return;
    this.#locations.set(offset, { kind, start: this.#file.append(data), size: data.length });
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }

  #read({ start, size }: Location): Buffer {
    const bufferEnd = this.#bufferStart + this.#buffer.length;
    if (start < this.#bufferStart || start + size > bufferEnd) {
      const isSequential = start >= this.#bufferStart && start - bufferEnd < READ_AHEAD_BYTES;
      this.#buffer = this.#file.read(start, isSequential ? Math.max(size, READ_AHEAD_BYTES) : size);
      this.#bufferStart = start;
    }
    return this.#buffer.subarray(start - this.#bufferStart, start - this.#bufferStart + size);
  }
}
