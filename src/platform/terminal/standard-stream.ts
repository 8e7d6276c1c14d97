import { fstatSync, statSync, writeSync } from 'node:fs';

/**
 * Standard output or standard error. If it is a file or a pipe, text is written synchronously to the descriptor: opening
 * Node's stream loads its networking modules, a tenth of the time of a short command.
 */
export class StandardStream {
  readonly #descriptor: number;
  readonly #openStream: () => NodeJS.WriteStream;
  readonly #onError: (error: NodeJS.ErrnoException) => void;
  #stream: NodeJS.WriteStream | undefined;

  /**
   * @param openStream returns Node's stream: `() => process.stdout`
   * @param onError is called when the stream can no longer be written to
   */
  constructor(
    descriptor: 1 | 2,
    openStream: () => NodeJS.WriteStream,
    onError: (error: NodeJS.ErrnoException) => void,
  ) {
    this.#descriptor = descriptor;
    this.#openStream = openStream;
    this.#onError = onError;
  }

  get isTerminal(): boolean {
    return this.#mayBeTerminal() && this.#openStream().isTTY === true;
  }

  write(text: string): void {
    if (this.#stream || this.#mayBeTerminal()) this.#writeToStream(text);
    else this.#writeToDescriptor(Buffer.from(text));
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

  #writeToDescriptor(bytes: Uint8Array): void {
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(this.#descriptor, bytes, written);
    } catch (error) {
      // A non-blocking pipe is full: Node's stream writes the rest, and everything after it, when the pipe drains.
      if ((error as NodeJS.ErrnoException).code === 'EAGAIN') this.#writeToStream(bytes.subarray(written));
      else this.#onError(error as NodeJS.ErrnoException);
    }
  }

  #writeToStream(content: string | Uint8Array): void {
    if (!this.#stream) {
      this.#stream = this.#openStream();
      // Runs before other listeners, since a listener of a library may throw.
      this.#stream.prependListener('error', this.#onError);
    }
    this.#stream.write(content);
  }
}
