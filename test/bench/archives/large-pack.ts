import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const VOCABULARY = 4_000;
const TEXT_BYTES = 8_000_000;
/** Of a file, where all of them together have 100 MB. */
const MEDIAN_BYTES = 7_700;
const LARGEST_BYTES = 4_000_000;
const FILES = 5_000;
/** One file in so many is not compressible: pictures, wheels, compiled code. */
const BINARY_EVERY = 20;

/** A number between 0 and 1 each time, the same ones in every run (mulberry32). */
type Dice = () => number;

function diceOf(seed: number): Dice {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/**
 * Writes a pack of 5,000 files and about as many megabytes as asked for: mostly small files and a few large ones, text
 * that gzip makes a third of, and some that it can do nothing about.
 * @returns the bytes of all files together
 */
export function generatePack(root: string, megabytes: number): number {
  const dice = diceOf(FILES);
  const text = textOf(dice);
  const noise = Buffer.from(Array.from({ length: 1 << 20 }, () => Math.floor(dice() * 256)));
  let bytes = put(root, 'pack.yaml', Buffer.from('ref: large\nversion: 1.0.0\nlabel: A large pack\n'));
  for (let index = 1; index < FILES; index += 1) {
    const binary = index % BINARY_EVERY === 0;
    const path = `lib/part-${index % 40}/group-${index % 7}/file-${String(index).padStart(5, '0')}.${binary ? 'bin' : 'py'}`;
    const size = Math.floor((sizeOf(dice) * megabytes) / 100);
    bytes += put(root, path, pieceOf(binary ? noise : text, size, dice));
  }
  return bytes;
}

/** Log-normal, as sizes of source files are. */
function sizeOf(dice: Dice): number {
  const normal = Math.sqrt(-2 * Math.log(1 - dice())) * Math.cos(2 * Math.PI * dice());
  return Math.min(LARGEST_BYTES, MEDIAN_BYTES * Math.exp(1.4 * normal));
}

function pieceOf(stock: Buffer, size: number, dice: Dice): Buffer {
  const parts: Buffer[] = [];
  for (let missing = size; missing > 0; ) {
    const start = Math.floor(dice() * stock.length);
    const part = stock.subarray(start, start + missing);
    parts.push(part);
    missing -= part.length;
  }
  return Buffer.concat(parts);
}

/** Words and turns of phrase, few of which are frequent, as in real text. */
function textOf(dice: Dice): Buffer {
  const letters = 'etaoinshrdlcumwfgypbvk_';
  const oneOf = <T>(stock: readonly T[] | string): T => stock[Math.floor(dice() ** 3 * stock.length)] as T;
  const word = () => Array.from({ length: 3 + Math.floor(dice() * 8) }, () => oneOf<string>(letters)).join('');
  const ends = [' ', '\n    ', '(', ') ', ': ', ' = ', '.'];
  const words = Array.from({ length: VOCABULARY }, word);
  const phrases = Array.from(
    { length: VOCABULARY },
    () => `${oneOf(words)} ${oneOf(words)}${oneOf(ends)}${oneOf(words)}`,
  );
  const pieces: string[] = [];
  for (let length = 0; length < TEXT_BYTES; ) {
    const piece = oneOf(dice() < 0.5 ? words : phrases) + oneOf(ends);
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
