import type { RefreshedRegistry, RefreshReport } from '../../../operations/registries/refresh-registries.ts';
import type { Style } from '../../text/style.ts';
import { count } from '../../text/table.ts';

export function registryRefreshView({ registries }: RefreshReport, style: Style): string {
  if (registries.length === 0) return 'No registry is enabled. See: attune registry list\n';
  return registries.map((registry) => lineFor(registry, style)).join('');
}

function lineFor({ name, status, packs, error }: RefreshedRegistry, style: Style): string {
  if (error === undefined) return `${style.green('✓')} ${name}: ${status}, ${count(packs ?? 0, 'pack')}\n`;
  const hint = error.hint === undefined ? '' : `\n  ${error.hint}`;
  return `${style.red('✗')} ${name}: ${error.message}${hint}\n`;
}
