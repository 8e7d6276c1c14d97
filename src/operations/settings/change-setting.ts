import { parseConfig } from '../../config/config-file.ts';
import { removeSetting, setSetting } from '../../config/edit-setting.ts';
import { parseSettingKey, type SettingKey, withoutSecrets } from '../../config/settings.ts';
import { type FieldPath, formatField, InvalidDocument } from '../../documents/problems.ts';
import { valueIn } from '../../documents/value-in.ts';
import { readYaml } from '../../documents/yaml/yaml.ts';
import { AttuneError } from '../../errors.ts';
import { DEFAULT_LIMITS } from '../../limits.ts';
import { warnAboutOverride, warnAboutSecrets } from '../registries/add-registry.ts';
import type { Runtime } from '../runtime.ts';
import { type SettingsFile, updateSettingsFile } from './settings-file.ts';

/** The JSON document of `config set` and `config unset`. */
export type ChangedSetting = ({ readonly success: true } | { readonly dry_run: true }) & {
  readonly key: string;
  /** The value in the file before, without secrets; `null` if there was none. */
  readonly previous: unknown;
  /** The value in the file after the change; `null` if there is none. */
  readonly value: unknown;
  readonly changed: boolean;
  readonly config_file: string;
  readonly warnings: readonly string[];
};

export interface ChangeRequest {
  readonly key: string;
  /** YAML, or any text for a setting that is a text; `undefined` removes the setting. */
  readonly value: string | undefined;
  readonly dryRun: boolean;
}

class InvalidSetting extends AttuneError {
  constructor(key: string, { path, setting = key }: SettingKey, text: string, { problems }: InvalidDocument) {
    const shown = withoutSecrets(text, path);
    const reasons = [...new Set(problems.map(({ message }) => message))].join('; ');
    super('INVALID_CONFIG', `'${shown}' is not a valid value of ${key}: ${reasons}.`, {
      facts: { key, value: shown, problems: problems.map(({ field, message }) => ({ field, message })) },
      hint: `Show the current value with: attune config get ${setting}`,
    });
  }
}

/** Sets or removes a setting in `settings.yaml`. @throws UnknownSetting, InvalidSetting, InvalidDocument, ConfigNotEditable */
export async function changeSetting(request: ChangeRequest, runtime: Runtime): Promise<ChangedSetting> {
  const { key, dryRun } = request;
  let change: FileChange | undefined;
  await updateSettingsFile(
    (file) => {
      change = changeFile(request, file);
      return change.bytes;
    },
    { dryRun },
    runtime,
  );
  const { path, setting, previous, value, bytes, location } = change as unknown as FileChange;
  if (bytes !== undefined && setting === 'pack_registry.indices') {
    for (const index of parseConfig(bytes, location).pack_registry.indices) warnAboutSecrets(index, runtime);
  }
  if (setting === undefined || setting === 'pack_registry.indices') warnAboutOverride(runtime);
  const shown = (one: unknown) => withoutSecrets(one ?? null, path);
  return {
    ...(dryRun ? ({ dry_run: true } as const) : ({ success: true } as const)),
    key,
    previous: shown(previous),
    value: shown(value),
    changed: bytes !== undefined,
    config_file: location,
    warnings: runtime.reporter.warnings,
  };
}

interface FileChange extends SettingKey {
  readonly location: string;
  /** `undefined` if the file has the value already. */
  readonly bytes: Buffer | undefined;
  readonly previous: unknown;
  readonly value: unknown;
}

function changeFile({ key, value: text }: ChangeRequest, { bytes, location }: SettingsFile): FileChange {
  const before = readYaml(bytes, location, DEFAULT_LIMITS).value;
  const parsed = parseSettingKey(key, before);
  const { path } = parsed;
  const changed =
    text === undefined ? removed(bytes, location, path) : withValidValue(key, parsed, text, { bytes, location });
  const isSame = changed === undefined || changed.equals(bytes);
  const value = changed === undefined ? undefined : valueIn(readYaml(changed, location, DEFAULT_LIMITS).value, path);
  return { ...parsed, location, bytes: isSame ? undefined : changed, previous: valueIn(before, path), value };
}

function removed(bytes: Uint8Array, location: string, path: FieldPath): Buffer | undefined {
  const changed = removeSetting(bytes, location, path);
  if (changed !== undefined) parseConfig(changed, location);
  return changed;
}

/** Sets the value as YAML, or as the text itself if only that is valid. */
function withValidValue(
  key: string,
  parsed: SettingKey,
  text: string,
  { bytes, location }: Pick<SettingsFile, 'bytes' | 'location'>,
): Buffer {
  let failure: InvalidDocument | undefined;
  for (const value of valuesOf(text)) {
    const changed = setSetting(bytes, location, parsed.path, value);
    try {
      parseConfig(changed, location);
      return changed;
    } catch (error) {
      if (!(error instanceof InvalidDocument)) throw error;
      failure ??= error;
    }
  }
  const { problems } = failure as InvalidDocument;
  const isInSetting = problems.every(({ field }) => field.startsWith(formatField(parsed.path)));
  throw isInSetting ? new InvalidSetting(key, parsed, text, failure as InvalidDocument) : failure;
}

function valuesOf(text: string): unknown[] {
  try {
    const { value } = readYaml(Buffer.from(text), 'the value', DEFAULT_LIMITS);
    return value === null || value === text ? [text] : [value, text];
  } catch (error) {
    if (error instanceof AttuneError) return [text];
    throw error;
  }
}
