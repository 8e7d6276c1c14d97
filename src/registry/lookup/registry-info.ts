import type { IndexSetting, RegistrySettings } from '../../config/config.ts';
import { AttuneError } from '../../errors.ts';
import { exists } from '../../platform/files/inspect.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import { addressOf } from '../cache/address.ts';
import { isFresh } from '../cache/freshness.ts';
import { CacheFailure } from '../cache/statements.ts';
import { localPathOf } from '../fetch/index-location.ts';
import type { RegistryTools } from './fetch-index.ts';

/** How a configured registry stands, as far as is known without asking it. */
export interface RegistryInfo {
  readonly name: string;
  /** As configured; `${NAME}` stays as it is. */
  readonly url: SafeUrl;
  readonly priority: number;
  readonly enabled: boolean;
  /** In the copy that is in the cache; `undefined` where there is none. */
  readonly packs: number | undefined;
  /** When somebody last made sure of that copy. */
  readonly fetchedAt: Date | undefined;
  readonly status: RegistryStatus;
}

/**
 * - `fresh`: the copy is used without asking
 * - `stale`: there is a copy, and it is asked whether that is still right
 * - `never`: there is no copy
 * - `local`: a file of this machine, which is looked at each time
 * - `missing`: a file of this machine that is not there
 * - `unusable`: its address cannot be made, such as for want of a variable
 * - `disabled`
 */
export type RegistryStatus = 'fresh' | 'stale' | 'never' | 'local' | 'missing' | 'unusable' | 'disabled';

export function standingOf(setting: IndexSetting, settings: RegistrySettings, tools: RegistryTools): RegistryInfo {
  const { name, url, priority, enabled } = setting;
  const { status, packs, fetchedAt } = lookAt(setting, settings, tools);
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

interface Look {
  readonly status: RegistryStatus;
  readonly packs?: number;
  readonly fetchedAt?: number;
}

function lookAt(setting: IndexSetting, settings: RegistrySettings, tools: RegistryTools): Look {
  try {
    const { identity, place } = addressOf(setting, settings, tools);
    if (place.local && !exists(localPathOf(place.url))) return { status: 'missing' };
    const copy = tools.caches.kept.find(identity);
    const age = copy === undefined ? 'never' : isFresh(copy, settings.cacheTtlMs, tools.clock) ? 'fresh' : 'stale';
    return { status: place.local ? 'local' : age, ...(copy && { packs: copy.packs, fetchedAt: copy.fetchedAt }) };
  } catch (error) {
    if (error instanceof AttuneError) return { status: 'unusable' };
    if (!(error instanceof CacheFailure)) throw error;
    tools.caches.abandon(error);
    return { status: 'never' };
  }
}
