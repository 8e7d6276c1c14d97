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
    const lines = problems.map((problem) => `  ${formatProblem(problem)}`);
    super(code, [heading, ...lines].join('\n'), { facts: { problems }, hint });
    this.problems = problems;
  }
}

export function formatProblem({ path, line, column, field, message }: Problem): string {
  return `${path}:${line}:${column}${field === '' ? '' : ` ${field}`}: ${message}`;
}

/** `['packs', 3, 'ref']` as `packs[3].ref`; keys that are not plain words are quoted. */
export function formatField(path: FieldPath): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === 'number') return `${text}[${step}]`;
    const word = /^[\w-]+$/.test(step) ? step : JSON.stringify(step);
    return text === '' ? word : `${text}.${word}`;
  }, '');
}
