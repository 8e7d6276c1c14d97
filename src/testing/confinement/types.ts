import type { TestConfinement } from '../../packs/test-report.ts';
import type { Processes } from '../../platform/processes/types.ts';
import type { Reporter } from '../../platform/reporter.ts';
import type { SystemInfo } from '../../platform/system-info.ts';
import type { Confinement } from '../test-run.ts';
import type { FileView } from './isolation/file-view.ts';
import type { LimitSettings, ResourceLimits } from './limits.ts';

export interface ConfinementRequest {
  /** `undefined` sets no limits. */
  readonly limits: ResourceLimits | undefined;
  /** Requires that the tests have no network. */
  readonly sandbox: boolean;
  /** Requires that the tests see only these files. */
  readonly files?: FileView | undefined;
  /** Reports limits that cannot be set only in the notes. */
  readonly quiet?: boolean;
}

export interface ConfinementTools {
  readonly processes: Pick<Processes, 'run' | 'find'>;
  readonly reporter: Pick<Reporter, 'warn'>;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly system: SystemInfo;
}

/** A way of confining processes that may or may not work on this system. */
export interface ConfinementMechanism extends Confinement {
  readonly name: TestConfinement['by'];
  readonly limits: LimitSettings | undefined;
}
