/**
 * What a run of tests is surrounded with beside its private copy: programs and libraries of its own
 * (`environments/` makes them) and walls (`confinement/` builds them). Both are made before the run, by whoever asked
 * for them, and hold for every suite of it.
 */
import type { ProcessRequest, ProcessResult } from '../platform/processes/types.ts';

export interface RuntimeEnvironment {
  /** Added to the clean environment of the tests, and stronger than what is there. */
  readonly variables: Readonly<Record<string, string>>;
  /** Absolute directories that programs are looked for in before the `PATH`. */
  readonly path: readonly string[];
  /** Puts into the private copy of a suite what must lie in the pack itself, such as a link `node_modules`. */
  furnish?(packCopy: string): void;
}

export interface Confinement {
  /** The same process, shut in. Called once for each suite. */
  confine(request: ProcessRequest): ProcessRequest;
  /** How a process that was shut in ended, as it would have ended without what stood around it. */
  interpret?(result: ProcessResult): ProcessResult;
}
