import { removeIndex } from '../../config/edit-config.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import { UnknownRegistry } from '../../registry/lookup/errors.ts';
import type { Runtime } from '../runtime.ts';
import { warnAboutOverride } from './add-registry.ts';
import { type RegistryConfig, readRegistryConfig, updateConfig } from './update-config.ts';

export interface RemoveRegistryRequest {
  readonly name: string;
  readonly dryRun: boolean;
}

export type RemovedRegistry = ({ readonly success: true } | { readonly dry_run: true }) & {
  readonly name: string;
  /** The URL without credentials. */
  readonly url: string;
  /** The refs of packs that were installed from the registry; they stay installed. */
  readonly bound: readonly string[];
  readonly config_file: string;
  readonly warnings: readonly string[];
};

/**
 * Removes a registry from `settings.yaml`, and its index from the cache.
 * @throws UnknownRegistry, ConfigNotEditable; the errors of `updateConfig`
 */
export async function removeRegistry(request: RemoveRegistryRequest, runtime: Runtime): Promise<RemovedRegistry> {
  const { name, dryRun } = request;
  const { url } = findListed(name, readRegistryConfig(runtime));
  const change = (config: RegistryConfig) => {
    findListed(name, config);
    return removeIndex(config.bytes, config.location, name);
  };
  const bound = await packsInstalledFrom(name, runtime);
  await updateConfig(change, request, runtime);
  if (!dryRun) await (await runtime.registries()).forget(url);
  warnAboutOverride(runtime);
  const { location } = readRegistryConfig(runtime);
  const { warnings } = runtime.reporter;
  const outcome = dryRun ? ({ dry_run: true } as const) : ({ success: true } as const);
  return { ...outcome, name, url: `${new SafeUrl(url)}`, bound, config_file: location, warnings };
}

function findListed(name: string, { indices }: RegistryConfig) {
  const found = indices.find((index) => index.name === name);
  if (found) return found;
  throw new UnknownRegistry(
    name,
    indices.map((index) => index.name),
  );
}

async function packsInstalledFrom(name: string, runtime: Runtime): Promise<string[]> {
  const packs = (await runtime.store()).list().filter(({ registry }) => registry === name);
  const bound = packs.map(({ ref }) => ref);
  if (bound.length > 0) {
    runtime.reporter.warn(
      `These packs were installed from the registry '${name}' and will not receive upgrades: ${bound.join(', ')}`,
    );
  }
  return bound;
}
