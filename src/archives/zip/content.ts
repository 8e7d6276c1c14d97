import { pipeline } from 'node:stream/promises';
import { crc32, createInflateRaw, inflateRawSync } from 'node:zlib';
import { reasonOf } from '../../errors.ts';
import { type FileWindow, WINDOW_BYTES } from '../file-window.ts';

export const STORED = 0;
export const DEFLATED = 8;

/** The content of an entry, and where it lies in the file. */
export interface ZipContent {
  readonly path: string;
  readonly method: number;
  readonly start: number;
  readonly packedSize: number;
  readonly size: number;
  readonly crc: number;
}

/** Entries up to this size are inflated in one go, which takes half the time of a stream; memory is for one of them. */
const AT_ONCE = WINDOW_BYTES;
const PIECE_BYTES = 128 * 1024;

/**
 * Gives out the content of an entry in pieces, each valid until the call returns, and compares its length and its
 * checksum with what was declared.
 * @returns nothing when it is done, or a promise of that
 * @throws Error with the reason, for the end of a sentence
 */
export function inflated(
  zip: FileWindow,
  content: ZipContent,
  take: (chunk: Uint8Array) => void,
): Promise<void> | undefined {
  const check = new ContentCheck(content, take);
  if (content.method === STORED) {
    for (const piece of packedPieces(zip, content)) check.take(piece);
    check.end();
    return undefined;
  }
  if (content.size > AT_ONCE || content.packedSize > AT_ONCE) return inflateStream(zip, content, check);
  const whole = inflateAtOnce(zip, content);
  check.take(whole);
  check.end();
  release(whole);
  return undefined;
}

/** Gives memory back now: the collector would let thousands of contents pile up before it came. */
function release(buffer: Buffer): void {
  (buffer.buffer as ArrayBuffer).transfer(0);
}

function* packedPieces(zip: FileWindow, { start, packedSize }: ZipContent): Generator<Buffer> {
  for (let done = 0; done < packedSize; done += PIECE_BYTES) {
    yield zip.bytes(start + done, Math.min(PIECE_BYTES, packedSize - done));
  }
}

function inflateAtOnce(zip: FileWindow, { path, start, packedSize, size }: ZipContent): Buffer {
  const packed = zip.bytes(start, packedSize);
  try {
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, size), chunkSize: memoryFor(size) });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLong(path, size);
    throw unreadable(path, reasonOf(error), error);
  }
}

/**
 * For one buffer that holds it all: a byte more, so that the end is seen without asking for a second one, and never so
 * small that it would be cut from the pool that other buffers are in too.
 */
function memoryFor(size: number): number {
  return Math.max(size + 1, Buffer.poolSize);
}

async function inflateStream(zip: FileWindow, content: ZipContent, check: ContentCheck): Promise<void> {
  const inflate = createInflateRaw({ chunkSize: PIECE_BYTES });
  // The window is ours alone for as long as this entry is read, but not a piece of it until it was inflated.
  const packed = Iterator.from(packedPieces(zip, content)).map((piece) => Buffer.from(piece));
  try {
    await pipeline(packed, inflate, async (pieces: AsyncIterable<Buffer>) => {
      for await (const piece of pieces) check.take(piece);
    });
  } catch (error) {
    const ofZlib = String((error as NodeJS.ErrnoException).code).startsWith('Z_');
    throw ofZlib ? unreadable(content.path, reasonOf(error), error) : error;
  }
  check.end();
}

/** Counts what really comes out. */
class ContentCheck {
  readonly #content: ZipContent;
  readonly #take: (chunk: Uint8Array) => void;
  #size = 0;
  #crc = 0;

  constructor(content: ZipContent, take: (chunk: Uint8Array) => void) {
    this.#content = content;
    this.#take = take;
  }

  take(chunk: Uint8Array): void {
    this.#size += chunk.length;
    if (this.#size > this.#content.size) throw tooLong(this.#content.path, this.#content.size);
    this.#crc = crc32(chunk, this.#crc);
    this.#take(chunk);
  }

  end(): void {
    const { path, size, crc } = this.#content;
    if (this.#size !== size) throw new Error(`'${path}' has ${this.#size} bytes where ${size} were declared`);
    if (this.#crc !== crc) throw unreadable(path, 'it does not have the checksum, CRC-32, that was declared');
  }
}

function tooLong(path: string, size: number): Error {
  return unreadable(path, `it has more than the ${size} bytes that were declared`);
}

function unreadable(path: string, why: string, cause?: unknown): Error {
  return new Error(`'${path}' cannot be unpacked (${why})`, { cause });
}
