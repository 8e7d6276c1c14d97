/** A possible completion of the current word. */
export interface Candidate {
  /** The whole word, not only its missing part. */
  readonly value: string;
  /** One line; may be empty. */
  readonly description: string;
}

/** The file names that the shell itself offers in addition to the candidates. */
export type Files = 'none' | 'files' | 'directories';

export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly files: Files;
}

/**
 * Characters that no shell interprets. Shells differ in what they quote, and some insert a candidate unchanged: a name
 * from an index that contains `$(...)` would be executed with the command line.
 */
const SAFE_VALUE = /^[\w.+@:/=-]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\s]+/g;
const MAX_DESCRIPTION_LENGTH = 100;

/** Drops candidates that a shell could interpret, and shortens each description to one line. */
export function safeCandidates(candidates: readonly Candidate[]): Candidate[] {
  return candidates.flatMap(({ value, description }) =>
    SAFE_VALUE.test(value) ? { value, description: oneLine(description) } : [],
  );
}

function oneLine(text: string): string {
  const line = text
    .slice(0, 10 * MAX_DESCRIPTION_LENGTH)
    .replace(UNPRINTABLE, ' ')
    .trim();
  return line.length <= MAX_DESCRIPTION_LENGTH ? line : `${line.slice(0, MAX_DESCRIPTION_LENGTH - 1).trimEnd()}…`;
}
