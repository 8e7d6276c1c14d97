import { SETTINGS, withoutSecrets } from '../../config/settings.ts';
import { valueIn } from '../../documents/value-in.ts';
import type { Runtime } from '../runtime.ts';
import { type Origin, readEffectiveSettings } from './effective-settings.ts';

/** The JSON document of `config list`. */
export interface SettingList {
  /** The path of `settings.yaml`. */
  readonly config_file: string;
  readonly exists: boolean;
  readonly settings: readonly ListedSetting[];
}

export type ListedSetting = Origin & {
  readonly key: string;
  /** Without secrets. */
  readonly value: unknown;
};

/** Lists all settings with where their values come from. @throws the errors of `readEffectiveSettings` */
export async function listSettings(runtime: Pick<Runtime, 'paths' | 'config' | 'environment'>): Promise<SettingList> {
  const { file, values, originOf } = await readEffectiveSettings(runtime);
  const settings = [...SETTINGS.keys()].map((key) => {
    const path = key.split('.');
    return { key, value: withoutSecrets(valueIn(values, path), path), ...originOf(path) };
  });
  return { config_file: file.location, exists: file.exists, settings };
}
