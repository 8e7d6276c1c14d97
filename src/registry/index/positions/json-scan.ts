/** A part of a text, in bytes; `end` is exclusive. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** One member of an object; its range includes the quoted key and the value. */
export interface Member extends Range {
  readonly key: string;
  readonly valueStart: number;
}

/** The bytes are not JSON, or do not have the expected shape. A full parser has to find the position and the reason. */
export class JsonScanError extends Error {}

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * Returns the ranges of the members of an object. The functions of this module do not validate: their result is correct
 * for valid JSON, and they terminate for everything else.
 * @param start the offset of the opening brace
 * @throws JsonScanError
 */
export function scanMembers(bytes: Uint8Array, start: number): Member[] {
  return scanObject(bytes, start, (_, valueStart) => valueEnd(bytes, valueStart));
}

/** The ranges of the parts of an index. */
export interface IndexOutline {
  readonly members: readonly Member[];
  /** The list of packs, with its brackets. */
  readonly packs: Range;
  readonly items: readonly MeasuredRange[];
}

/** A value with what is known of it before it is parsed. The numbers are exact for valid JSON. */
export interface MeasuredRange extends Range {
  /** The number of members of all objects in the value. */
  readonly members: number;
  /** The nesting depth; 0 for a string, a number or a literal. */
  readonly depth: number;
}

/** Returns the ranges of an index and its packs in one pass. @throws JsonScanError, also if there is no list of packs */
export function scanIndex(bytes: Uint8Array): IndexOutline {
  const lists = new Map<number, List<MeasuredRange>>();
  const members = scanObject(bytes, contentStart(bytes), (key, start) => {
    if (key !== 'packs') return valueEnd(bytes, start);
    const list = scanList(bytes, start, OPEN_LIST, CLOSE_LIST, (item) => measureValue(bytes, item));
    lists.set(start, list);
    return list.end;
  });
  const [list] = lists;
  if (list === undefined) throw new JsonScanError();
  const [start, { end, found }] = list;
  return { members, packs: { start, end }, items: found };
}

/** @param endOf returns the end of the value that begins at `valueStart` */
function scanObject(bytes: Uint8Array, start: number, endOf: (key: string, valueStart: number) => number): Member[] {
  const { found } = scanList(bytes, start, OPEN_OBJECT, CLOSE_OBJECT, (keyStart) => {
    const keyEnd = stringEnd(bytes, keyStart);
    const colon = skipWhitespace(bytes, keyEnd);
    if (bytes[keyStart] !== QUOTE || bytes[colon] !== COLON) throw new JsonScanError();
    const valueStart = skipWhitespace(bytes, colon + 1);
    const key = parseKey(bytes, keyStart, keyEnd);
    return { key, start: keyStart, valueStart, end: endOf(key, valueStart) };
  });
  return found;
}

interface List<T> {
  readonly found: T[];
  /** The offset after the closing bracket. */
  readonly end: number;
}

function scanList<T extends Range>(
  bytes: Uint8Array,
  start: number,
  open: number,
  close: number,
  readItem: (start: number) => T,
): List<T> {
  if (bytes[start] !== open) throw new JsonScanError();
  const found: T[] = [];
  let next = skipWhitespace(bytes, start + 1);
  if (bytes[next] === close) return { found, end: next + 1 };
  for (;;) {
    const item = readItem(next);
    found.push(item);
    next = skipWhitespace(bytes, item.end);
    if (bytes[next] === close) return { found, end: next + 1 };
    if (bytes[next] !== COMMA) throw new JsonScanError();
    next = skipWhitespace(bytes, next + 1);
  }
}

export function skipWhitespace(bytes: Uint8Array, offset: number): number {
  let next = offset;
  for (let code = bytes[next]; code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09; code = bytes[next]) {
    next += 1;
  }
  return next;
}

/** Returns the end of a value, which is never empty. */
function valueEnd(bytes: Uint8Array, start: number): number {
  const first = bytes[start];
  if (first === QUOTE) return stringEnd(bytes, start);
  if (first === OPEN_OBJECT || first === OPEN_LIST) return measureBrackets(bytes, start).end;
  const end = literalEnd(bytes, start);
  if (end === start) throw new JsonScanError();
  return end;
}

function measureValue(bytes: Uint8Array, start: number): MeasuredRange {
  const first = bytes[start];
  if (first === OPEN_OBJECT || first === OPEN_LIST) return measureBrackets(bytes, start);
  return { start, end: valueEnd(bytes, start), members: 0, depth: 0 };
}

/** Counts brackets without matching their kinds, and colons, which is sufficient for valid JSON. */
function measureBrackets(bytes: Uint8Array, start: number): MeasuredRange {
  let members = 0;
  let level = 0;
  let depth = 0;
  for (let offset = start; offset < bytes.length; offset += 1) {
    const code = bytes[offset];
    if (code === QUOTE) offset = stringEnd(bytes, offset) - 1;
    else if (code === COLON) members += 1;
    else if (code === OPEN_OBJECT || code === OPEN_LIST) depth = Math.max(depth, ++level);
    else if ((code === CLOSE_OBJECT || code === CLOSE_LIST) && --level === 0) {
      return { start, end: offset + 1, members, depth };
    }
  }
  throw new JsonScanError();
}

/** @param start the offset of the opening quote */
export function stringEnd(bytes: Uint8Array, start: number): number {
  for (let offset = start + 1; offset < bytes.length; offset += 1) {
    const code = bytes[offset];
    if (code === QUOTE) return offset + 1;
    if (code === BACKSLASH) offset += 1;
  }
  throw new JsonScanError();
}

/** Returns the end of a number, `true`, `false` or `null`. */
function literalEnd(bytes: Uint8Array, start: number): number {
  const terminators = [COMMA, CLOSE_LIST, CLOSE_OBJECT, 0x20, 0x0a, 0x0d, 0x09];
  let offset = start;
  while (offset < bytes.length && !terminators.includes(bytes[offset] as number)) offset += 1;
  return offset;
}

function parseKey(bytes: Uint8Array, start: number, end: number): string {
  try {
    return JSON.parse(decodeRange(bytes, start, end));
  } catch {
    throw new JsonScanError();
  }
}

/** Returns the text between two offsets. */
export function decodeRange(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
}

/** Returns the offset after a byte order mark and white space. */
export function contentStart(bytes: Uint8Array): number {
  return skipWhitespace(bytes, byteOrderMarkEnd(bytes));
}

export function byteOrderMarkEnd(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}

/** The approximate size of the parts of a file that are parsed at a time: their values do not outlive a garbage collection. */
const CHUNK_BYTES = 128 * 1024;

/** Divides adjacent items into runs `[from, to)` of about the size of a chunk. */
export function* chunksOf(items: readonly Range[]): Generator<readonly [from: number, to: number]> {
  for (let from = 0, to = 1; from < items.length; to += 1) {
    const size = (items[to - 1]?.end ?? 0) - (items[from]?.start ?? 0);
    if (size < CHUNK_BYTES && to < items.length) continue;
    yield [from, to];
    from = to;
  }
}
