import { constants, isUtf8 } from 'node:buffer';
import { InvalidDocument } from './problems.ts';

const LINE_FEED = 0x0a;

/**
 * The text of a file that has to be UTF-8. A byte order mark is dropped.
 * @throws InvalidDocument naming the first line that is not UTF-8, or when it is longer than a string can be
 */
export function decodeText(bytes: Uint8Array, location: string): string {
  refuseLarge(bytes.byteLength, location, constants.MAX_STRING_LENGTH);
  if (!isUtf8(bytes)) refuseEncoding(bytes, location);
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  return text.startsWith('\u{FEFF}') ? text.slice(1) : text;
}

function refuseEncoding(bytes: Uint8Array, location: string): never {
  let line = 1;
  // No character but the line feed itself has that byte in UTF-8, so each line can be judged alone.
  for (let start = 0; ; line += 1) {
    const end = bytes.indexOf(LINE_FEED, start);
    if (end === -1 || !isUtf8(bytes.subarray(start, end))) break;
    start = end + 1;
  }
  const problem = { path: location, line, column: 1, field: '', message: 'this line is not UTF-8' };
  throw new InvalidDocument('INVALID_ENCODING', `Cannot read '${location}':`, [problem], 'Save the file as UTF-8.');
}

/** @throws InvalidDocument when `size` is more than `limit`; both in bytes */
export function refuseLarge(size: number, location: string, limit: number): void {
  if (size <= limit) return;
  const message = `the file has ${size} bytes, and ${limit} are allowed`;
  const problem = { path: location, line: 1, column: 1, field: '', message };
  const hint = 'Move what is large into files of its own.';
  throw new InvalidDocument('INVALID_SIZE', `Cannot read '${location}':`, [problem], hint);
}
