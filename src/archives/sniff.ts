export type ArchiveFormat = 'zip' | 'tar' | 'tar.gz';

/** The number of leading bytes that `detectFormat` and `describeContent` need. */
export const SNIFFED_BYTES = 512;

/**
 * Detects an archive's format by its content, regardless of its name. A gzip file is assumed to be a compressed tar.
 * @param firstBytes at least the first 512 bytes, or the whole of a shorter file
 */
export function detectFormat(firstBytes: Uint8Array): ArchiveFormat | undefined {
  const start = Buffer.from(firstBytes.buffer, firstBytes.byteOffset, firstBytes.length);
  if (ZIP_STARTS.some((signature) => beginsWith(start, signature))) return 'zip';
  if (beginsWith(start, [0x1f, 0x8b, 0x08])) return 'tar.gz';
  return isTarHeader(start) ? 'tar' : undefined;
}

// A local file header, the end record of an empty zip, and the first bytes of a split zip.
const ZIP_STARTS = [
  [0x50, 0x4b, 0x03, 0x04],
  [0x50, 0x4b, 0x05, 0x06],
  [0x50, 0x4b, 0x07, 0x08],
];

function beginsWith(bytes: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((byte, index) => bytes[index] === byte);
}

/** Verifies the header checksum (POSIX pax), since tars from before 1988 lack the magic `ustar`. */
function isTarHeader(start: Buffer): boolean {
  if (start.length < 512) return false;
  const recorded = Number.parseInt(start.toString('latin1', 148, 156).replace(/\0.*$/s, '').trim(), 8);
  let sum = 8 * 0x20;
  for (let index = 0; index < 512; index++) if (index < 148 || index >= 156) sum += start[index] ?? 0;
  return sum === recorded;
}

const OTHER_FORMATS: readonly (readonly [signature: readonly number[], name: string])[] = [
  [[0x42, 0x5a, 0x68], 'a bzip2 file'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'an xz file'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'a Zstandard file'],
  [[0x37, 0x7a, 0xbc, 0xaf], 'a 7-Zip file'],
  [[0x52, 0x61, 0x72, 0x21], 'a RAR file'],
  [[0x25, 0x50, 0x44, 0x46], 'a PDF document'],
];

/** Describes a file by its first bytes, as the completion of `it looks like ...`. */
export function describeContent(firstBytes: Uint8Array): string {
  const start = Buffer.from(firstBytes).subarray(0, SNIFFED_BYTES);
  if (start.length === 0) return 'an empty file';
  const known = OTHER_FORMATS.find(([signature]) => beginsWith(start, signature));
  if (known) return known[1];
  const page = detectPage(start);
  if (page) return page;
  const text = start.toString('utf8').replace(/\ufffd+$/, '');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters indicate binary data
  const binary = /[\x00-\x08\x0e-\x1f\ufffd]/.test(text);
  if (binary) return `binary data that begins with the bytes ${start.subarray(0, 8).toString('hex')}`;
  return `text that begins with "${toExcerpt(text, 60)}"`;
}

/** Detects an HTML or JSON document, which servers send instead of an archive that they do not have. */
export function detectPage(firstBytes: Uint8Array): 'an HTML page' | 'a JSON document' | undefined {
  const text = Buffer.from(firstBytes)
    .subarray(0, SNIFFED_BYTES)
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trimStart();
  if (/^(<!doctype html|<html|<head|<body)/i.test(text)) return 'an HTML page';
  return /^[{[]\s*["{[\]}\d]/.test(text) ? 'a JSON document' : undefined;
}

/** Returns the beginning of a text as one line, with whitespace collapsed. */
export function toExcerpt(text: string, length: number): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length > length ? `${line.slice(0, length)}...` : line;
}
