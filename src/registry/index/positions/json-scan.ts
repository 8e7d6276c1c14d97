/** A part of a text; `end` is behind its last byte. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** One member of an object: its key, quotes included, and its value. */
export interface Member extends Range {
  readonly key: string;
  readonly valueStart: number;
}

/** The bytes are no JSON, or not of the shape that was asked for. Where and why is for a reader to say. */
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
 * Where the members of an object stand. These functions find places in bytes that somebody else has judged or will judge:
 * of what is JSON they are right, and of what is not they end.
 * @param at of the opening brace
 * @throws JsonScanError
 */
export function scanMembers(bytes: Uint8Array, at: number): Member[] {
  return scanObject(bytes, at, (_, valueStart) => valueEnd(bytes, valueStart));
}

/** Where things stand in an index. */
export interface IndexOutline {
  readonly members: readonly Member[];
  /** The list of packs, brackets included. */
  readonly packs: Range;
  readonly items: readonly Range[];
}

/** The same for an index and for the packs in it, in one go. @throws JsonScanError, also where there is no list of packs */
export function scanIndex(bytes: Uint8Array): IndexOutline {
  const lists = new Map<number, List<Range>>();
  const members = scanObject(bytes, contentStart(bytes), (key, start) => {
    if (key !== 'packs') return valueEnd(bytes, start);
    const list = scanList(bytes, start, OPEN_LIST, CLOSE_LIST, (item) => ({ start: item, end: valueEnd(bytes, item) }));
    lists.set(start, list);
    return list.end;
  });
  const [list] = lists;
  if (list === undefined) throw new JsonScanError();
  const [start, { end, found }] = list;
  return { members, packs: { start, end }, items: found };
}

/** @param endOf where the value ends that begins at `valueStart` */
function scanObject(bytes: Uint8Array, at: number, endOf: (key: string, valueStart: number) => number): Member[] {
  const { found } = scanList(bytes, at, OPEN_OBJECT, CLOSE_OBJECT, (start) => {
    const keyEnd = stringEnd(bytes, start);
    const colon = skipWhitespace(bytes, keyEnd);
    if (bytes[start] !== QUOTE || bytes[colon] !== COLON) throw new JsonScanError();
    const valueStart = skipWhitespace(bytes, colon + 1);
    const key = readKey(bytes, start, keyEnd);
    return { key, start, valueStart, end: endOf(key, valueStart) };
  });
  return found;
}

interface List<T> {
  readonly found: T[];
  /** Behind the closing bracket. */
  readonly end: number;
}

function scanList<T extends Range>(
  bytes: Uint8Array,
  at: number,
  open: number,
  close: number,
  read: (start: number) => T,
): List<T> {
  if (bytes[at] !== open) throw new JsonScanError();
  const found: T[] = [];
  let next = skipWhitespace(bytes, at + 1);
  if (bytes[next] === close) return { found, end: next + 1 };
  for (;;) {
    const item = read(next);
    found.push(item);
    next = skipWhitespace(bytes, item.end);
    if (bytes[next] === close) return { found, end: next + 1 };
    if (bytes[next] !== COMMA) throw new JsonScanError();
    next = skipWhitespace(bytes, next + 1);
  }
}

export function skipWhitespace(bytes: Uint8Array, at: number): number {
  let next = at;
  for (let code = bytes[next]; code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09; code = bytes[next]) {
    next += 1;
  }
  return next;
}

/** Where a value ends; it is never empty. */
function valueEnd(bytes: Uint8Array, start: number): number {
  const first = bytes[start];
  if (first === QUOTE) return stringEnd(bytes, start);
  const end = first === OPEN_OBJECT || first === OPEN_LIST ? bracketsEnd(bytes, start) : wordEnd(bytes, start);
  if (end === start) throw new JsonScanError();
  return end;
}

/** Brackets are counted and not matched: what mixes them up is no JSON. */
function bracketsEnd(bytes: Uint8Array, start: number): number {
  let depth = 0;
  for (let at = start; at < bytes.length; at += 1) {
    const code = bytes[at];
    if (code === QUOTE) at = stringEnd(bytes, at) - 1;
    else if (code === OPEN_OBJECT || code === OPEN_LIST) depth += 1;
    else if ((code === CLOSE_OBJECT || code === CLOSE_LIST) && --depth === 0) return at + 1;
  }
  throw new JsonScanError();
}

/** @param start of the opening quote */
export function stringEnd(bytes: Uint8Array, start: number): number {
  for (let at = start + 1; at < bytes.length; at += 1) {
    const code = bytes[at];
    if (code === QUOTE) return at + 1;
    if (code === BACKSLASH) at += 1;
  }
  throw new JsonScanError();
}

/** Of a number, `true`, `false` or `null`. */
function wordEnd(bytes: Uint8Array, start: number): number {
  const ends = [COMMA, CLOSE_LIST, CLOSE_OBJECT, 0x20, 0x0a, 0x0d, 0x09];
  let at = start;
  while (at < bytes.length && !ends.includes(bytes[at] as number)) at += 1;
  return at;
}

function readKey(bytes: Uint8Array, start: number, end: number): string {
  try {
    return JSON.parse(textOf(bytes, start, end));
  } catch {
    throw new JsonScanError();
  }
}

/** @returns the text between two offsets */
export function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
}

/** Behind a byte order mark and white space. */
export function contentStart(bytes: Uint8Array): number {
  return skipWhitespace(bytes, byteOrderMarkEnd(bytes));
}

/** Behind a byte order mark, which is no part of the text. */
export function byteOrderMarkEnd(bytes: Uint8Array): number {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
}

/** How much of a file is made into values at a time. */
const PIECE_BYTES = 1024 * 1024;

/** Runs of neighbours, each `[from, to)`, of about the size of a piece. */
export function* chunksOf(items: readonly Range[]): Generator<readonly [from: number, to: number]> {
  for (let from = 0, to = 1; from < items.length; to += 1) {
    const size = (items[to - 1]?.end ?? 0) - (items[from]?.start ?? 0);
    if (size < PIECE_BYTES && to < items.length) continue;
    yield [from, to];
    from = to;
  }
}
