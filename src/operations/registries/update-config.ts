import { parseConfiguredIndices } from '../../config/config-file.ts';
import type { IndexSetting } from '../../config/types.ts';
import type { UpdateTools } from '../../platform/locks/update-file.ts';
import type { Runtime } from '../runtime.ts';
import { readSettingsFile, type SettingsFile, updateSettingsFile } from '../settings/settings-file.ts';

/** The content of `settings.yaml` and the registries that it configures. */
export interface RegistryConfig extends SettingsFile {
  readonly indices: readonly IndexSetting[];
}

/** Reads the registries that `settings.yaml` configures. @throws InvalidDocument, FileError */
export function readRegistryConfig(runtime: Pick<Runtime, 'paths'>): RegistryConfig {
  return withIndices(readSettingsFile(runtime));
}

/**
 * Changes the registries in `settings.yaml`.
 * @param change returns the new content of the file
 * @param options with `dryRun`, only checks that the change is valid
 * @throws InvalidDocument, and the errors of `updateSettingsFile`; the file is then unchanged
 */
export async function updateConfig(
  change: (config: RegistryConfig) => Uint8Array,
  options: { readonly dryRun: boolean },
  runtime: Pick<Runtime, 'paths'> & UpdateTools,
): Promise<void> {
  const changeFile = (file: SettingsFile) => {
    const bytes = change(withIndices(file));
    // Throws if the changed configuration is invalid.
    parseConfiguredIndices(bytes, file.location);
    return bytes;
  };
  await updateSettingsFile(changeFile, options, runtime);
}

function withIndices(file: SettingsFile): RegistryConfig {
  return { ...file, indices: parseConfiguredIndices(file.bytes, file.location) };
}
