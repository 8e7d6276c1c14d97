import type { IndexSetting } from '../../config/config.ts';
import { listedIndices } from '../../config/config-file.ts';
import { makeLastingDirectory } from '../../platform/files/make-durable-directory.ts';
import { finalPath, inspect, inspectTarget, readFile } from '../../platform/files/read.ts';
import { removeAbandonedBeside } from '../../platform/files/temporary-sibling.ts';
import { fileStamp, rewriteFile } from '../../platform/files/write.ts';
import { configFile } from '../../platform/paths.ts';
import { lockIndex, RETRY_MS } from '../index/index-file.ts';
import type { Runtime } from '../runtime.ts';

/** The configuration as it is in the file. */
export interface ListedConfig {
  /** As messages call it. */
  readonly location: string;
  /** Empty where there is no file. */
  readonly bytes: Uint8Array;
  readonly indices: readonly IndexSetting[];
}

const OWNER_ONLY = 0o600;

type Tools = Pick<Runtime, 'paths' | 'clock' | 'reporter' | 'environment'>;

/** Takes away what an attune that was killed left beside it, too. @throws InvalidDocument, FileFault */
export function listedConfig({ paths }: Pick<Runtime, 'paths'>): ListedConfig {
  const location = configFile(paths);
  if (inspect(location) !== undefined) removeAbandonedBeside(finalPath(location));
  const bytes = inspectTarget(location) ? readFile(location) : Buffer.alloc(0);
  return { location, bytes, indices: listedIndices(bytes, location) };
}

/**
 * Replaces `config.yaml` in one step. Attunes that change it at once do so one after the other, and where an editor was
 * faster the change is made anew to what that wrote. A new file is for nobody else to read: it may come to hold secrets.
 * @param change what is to be in the file
 * @throws WriterBusy, FileFault; what `change` throws, and then the file is as it was
 */
export async function changeConfig(
  change: (config: ListedConfig) => Uint8Array,
  lockTimeoutMs: number,
  runtime: Tools,
): Promise<void> {
  makeLastingDirectory(runtime.paths.config, 0o700);
  const name = configFile(runtime.paths);
  const path = finalPath(name);
  using _lock = await lockIndex({ name, path }, lockTimeoutMs, runtime);
  for (;;) {
    const stamp = fileStamp(path);
    const bytes = change(listedConfig(runtime));
    // What was added has to be as right as what was there.
    listedIndices(bytes, name);
    if (rewriteFile(path, [bytes], stamp, OWNER_ONLY)) return;
    await runtime.clock.sleep(RETRY_MS);
  }
}
