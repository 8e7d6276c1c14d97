import { parseSettingKey, UnknownSetting, withoutSecrets } from '../../config/settings.ts';
import { valueIn } from '../../documents/value-in.ts';
import type { Runtime } from '../runtime.ts';
import { type Origin, readEffectiveSettings } from './effective-settings.ts';

/** The JSON document of `config get`. A section has values from several sources, and none is stated. */
export type ReadSetting = Partial<Origin> & {
  readonly key: string;
  /** Without secrets. */
  readonly value: unknown;
};

/** Returns a setting, a part of one, or a section. @throws UnknownSetting, and the errors of `readEffectiveSettings` */
export async function getSetting(
  key: string,
  runtime: Pick<Runtime, 'paths' | 'config' | 'environment'>,
): Promise<ReadSetting> {
  const { values, originOf } = await readEffectiveSettings(runtime);
  const { path, setting } = parseSettingKey(key, values);
  const value = valueIn(values, path);
  if (value === undefined) throw new UnknownSetting(key);
  return { key, value: withoutSecrets(value, path), ...(setting === undefined ? {} : originOf(path)) };
}
