import { constants, createInflate, deflateSync, type Inflate, inflateSync } from 'node:zlib';
import { CorruptObject } from './objects.ts';

/** Unpacked content, and the number of input bytes that it took. */
export interface Inflated {
  readonly data: Buffer;
  readonly used: number;
}

/** The smallest chunk size that Node accepts. */
const MIN_CHUNK_BYTES = 64;
const OUTPUT_BYTES = 64 * 1024;

/**
 * Unpacks a zlib stream whose unpacked size is known.
 * @param input may continue after the end of the stream
 * @throws CorruptObject when it is not a zlib stream or has another size
 */
export function inflateExactly(input: Uint8Array, size: number, what: string): Inflated {
  try {
    const inflated = (size < OUTPUT_BYTES && inflateSmall(input)) || inflateOnce(input, size);
    if (inflated.data.length !== size) throw new RangeError(`has ${inflated.data.length} bytes`);
    return inflated;
  } catch (error) {
    throw new CorruptObject(what, `does not unpack to its declared ${size} bytes`, error);
  }
}

/**
 * Returns the first unpacked bytes of a zlib stream of any size. Only its first 1,024 bytes are used, which suffice for an
 * object header: the Huffman tables before it take at most about 300 bytes.
 * @throws CorruptObject
 */
export function inflateStart(input: Uint8Array, what: string): Buffer {
  try {
    return inflateSync(input.subarray(0, 1024), { finishFlush: constants.Z_SYNC_FLUSH });
  } catch (error) {
    throw new CorruptObject(what, 'does not unpack', error);
  }
}

/** `null` before the first use and after a failure; `undefined` on a Node that does not support reuse. */
let sharedInflater: ReusableInflater | undefined | null = null;

function inflateSmall(input: Uint8Array): Inflated | undefined {
  const inflater = sharedInflater === null ? ReusableInflater.create() : sharedInflater;
  // An inflater cannot be used again after a failure, so it is restored only after a success.
  sharedInflater = null;
  const inflated = inflater?.inflate(input);
  sharedInflater = inflater;
  return inflated;
}

function inflateOnce(input: Uint8Array, size: number): Inflated {
  // With one extra byte, zlib sees the end of the stream in a single buffer. With `info`, the result is an object, which
  // the declared type does not express.
  const chunkSize = Math.max(MIN_CHUNK_BYTES, size + 1);
  const result = inflateSync(input, { info: true, chunkSize, maxOutputLength: size + 1 }) as unknown as {
    buffer: Buffer;
    engine: { bytesWritten: number };
  };
  return { data: result.buffer, used: result.engine.bytesWritten };
}

/** The internals of Node's synchronous zlib functions. Node's types lack them, but packages rely on them (minizlib). */
interface SynchronousInflate extends Inflate {
  _handle: { close(): void } | null;
  _processChunk(input: Uint8Array, flush: number): Buffer;
}

/**
 * One inflater for thousands of small streams, one after the other. `inflateSync` creates a stream object for every call,
 * which costs as much as unpacking a file of a few kilobytes.
 */
export class ReusableInflater {
  readonly #stream: SynchronousInflate;
  readonly #handle: SynchronousInflate['_handle'];

  private constructor() {
    const stream = createInflate({ chunkSize: OUTPUT_BYTES, maxOutputLength: OUTPUT_BYTES }) as SynchronousInflate;
    this.#stream = stream;
    this.#handle = stream._handle;
    // Node closes the handle after each call. Its memory is freed with the object instead.
    if (this.#handle) this.#handle.close = () => {};
  }

  /** Creates an inflater; returns `undefined` if a self-test shows that this version of Node has other internals. */
  static create(): ReusableInflater | undefined {
    try {
      const inflater = new ReusableInflater();
      const packed = deflateSync(SELF_TEST);
      const works = () => {
        const { data, used } = inflater.inflate(Buffer.concat([packed, SELF_TEST]));
        return data.equals(SELF_TEST) && used === packed.length;
      };
      return works() && works() ? inflater : undefined;
    } catch {
      return undefined;
    }
  }

  /**
   * Unpacks a zlib stream to fewer than `OUTPUT_BYTES` bytes.
   * @param input may continue after the end of the stream
   * @throws Error when it is not a zlib stream or is too long; the inflater cannot be used afterwards
   */
  inflate(input: Uint8Array): Inflated {
    const stream = this.#stream;
    const data = Buffer.from(stream._processChunk(input, constants.Z_FINISH));
    const used = stream.bytesWritten;
    stream._handle = this.#handle;
    stream.removeAllListeners('error');
    stream.reset();
    return { data, used };
  }
}

const SELF_TEST = Buffer.from('twice the same');
