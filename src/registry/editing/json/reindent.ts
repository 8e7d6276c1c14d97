import { type Range, skipWhitespace, stringEnd } from '../../index/positions/json-scan.ts';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const LINE_FEED = 0x0a;
const SPACE = 0x20;

/**
 * A JSON value in another layout, that of `JSON.stringify` with two blanks. Its words stay as they are written: numbers
 * keep all their digits and strings their escapes.
 * @param depth how deep the value stands in what it is put into
 */
export function reindentJson(bytes: Uint8Array, { start, end }: Range, depth: number): Uint8Array {
  const output = new Output((end - start) * 2);
  let level = depth;
  for (let at = skipWhitespace(bytes, start); at < end; at = skipWhitespace(bytes, at)) {
    const code = bytes[at] as number;
    const next = code === QUOTE ? stringEnd(bytes, at) : at + 1;
    if (isClosing(code)) {
      level -= 1;
      if (!isOpening(bytes[output.lastFrom] as number)) output.line(level);
    }
    output.copy(bytes, at, next);
    if (isOpening(code)) level += 1;
    if (code === COLON) output.space();
    const following = bytes[skipWhitespace(bytes, next)] as number;
    if (code === COMMA || (isOpening(code) && !isClosing(following))) output.line(level);
    at = next;
  }
  return output.written();
}

function isOpening(code: number): boolean {
  return code === 0x7b || code === 0x5b;
}

function isClosing(code: number): boolean {
  return code === 0x7d || code === 0x5d;
}

/** Bytes that grow at their end. */
class Output {
  /** Where the last token came from. */
  lastFrom = 0;
  #bytes: Buffer;
  #length = 0;

  constructor(capacity: number) {
    this.#bytes = Buffer.allocUnsafe(capacity);
  }

  copy(from: Uint8Array, start: number, end: number): void {
    this.#reserve(end - start);
    for (let at = start; at < end; at += 1) this.#bytes[this.#length++] = from[at] as number;
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
