import { indicesOverride } from '../../config/config.ts';
import type { RegistryInfo } from '../../registry/lookup/registry-info.ts';
import type { Runtime } from '../runtime.ts';

/** The JSON document of `registry list` (SPEC section 7). */
export interface RegistryList {
  readonly registries: readonly ListedRegistry[];
}

export interface ListedRegistry {
  readonly name: string;
  readonly url: string;
  readonly priority: number;
  readonly enabled: boolean;
  readonly packs: number | null;
  readonly fetched_at: string | null;
  readonly status: RegistryInfo['status'];
}

/** Lists the configured registries in order of priority. No registry is contacted. */
export async function listRegistries(
  runtime: Pick<Runtime, 'registries' | 'environment' | 'reporter'>,
): Promise<RegistryList> {
  const registries = (await runtime.registries()).list();
  if (indicesOverride(runtime.environment) !== undefined)
    runtime.reporter.note(
      'These registries come from ATTUNE_REGISTRY_INDICES, which overrides those in settings.yaml.',
    );
  return {
    registries: registries.map(({ name, url, priority, enabled, packs, fetchedAt, status }) => ({
      name,
      url: `${url}`,
      priority,
      enabled,
      packs: packs ?? null,
      fetched_at: fetchedAt?.toISOString() ?? null,
      status,
    })),
  };
}
