import type { PackList } from '../../../operations/installed/list-packs.ts';
import type { Style } from '../../text/style.ts';
import { table } from '../../text/table.ts';

export function packListView({ packs }: PackList, style: Style): string {
  if (packs.length === 0) return 'No packs are installed. Install one with: attune pack install SOURCE\n';
  const rows = packs.map(({ ref, version, label, source_type, registry, installed_at, pinned }) => [
    ref,
    pinned ? `${version} (pinned)` : version,
    label,
    registry ?? source_type,
    installed_at.slice(0, 10),
  ]);
  return table(['REF', 'VERSION', 'LABEL', 'FROM', 'INSTALLED'], rows, style);
}
