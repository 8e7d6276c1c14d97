/**
 * Faults at a chosen moment. A file that is loaded into the program before itself (fault-preload.cjs) counts every call
 * by which attune changes something outside its memory: those of `node:fs`, of the SQLite driver, and the start of other
 * programs. Only `src/platform` and the databases' rooms make such calls, so these are the ports at which faults come in.
 * The program holds nothing of it and is the one that is published: what is not there costs nothing and cannot be left
 * switched on. It works with the bundle and the sources alike; an executable preloads nothing.
 */
import { join } from 'node:path';
import { PROJECT } from '../attune.ts';

/** `ENOSPC` and the like. */
type SystemCode = string;

/**
 * What is to happen, `n` counting from 1:
 *
 * - `kill:n` SIGKILL instead of the n-th call; `torn:n` after a part of it, where it has parts, else after all of it
 * - `fail:n:CODE` the n-th call fails; `failing:n:CODE` so do all after it, but on a full disk those that only let go
 * - `stop:n` SIGSTOP before the n-th call, for as long as the test likes
 * - `trace:FILE` the calls are listed there at the end
 * - `noflush` nothing is flushed; `clock:MS` each look at the clock finds it so many milliseconds later, or earlier
 */
export type Fault =
  | `${'kill' | 'torn' | 'stop'}:${number}`
  | `${'fail' | 'failing'}:${number}:${SystemCode}`
  | `trace:${string}`
  | 'noflush'
  | `clock:${number}`;

/** One call that changes something. */
export interface TracedCall {
  /** `rename`, `fsync`, `COMMIT`, `INSERT INTO pack`. */
  readonly name: string;
  readonly path: string;
  /** It can be done in part, so that `torn` is another state than the one before and the one after. */
  readonly parts: boolean;
  /** It can fail, and say so. */
  readonly fails: boolean;
}

/** The environment of a program that is to meet faults. A file for a trace must have no space in its path. */
export function faultVariables(...faults: readonly Fault[]): Record<string, string> {
  const preload = join(PROJECT, 'test', 'support', 'faults', 'preload.cjs').replaceAll('\\', '\\\\');
  return { NODE_OPTIONS: `--require "${preload}"`, ATTUNE_FAULT: faults.join(' ') };
}
