import { DEFAULT_LIMITS, type Limits } from '../limits.ts';
import type { ConfigFile } from './types.ts';

/** The configuration of an empty file. This module must not import valibot, so that short commands start quickly. */
export const DEFAULTS: ConfigFile = {
  pack_registry: { enabled: true, indices: [], mirrors: {}, cache_ttl: 3600, allow_http: false, timeout: 30 },
  downloads: { connect_timeout: 15, attempts: 3, cache_bytes: 1024 ** 3 },
  keep_releases: 2,
  testing: { wheels: [], memory_bytes: 2 * 1024 ** 3, cpu_seconds: 600, processes: 256 },
  limits: {},
};

/** Maps the keys of `limits` in the file to the fields that they set. */
export const LIMIT_KEYS: ReadonlyMap<string, keyof Limits> = new Map(
  (Object.keys(DEFAULT_LIMITS) as (keyof Limits)[]).map((field) => [snakeCase(field), field]),
);

function snakeCase(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
