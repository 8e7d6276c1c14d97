import type { Limits } from '../limits.ts';

/** The configuration of all commands, with defaults applied. */
export interface Config {
  readonly registries: RegistrySettings;
  readonly downloads: DownloadSettings;
  /** How many versions of each pack are retained, the installed one included. */
  readonly keepReleases: number;
  /** A release younger than this is not selected; `undefined` disables the check. */
  readonly minReleaseAgeMs: number | undefined;
  readonly testing: TestingSettings;
  readonly limits: Limits;
}

export interface TestingSettings {
  /** Directories with wheels for environments, relative to the working directory or to `~`. */
  readonly wheels: readonly string[];
  /** The limits of `--limits`: memory and CPU time of each process, and the number of processes. */
  readonly limits: { readonly memoryBytes: number; readonly cpuSeconds: number; readonly processes: number };
}

export interface RegistrySettings {
  readonly enabled: boolean;
  /** In the order of the file. */
  readonly indices: readonly IndexSetting[];
  readonly mirrors: Mirrors;
  readonly cacheTtlMs: number;
  readonly allowHttp: boolean;
  readonly timeoutMs: number;
}

export interface DownloadSettings {
  readonly connectTimeoutMs: number;
  /** The maximum number of attempts for each request, the first one included. */
  readonly attempts: number;
  /** The maximum size of the archive cache; 0 disables the cache. */
  readonly cacheBytes: number;
}

/** A configured registry. `url` and the values of `headers` may contain `${NAME}`. */
export interface IndexSetting {
  readonly name: string;
  /** https, http or file, or a path relative to the working directory. */
  readonly url: string;
  /** Registries are queried in ascending order of priority. */
  readonly priority: number;
  readonly enabled: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

/** URL prefixes with their replacements: a URL, or the absolute path of a directory. */
export type Mirrors = Readonly<Record<string, string>>;

/** The content of `settings.yaml` (SPEC section 6), with defaults for missing keys. */
export interface ConfigFile {
  readonly pack_registry: {
    readonly enabled: boolean;
    readonly indices: readonly IndexSetting[];
    readonly mirrors: Readonly<Record<string, string>>;
    /** In seconds, like all durations of the file without a unit. */
    readonly cache_ttl: number;
    readonly allow_http: boolean;
    readonly timeout: number;
    readonly max_index_bytes?: number | undefined;
  };
  readonly downloads: {
    readonly connect_timeout: number;
    readonly attempts: number;
    readonly cache_bytes: number;
  };
  readonly keep_releases: number;
  readonly min_release_age?: string | undefined;
  readonly testing: {
    readonly wheels: readonly string[];
    readonly memory_bytes: number;
    readonly cpu_seconds: number;
    readonly processes: number;
  };
  readonly limits: Readonly<Record<string, number | undefined>>;
}
