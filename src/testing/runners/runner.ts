import type { ProcessResult } from '../../platform/processes/types.ts';
import type { PlannedSuite } from '../plan.ts';
import type { Findings } from '../results/findings.ts';

/** What a runner is prepared with. */
export interface RunnerContext {
  /** The private copy of the pack, absolute: the working directory of the tests. */
  readonly pack: string;
  /** A path outside of the copy, this suite's alone, that nothing stands at yet; endings may be added to it. */
  readonly results: string;
  /** The absolute path of a program on the tests' own `PATH`. */
  find(program: string): string | undefined;
}

/** A command to run in the pack, and how to read what came of it. */
export interface Invocation {
  readonly command: string;
  readonly args: readonly string[];
  read(result: ProcessResult): Findings;
}

/** Why a suite cannot be run at all, a sentence without a full stop. */
export interface Unrunnable {
  readonly problem: string;
}

/** One for each runner type. */
export type PrepareRunner = (suite: PlannedSuite, context: RunnerContext) => Invocation | Unrunnable;
