import type { IndexSetting, RegistrySettings } from '../../config/types.ts';
import { AttuneError } from '../../errors.ts';
import { exists } from '../../platform/files/inspect.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import { addressOf } from '../cache/address.ts';
import { CacheFailure } from '../cache/errors.ts';
import { isFresh } from '../cache/freshness.ts';
import { localPathOf } from '../fetch/index-location.ts';
import type { RegistryTools } from './fetch-index.ts';

/** A configured registry with its status, as far as it is known without contacting it. */
export interface RegistryInfo {
  readonly name: string;
  /** The configured URL; `${NAME}` is not expanded. */
  readonly url: SafeUrl;
  readonly priority: number;
  readonly enabled: boolean;
  /** The number of packs in the cached copy; `undefined` if there is none. */
  readonly packs: number | undefined;
  /** The time when the cached copy was last downloaded or confirmed. */
  readonly fetchedAt: Date | undefined;
  readonly status: RegistryStatus;
}

/**
 * - `fresh`: the cached copy is used without contacting the registry
 * - `stale`: there is a cached copy, which is revalidated before use
 * - `never`: there is no cached copy
 * - `local`: a file on this machine, which is checked on every use
 * - `missing`: a file on this machine that does not exist
 * - `unusable`: its URL cannot be resolved, for example because a variable is not set
 * - `disabled`
 */
export type RegistryStatus = 'fresh' | 'stale' | 'never' | 'local' | 'missing' | 'unusable' | 'disabled';

export function registryInfo(setting: IndexSetting, settings: RegistrySettings, tools: RegistryTools): RegistryInfo {
  const { name, url, priority, enabled } = setting;
  const { status, packs, fetchedAt } = inspect(setting, settings, tools);
  return {
    name,
    url: new SafeUrl(url),
    priority,
    enabled,
    packs,
    fetchedAt: fetchedAt === undefined ? undefined : new Date(fetchedAt),
    status: enabled && settings.enabled ? status : 'disabled',
  };
}

interface CacheStatus {
  readonly status: RegistryStatus;
  readonly packs?: number;
  readonly fetchedAt?: number;
}

function inspect(setting: IndexSetting, settings: RegistrySettings, tools: RegistryTools): CacheStatus {
  try {
    const { identity, location } = addressOf(setting, settings, tools);
    if (location.local && !exists(localPathOf(location.url))) return { status: 'missing' };
    const copy = tools.caches.persistent.find(identity);
    const age = copy === undefined ? 'never' : isFresh(copy, settings.cacheTtlMs, tools.clock) ? 'fresh' : 'stale';
    return { status: location.local ? 'local' : age, ...(copy && { packs: copy.packs, fetchedAt: copy.fetchedAt }) };
  } catch (error) {
    if (error instanceof AttuneError) return { status: 'unusable' };
    if (!(error instanceof CacheFailure)) throw error;
    tools.caches.fallBackToMemory(error);
    return { status: 'never' };
  }
}
