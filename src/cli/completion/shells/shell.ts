import type { Candidate } from '../candidate.ts';

/** The completion support for one shell. */
export interface ShellCompletion {
  /** The completion script that is loaded into the shell. */
  readonly script: string;
  /** Instructions to load the script, for the current session and permanently. */
  readonly installation: string;
  /**
   * @param passed the arguments that the script passes after `--`
   * @returns the arguments of the command line up to the cursor, without the program
   */
  parseArgs(passed: readonly string[]): readonly string[];
  /** Formats the candidates for the script, one line each. */
  lines(candidates: readonly Candidate[], passed: readonly string[]): readonly string[];
}
