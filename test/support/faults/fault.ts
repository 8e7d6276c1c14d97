/**
 * Fault injection at a chosen call. A preloaded file (preload.cjs) counts all calls with which attune changes something
 * outside its memory: those of `node:fs`, of the SQLite driver, and the start of other programs. Only `src/platform` and the
 * databases make such calls. The published program contains no code for this, so nothing can be left enabled. Fault
 * injection works with the bundle and the sources; an executable does not preload files.
 */
import { join } from 'node:path';
import { PROJECT } from '../attune.ts';

/** `ENOSPC` and the like. */
type SystemCode = string;

/**
 * A fault, with `n` counting from 1:
 *
 * - `kill:n` SIGKILL instead of the n-th call; `torn:n` SIGKILL after half of it, or after all of it if it is indivisible
 * - `fail:n:CODE` the n-th call fails; `failing:n:CODE` all later calls fail as well, except those that free space if CODE
 *   means a full disk
 * - `stop:n` SIGSTOP before the n-th call, until the test continues the process
 * - `reads:DIRECTORY` also counts the calls that read files and databases below a directory
 * - `trace:FILE` writes the list of calls at exit
 * - `noflush` disables flushing; `clock:MS` advances the clock by a number of milliseconds, which may be negative, on each
 *   query
 */
export type Fault =
  | `${'kill' | 'torn' | 'stop'}:${number}`
  | `${'fail' | 'failing'}:${number}:${SystemCode}`
  | `reads:${string}`
  | `trace:${string}`
  | 'noflush'
  | `clock:${number}`;

/** A call that changes something outside the process. */
export interface TracedCall {
  /** `rename`, `fsync`, `COMMIT`, `INSERT INTO pack`. */
  readonly name: string;
  readonly path: string;
  /** The call is divisible, so that `torn` leads to a state other than before and after it. */
  readonly parts: boolean;
  /** The call can report an error. */
  readonly fails: boolean;
}

/** Returns the environment variables that inject faults. The path of a trace file must not contain a space. */
export function faultVariables(...faults: readonly Fault[]): Record<string, string> {
  const preload = join(PROJECT, 'test', 'support', 'faults', 'preload.cjs').replaceAll('\\', '\\\\');
  return { NODE_OPTIONS: `--require "${preload}"`, ATTUNE_FAULT: faults.join(' ') };
}
