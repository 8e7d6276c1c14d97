import { constants, isUtf8 } from 'node:buffer';
import { InvalidDocument } from './problems.ts';

const LINE_FEED = 0x0a;

/**
 * Decodes a file that must be UTF-8. A byte order mark is dropped.
 * @throws InvalidDocument that names the first line that is not UTF-8, or when the file exceeds the maximum string length
 */
export function decodeText(bytes: Uint8Array, location: string): string {
  throwIfTooLarge(bytes.byteLength, location, constants.MAX_STRING_LENGTH);
  if (!isUtf8(bytes)) throwEncodingError(bytes, location);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  return text.startsWith('\u{FEFF}') ? text.slice(1) : text;
}

function throwEncodingError(bytes: Uint8Array, location: string): never {
  let line = 1;
  // In UTF-8 the byte 0x0a occurs only as a line feed, so each line can be checked separately.
  for (let start = 0; ; line += 1) {
    const end = bytes.indexOf(LINE_FEED, start);
    if (end === -1 || !isUtf8(bytes.subarray(start, end))) break;
    start = end + 1;
  }
  const problem = { path: location, line, column: 1, field: '', message: 'this line is not UTF-8' };
  throw new InvalidDocument('INVALID_ENCODING', `Cannot read '${location}':`, [problem], 'Save the file as UTF-8.');
}

/** Checks a file's size; both numbers are bytes. @throws InvalidDocument when `size` exceeds `limit` */
export function throwIfTooLarge(size: number, location: string, limit: number): void {
  if (size <= limit) return;
  const message = `the file has ${size} bytes, and the limit is ${limit} bytes`;
  const problem = { path: location, line: 1, column: 1, field: '', message };
  const hint = 'Move large content into separate files.';
  throw new InvalidDocument('INVALID_SIZE', `Cannot read '${location}':`, [problem], hint);
}
