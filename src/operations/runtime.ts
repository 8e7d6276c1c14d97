import type { Config } from '../config/types.ts';
import type { Clock } from '../platform/clock.ts';
import type { Environment } from '../platform/environment.ts';
import type { Http } from '../platform/http/http.ts';
import type { Paths } from '../platform/paths.ts';
import type { Processes } from '../platform/processes/types.ts';
import type { WarningCollector } from '../platform/reporter.ts';
import type { Registries } from '../registry/lookup/registries.ts';
import type { DownloadCache } from '../sources/cache/download-cache.ts';
import type { Store } from '../store/store.ts';

/**
 * The collaborators of operations. Those that are expensive to load or open are functions that create them on the first
 * call, so that a command pays only for what it uses. An operation declares the slice that it needs.
 */
export interface Runtime {
  readonly attuneVersion: string;
  readonly environment: Environment;
  readonly clock: Clock;
  readonly processes: Processes;
  readonly reporter: WarningCollector;
  readonly paths: Paths;
  /** How long a command waits for another attune that writes to the same store or file. */
  readonly lockTimeoutMs: number;
  config(): Promise<Config>;
  http(): Promise<Http>;
  /** Archives downloaded earlier. */
  downloads(): Promise<DownloadCache>;
  store(): Promise<Store>;
  registries(): Promise<Registries>;
}
