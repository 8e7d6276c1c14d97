import { removeIndex } from '../../config/edit-config.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import { UnknownRegistry } from '../../registry/lookup/errors.ts';
import type { Runtime } from '../runtime.ts';
import { warnOfOverride } from './add-registry.ts';
import { changeConfig, type ListedConfig, listedConfig } from './change-config.ts';

export interface RemoveRegistryRequest {
  readonly name: string;
  readonly lockTimeoutMs: number;
}

export interface RemovedRegistry {
  readonly success: true;
  readonly name: string;
  /** Without user info. */
  readonly url: string;
  /** The refs of installed packs that came from it, which stay installed. */
  readonly bound: readonly string[];
  readonly config_file: string;
  readonly warnings: readonly string[];
}

/**
 * Takes a registry out of `config.yaml`, and what the cache has of it.
 * @throws UnknownRegistry, ConfigNotEditable; what `changeConfig` throws
 */
export async function removeRegistry(
  { name, lockTimeoutMs }: RemoveRegistryRequest,
  runtime: Runtime,
): Promise<RemovedRegistry> {
  const { url } = findListed(name, listedConfig(runtime));
  const change = (config: ListedConfig) => {
    findListed(name, config);
    return removeIndex(config.bytes, config.location, name);
  };
  const bound = await boundTo(name, runtime);
  await changeConfig(change, lockTimeoutMs, runtime);
  (await runtime.registries()).forget(url);
  warnOfOverride(runtime);
  const { location } = listedConfig(runtime);
  const { warnings } = runtime.reporter;
  return { success: true, name, url: `${new SafeUrl(url)}`, bound, config_file: location, warnings };
}

function findListed(name: string, { indices }: ListedConfig) {
  const found = indices.find((index) => index.name === name);
  if (found) return found;
  throw new UnknownRegistry(
    name,
    indices.map((index) => index.name),
  );
}

async function boundTo(name: string, runtime: Runtime): Promise<string[]> {
  const packs = (await runtime.store()).list().filter(({ registry }) => registry === name);
  const bound = packs.map(({ ref }) => ref);
  if (bound.length > 0) {
    runtime.reporter.warn(
      `Installed packs are bound to the registry '${name}', and nothing newer of them will be found: ${bound.join(', ')}`,
    );
  }
  return bound;
}
