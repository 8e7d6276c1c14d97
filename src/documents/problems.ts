/**
 * Documents that people write by hand, in YAML or JSON. All problems of a document are reported at once, each with file,
 * line and field. Both formats produce a `SourceDocument`, so callers do not need to know which one was read.
 */
import { AttuneError, type ErrorCode } from '../errors.ts';

/** The keys and list indexes that lead to a value in a document. */
export type FieldPath = readonly (string | number)[];

export interface Problem {
  /** The file, by the name that the caller gave to the reader. */
  readonly path: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** `testing.runners.python.timeout`, `packs[3].ref`; empty for the document as a whole. */
  readonly field: string;
  /** What is wrong, without the location. */
  readonly message: string;
  /** The code with which `pack check` reports the same problem, for the files of a pack. */
  readonly rule?: string;
}

/** One or more invalid documents. `problems` is never empty. */
export class InvalidDocument extends AttuneError {
  readonly problems: readonly Problem[];

  /** @param heading what failed, ending in a colon; one line for each problem follows */
  constructor(code: ErrorCode & `INVALID_${string}`, heading: string, problems: readonly Problem[], hint: string) {
    const shortened = problems.map((problem) => ({
      ...problem,
      message: shorten(problem.message, MAX_MESSAGE_LENGTH),
    }));
    const lines = shortened.slice(0, MAX_LINES).map((problem) => `  ${formatProblem(problem)}`);
    const more =
      shortened.length > MAX_LINES ? [`  and ${(shortened.length - MAX_LINES).toLocaleString('en-US')} more`] : [];
    super(code, [heading, ...lines, ...more].join('\n'), { facts: { problems: shortened }, hint });
    this.problems = shortened;
  }
}

/** Limits the message, since a hostile file can have 100,000 problems. The facts hold all of them. */
const MAX_LINES = 10_000;
const MAX_MESSAGE_LENGTH = 400;
const MAX_KEY_LENGTH = 80;

/** Formats a problem as one line. Line breaks in names are escaped, so that a file cannot forge a problem line. */
function formatProblem({ path, line, column, field, message }: Problem): string {
  return oneLine(`${path}:${line}:${column}${field === '' ? '' : ` ${field}`}: ${message}`);
}

/** Escapes line breaks of all kinds. */
export function oneLine(text: string): string {
  const escaped = (end: string) => `\\u${end.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return text
    .replace(/\n/g, '\\n')
    .replace(/\r/g, '\\r')
    .replace(/[\u2028\u2029\u0085]/g, escaped);
}

/** Truncates a text to `length` UTF-16 units, with an ellipsis at the end. */
export function shorten(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}\u{2026}` : text;
}

/** Formats `['packs', 3, 'ref']` as `packs[3].ref`. Keys that are not plain words are quoted. */
export function formatField(path: FieldPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    const key = /^[\w-]{1,80}$/.test(step) ? step : JSON.stringify(shorten(step, MAX_KEY_LENGTH));
    return text === '' ? key : `${text}.${key}`;
  }, '');
}
