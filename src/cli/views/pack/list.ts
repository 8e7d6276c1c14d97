import type { PackList } from '../../../operations/installed/list-packs.ts';
import { printable } from '../../text/sanitize.ts';
import type { Style } from '../../text/style.ts';
import { table } from '../../text/table.ts';

/** @param name the text that `--name` searches for */
export function packListView(name: string | undefined) {
  return ({ packs }: PackList, style: Style): string => {
    if (packs.length === 0) return nothingListed(name);
    const rows = packs.map(({ ref, version, label, source_type, registry, installed_at, pinned }) => [
      ref,
      pinned ? `${version} (pinned)` : version,
      label,
      registry ?? source_type,
      installed_at.slice(0, 10),
    ]);
    return table(['REF', 'VERSION', 'LABEL', 'FROM', 'INSTALLED'], rows, style);
  };
}

function nothingListed(name: string | undefined): string {
  return name === undefined
    ? 'No packs are installed. Install one with: attune pack install SOURCE\n'
    : `No installed pack has '${printable(name)}' in its ref or label. List all packs with: attune pack list\n`;
}
