import type { IndexSetting } from '../../config/types.ts';
import { AttuneError } from '../../errors.ts';
import { mapConcurrently } from '../../platform/concurrency.ts';
import type { Runtime } from '../runtime.ts';

export interface RefreshReport {
  readonly registries: readonly RefreshedRegistry[];
}

export interface RefreshedRegistry {
  readonly name: string;
  readonly status: 'updated' | 'unchanged' | 'failed';
  readonly packs: number | null;
  readonly fetched_at: string | null;
  /** The reason of a failure. */
  readonly error?: { readonly code: string; readonly message: string; readonly hint?: string };
}

const CONCURRENCY = 4;

/**
 * Downloads the indexes of registries again, regardless of the age of cached copies. A failure does not stop the others.
 * @param name the only registry to refresh, which may be disabled; by default all enabled registries are refreshed
 * @returns the report and the first failure
 * @throws UnknownRegistry
 */
export async function refreshRegistries(
  name: string | undefined,
  runtime: Pick<Runtime, 'registries' | 'reporter'>,
): Promise<{ report: RefreshReport; failure: AttuneError | undefined }> {
  const registries = await runtime.registries();
  const failures = new Map<IndexSetting, AttuneError>();
  const settings = registries.chosen({ registry: name });
  const refreshed = await mapConcurrently(settings, CONCURRENCY, async (setting): Promise<RefreshedRegistry> => {
    try {
      const { changed, packs, fetchedAt } = await registries.refresh(setting);
      const status = changed ? 'updated' : 'unchanged';
      return { name: setting.name, status, packs, fetched_at: fetchedAt.toISOString() };
    } catch (error) {
      if (!(error instanceof AttuneError)) throw error;
      failures.set(setting, error);
      const { code, message, hint } = error;
      const why = { code, message, ...(hint === undefined ? {} : { hint }) };
      return { name: setting.name, status: 'failed', packs: null, fetched_at: null, error: why };
    }
  });
  const failure = settings.flatMap((setting) => failures.get(setting) ?? [])[0];
  return { report: { registries: refreshed }, failure };
}
