/**
 * A tar's headers: a block each (POSIX pax, "ustar Interchange Format"; GNU tar's and the older ones differ in details),
 * and records of PAX that say what does not fit into one. What another program may read otherwise is broken here.
 */
export const BLOCK = 512;

export interface TarHeader {
  /** U+FFFD where it is not UTF-8. */
  readonly name: string;
  readonly mode: number;
  readonly size: number;
  /** The type flag; `0` also for the NUL of tars from before POSIX. */
  readonly type: string;
}

const CHECKSUM = { start: 148, end: 156 };
const POSIX_MAGIC = 'ustar\0';

/** @throws Error with the reason, for the end of a sentence */
export function readTarHeader(block: Buffer): TarHeader {
  let sum = 0;
  for (let at = 0; at < BLOCK; at++) sum += at < CHECKSUM.start || at >= CHECKSUM.end ? (block[at] ?? 0) : 0x20;
  if (sum !== numberIn(block, CHECKSUM.start, CHECKSUM.end)) throw brokenHeader('its checksum is wrong');
  const name = textIn(block, 0, 100);
  // Others have times there.
  const prefix = block.toString('latin1', 257, 263) === POSIX_MAGIC ? textIn(block, 345, 500) : '';
  const type = String.fromCharCode(block[156] || 0x30);
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    mode: numberIn(block, 100, 108),
    size: numberIn(block, 124, 136),
    type,
  };
}

function textIn(block: Buffer, start: number, end: number): string {
  const nul = block.indexOf(0, start);
  return block.toString('utf8', start, nul < 0 || nul > end ? end : nul);
}

/** Octal digits up to a space or NUL, or, by GNU, 0x80 and the number in binary. */
function numberIn(block: Buffer, start: number, end: number): number {
  if (block[start] === 0x80) {
    const number = block.subarray(start + 1, end).reduce((high, byte) => high * 256 + byte, 0);
    if (Number.isSafeInteger(number)) return number;
  }
  const digits = /^[ \0]*([0-7]*)(?:[ \0]|$)/.exec(block.toString('latin1', start, end))?.[1];
  if (digits === undefined) throw brokenHeader('it has no number where one must be');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

/** What PAX records change in the header that they stand before. */
export interface PaxChanges {
  readonly path?: string;
  readonly size?: number;
  /** What stands in the archive is not the file's content, but what is left of it without its holes. */
  readonly sparse: boolean;
}

/** @throws Error with the reason, for the end of a sentence */
export function readPaxHeader(content: Buffer): PaxChanges {
  const records = readRecords(content);
  const size = records.get('size');
  if (size !== undefined && !/^\d{1,15}$/.test(size)) throw brokenHeader('its size in PAX is not a number');
  const path = records.get('path');
  return {
    ...(path ? { path } : {}),
    ...(size === undefined ? {} : { size: Number(size) }),
    sparse: [...records.keys()].some((key) => key.startsWith('GNU.sparse.')),
  };
}

/**
 * A header for all entries that follow, such as git's, which says the commit. One that gives them all a path or a size
 * is read in different ways by different programs.
 * @throws Error with the reason, for the end of a sentence
 */
export function checkGlobalHeader(content: Buffer): void {
  const records = readRecords(content);
  const key = ['path', 'linkpath', 'size'].find((name) => records.has(name));
  if (key !== undefined) throw brokenHeader(`one for all entries gives them one ${key}`);
}

/** Records of the form `<length of all of it> <key>=<value>\n`; a later one of a key counts. */
function readRecords(content: Buffer): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < content.length; ) {
    const space = content.indexOf(' ', at);
    const digits = space < 0 ? '' : content.toString('latin1', at, space);
    const end = /^[1-9]\d{0,9}$/.test(digits) ? at + Number(digits) : 0;
    const record = content.toString('utf8', space + 1, end - 1);
    const equals = record.indexOf('=');
    if (end > content.length || end <= space || content[end - 1] !== 0x0a || equals < 1) {
      throw brokenHeader('its records in PAX cannot be told apart');
    }
    records.set(record.slice(0, equals), record.slice(equals + 1));
    at = end;
  }
  return records;
}

export function brokenHeader(why: string): Error {
  return new Error(`one of its tar headers is broken (${why})`);
}
