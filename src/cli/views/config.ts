import { dump } from 'js-yaml';
import type { ChangedSetting } from '../../operations/settings/change-setting.ts';
import type { ReadSetting } from '../../operations/settings/get-setting.ts';
import type { ListedSetting, SettingList } from '../../operations/settings/list-settings.ts';
import type { SettingsPath } from '../../operations/settings/settings-path.ts';
import type { Style } from '../text/style.ts';
import { table } from '../text/table.ts';

export function settingListView({ config_file, exists, settings }: SettingList, style: Style): string {
  const rows = settings.map((setting) => [setting.key, inline(setting.value), originOf(setting)]);
  const file = `${config_file}${exists ? '' : ' (does not exist)'}\n`;
  return style.dim(`Settings file: ${file}`) + table(['KEY', 'VALUE', 'FROM'], rows, style);
}

function originOf(setting: ListedSetting): string {
  if (setting.source === 'file') return `settings.yaml:${setting.line}`;
  return setting.source === 'environment' ? setting.variable : setting.source;
}

function inline(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** Prints the value alone: lists and mappings as YAML. */
export function settingView({ value }: ReadSetting): string {
  return typeof value === 'object' ? dump(value, { lineWidth: -1, noRefs: true }) : `${value}\n`;
}

export function settingChangedView(document: ChangedSetting, style: Style): string {
  const { key, previous, value, changed, config_file } = document;
  if (!changed) {
    return value === null
      ? `${key} is not set in ${config_file}\n`
      : `${key} is already ${inline(value)} in ${config_file}\n`;
  }
  const before = previous === null ? '' : ` (was ${inline(previous)})`;
  const isPlan = 'dry_run' in document;
  const start = isPlan ? 'Would ' : `${style.green('✓')} `;
  const verb = value === null ? (isPlan ? 'remove' : 'Removed') : isPlan ? 'set' : 'Set';
  const what = value === null ? `${key}${before} from` : `${key} to ${inline(value)}${before} in`;
  return `${start}${verb} ${what} ${config_file}\n`;
}

export function settingsPathView({ path }: SettingsPath): string {
  return `${path}\n`;
}
