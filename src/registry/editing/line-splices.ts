import { lineAfter } from '../../documents/yaml/locations.ts';

interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Changes to a text of lines, none of which overlaps another. All places are those of the text as it was. */
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

  /** @param text whole lines @param at the start of a line, or the end of a file whose last line does not end */
  insertLines(at: number, text: string): void {
    const open = at > 0 && !/[\r\n]/.test(this.#text[at - 1] ?? '');
    const whole = open ? this.#lineEnd + text.slice(0, -this.#lineEnd.length) : text;
    this.replace(at, at, whole);
  }

  /** @param text its first line begins at `start`; what else is on the last line goes */
  replaceLines(start: number, end: number, text: string): void {
    const after = lineAfter(this.#text, end);
    const open = !/[\r\n]/.test(this.#text[after - 1] ?? '');
    this.replace(start, after, open ? text.slice(0, -this.#lineEnd.length) : text);
  }

  /** The text with all changes. */
  result(): string {
    let text = '';
    let at = 0;
    for (const splice of this.#splices.toSorted((one, other) => one.start - other.start)) {
      text += this.#text.slice(at, splice.start) + splice.text;
      at = splice.end;
    }
    return text + this.#text.slice(at);
  }
}
