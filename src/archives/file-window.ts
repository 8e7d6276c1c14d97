import { RandomAccessFile } from '../platform/files/read.ts';

/** The number of bytes read at a time, and the largest request that `bytes` accepts. */
export const WINDOW_BYTES = 1024 * 1024;

/**
 * Random access to a file in bounded memory. One window of the file is buffered, so a caller that moves through the file
 * in order reads every byte from disk once.
 */
export class FileWindow implements Disposable {
  readonly #file: RandomAccessFile;
  readonly #buffer = Buffer.allocUnsafeSlow(WINDOW_BYTES);
  #start = 0;
  #end = 0;

  /** @throws FileError */
  constructor(path: string) {
    this.#file = new RandomAccessFile(path);
  }

  get size(): number {
    return this.#file.size;
  }

  /**
   * Returns the bytes from `start` on, valid until the next call.
   * @param length at most `WINDOW_BYTES`
   * @throws Error with a reason that completes `Cannot read <archive>: ` when the file ends before
   */
  bytes(start: number, length: number): Buffer {
    if (start < this.#start || start + length > this.#end) this.#move(start);
    if (start + length > this.#end) throw new Error('it is truncated');
    return this.#buffer.subarray(start - this.#start, start - this.#start + length);
  }

  /** Returns the offset of the first complete occurrence of `pattern` in a range, or `undefined`. */
  find(pattern: Buffer, start: number, end: number): number | undefined {
    for (let from = start; from + pattern.length <= end; from += WINDOW_BYTES - pattern.length + 1) {
      const index = this.bytes(from, Math.min(WINDOW_BYTES, end - from)).indexOf(pattern);
      if (index >= 0) return from + index;
    }
    return undefined;
  }

  #move(start: number): void {
    this.#start = start;
    this.#end = start + this.#file.read(this.#buffer, start);
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]();
  }
}
