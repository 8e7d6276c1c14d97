/** Reads the content of files. */
import * as fs from 'node:fs';
import { attempt, FileChanged, FileError } from './file-error.ts';
import { openEntry, openFile } from './input/open-file.ts';

const CHUNK = Buffer.allocUnsafeSlow(1024 * 1024);
let chunkInUse = false;

/**
 * Yields the content of a regular file in chunks. Each chunk is valid only until the next one is requested. Links are not
 * followed.
 * @throws FileError, and FileChanged if the file changes while it is read
 */
export function* readChunks(path: string): Generator<Uint8Array> {
  const { descriptor, stats: before } = openEntry(path);
  const buffer = chunkInUse ? Buffer.allocUnsafe(64 * 1024) : CHUNK;
  const owner = buffer === CHUNK;
  if (owner) chunkInUse = true;
  try {
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
  return withDescriptor(path, (descriptor) => fs.readFileSync(descriptor));
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
    const { descriptor } = openFile(path, 'read');
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
  const { descriptor } = openFile(path);
  return fs.createReadStream(path, { fd: descriptor, highWaterMark: 256 * 1024 });
}

/** A file that is opened once and read at arbitrary offsets. Links are followed. */
export class RandomAccessFile implements Disposable {
  readonly size: number;
  readonly #path: string;
  readonly #descriptor: number;

  /** @throws FileError */
  constructor(path: string) {
    this.#path = path;
    const { descriptor, stats } = openFile(path);
    this.#descriptor = descriptor;
    this.size = stats.size;
  }

  /** Fills a buffer from `offset` on. @returns the number of bytes read, fewer at the end of the file @throws FileError */
  read(buffer: Uint8Array, offset: number): number {
    return attempt('read', this.#path, () => fill(this.#descriptor, buffer, offset));
  }

  [Symbol.dispose](): void {
    fs.closeSync(this.#descriptor);
  }
}

type ReadOptions = { readonly encoding?: BufferEncoding | null } | BufferEncoding | undefined;

/** The promises of `node:fs`, for libraries that require them (isomorphic-git). Only regular files are read. */
export const fileSystemForLibraries = {
  promises: {
    ...fs.promises,
    async readFile(path: string, options?: ReadOptions): Promise<Buffer | string> {
      const encoding = typeof options === 'string' ? options : options?.encoding;
      const content = withCause(() => readFile(path));
      return encoding ? content.toString(encoding) : content;
    },
  },
};

/** Runs a call and throws the error of the system as it is, whose code libraries compare. */
function withCause<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw error instanceof FileError ? error.cause : error;
  }
}
