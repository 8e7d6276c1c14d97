import * as fs from 'node:fs';
import { attempt } from './file-error.ts';

/** Small pieces are gathered until there is this much: a system call costs more than copying some of them. */
const GATHERED_BYTES = 1024 * 1024;

/**
 * A file for what is too much for memory: written at its end, read back at any place, gone when it is disposed of.
 * Nothing is flushed; nobody needs it after a crash.
 */
export class ScratchFile implements Disposable {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #gathered = Buffer.allocUnsafeSlow(GATHERED_BYTES);
  #gatheredBytes = 0;
  #writtenBytes = 0;
  #open = true;

  /** @param path where nothing is yet @throws FileFault */
  constructor(path: string) {
    this.#path = path;
    this.#descriptor = attempt('create', path, () => fs.openSync(path, 'wx+', 0o600));
  }

  get length(): number {
    return this.#writtenBytes + this.#gatheredBytes;
  }

  /** @returns where these bytes begin @throws FileFault */
  append(bytes: Uint8Array): number {
    const start = this.length;
    if (this.#gatheredBytes + bytes.length > GATHERED_BYTES) this.#writeGathered();
    if (bytes.length > GATHERED_BYTES) {
      this.#write(bytes);
    } else {
      this.#gathered.set(bytes, this.#gatheredBytes);
      this.#gatheredBytes += bytes.length;
    }
    return start;
  }

  /** In memory of their own; fewer bytes than asked for where the file ends. @throws FileFault */
  read(offset: number, length: number): Buffer {
    const buffer = Buffer.allocUnsafeSlow(Math.max(0, Math.min(length, this.length - offset)));
    const fromFile = Math.max(0, Math.min(buffer.length, this.#writtenBytes - offset));
    attempt('read', this.#path, () => {
      for (let done = 0; done < fromFile; ) {
        const count = fs.readSync(this.#descriptor, buffer, done, fromFile - done, offset + done);
        if (count === 0) throw new Error('it is shorter than what was written to it');
        done += count;
      }
    });
    if (fromFile < buffer.length) {
      const start = offset + fromFile - this.#writtenBytes;
      this.#gathered.copy(buffer, fromFile, start, start + buffer.length - fromFile);
    }
    return buffer;
  }

  /**
   * The same without a copy, where all of it has only just been written; `undefined` where not.
   * @returns bytes that are only valid until the next `append`
   */
  recent(offset: number, length: number): Buffer | undefined {
    const start = offset - this.#writtenBytes;
    if (start < 0 || start + length > this.#gatheredBytes) return undefined;
    return this.#gathered.subarray(start, start + length);
  }

  /** Closes the file and leaves it where it is, for whoever asks for it to remove. @returns its path @throws FileFault */
  keep(): string {
    this.#writeGathered();
    this.#open = false;
    fs.closeSync(this.#descriptor);
    return this.#path;
  }

  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    fs.closeSync(this.#descriptor);
    fs.rmSync(this.#path, { force: true });
  }

  #writeGathered(): void {
    const bytes = this.#gathered.subarray(0, this.#gatheredBytes);
    this.#gatheredBytes = 0;
    this.#write(bytes);
  }

  #write(bytes: Uint8Array): void {
    attempt('write', this.#path, () => {
      for (let done = 0; done < bytes.length; ) {
        done += fs.writeSync(this.#descriptor, bytes, done, bytes.length - done, this.#writtenBytes + done);
      }
    });
    this.#writtenBytes += bytes.length;
  }
}
