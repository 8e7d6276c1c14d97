/** A word that a command line may go on with. */
export interface Candidate {
  /** The whole word, not only what is missing of it. */
  readonly value: string;
  /** One line; may be empty. */
  readonly description: string;
}

/** What the shell itself offers beside the candidates, in its own way. */
export type Files = 'none' | 'files' | 'directories';

export interface Completion {
  readonly candidates: readonly Candidate[];
  readonly files: Files;
}

/**
 * What no shell takes for anything but a part of a word. Shells differ in what they quote of a word that they are given,
 * and some insert it as it is: a name out of an index with `$(...)` in it would be run with the command line.
 */
const HARMLESS = /^[\w.+@:/=-]+$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the purpose
const UNSHOWABLE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\s]+/g;
const LONGEST_DESCRIPTION = 100;

/** Leaves out what a shell could take for more than a word, and makes descriptions one short line each. */
export function harmless(candidates: readonly Candidate[]): Candidate[] {
  return candidates.flatMap(({ value, description }) =>
    HARMLESS.test(value) ? { value, description: oneLine(description) } : [],
  );
}

function oneLine(text: string): string {
  const line = text
    .slice(0, 10 * LONGEST_DESCRIPTION)
    .replace(UNSHOWABLE, ' ')
    .trim();
  return line.length <= LONGEST_DESCRIPTION ? line : `${line.slice(0, LONGEST_DESCRIPTION - 1).trimEnd()}…`;
}
