import { type EntryKind, inspectTarget } from '../../platform/files/inspect.ts';
import type { ProcessResult } from '../../platform/processes/types.ts';
import type { ParseCoverage } from '../coverage/parse.ts';
import type { PlannedSuite } from '../plan.ts';
import type { Findings } from '../results/findings.ts';
import { resolveInside } from '../workspace/pack-paths.ts';

/** The context in which a runner is prepared. */
export interface RunnerContext {
  /** The private copy of the pack, absolute. It is the working directory of the tests. */
  readonly pack: string;
  /** An unused path outside the copy, reserved for this suite. Suffixes may be appended to it. */
  readonly results: string;
  /** True if the runner shall measure which lines are executed, if it can. */
  readonly coverage?: boolean;
  /** Returns the absolute path of a program on the `PATH` of the tests. */
  find(program: string): string | undefined;
}

/** A command to run in the pack, and a function that reads its results. */
export interface Invocation extends Command {
  read(result: ProcessResult): Findings;
  /** The measurement of coverage; `undefined` if it was not requested or the runner cannot measure. */
  readonly measurement?: Measurement | undefined;
}

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  /** Environment variables in addition to those of the tests. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** How the coverage of a suite is read after it ended. */
export interface Measurement {
  /** The file with the coverage, absolute. */
  readonly file: string;
  readonly parse: ParseCoverage;
  /** Writes the file, if the runner itself does not. */
  readonly evaluate?: Command;
  /** Returns true if the runner did not start because it is too old to measure. */
  isUnsupported?(result: ProcessResult): boolean;
}

/** The reason why a suite cannot be run, a sentence without a full stop. */
export interface Unrunnable {
  readonly problem: string;
}

/** Prepares the invocation of a suite. There is one function for each runner type. */
export type PrepareRunner = (suite: PlannedSuite, context: RunnerContext) => Invocation | Unrunnable;

export interface EntryPoint {
  /** Absolute. */
  readonly path: string;
  readonly kind: EntryKind;
}

/**
 * Resolves the entry point of a suite in the pack.
 * @param path the part of the target that is a path
 */
export function resolveEntryPoint(target: string, pack: string, path = target): EntryPoint | Unrunnable {
  const absolute = resolveInside(pack, path);
  if (absolute === undefined) return { problem: `The entry_point '${target}' points outside the pack` };
  const kind = inspectTarget(absolute)?.kind;
  if (kind === undefined) return { problem: `The entry_point '${target}' does not exist in the pack` };
  return { path: absolute, kind };
}
