import { constants, inflateSync } from 'node:zlib';
import { Inflater } from './inflater.ts';
import { CorruptObject } from './objects.ts';

/** Node does not take a smaller one. */
const LEAST_CHUNK = 64;

/** `null` before it was first needed. */
let inflater: Inflater | undefined | null = null;

/**
 * Unpacks a zlib stream whose unpacked size is known.
 * @param input may go on after the stream's end
 * @returns the content, and how many bytes of the input were used
 * @throws CorruptObject when it is no zlib stream or not of that size
 */
export function inflateExactly(input: Uint8Array, size: number, what: string): { data: Buffer; used: number } {
  try {
    const inflated = (size <= Inflater.mostBytes && inflateSmall(input)) || inflateAlone(input, size);
    if (inflated.data.length !== size) throw new RangeError(`has ${inflated.data.length} bytes`);
    return inflated;
  } catch (error) {
    throw new CorruptObject(what, `does not unpack to the ${size} bytes that it claims`, error);
  }
}

function inflateSmall(input: Uint8Array): { data: Buffer; used: number } | undefined {
  const used = inflater === null ? Inflater.open() : inflater;
  // One that has failed is of no more use: the next one who needs one makes another.
  inflater = null;
  const inflated = used?.inflate(input);
  inflater = used;
  return inflated;
}

function inflateAlone(input: Uint8Array, size: number): { data: Buffer; used: number } {
  // One byte more than is needed: zlib then sees the stream's end at once, in a buffer that wastes nothing. With `info`
  // the answer is an object, which the declared type does not say.
  const chunkSize = Math.max(LEAST_CHUNK, size + 1);
  const answer = inflateSync(input, { info: true, chunkSize, maxOutputLength: size + 1 }) as unknown as {
    buffer: Buffer;
    engine: { bytesWritten: number };
  };
  return { data: answer.buffer, used: answer.engine.bytesWritten };
}

/**
 * The first bytes of a zlib stream of any size, from its first bytes alone (1,024 are enough for a header: the Huffman
 * tables before it take at most about 300).
 * @throws CorruptObject
 */
export function inflateStart(input: Uint8Array, what: string): Buffer {
  try {
    return inflateSync(input.subarray(0, 1024), { finishFlush: constants.Z_SYNC_FLUSH });
  } catch (error) {
    throw new CorruptObject(what, 'does not unpack', error);
  }
}
