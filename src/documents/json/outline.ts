import { type DuplicateKey, NO_CHILDREN, type Part } from '../source-document.ts';

/** The first thing that makes a text no JSON (RFC 8259), and its offset. */
export class JsonFault extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

interface JsonOutline {
  readonly root: Part;
  readonly duplicates: readonly DuplicateKey[];
}

const LITERAL = /(?:true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?![\w.+-])/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SPACE = /[ \t\r\n]*/y;

/**
 * Draws where everything stands in a JSON text. Slow and large beside `JSON.parse`: for when something is wrong.
 * @throws JsonFault
 */
export function outlineJson(text: string, maxDepth: number): JsonOutline {
  return new Outliner(text, maxDepth).draw();
}

class Outliner {
  readonly #text: string;
  readonly #maxDepth: number;
  readonly #path: (string | number)[] = [];
  readonly #duplicates: DuplicateKey[] = [];
  #at = 0;

  constructor(text: string, maxDepth: number) {
    this.#text = text;
    this.#maxDepth = maxDepth;
  }

  draw(): JsonOutline {
    this.#match(SPACE);
    const root = this.#value(this.#at);
    this.#match(SPACE);
    if (this.#at < this.#text.length) this.#refuse('the end of the document');
    return { root: { ...root, at: 0 }, duplicates: this.#duplicates };
  }

  #value(at: number): Part {
    const start = this.#at;
    if (this.#skip('{')) return { at, start: 0, end: 0, children: this.#members() };
    if (this.#skip('[')) return { at, start: 0, end: 0, children: this.#items() };
    if (this.#peek() === '"') this.#string();
    else if (this.#match(LITERAL)) return { at, start, end: this.#at, children: NO_CHILDREN };
    else this.#refuse('a value');
    return { at, start: 0, end: 0, children: NO_CHILDREN };
  }

  #members(): Map<string | number, Part> {
    const members = new Map<string | number, Part>();
    this.#each('}', () => {
      const at = this.#at;
      if (this.#peek() !== '"') this.#refuse('a key in double quotes');
      const key = this.#string();
      this.#expect(':');
      this.#path.push(key);
      const part = this.#value(at);
      const first = members.get(key);
      if (first) this.#duplicates.push({ path: [...this.#path], at, firstAt: first.at });
      else members.set(key, part);
      this.#path.pop();
    });
    return members;
  }

  #items(): Map<string | number, Part> {
    const items = new Map<string | number, Part>();
    this.#each(']', () => {
      this.#path.push(items.size);
      items.set(items.size, this.#value(this.#at));
      this.#path.pop();
    });
    return items;
  }

  /** Reads what stands between commas, up to the closing bracket. */
  #each(closing: string, read: () => void): void {
    if (this.#path.length >= this.#maxDepth)
      throw new JsonFault(this.#at - 1, `it is nested more than ${this.#maxDepth} levels deep`);
    this.#match(SPACE);
    if (this.#skip(closing)) return;
    for (;;) {
      read();
      this.#match(SPACE);
      if (this.#skip(closing)) return;
      if (!this.#skip(',')) this.#refuse(`',' or '${closing}'`);
      this.#match(SPACE);
    }
  }

  #string(): string {
    const start = this.#at;
    for (this.#at += 1; this.#peek() !== '"'; ) {
      const code = this.#text.charCodeAt(this.#at);
      if (Number.isNaN(code)) throw new JsonFault(start, 'this string has no end');
      if (code < 0x20) throw new JsonFault(this.#at, 'a control character in a string has to be escaped');
      if (code !== 0x5c) this.#at += 1;
      else if (!this.#match(ESCAPE)) throw new JsonFault(this.#at, 'there is no such escape');
    }
    this.#at += 1;
    return JSON.parse(this.#text.slice(start, this.#at));
  }

  #expect(character: string): void {
    this.#match(SPACE);
    if (!this.#skip(character)) this.#refuse(`'${character}'`);
    this.#match(SPACE);
  }

  #peek(): string | undefined {
    return this.#text[this.#at];
  }

  #skip(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at += 1;
    return true;
  }

  #match(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    if (!pattern.test(this.#text)) return false;
    this.#at = pattern.lastIndex;
    return true;
  }

  #refuse(expected: string): never {
    const found =
      this.#at < this.#text.length
        ? `'${String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0)}'`
        : 'the end of the file';
    throw new JsonFault(this.#at, `expected ${expected} but found ${found}`);
  }
}
