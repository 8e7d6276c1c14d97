import { finalPath, inspect, inspectTarget } from '../../platform/files/inspect.ts';
import { makeDurableDirectory } from '../../platform/files/make-durable-directory.ts';
import { readFile } from '../../platform/files/read.ts';
import { removeUpdateRemains, type UpdateTools, updateFile } from '../../platform/locks/update-file.ts';
import { configFile } from '../../platform/paths.ts';
import type { Runtime } from '../runtime.ts';

/** The content of `settings.yaml`, which may be invalid. */
export interface SettingsFile {
  /** The path, for messages. */
  readonly location: string;
  readonly exists: boolean;
  /** Empty if the file does not exist. */
  readonly bytes: Uint8Array;
}

/** Reads `settings.yaml`, and removes files that a killed process left next to it. @throws FileError */
export function readSettingsFile({ paths }: Pick<Runtime, 'paths'>): SettingsFile {
  const location = configFile(paths);
  if (inspect(location) !== undefined) removeUpdateRemains(finalPath(location));
  const exists = inspectTarget(location) !== undefined;
  return { location, exists, bytes: exists ? readFile(location) : Buffer.alloc(0) };
}

/**
 * Replaces `settings.yaml` atomically, under a lock. If an editor writes to the file at the same time, the change is
 * applied again to the new content. A new file is readable by its owner only, because it may contain secrets.
 * @param change returns the new content of the file, which it has validated, or `undefined` to leave the file unchanged
 * @param options with `dryRun`, only checks that the change is valid
 * @throws WriterBusy, FileError and the errors of `change`; the file is then unchanged
 */
export async function updateSettingsFile(
  change: (file: SettingsFile) => Uint8Array | undefined,
  { dryRun }: { readonly dryRun: boolean },
  runtime: Pick<Runtime, 'paths'> & UpdateTools,
): Promise<void> {
  if (!dryRun) makeDurableDirectory(runtime.paths.config, 0o700);
  const name = configFile(runtime.paths);
  const path = dryRun ? name : finalPath(name);
  await updateFile(
    path,
    () => {
      const bytes = change(readSettingsFile(runtime));
      return { content: bytes && [bytes], result: undefined };
    },
    { name, private: true, dryRun },
    runtime,
  );
}
