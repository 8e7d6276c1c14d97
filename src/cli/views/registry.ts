import type { AddedRegistry } from '../../operations/registries/add-registry.ts';
import type { ListedRegistry, RegistryList } from '../../operations/registries/list-registries.ts';
import type { RefreshedRegistry, RefreshReport } from '../../operations/registries/refresh-registries.ts';
import type { RemovedRegistry } from '../../operations/registries/remove-registry.ts';
import type { Style } from '../text/style.ts';
import { count, table } from '../text/table.ts';

export function registryListView({ registries }: RegistryList, style: Style): string {
  if (registries.length === 0) return 'No registries are configured. Add one with: attune registry add NAME URL\n';
  const rows = registries.map((registry) => [
    registry.name,
    String(registry.priority),
    statusOf(registry),
    registry.packs === null ? '-' : String(registry.packs),
    registry.fetched_at?.replace(/:\d\d\.\d+Z$/, 'Z') ?? '-',
    registry.url,
  ]);
  return table(['NAME', 'PRIORITY', 'STATUS', 'PACKS', 'FETCHED', 'URL'], rows, style);
}

function statusOf({ status }: ListedRegistry): string {
  return status === 'missing' || status === 'unusable' ? `${status}!` : status;
}

export function registryAddedView(added: AddedRegistry, style: Style): string {
  const isPlan = 'dry_run' in added;
  const state = added.enabled ? '' : ', disabled';
  const lines = [
    isPlan
      ? `Would add registry '${added.name}'${state}`
      : `${style.green('✓')} Registry '${added.name}' added${state}`,
    `  URL: ${added.url}`,
    `  Priority: ${added.priority}`,
    `  Packs: ${added.packs ?? 'not queried'}`,
    `  ${isPlan ? 'Would be written' : 'Written'} to: ${added.config_file}`,
  ];
  return lines.map((line) => `${line}\n`).join('');
}

export function registryRemovedView(removed: RemovedRegistry, style: Style): string {
  const { name, bound, config_file } = removed;
  const verb = bound.length === 1 ? 'was' : 'were';
  const dependents = bound.length === 0 ? '' : `; ${count(bound.length, 'installed pack')} ${verb} installed from it`;
  if ('dry_run' in removed) return `Would remove registry '${name}' from ${config_file}${dependents}\n`;
  return `${style.green('✓')} Registry '${name}' removed from ${config_file}${dependents}\n`;
}

export function registryRefreshView({ registries }: RefreshReport, style: Style): string {
  if (registries.length === 0) return 'No registry is enabled. List the registries with: attune registry list\n';
  return registries.map((registry) => refreshLine(registry, style)).join('');
}

function refreshLine({ name, status, packs, error }: RefreshedRegistry, style: Style): string {
  if (error === undefined) return `${style.green('✓')} ${name}: ${status}, ${count(packs ?? 0, 'pack')}\n`;
  const hint = error.hint === undefined ? '' : `\n  ${error.hint}`;
  return `${style.red('✗')} ${name}: ${error.message}${hint}\n`;
}
