import { parseConfiguredIndices } from '../../config/config-file.ts';
import type { IndexSetting } from '../../config/types.ts';
import { finalPath, inspect, inspectTarget } from '../../platform/files/inspect.ts';
import { makeDurableDirectory } from '../../platform/files/make-durable-directory.ts';
import { readFile } from '../../platform/files/read.ts';
import { removeUpdateRemains, type UpdateTools, updateFile } from '../../platform/locks/update-file.ts';
import { configFile } from '../../platform/paths.ts';
import type { Runtime } from '../runtime.ts';

/** The content of `settings.yaml` and the registries that it configures. */
export interface RegistryConfig {
  /** The path, for messages. */
  readonly location: string;
  /** Empty if the file does not exist. */
  readonly bytes: Uint8Array;
  readonly indices: readonly IndexSetting[];
}

type Tools = Pick<Runtime, 'paths'> & UpdateTools;

/**
 * Reads `settings.yaml`, and removes files that a killed process left next to it.
 * @throws InvalidDocument, FileError
 */
export function readRegistryConfig({ paths }: Pick<Runtime, 'paths'>): RegistryConfig {
  const location = configFile(paths);
  if (inspect(location) !== undefined) removeUpdateRemains(finalPath(location));
  const bytes = inspectTarget(location) ? readFile(location) : Buffer.alloc(0);
  return { location, bytes, indices: parseConfiguredIndices(bytes, location) };
}

/**
 * Replaces `settings.yaml` atomically, under a lock. If an editor writes to the file at the same time, the change is
 * applied again to the new content. A new file is readable by its owner only, because it may contain secrets.
 * @param change returns the new content of the file
 * @param options with `dryRun`, only checks that the change is valid
 * @throws WriterBusy, FileError and the errors of `change`; the file is then unchanged
 */
export async function updateConfig(
  change: (config: RegistryConfig) => Uint8Array,
  { dryRun }: { readonly dryRun: boolean },
  runtime: Tools,
): Promise<void> {
  if (!dryRun) makeDurableDirectory(runtime.paths.config, 0o700);
  const name = configFile(runtime.paths);
  const path = dryRun ? name : finalPath(name);
  await updateFile(
    path,
    () => {
      const bytes = change(readRegistryConfig(runtime));
      // Throws if the changed configuration is invalid.
      parseConfiguredIndices(bytes, name);
      return { content: [bytes], result: undefined };
    },
    { name, private: true, dryRun },
    runtime,
  );
}
