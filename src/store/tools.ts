import type { Clock } from '../platform/clock.ts';
import type { Environment } from '../platform/environment.ts';
import type { Reporter } from '../platform/reporter.ts';

/** The collaborators and settings of a store. */
export interface StoreTools {
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly environment: Environment;
  readonly attuneVersion: string;
  /** Returns the number of releases that are retained for each pack, including the current one. */
  readonly keepReleases: () => Promise<number>;
  readonly lockTimeoutMs: number;
}
