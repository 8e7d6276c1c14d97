import { exists } from '../../platform/files/inspect.ts';
import { configFile } from '../../platform/paths.ts';
import type { Runtime } from '../runtime.ts';

/** The JSON document of `config path`. */
export interface SettingsPath {
  readonly path: string;
  readonly exists: boolean;
}

/** Returns the path of `settings.yaml`. The file is not read. */
export function settingsPath({ paths }: Pick<Runtime, 'paths'>): SettingsPath {
  const path = configFile(paths);
  return { path, exists: exists(path) };
}
