import { DEFAULT_LIMITS, type Limits } from '../limits.ts';
import type { IndexSetting } from './config.ts';

/** `config.yaml` as it is written (SPEC section 6), with what it leaves out. */
export interface ConfigFile {
  readonly pack_registry: {
    readonly enabled: boolean;
    readonly indices: readonly IndexSetting[];
    readonly mirrors: Readonly<Record<string, string>>;
    /** Seconds, as all times of the file without a unit. */
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

/** What a file that says nothing says. */
export const DEFAULTS: ConfigFile = {
  pack_registry: { enabled: true, indices: [], mirrors: {}, cache_ttl: 3600, allow_http: false, timeout: 120 },
  downloads: { connect_timeout: 15, attempts: 4, cache_bytes: 1024 ** 3 },
  keep_releases: 2,
  testing: { wheels: [], memory_bytes: 2 * 1024 ** 3, cpu_seconds: 600, processes: 256 },
  limits: {},
};

/** The keys of `limits` in the file, each with the field that it sets. */
export const LIMIT_KEYS: ReadonlyMap<string, keyof Limits> = new Map(
  (Object.keys(DEFAULT_LIMITS) as (keyof Limits)[]).map((field) => [snakeCase(field), field]),
);

function snakeCase(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
