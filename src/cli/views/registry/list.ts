import type { ListedRegistry, RegistryList } from '../../../operations/registries/list-registries.ts';
import type { Style } from '../../text/style.ts';
import { table } from '../../text/table.ts';

export function registryListView({ registries }: RegistryList, style: Style): string {
  if (registries.length === 0) return 'No registry is configured. Add one with: attune registry add NAME URL\n';
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
  return status === 'missing' ? 'missing!' : status === 'unusable' ? 'unusable!' : status;
}
