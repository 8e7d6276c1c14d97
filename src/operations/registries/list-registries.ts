import { indicesOverride } from '../../config/config.ts';
import type { RegistryStanding } from '../../registry/lookup/status.ts';
import type { Runtime } from '../runtime.ts';

/** As the contract prints it (SPEC section 7). */
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
  readonly status: RegistryStanding['status'];
}

/** The configured registries, in the order in which they are asked. Nothing is asked for it. */
export async function listRegistries(
  runtime: Pick<Runtime, 'registries' | 'environment' | 'reporter'>,
): Promise<RegistryList> {
  const registries = (await runtime.registries()).list();
  if (indicesOverride(runtime.environment) !== undefined)
    runtime.reporter.note('These are from ATTUNE_REGISTRY_INDICES, which replaces the registries in config.yaml.');
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
