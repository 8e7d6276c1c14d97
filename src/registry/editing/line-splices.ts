import { lineAfter } from '../../documents/yaml/locations.ts';

interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Non-overlapping changes to a text. All offsets refer to the original text. */
export class LineSplices {
  readonly #text: string;
  readonly #lineEnd: string;
  readonly #splices: Splice[] = [];

  constructor(text: string, lineEnd: string) {
    this.#text = text;
    this.#lineEnd = lineEnd;
  }

  replace(start: number, end: number, text: string): void {
    this.#splices.push({ start, end, text });
  }

  /**
   * Inserts whole lines.
   * @param offset the start of a line, or the end of a file whose last line is not terminated
   */
  insertLines(offset: number, text: string): void {
    const isUnterminated = offset > 0 && !/[\r\n]/.test(this.#text[offset - 1] ?? '');
    const lines = isUnterminated ? this.#lineEnd + text.slice(0, -this.#lineEnd.length) : text;
    this.replace(offset, offset, lines);
  }

  /**
   * Replaces a range and the rest of its last line.
   * @param text whole lines, the first of which begins at `start`
   */
  replaceLines(start: number, end: number, text: string): void {
    const after = lineAfter(this.#text, end);
    const isUnterminated = !/[\r\n]/.test(this.#text[after - 1] ?? '');
    this.replace(start, after, isUnterminated ? text.slice(0, -this.#lineEnd.length) : text);
  }

  /** Returns the text with all changes applied. */
  result(): string {
    let text = '';
    let copied = 0;
    for (const splice of this.#splices.toSorted((one, other) => one.start - other.start)) {
      text += this.#text.slice(copied, splice.start) + splice.text;
      copied = splice.end;
    }
    return text + this.#text.slice(copied);
  }
}
