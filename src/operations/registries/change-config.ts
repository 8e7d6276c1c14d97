import type { IndexSetting } from '../../config/config.ts';
import { parseConfiguredIndices } from '../../config/config-file.ts';
import { makeDurableDirectory } from '../../platform/files/make-durable-directory.ts';
import { finalPath, inspect, inspectTarget, readFile } from '../../platform/files/read.ts';
import { removeStaleSiblings } from '../../platform/files/temporary-sibling.ts';
import { updateFile } from '../../platform/files/update-file.ts';
import { configFile } from '../../platform/paths.ts';
import { lockIndex } from '../index/index-file.ts';
import type { Runtime } from '../runtime.ts';

/** The configuration as it is in the file. */
export interface RegistryConfig {
  /** As messages call it. */
  readonly location: string;
  /** Empty where there is no file. */
  readonly bytes: Uint8Array;
  readonly indices: readonly IndexSetting[];
}

const OWNER_ONLY = 0o600;

type Tools = Pick<Runtime, 'paths' | 'clock' | 'reporter' | 'environment'>;

/** Takes away what an attune that was killed left beside it, too. @throws InvalidDocument, FileError */
export function readRegistryConfig({ paths }: Pick<Runtime, 'paths'>): RegistryConfig {
  const location = configFile(paths);
  if (inspect(location) !== undefined) removeStaleSiblings(finalPath(location));
  const bytes = inspectTarget(location) ? readFile(location) : Buffer.alloc(0);
  return { location, bytes, indices: parseConfiguredIndices(bytes, location) };
}

/**
 * Replaces `config.yaml` in one step. Attunes that change it at once do so one after the other, and where an editor was
 * faster the change is made anew to what that wrote. A new file is for nobody else to read: it may come to hold secrets.
 * @param change what is to be in the file
 * @throws WriterBusy, FileError; what `change` throws, and then the file is as it was
 */
export async function updateConfig(
  change: (config: RegistryConfig) => Uint8Array,
  lockTimeoutMs: number,
  runtime: Tools,
): Promise<void> {
  makeDurableDirectory(runtime.paths.config, 0o700);
  const name = configFile(runtime.paths);
  const path = finalPath(name);
  using _lock = await lockIndex({ name, path }, lockTimeoutMs, runtime);
  await updateFile(
    path,
    () => {
      const bytes = change(readRegistryConfig(runtime));
      // Throws if the changed configuration is invalid.
      parseConfiguredIndices(bytes, name);
      return { content: [bytes], result: undefined };
    },
    { clock: runtime.clock, newMode: OWNER_ONLY },
  );
}
