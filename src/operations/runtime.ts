import type { Config } from '../config/config.ts';
import type { Clock } from '../platform/clock.ts';
import type { Environment } from '../platform/environment.ts';
import type { Http } from '../platform/http/http.ts';
import type { Paths } from '../platform/paths.ts';
import type { Processes } from '../platform/processes/processes.ts';
import type { WarningCollector } from '../platform/reporter.ts';
import type { Registries } from '../registry/lookup/registries.ts';
import type { DownloadCache } from '../sources/cache/download-cache.ts';
import type { Store } from '../store/store.ts';

/**
 * What operations work with. What costs something to load or open is a function and is made when it is first called, so
 * that a command pays only for what it uses; an operation asks for the slice it needs.
 */
export interface Runtime {
  readonly attuneVersion: string;
  readonly environment: Environment;
  readonly clock: Clock;
  readonly processes: Processes;
  readonly reporter: WarningCollector;
  readonly paths: Paths;
  config(): Promise<Config>;
  http(): Promise<Http>;
  /** Archives that were downloaded before. */
  downloads(): Promise<DownloadCache>;
  store(): Promise<Store>;
  registries(): Promise<Registries>;
}
