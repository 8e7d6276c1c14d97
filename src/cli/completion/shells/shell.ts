import type { Candidate } from '../candidate.ts';

/** What attune knows of one shell. */
export interface ShellCompletion {
  /** What is loaded into the shell. */
  readonly script: string;
  /** How to load it, now and for good. */
  readonly installation: string;
  /** @param handed the words that the script hands over @returns those of the line up to the cursor, without the program */
  words(handed: readonly string[]): readonly string[];
  /** The answer to the script, a line for each of these. */
  lines(candidates: readonly Candidate[], handed: readonly string[]): readonly string[];
}
