/** Random access to the bytes of a packfile. */
export interface PackfileBytes {
  readonly length: number;
  /** Returns the bytes of a range, fewer where the packfile ends. Valid until the next call. */
  read(offset: number, length: number): Buffer;
  /** Returns the bytes of a range if they are in memory. Valid until the packfile grows. */
  recent?(offset: number, length: number): Buffer | undefined;
}

const BUFFER_BYTES = 256 * 1024;

/** Buffers one range of a packfile, since adjacent objects are usually read one after the other. The file may grow. */
export class BufferedBytes implements PackfileBytes {
  readonly #file: PackfileBytes;
  #start = 0;
  #buffer: Buffer = Buffer.alloc(0);

  constructor(file: PackfileBytes) {
    this.#file = file;
  }

  get length(): number {
    return this.#file.length;
  }

  read(offset: number, length: number): Buffer {
    const available = Math.max(0, Math.min(length, this.length - offset));
    const recent = this.#file.recent?.(offset, available);
    if (recent !== undefined) return recent;
    if (available > BUFFER_BYTES) return this.#file.read(offset, available);
    if (offset < this.#start || offset + available > this.#start + this.#buffer.length) {
      this.#start = offset;
      this.#buffer = this.#file.read(offset, BUFFER_BYTES);
    }
    return this.#buffer.subarray(offset - this.#start, offset - this.#start + available);
  }
}
