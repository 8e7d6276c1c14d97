import { type DuplicateKey, NO_CHILDREN, type OutlineNode } from '../source-document.ts';

/** The first JSON syntax error (RFC 8259) of a text, with its offset. */
export class JsonSyntaxError extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

interface JsonOutline {
  readonly root: OutlineNode;
  readonly duplicates: readonly DuplicateKey[];
}

const LITERAL = /(?:true|false|null|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)(?![\w.+-])/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const SPACE = /[ \t\r\n]*/y;

/**
 * Locates every value of a JSON text. Slower and larger than `JSON.parse`, so it is used only to report problems.
 * @throws JsonSyntaxError
 */
export function outlineJson(text: string, maxDepth: number): JsonOutline {
  return new Outliner(text, maxDepth).outline();
}

class Outliner {
  readonly #text: string;
  readonly #maxDepth: number;
  readonly #path: (string | number)[] = [];
  readonly #duplicates: DuplicateKey[] = [];
  #offset = 0;

  constructor(text: string, maxDepth: number) {
    this.#text = text;
    this.#maxDepth = maxDepth;
  }

  outline(): JsonOutline {
    this.#match(SPACE);
    const root = this.#value(this.#offset);
    this.#match(SPACE);
    if (this.#offset < this.#text.length) this.#throwUnexpected('the end of the document');
    return { root: { ...root, offset: 0 }, duplicates: this.#duplicates };
  }

  /** @param offset where the key of the value starts, or the value itself */
  #value(offset: number): OutlineNode {
    const start = this.#offset;
    if (this.#skip('{')) return { offset, start: 0, end: 0, children: this.#members() };
    if (this.#skip('[')) return { offset, start: 0, end: 0, children: this.#items() };
    if (this.#peek() === '"') this.#string();
    else if (this.#match(LITERAL)) return { offset, start, end: this.#offset, children: NO_CHILDREN };
    else this.#throwUnexpected('a value');
    return { offset, start: 0, end: 0, children: NO_CHILDREN };
  }

  #members(): Map<string | number, OutlineNode> {
    const members = new Map<string | number, OutlineNode>();
    this.#each('}', () => {
      const offset = this.#offset;
      if (this.#peek() !== '"') this.#throwUnexpected('a key in double quotes');
      const key = this.#string();
      this.#expect(':');
      this.#path.push(key);
      const node = this.#value(offset);
      const first = members.get(key);
      if (first) this.#duplicates.push({ path: [...this.#path], offset, firstOffset: first.offset });
      else members.set(key, node);
      this.#path.pop();
    });
    return members;
  }

  #items(): Map<string | number, OutlineNode> {
    const items = new Map<string | number, OutlineNode>();
    this.#each(']', () => {
      this.#path.push(items.size);
      items.set(items.size, this.#value(this.#offset));
      this.#path.pop();
    });
    return items;
  }

  /** Calls `read` for each comma-separated item, up to the closing bracket. */
  #each(closing: string, read: () => void): void {
    if (this.#path.length >= this.#maxDepth)
      throw new JsonSyntaxError(this.#offset - 1, `it is nested more than ${this.#maxDepth} levels deep`);
    this.#match(SPACE);
    if (this.#skip(closing)) return;
    for (;;) {
      read();
      this.#match(SPACE);
      if (this.#skip(closing)) return;
      if (!this.#skip(',')) this.#throwUnexpected(`',' or '${closing}'`);
      this.#match(SPACE);
    }
  }

  #string(): string {
    const start = this.#offset;
    for (this.#offset += 1; this.#peek() !== '"'; ) {
      const code = this.#text.charCodeAt(this.#offset);
      if (Number.isNaN(code)) throw new JsonSyntaxError(start, 'this string is not terminated');
      if (code < 0x20) throw new JsonSyntaxError(this.#offset, 'a control character in a string must be escaped');
      if (code !== 0x5c) this.#offset += 1;
      else if (!this.#match(ESCAPE)) throw new JsonSyntaxError(this.#offset, 'this escape sequence is not valid');
    }
    this.#offset += 1;
    return JSON.parse(this.#text.slice(start, this.#offset));
  }

  #expect(character: string): void {
    this.#match(SPACE);
    if (!this.#skip(character)) this.#throwUnexpected(`'${character}'`);
    this.#match(SPACE);
  }

  #peek(): string | undefined {
    return this.#text[this.#offset];
  }

  #skip(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#offset += 1;
    return true;
  }

  #match(pattern: RegExp): boolean {
    pattern.lastIndex = this.#offset;
    if (!pattern.test(this.#text)) return false;
    this.#offset = pattern.lastIndex;
    return true;
  }

  #throwUnexpected(expected: string): never {
    const found =
      this.#offset < this.#text.length
        ? `'${String.fromCodePoint(this.#text.codePointAt(this.#offset) ?? 0)}'`
        : 'the end of the file';
    throw new JsonSyntaxError(this.#offset, `expected ${expected} but found ${found}`);
  }
}
