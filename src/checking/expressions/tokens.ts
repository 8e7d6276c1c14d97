export interface Token {
  readonly type: 'name' | 'number' | 'string' | 'operator' | 'end';
  readonly text: string;
  /** The offset in the expression. */
  readonly offset: number;
}

/** An expression that the platform cannot parse. */
export class ExpressionError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

const TOKEN =
  /\s*(?:([A-Za-z_]\w*)|(\d+(?:\.\d+)?)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(==|!=|<=|>=|[-<>+*/%.,()[\]]))/sy;

/** Splits an expression into tokens. @throws ExpressionError */
export function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  let offset = 0;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    const [whole, name, number, string, operator] = match;
    const type =
      name !== undefined ? 'name' : number !== undefined ? 'number' : string !== undefined ? 'string' : 'operator';
    const token = name ?? number ?? string ?? operator ?? '';
    tokens.push({ type, text: token, offset: offset + whole.length - token.length });
    offset = TOKEN.lastIndex;
  }
  const rest = text.slice(offset);
  if (rest.trim() !== '')
    throw new ExpressionError(unexpected(rest.trim()), offset + rest.length - rest.trimStart().length);
  return [...tokens, { type: 'end', text: '', offset: text.length }];
}

function unexpected(rest: string): string {
  if (rest.startsWith('|')) return 'there are no filters';
  if (rest.startsWith('{')) return 'there are no map literals';
  if (rest.startsWith('?')) return 'there is no conditional expression';
  return /^["']/.test(rest) ? 'the string is not closed' : `unexpected '${rest[0]}'`;
}
