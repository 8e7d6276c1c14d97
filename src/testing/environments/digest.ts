import { createHash } from 'node:crypto';
import { readChunks } from '../../platform/files/read.ts';

/** Enough that no two environments of one pack ever have the same, and short enough for the paths in their programs. */
const DIGITS = 16;

/** The name of what is made of all this, which has to be JSON. */
export function digestOf(parts: readonly unknown[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, DIGITS);
}

/** SHA-256 of a file, hexadecimal. @throws FileError */
export function fileDigest(path: string): string {
  const hash = createHash('sha256');
  for (const chunk of readChunks(path)) hash.update(chunk);
  return hash.digest('hex');
}
