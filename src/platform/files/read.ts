/** Reads the content of files. */
import * as fs from 'node:fs';
import { attempt, FileChanged } from './file-error.ts';

const CHUNK = Buffer.allocUnsafeSlow(1024 * 1024);
let chunkInUse = false;

/**
 * Yields the content of a regular file in chunks. Each chunk is valid only until the next one is requested. Links are not
 * followed.
 * @throws FileError, and FileChanged if the file changes while it is read
 */
export function* readChunks(path: string): Generator<Uint8Array> {
  const noFollow = fs.constants.O_NOFOLLOW ?? 0;
  const descriptor = attempt('open', path, () => fs.openSync(path, fs.constants.O_RDONLY | noFollow));
  const buffer = chunkInUse ? Buffer.allocUnsafe(64 * 1024) : CHUNK;
  const owner = buffer === CHUNK;
  if (owner) chunkInUse = true;
  try {
    const before = fs.fstatSync(descriptor);
    let total = 0;
    // Stops at the initial size; the comparison below detects a file that has grown.
    for (let count = -1; count !== 0 && (total === 0 || total !== before.size); ) {
      count = attempt('read', path, () => fs.readSync(descriptor, buffer, 0, buffer.length, null));
      total += count;
      if (count > 0) yield buffer.subarray(0, count);
    }
    const after = fs.fstatSync(descriptor);
    if (total !== before.size || after.mtimeMs !== before.mtimeMs || after.size !== before.size)
      throw new FileChanged(path);
  } finally {
    if (owner) chunkInUse = false;
    fs.closeSync(descriptor);
  }
}

/** Returns the whole content of a file. Links are followed. @throws FileError */
export function readFile(path: string): Buffer {
  return attempt('read', path, () => fs.readFileSync(path));
}

/** Returns at most `length` bytes from the start of a file. Links are followed. @throws FileError */
export function readStart(path: string, length: number): Buffer {
  return withDescriptor(path, (descriptor) => {
    const buffer = Buffer.alloc(length);
    return buffer.subarray(0, fs.readSync(descriptor, buffer, 0, length, 0));
  });
}

/** Returns at most `length` bytes from `offset` on, fewer at the end of the file. Links are followed. @throws FileError */
export function readRange(path: string, offset: number, length: number): Buffer {
  return withDescriptor(path, (descriptor) => {
    const buffer = Buffer.allocUnsafeSlow(Math.max(0, Math.min(length, fs.fstatSync(descriptor).size - offset)));
    return buffer.subarray(0, fill(descriptor, buffer, offset));
  });
}

function withDescriptor<T>(path: string, read: (descriptor: number) => T): T {
  return attempt('read', path, () => {
    const descriptor = fs.openSync(path, 'r');
    try {
      return read(descriptor);
    } finally {
      fs.closeSync(descriptor);
    }
  });
}

/** Fills a buffer from `offset` on. @returns the number of bytes read, fewer at the end of the file */
function fill(descriptor: number, buffer: Uint8Array, offset: number): number {
  let done = 0;
  while (done < buffer.length) {
    const count = fs.readSync(descriptor, buffer, done, buffer.length - done, offset + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

/** Returns the content of a file as a stream, for readers that require one (archives). Links are followed. */
export function streamFile(path: string): AsyncIterable<Uint8Array> {
  return fs.createReadStream(path, { highWaterMark: 256 * 1024 });
}

/** A file that is opened once and read at arbitrary offsets. Links are followed. */
export class RandomAccessFile implements Disposable {
  readonly size: number;
  readonly #path: string;
  readonly #descriptor: number;

  /** @throws FileError */
  constructor(path: string) {
    this.#path = path;
    this.#descriptor = attempt('open', path, () => fs.openSync(path, 'r'));
    this.size = attempt('inspect', path, () => fs.fstatSync(this.#descriptor).size);
  }

  /** Fills a buffer from `offset` on. @returns the number of bytes read, fewer at the end of the file @throws FileError */
  read(buffer: Uint8Array, offset: number): number {
    return attempt('read', this.#path, () => fill(this.#descriptor, buffer, offset));
  }

  [Symbol.dispose](): void {
    fs.closeSync(this.#descriptor);
  }
}

/** The `node:fs` module, for libraries that require one (isomorphic-git). */
export const fileSystemForLibraries = fs;
