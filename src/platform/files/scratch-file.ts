import * as fs from 'node:fs';
import { attempt } from './file-error.ts';

/** Size of the write buffer. Small pieces are collected in it, because a system call costs more than copying them. */
const BUFFER_BYTES = 1024 * 1024;

/**
 * A temporary file for data that is too large for memory: appended to, read at any offset, and deleted on disposal. It is
 * never flushed, because it is useless after a crash.
 */
export class ScratchFile implements Disposable {
  readonly #path: string;
  readonly #descriptor: number;
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES);
  #bufferedBytes = 0;
  #writtenBytes = 0;
  #open = true;

  /** @param path a path that does not exist @throws FileError */
  constructor(path: string) {
    this.#path = path;
    this.#descriptor = attempt('create', path, () => fs.openSync(path, 'wx+', 0o600));
  }

  get length(): number {
    return this.#writtenBytes + this.#bufferedBytes;
  }

  /** Appends bytes. @returns the offset of the first one @throws FileError */
  append(bytes: Uint8Array): number {
    const start = this.length;
    if (this.#bufferedBytes + bytes.length > BUFFER_BYTES) this.#flushBuffer();
    if (bytes.length > BUFFER_BYTES) {
      this.#write(bytes);
    } else {
      this.#buffer.set(bytes, this.#bufferedBytes);
      this.#bufferedBytes += bytes.length;
    }
    return start;
  }

  /** Returns a copy of at most `length` bytes, fewer at the end of the file. @throws FileError */
  read(offset: number, length: number): Buffer {
    const buffer = Buffer.allocUnsafeSlow(Math.max(0, Math.min(length, this.length - offset)));
    const fromFile = Math.max(0, Math.min(buffer.length, this.#writtenBytes - offset));
    attempt('read', this.#path, () => {
      for (let done = 0; done < fromFile; ) {
        const count = fs.readSync(this.#descriptor, buffer, done, fromFile - done, offset + done);
        if (count === 0) throw new Error('the file is shorter than the data written to it');
        done += count;
      }
    });
    if (fromFile < buffer.length) {
      const start = offset + fromFile - this.#writtenBytes;
      this.#buffer.copy(buffer, fromFile, start, start + buffer.length - fromFile);
    }
    return buffer;
  }

  /**
   * Returns bytes from the write buffer without a copy; `undefined` if they are not all in the buffer.
   * @returns bytes that are valid until the next `append`
   */
  recent(offset: number, length: number): Buffer | undefined {
    const start = offset - this.#writtenBytes;
    if (start < 0 || start + length > this.#bufferedBytes) return undefined;
    return this.#buffer.subarray(start, start + length);
  }

  /** Closes the file without deleting it; the caller then owns it. @returns its path @throws FileError */
  keep(): string {
    this.#flushBuffer();
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

  #flushBuffer(): void {
    const bytes = this.#buffer.subarray(0, this.#bufferedBytes);
    this.#bufferedBytes = 0;
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
