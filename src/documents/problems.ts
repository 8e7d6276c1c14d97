/**
 * Documents that people write by hand: YAML and JSON, read so that whatever is wrong with them is told with file, line
 * and field, and all of it at once. The two formats give the same `SourceDocument`; nothing above this folder needs to
 * know which one it was.
 */
import { AttuneError, type ErrorCode } from '../errors.ts';

/** The keys and list positions that lead to a part of a document. */
export type FieldPath = readonly (string | number)[];

export interface Problem {
  /** The file, as the reader was told to call it. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** `testing.runners.python.timeout`, `packs[3].ref`; empty for the document as a whole. */
  readonly field: string;
  /** What is wrong, without the place. */
  readonly message: string;
}

/** One or several documents that are not what they have to be; `problems` is never empty. */
export class InvalidDocument extends AttuneError {
  readonly problems: readonly Problem[];

  /** @param heading what failed on what, ending in a colon: a line for each problem follows */
  constructor(code: ErrorCode & `INVALID_${string}`, heading: string, problems: readonly Problem[], hint: string) {
    const short = problems.map((problem) => ({ ...problem, message: shorten(problem.message, MESSAGE_LENGTH) }));
    const lines = short.slice(0, MOST_LINES).map((problem) => `  ${formatProblem(problem)}`);
    const more = short.length > MOST_LINES ? [`  and ${short.length - MOST_LINES} more`] : [];
    super(code, [heading, ...lines, ...more].join('\n'), { facts: { problems: short }, hint });
    this.problems = short;
  }
}

/** Nobody reads more; a hostile file can have a hundred thousand. The facts have all of them. */
const MOST_LINES = 1000;
const MESSAGE_LENGTH = 400;
const KEY_LENGTH = 80;

/** One line, whatever the file put into it: a line feed in a name cannot make up a problem of its own. */
function formatProblem({ path, line, column, field, message }: Problem): string {
  return oneLine(`${path}:${line}:${column}${field === '' ? '' : ` ${field}`}: ${message}`);
}

/** Line ends of all kinds as they are written in a string. */
export function oneLine(text: string): string {
  const escaped = (end: string) => `\\u${end.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return text
    .replace(/\n/g, '\\n')
    .replace(/\r/g, '\\r')
    .replace(/[\u2028\u2029\u0085]/g, escaped);
}

export function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}\u{2026}` : text;
}

/** `['packs', 3, 'ref']` as `packs[3].ref`; keys that are not plain words are quoted. */
export function formatField(path: FieldPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    const word = /^[\w-]{1,80}$/.test(step) ? step : JSON.stringify(shorten(step, KEY_LENGTH));
    return text === '' ? word : `${text}.${word}`;
  }, '');
}
