/**
 * The user's configuration: `settings.yaml` (SPEC section 6) and the environment variable that overrides a part of it. The
 * whole file is validated when it is read, so that errors are reported with their lines. Only `${NAME}` is expanded on
 * use, because the token of a registry that is not queried need not be set.
 */
import { DEFAULT_LIMITS, type Limits } from '../limits.ts';
import type { Environment } from '../platform/environment.ts';
import { inspectTarget } from '../platform/files/inspect.ts';
import { readFile } from '../platform/files/read.ts';
import { configFile, expandHome, type Paths } from '../platform/paths.ts';
import { DEFAULTS, LIMIT_KEYS } from './defaults.ts';
import type { Config, ConfigFile, IndexSetting, TestingSettings } from './types.ts';

/**
 * Reads the configuration; a missing file counts as an empty one.
 * @throws InvalidDocument (`INVALID_CONFIG`) that lists every problem with its line; FileError
 */
export async function readConfig(paths: Paths, environment: Environment): Promise<Config> {
  const path = configFile(paths);
  if (!inspectTarget(path)) return toConfig(DEFAULTS, environment);
  // Loading the parser and the schema takes longer than many commands, so it happens only when there is a file.
  const { parseConfig } = await import('./config-file.ts');
  return toConfig(parseConfig(readFile(path), path), environment);
}

function toConfig(file: ConfigFile, environment: Environment): Config {
  const registry = file.pack_registry;
  const override = indicesOverride(environment);
  return {
    registries: {
      enabled: registry.enabled,
      indices: (override === undefined ? registry.indices : parseIndexList(override)).map((index) => ({
        ...index,
        url: expandHome(index.url, environment),
      })),
      mirrors: Object.fromEntries(
        Object.entries(registry.mirrors).map(([from, to]) => [from, expandHome(to, environment)]),
      ),
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
    minReleaseAgeMs: parseAge(file.min_release_age),
    testing: toTestingSettings(file),
    limits: toLimits(file),
  };
}

function toTestingSettings({ testing }: ConfigFile): TestingSettings {
  return {
    wheels: testing.wheels,
    limits: {
      memoryBytes: testing.memory_bytes,
      cpuSeconds: testing.cpu_seconds,
      processes: testing.processes,
    },
  };
}

/** Returns the value of `ATTUNE_REGISTRY_INDICES`, which replaces the list in the file; `undefined` when it is empty. */
export function indicesOverride({ variables }: Environment): string | undefined {
  return variables['ATTUNE_REGISTRY_INDICES']?.trim() || undefined;
}

function parseIndexList(list: string): IndexSetting[] {
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

function parseAge(age: string | undefined): number | undefined {
  const unit = UNITS[age?.at(-1) ?? ''];
  return age === undefined || age === 'off' || unit === undefined ? undefined : Number.parseInt(age, 10) * unit;
}

/** Returns the limits. The contract has two keys for the size of an index; the smaller value is used. */
function toLimits(file: ConfigFile): Limits {
  const entries = Object.entries(file.limits).flatMap(([key, value]) => {
    const field = LIMIT_KEYS.get(key);
    return field === undefined || value === undefined ? [] : [[field, value] as const];
  });
  const limits: Limits = { ...DEFAULT_LIMITS, ...Object.fromEntries(entries) };
  const maxIndexBytes = file.pack_registry.max_index_bytes;
  if (maxIndexBytes === undefined) return limits;
  const indexBytes =
    file.limits['index_bytes'] === undefined ? maxIndexBytes : Math.min(maxIndexBytes, limits.indexBytes);
  return { ...limits, indexBytes };
}
