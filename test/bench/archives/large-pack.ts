import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const VOCABULARY = 4_000;
const TEXT_BYTES = 8_000_000;
/** File sizes of a pack of 100 MB. */
const MEDIAN_BYTES = 7_700;
const LARGEST_BYTES = 4_000_000;
const FILES = 5_000;
/** One file in this many is incompressible, like images, wheels and compiled code. */
const BINARY_EVERY = 20;

/** Returns pseudorandom numbers from 0 to 1. */
type Random = () => number;

/** Creates a deterministic random number generator (mulberry32). */
function createRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/**
 * Writes a pack of 5,000 files of about the requested total size: mostly small files and a few large ones, text that gzip
 * compresses to a third, and some incompressible files.
 * @returns the total size of all files in bytes
 */
export function generatePack(root: string, megabytes: number): number {
  const random = createRandom(FILES);
  const text = textOf(random);
  const noise = Buffer.from(Array.from({ length: 1 << 20 }, () => Math.floor(random() * 256)));
  let bytes = put(root, 'pack.yaml', Buffer.from('ref: large\nversion: 1.0.0\nlabel: A large pack\n'));
  for (let index = 1; index < FILES; index += 1) {
    const binary = index % BINARY_EVERY === 0;
    const path = `lib/part-${index % 40}/group-${index % 7}/file-${String(index).padStart(5, '0')}.${binary ? 'bin' : 'py'}`;
    const size = Math.floor((sizeOf(random) * megabytes) / 100);
    bytes += put(root, path, pieceOf(binary ? noise : text, size, random));
  }
  return bytes;
}

/** Returns a log-normally distributed size, like the sizes of source files. */
function sizeOf(random: Random): number {
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Math.min(LARGEST_BYTES, MEDIAN_BYTES * Math.exp(1.4 * normal));
}

function pieceOf(stock: Buffer, size: number, random: Random): Buffer {
  const parts: Buffer[] = [];
  for (let missing = size; missing > 0; ) {
    const start = Math.floor(random() * stock.length);
    const part = stock.subarray(start, start + missing);
    parts.push(part);
    missing -= part.length;
  }
  return Buffer.concat(parts);
}

/** Generates text from words and phrases, few of which are frequent, as in real text. */
function textOf(random: Random): Buffer {
  const letters = 'etaoinshrdlcumwfgypbvk_';
  const oneOf = <T>(stock: readonly T[] | string): T => stock[Math.floor(random() ** 3 * stock.length)] as T;
  const word = () => Array.from({ length: 3 + Math.floor(random() * 8) }, () => oneOf<string>(letters)).join('');
  const ends = [' ', '\n    ', '(', ') ', ': ', ' = ', '.'];
  const words = Array.from({ length: VOCABULARY }, word);
  const phrases = Array.from(
    { length: VOCABULARY },
    () => `${oneOf(words)} ${oneOf(words)}${oneOf(ends)}${oneOf(words)}`,
  );
  const pieces: string[] = [];
  for (let length = 0; length < TEXT_BYTES; ) {
    const piece = oneOf(random() < 0.5 ? words : phrases) + oneOf(ends);
    pieces.push(piece);
    length += piece.length;
  }
  return Buffer.from(pieces.join(''));
}

function put(root: string, path: string, content: Buffer): number {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, content);
  return content.length;
}
