/** The expression language of workflows and conditions (components.md, section 4.4). */
import { ExpressionError, type Token, tokenize } from './tokens.ts';

export interface NamePath {
  readonly type: 'path';
  readonly root: string;
  /** The keys and indexes behind the name; `undefined` for one that is computed. */
  readonly steps: readonly (string | undefined)[];
  readonly offset: number;
  readonly end: number;
  /** True if the step after this path is a minus sign without a space, which suggests a hyphenated name. */
  readonly beforeMinus: boolean;
}

export interface Call {
  readonly type: 'call';
  readonly name: string;
  readonly args: number;
  readonly offset: number;
}

/** The names and calls in an expression, in the order of the text. */
export type Part = NamePath | Call;

const MAX_LENGTH = 10_000;
const MAX_DEPTH = 200;

/** Parses an expression and returns its names and calls. @throws ExpressionError */
export function parseExpression(text: string): readonly Part[] {
  if (text.length > MAX_LENGTH) throw new ExpressionError('the expression is too long', 0);
  if (text.trim() === '') throw new ExpressionError('the expression is empty', 0);
  const parser = new Parser(tokenize(text), text);
  parser.expression(0);
  parser.end();
  return parser.parts;
}

const LEVELS: readonly (readonly string[])[] = [
  ['or'],
  ['and'],
  ['==', '!=', '<', '>', '<=', '>=', 'in'],
  ['+', '-'],
  ['*', '/', '%'],
];
const CONSTANTS = ['true', 'false', 'null'];
const WORDS = ['or', 'and', 'not', 'in', 'if', 'else'];

class Parser {
  readonly parts: Part[] = [];
  readonly #tokens: readonly Token[];
  readonly #text: string;
  #next = 0;
  #depth = 0;

  constructor(tokens: readonly Token[], text: string) {
    this.#tokens = tokens;
    this.#text = text;
  }

  end(): void {
    const { type, text, offset } = this.#peek();
    if (type === 'end') return;
    if (text === 'if' || text === 'else') throw new ExpressionError('there is no conditional expression', offset);
    throw new ExpressionError(`unexpected '${text}'`, offset);
  }

  expression(level: number): void {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw new ExpressionError('the expression is nested too deeply', this.#peek().offset);
    if (level === 2 && this.#accept('not')) this.expression(2);
    else if (level === LEVELS.length) this.#unary();
    else {
      this.expression(level + 1);
      while (this.#acceptAny(LEVELS[level] ?? [])) this.expression(level + 1);
    }
    this.#depth -= 1;
  }

  #peek(): Token {
    return this.#tokens[this.#next] as Token;
  }

  #accept(text: string): boolean {
    const token = this.#peek();
    if (token.text !== text || token.type === 'string') return false;
    this.#next += 1;
    return true;
  }

  #acceptAny(texts: readonly string[]): boolean {
    return texts.some((text) => this.#accept(text));
  }

  #expect(text: string): void {
    if (this.#accept(text)) return;
    const { text: found, offset } = this.#peek();
    throw new ExpressionError(
      found === '' ? `'${text}' is missing` : `expected '${text}' but found '${found}'`,
      offset,
    );
  }

  #unary(): void {
    while (this.#accept('-'));
    this.#primary();
  }

  #primary(): void {
    const token = this.#peek();
    if (token.type === 'name' && !WORDS.includes(token.text)) this.#name(token);
    else if (token.type === 'number' || token.type === 'string') {
      this.#next += 1;
      this.#steps();
    } else if (this.#accept('(')) {
      this.expression(0);
      this.#expect(')');
      this.#steps();
    } else if (this.#accept('[')) {
      this.#list(']');
      this.#steps();
    } else
      throw new ExpressionError(
        token.type === 'end' ? 'it ends too early' : `unexpected '${token.text}'`,
        token.offset,
      );
  }

  #name({ text: root, offset }: Token): void {
    this.#next += 1;
    const index = this.parts.length;
    if (this.#accept('(')) {
      this.parts.push({ type: 'call', name: root, args: 0, offset });
      const args = this.#list(')');
      this.parts[index] = { type: 'call', name: root, args, offset };
      this.#steps();
      return;
    }
    if (CONSTANTS.includes(root)) return;
    this.parts.push({ type: 'path', root, steps: [], offset, end: offset, beforeMinus: false });
    const steps = this.#steps();
    const last = this.#tokens[this.#next - 1] as Token;
    const end = last.offset + last.text.length;
    const beforeMinus = /^-\w/.test(this.#text.slice(end));
    this.parts[index] = { type: 'path', root, steps, offset, end, beforeMinus };
  }

  #steps(): (string | undefined)[] {
    const steps: (string | undefined)[] = [];
    for (;;) {
      if (this.#accept('.')) {
        const { type, text, offset } = this.#peek();
        if (type !== 'name' && type !== 'number') throw new ExpressionError('a name is missing after the dot', offset);
        this.#next += 1;
        if (this.#peek().text === '(') throw new ExpressionError('there are no method calls', offset);
        steps.push(text);
      } else if (this.#accept('[')) {
        const literal = this.#peek();
        this.expression(0);
        this.#expect(']');
        const constant = this.#tokens[this.#next - 2] === literal && literal.type !== 'name';
        steps.push(constant ? literal.text.replace(/^['"]|['"]$/g, '') : undefined);
      } else return steps;
    }
  }

  #list(closing: string): number {
    if (this.#accept(closing)) return 0;
    let count = 0;
    do {
      this.expression(0);
      count += 1;
    } while (this.#accept(','));
    this.#expect(closing);
    return count;
  }
}
