import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib';
import { reasonOf } from '../../errors.ts';
import { count } from '../../platform/count.ts';
import { type FileWindow, WINDOW_BYTES } from '../file-window.ts';

export const STORED = 0;
export const DEFLATED = 8;

/** The content of an entry: its location in the file and its declared properties. */
export interface ZipContent {
  readonly path: string;
  readonly method: number;
  readonly start: number;
  readonly packedSize: number;
  readonly size: number;
  readonly crc: number;
}

/** Entries up to this size are inflated with one call, which takes half the time of a stream and memory for one entry. */
const MAX_SYNC_BYTES = WINDOW_BYTES;
const CHUNK_BYTES = 128 * 1024;

/**
 * Passes the content of an entry to `write` in chunks, each valid until the call returns, and compares its length and
 * checksum with the declared ones.
 * @returns `undefined` if the entry was unpacked synchronously, otherwise a promise
 * @throws Error with a reason that completes `Cannot read <archive>: `
 */
export function unpackContent(
  zip: FileWindow,
  content: ZipContent,
  write: (chunk: Uint8Array) => void,
): Promise<void> | undefined {
  const verifier = new ContentVerifier(content, write);
  if (content.method === STORED) {
    for (const chunk of readPackedChunks(zip, content)) verifier.write(chunk);
    verifier.end();
    return undefined;
  }
  if (content.size > MAX_SYNC_BYTES || content.packedSize > MAX_SYNC_BYTES) {
    return inflateStream(zip, content, verifier);
  }
  const inflated = inflateSync(zip, content);
  verifier.write(inflated);
  verifier.end();
  free(inflated);
  return undefined;
}

/** Frees the memory at once; thousands of buffers would accumulate before the garbage collector runs. */
function free(buffer: Buffer): void {
  (buffer.buffer as ArrayBuffer).transfer(0);
}

function* readPackedChunks(zip: FileWindow, { start, packedSize }: ZipContent): Generator<Buffer> {
  for (let done = 0; done < packedSize; done += CHUNK_BYTES) {
    yield zip.bytes(start + done, Math.min(CHUNK_BYTES, packedSize - done));
  }
}

function inflateSync(zip: FileWindow, { path, start, packedSize, size }: ZipContent): Buffer {
  const packed = zip.bytes(start, packedSize);
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, size), chunkSize: outputChunkSize(size) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLong(path, size);
    throw cannotUnpack(path, reasonOf(error), error);
  }
}

/**
 * Returns a chunk size that makes zlib use a single buffer: one byte more than the content, so that zlib sees the end
 * without allocating a second one, and never so small that the buffer comes from Node's shared pool.
 */
function outputChunkSize(size: number): number {
  return Math.max(size + 1, Buffer.poolSize);
}

async function inflateStream(zip: FileWindow, content: ZipContent, verifier: ContentVerifier): Promise<void> {
  const inflate = createInflateRaw({ chunkSize: CHUNK_BYTES });
  // Each chunk is copied, because the window may reuse its buffer before zlib has read it.
  const packed = Iterator.from(readPackedChunks(zip, content)).map((chunk) => Buffer.from(chunk));
  try {
    await pipeline(packed, inflate, async (chunks: AsyncIterable<Buffer>) => {
      for await (const chunk of chunks) verifier.write(chunk);
    });
  } catch (error) {
    const isZlibError = String((error as NodeJS.ErrnoException).code).startsWith('Z_');
    throw isZlibError ? cannotUnpack(content.path, reasonOf(error), error) : error;
  }
  verifier.end();
}

/** Compares unpacked bytes with the declared size and checksum. */
class ContentVerifier {
  readonly #content: ZipContent;
  readonly #write: (chunk: Uint8Array) => void;
  #size = 0;
  #crc = 0;

  constructor(content: ZipContent, write: (chunk: Uint8Array) => void) {
    this.#content = content;
    this.#write = write;
  }

  write(chunk: Uint8Array): void {
    this.#size += chunk.length;
    if (this.#size > this.#content.size) throw tooLong(this.#content.path, this.#content.size);
    this.#crc = crc32(chunk, this.#crc);
    this.#write(chunk);
  }

  end(): void {
    const { path, size, crc } = this.#content;
    if (this.#size !== size)
      throw new Error(`'${path}' has ${count(this.#size, 'byte')} instead of the declared ${size}`);
    if (this.#crc !== crc) throw cannotUnpack(path, 'its checksum, CRC-32, differs from the declared one');
  }
}

function tooLong(path: string, size: number): Error {
  return cannotUnpack(path, `it has more than the declared ${count(size, 'byte')}`);
}

function cannotUnpack(path: string, why: string, cause?: unknown): Error {
  return new Error(`'${path}' cannot be unpacked (${why})`, { cause });
}
