import { fstatSync, statSync, writeSync } from 'node:fs';

/**
 * Standard output or standard error. Where a file or a pipe reads, it is written to directly and at once: Node's stream
 * loads all of its networking first, a tenth of the time of a short command.
 */
export class StandardStream {
  readonly #descriptor: number;
  readonly #stream: () => NodeJS.WriteStream;
  readonly #fail: (error: NodeJS.ErrnoException) => void;
  #opened: NodeJS.WriteStream | undefined;

  /**
   * @param stream Node's own, as in `() => process.stdout`
   * @param fail is told when nothing more can be written
   */
  constructor(descriptor: 1 | 2, stream: () => NodeJS.WriteStream, fail: (error: NodeJS.ErrnoException) => void) {
    this.#descriptor = descriptor;
    this.#stream = stream;
    this.#fail = fail;
  }

  get isTerminal(): boolean {
    return this.#mayBeTerminal() && this.#stream().isTTY === true;
  }

  write(text: string): void {
    if (this.#opened || this.#mayBeTerminal()) this.#writeThrough(text);
    else this.#writeDirectly(Buffer.from(text));
  }

  #mayBeTerminal(): boolean {
    try {
      if (process.platform === 'win32') return true;
      const stats = fstatSync(this.#descriptor);
      return stats.isCharacterDevice() && stats.rdev !== statSync('/dev/null').rdev;
    } catch {
      return true;
    }
  }

  #writeDirectly(bytes: Uint8Array): void {
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(this.#descriptor, bytes, written);
    } catch (error) {
      // A full pipe that does not wait: Node's stream passes the rest on when it can, and what comes after it.
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') this.#writeThrough(bytes.subarray(written));
      else this.#fail(error as NodeJS.ErrnoException);
    }
  }

  #writeThrough(content: string | Uint8Array): void {
    if (!this.#opened) {
      this.#opened = this.#stream();
      // First of all: a library may have a listener that throws.
      this.#opened.prependListener('error', this.#fail);
    }
    this.#opened.write(content);
  }
}
