import { type Range, skipWhitespace, stringEnd } from '../../index/positions/json-scan.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const LINE_FEED = 0x0a;
const SPACE = 0x20;

/**
 * Reformats a JSON value like `JSON.stringify` with two spaces. Tokens are copied unchanged: numbers keep all their digits
 * and strings their escapes.
 * @param depth the nesting depth of the value in the target document
 */
export function reindentJson(bytes: Uint8Array, { start, end }: Range, depth: number): Uint8Array {
  if (isIndented(bytes, { start, end }, depth)) return bytes.subarray(start, end);
  const output = new Output((end - start) * 2);
  let level = depth;
  for (let offset = skipWhitespace(bytes, start); offset < end; offset = skipWhitespace(bytes, offset)) {
    const code = bytes[offset] as number;
    const next = code === QUOTE ? stringEnd(bytes, offset) : offset + 1;
    if (isClosing(code)) {
      level -= 1;
      if (!isOpening(bytes[output.lastFrom] as number)) output.line(level);
    }
    output.copy(bytes, offset, next);
    if (isOpening(code)) level += 1;
    if (code === COLON) output.space();
    const following = bytes[skipWhitespace(bytes, next)] as number;
    if (code === COMMA || (isOpening(code) && !isClosing(following))) output.line(level);
    offset = next;
  }
  return output.written();
}

/** Checks whether the white space of a value is that of the target document, so that the value can be copied as it is. */
function isIndented(bytes: Uint8Array, { start, end }: Range, depth: number): boolean {
  let level = depth;
  let offset = start;
  while (offset !== -1 && offset < end) {
    const code = bytes[offset] as number;
    if (code === QUOTE) offset = stringEnd(bytes, offset);
    else if (code === COMMA) offset = lineStart(bytes, offset + 1, level);
    else if (code === COLON) offset = bytes[offset + 1] === SPACE ? tokenAt(bytes, offset + 2) : -1;
    else if (isOpening(code)) {
      const isEmpty = isClosing(bytes[offset + 1] as number);
      offset = isEmpty ? offset + 2 : lineStart(bytes, offset + 1, ++level);
    } else if (code === LINE_FEED) {
      const closing = lineStart(bytes, offset, --level);
      offset = closing !== -1 && isClosing(bytes[closing] as number) ? closing + 1 : -1;
    } else if (isClosing(code)) offset = -1;
    else offset = tokenAt(bytes, offset) === -1 ? -1 : offset + 1;
  }
  return offset === end;
}

/** Returns the offset of the token after a line break with the indentation of a level; -1 if there is none. */
function lineStart(bytes: Uint8Array, offset: number, level: number): number {
  const end = offset + 1 + 2 * level;
  if (bytes[offset] !== LINE_FEED) return -1;
  for (let index = offset + 1; index < end; index += 1) if (bytes[index] !== SPACE) return -1;
  return tokenAt(bytes, end);
}

/** Returns the offset; -1 if there is white space. */
function tokenAt(bytes: Uint8Array, offset: number): number {
  return (bytes[offset] as number) > SPACE ? offset : -1;
}

function isOpening(code: number): boolean {
  return code === 0x7b || code === 0x5b;
}

function isClosing(code: number): boolean {
  return code === 0x7d || code === 0x5d;
}

/** A growing output buffer. */
class Output {
  /** The source offset of the last token. */
  lastFrom = 0;
  #bytes: Buffer;
  #length = 0;

  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  copy(from: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start);
    for (let index = start; index < end; index += 1) this.#bytes[this.#length++] = from[index] as number;
    this.lastFrom = start;
  }

  space(): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = SPACE;
  }

  line(level: number): void {
    this.#reserve(1 + 2 * level);
    this.#bytes[this.#length++] = LINE_FEED;
    this.#bytes.fill(SPACE, this.#length, this.#length + 2 * level);
    this.#length += 2 * level;
  }

  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.#length + more));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
