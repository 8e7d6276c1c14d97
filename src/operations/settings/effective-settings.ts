import { indicesOverride } from '../../config/config.ts';
import { parseConfig } from '../../config/config-file.ts';
import { SETTINGS } from '../../config/settings.ts';
import type { FieldPath } from '../../documents/problems.ts';
import { valueIn } from '../../documents/value-in.ts';
import { readYaml } from '../../documents/yaml/yaml.ts';
import { DEFAULT_LIMITS } from '../../limits.ts';
import type { Runtime } from '../runtime.ts';
import { readSettingsFile, type SettingsFile } from './settings-file.ts';

/** Where the value of a setting comes from. */
export type Origin =
  | { readonly source: 'default' }
  /** `line` is the line in `settings.yaml`, from 1. */
  | { readonly source: 'file'; readonly line: number }
  | { readonly source: 'environment'; readonly variable: string };

/** The settings that commands use. */
export interface EffectiveSettings {
  readonly file: SettingsFile;
  /** In the structure of `settings.yaml`, with all defaults. */
  readonly values: Readonly<Record<string, unknown>>;
  /** @param path of a setting, or of a value in one */
  originOf(path: FieldPath): Origin;
}

const OVERRIDDEN = 'pack_registry.indices';

/** Reads the settings from `settings.yaml` and the environment. @throws InvalidDocument, FileError */
export async function readEffectiveSettings(
  runtime: Pick<Runtime, 'paths' | 'config' | 'environment'>,
): Promise<EffectiveSettings> {
  const file = readSettingsFile(runtime);
  const parsed = parseConfig(file.bytes, file.location);
  const isOverridden = indicesOverride(runtime.environment) !== undefined;
  const document = readYaml(file.bytes, file.location, DEFAULT_LIMITS);
  const indices = isOverridden ? (await runtime.config()).registries.indices : undefined;
  const values: Record<string, unknown> = {};
  for (const [key, byDefault] of SETTINGS) {
    const [section, name] = key.split('.') as [string, string?];
    const value = (key === OVERRIDDEN && indices) || (valueIn(parsed, key.split('.')) ?? byDefault);
    if (name === undefined) values[section] = value;
    else values[section] = { ...(values[section] as object | undefined), [name]: value };
  }
  return {
    file,
    values,
    originOf: (path) => {
      const written = valueIn(document.value, path);
      if (isOverridden && path.slice(0, 2).join('.') === OVERRIDDEN)
        return { source: 'environment', variable: 'ATTUNE_REGISTRY_INDICES' };
      if (written === undefined || written === null) return { source: 'default' };
      return { source: 'file', line: document.positionOf(path).line };
    },
  };
}
