import { RandomAccessFile } from '../platform/files/read.ts';

/** How much is read at a time, and the most that may be asked for. */
export const WINDOW_BYTES = 1024 * 1024;

/**
 * A file's bytes by their positions, in bounded memory: a stretch is kept, so that whoever goes through the file from
 * one end to the other reads it once.
 */
export class FileWindow implements Disposable {
  readonly #file: RandomAccessFile;
  readonly #buffer = Buffer.allocUnsafeSlow(WINDOW_BYTES);
  #start = 0;
  #end = 0;

  /** @throws FileFault */
  constructor(path: string) {
    this.#file = new RandomAccessFile(path);
  }

  get size(): number {
    return this.#file.size;
  }

  /**
   * The bytes from `start` on, valid until the next call.
   * @param length at most `WINDOW_BYTES`
   * @throws Error with the reason, for the end of a sentence, when the file has not as many
   */
  bytes(start: number, length: number): Buffer {
    if (start < this.#start || start + length > this.#end) this.#move(start);
    if (start + length > this.#end) throw new Error('it is cut off');
    return this.#buffer.subarray(start - this.#start, start - this.#start + length);
  }

  /** Where a word stands for the first time between two positions, all of it; `undefined` where it does not. */
  find(word: Buffer, start: number, end: number): number | undefined {
    for (let from = start; from + word.length <= end; from += WINDOW_BYTES - word.length + 1) {
      const at = this.bytes(from, Math.min(WINDOW_BYTES, end - from)).indexOf(word);
      if (at >= 0) return from + at;
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
