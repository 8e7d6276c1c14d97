/**
 * What the user has settled once for all commands: `config.yaml` (SPEC section 6) and the variable that overrides a
 * part of it. It is checked as a whole when it is read, so that a slip is told with its line instead of being noticed
 * by what did not happen; only `${NAME}` waits until it is used, because a registry that nobody asks needs no token.
 */
import { DEFAULT_LIMITS, type Limits } from '../limits.ts';
import type { Environment } from '../platform/environment.ts';
import { inspectTarget } from '../platform/files/inspect.ts';
import { readFile } from '../platform/files/read.ts';
import { configFile, type Paths } from '../platform/paths.ts';
import { type ConfigFile, DEFAULTS, LIMIT_KEYS } from './defaults.ts';
import type { Mirrors } from './mirrors.ts';

export interface Config {
  readonly registries: RegistrySettings;
  readonly downloads: DownloadSettings;
  /** How many versions of each pack stay on the disk, the installed one included. */
  readonly keepReleases: number;
  /** A release younger than this is not chosen; `undefined` is off. */
  readonly minReleaseAgeMs: number | undefined;
  readonly testing: TestingSettings;
  readonly limits: Limits;
}

export interface TestingSettings {
  /** Directories with wheels for environments; relative to the working directory, or below `~`. */
  readonly wheels: readonly string[];
  /** What `--limits` sets: of each process its memory and its processor time, and how many there may be. */
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
  /** How often something is asked for at most, the first time included. */
  readonly attempts: number;
  /** How large the cache of archives may become; with 0 there is none. */
  readonly cacheBytes: number;
}

/** A registry as it is configured; `url` and the values of `headers` may hold `${NAME}`. */
export interface IndexSetting {
  readonly name: string;
  /** https, http or file, or a path relative to the working directory. */
  readonly url: string;
  /** The lower number is asked first. */
  readonly priority: number;
  readonly enabled: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The configuration; a file that is not there is one that says nothing.
 * @throws InvalidDocument (`INVALID_CONFIG`) that lists every problem with its line; FileError
 */
export async function readConfig(paths: Paths, environment: Environment): Promise<Config> {
  const path = configFile(paths);
  if (!inspectTarget(path)) return configOf(DEFAULTS, environment);
  // What reads and checks a file takes longer to load than many a command takes.
  const { parseConfig } = await import('./config-file.ts');
  return configOf(parseConfig(readFile(path), path), environment);
}

function configOf(file: ConfigFile, environment: Environment): Config {
  const registry = file.pack_registry;
  const override = indicesOverride(environment);
  return {
    registries: {
      enabled: registry.enabled,
      indices: override === undefined ? registry.indices : indicesFrom(override),
      mirrors: registry.mirrors,
      cacheTtlMs: registry.cache_ttl * 1000,
      allowHttp: registry.allow_http,
      timeoutMs: registry.timeout * 1000,
    },
    downloads: {
      connectTimeoutMs: file.downloads.connect_timeout * 1000,
      attempts: file.downloads.attempts,
      cacheBytes: file.downloads.cache_bytes,
    },
    keepReleases: file.keep_releases,
    minReleaseAgeMs: milliseconds(file.min_release_age),
    testing: testingOf(file),
    limits: limitsOf(file),
  };
}

function testingOf({ testing }: ConfigFile): TestingSettings {
  return {
    wheels: testing.wheels,
    limits: {
      memoryBytes: testing.memory_bytes,
      cpuSeconds: testing.cpu_seconds,
      processes: testing.processes,
    },
  };
}

/** What `ATTUNE_REGISTRY_INDICES` says in place of the list in the file; `undefined` where it says nothing. */
export function indicesOverride({ variables }: Environment): string | undefined {
  return variables['ATTUNE_REGISTRY_INDICES']?.trim() || undefined;
}

function indicesFrom(list: string): IndexSetting[] {
  const urls = list.split(',').flatMap((part) => part.trim() || []);
  return urls.map((url, position) => ({
    name: `index-${position + 1}`,
    url,
    priority: position + 1,
    enabled: true,
    headers: {},
  }));
}

const UNITS: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

function milliseconds(age: string | undefined): number | undefined {
  const unit = UNITS[age?.at(-1) ?? ''];
  return age === undefined || age === 'off' || unit === undefined ? undefined : Number.parseInt(age, 10) * unit;
}

/** An index has two keys for its size, for the contract names the one and all limits have the other: the smaller holds. */
function limitsOf(file: ConfigFile): Limits {
  const given = Object.entries(file.limits).flatMap(([key, value]) => {
    const field = LIMIT_KEYS.get(key);
    return field === undefined || value === undefined ? [] : [[field, value] as const];
  });
  const limits: Limits = { ...DEFAULT_LIMITS, ...Object.fromEntries(given) };
  const own = file.pack_registry.max_index_bytes;
  if (own === undefined) return limits;
  return { ...limits, indexBytes: file.limits['index_bytes'] === undefined ? own : Math.min(own, limits.indexBytes) };
}
