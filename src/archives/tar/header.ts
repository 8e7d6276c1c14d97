/**
 * Parses tar headers: blocks of 512 bytes (POSIX pax, "ustar Interchange Format"; GNU tar and older formats differ in
 * details), and PAX records with values that do not fit into a block. Headers that programs read differently are rejected.
 */
export const BLOCK = 512;

/** The fields of a header block that matter to attune. */
export interface TarHeader {
  /** Contains U+FFFD if it is not UTF-8. */
  readonly name: string;
  readonly mode: number;
  readonly size: number;
  /** The type flag; `0` also stands for the NUL of tars from before POSIX. */
  readonly type: string;
}

const CHECKSUM = { start: 148, end: 156 };
const POSIX_MAGIC = 'ustar\0';

/** Parses a header block. @throws Error with a reason that completes `Cannot read <archive>: ` */
export function parseTarHeader(block: Buffer): TarHeader {
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i < CHECKSUM.start || i >= CHECKSUM.end ? (block[i] ?? 0) : 0x20;
  if (sum !== parseNumber(block, CHECKSUM.start, CHECKSUM.end)) throw invalidHeader('its checksum is wrong');
  const name = parseText(block, 0, 100);
  // Other formats store times at the offset of the prefix.
  const prefix = block.toString('latin1', 257, 263) === POSIX_MAGIC ? parseText(block, 345, 500) : '';
  const type = String.fromCharCode(block[156] || 0x30);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    mode: parseNumber(block, 100, 108),
    size: parseNumber(block, 124, 136),
    type,
  };
}

function parseText(block: Buffer, start: number, end: number): string {
  const nul = block.indexOf(0, start);
  return block.toString('utf8', start, nul < 0 || nul > end ? end : nul);
}

/** Parses octal digits up to a space or NUL or, in GNU tars, the byte 0x80 followed by a binary number. */
function parseNumber(block: Buffer, start: number, end: number): number {
  if (block[start] === 0x80) {
    const number = block.subarray(start + 1, end).reduce((high, byte) => high * 256 + byte, 0);
    if (Number.isSafeInteger(number)) return number;
  }
  const digits = /^[ \0]*([0-7]*)(?:[ \0]|$)/.exec(block.toString('latin1', start, end))?.[1];
  if (digits === undefined) throw invalidHeader('a numeric field does not contain a number');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

/** The values of PAX records that replace fields of the following header. */
export interface PaxOverrides {
  readonly path?: string;
  readonly size?: number;
  /** True if the archive contains the file's content without its holes. */
  readonly sparse: boolean;
}

/** Parses a PAX header. @throws Error with a reason that completes `Cannot read <archive>: ` */
export function parsePaxHeader(content: Buffer): PaxOverrides {
  const records = parsePaxRecords(content);
  const size = records.get('size');
  if (size !== undefined && !/^\d{1,15}$/.test(size)) throw invalidHeader('its PAX size is not a number');
  const path = records.get('path');
  return {
    ...(path ? { path } : {}),
    ...(size === undefined ? {} : { size: Number(size) }),
    sparse: [...records.keys()].some((key) => key.startsWith('GNU.sparse.')),
  };
}

/**
 * Verifies a global PAX header, which applies to all following entries (git stores the commit in one). Programs disagree
 * about global headers that set a path or a size.
 * @throws Error with a reason that completes `Cannot read <archive>: `
 */
export function checkGlobalHeader(content: Buffer): void {
  const records = parsePaxRecords(content);
  const key = ['path', 'linkpath', 'size'].find((name) => records.has(name));
  if (key !== undefined) throw invalidHeader(`a global PAX header sets the ${key} of all entries`);
}

/** Parses records of the form `<length of the record> <key>=<value>\n`. The last record of a key wins. */
function parsePaxRecords(content: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let offset = 0; offset < content.length; ) {
    const space = content.indexOf(' ', offset);
    const digits = space < 0 ? '' : content.toString('latin1', offset, space);
    const end = /^[1-9]\d{0,9}$/.test(digits) ? offset + Number(digits) : 0;
    const record = content.toString('utf8', space + 1, end - 1);
    const equals = record.indexOf('=');
    if (end > content.length || end <= space || content[end - 1] !== 0x0a || equals < 1) {
      throw invalidHeader('its PAX records are malformed');
    }
    records.set(record.slice(0, equals), record.slice(equals + 1));
    offset = end;
  }
  return records;
}

export function invalidHeader(why: string): Error {
  return new Error(`one of its tar headers is invalid (${why})`);
}
