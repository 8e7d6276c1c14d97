/** The bytes of a pack, wherever they are. */
export interface PackfileBytes {
  readonly length: number;
  /** Fewer bytes than asked for where the pack ends. Valid until the next call. */
  read(offset: number, length: number): Buffer;
  /** The same, if it can be had from memory at once. Valid until the pack grows. */
  recent?(offset: number, length: number): Buffer | undefined;
}

const WINDOW_BYTES = 256 * 1024;

/**
 * A pack in a file, of which one piece is in memory: neighbours in a pack are mostly read one after the other. The file
 * may grow.
 */
export class Window implements PackfileBytes {
  readonly #file: PackfileBytes;
  #start = 0;
  #piece: Buffer = Buffer.alloc(0);

  constructor(file: PackfileBytes) {
    this.#file = file;
  }

  get length(): number {
    return this.#file.length;
  }

  read(offset: number, length: number): Buffer {
    const wanted = Math.max(0, Math.min(length, this.length - offset));
    const recent = this.#file.recent?.(offset, wanted);
    if (recent !== undefined) return recent;
    if (wanted > WINDOW_BYTES) return this.#file.read(offset, wanted);
    if (offset < this.#start || offset + wanted > this.#start + this.#piece.length) {
      this.#start = offset;
      this.#piece = this.#file.read(offset, WINDOW_BYTES);
    }
    return this.#piece.subarray(offset - this.#start, offset - this.#start + wanted);
  }
}
