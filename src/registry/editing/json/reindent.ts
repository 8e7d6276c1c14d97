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
