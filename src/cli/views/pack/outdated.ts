import type { OutdatedPack, OutdatedPacks } from '../../../operations/upgrade/outdated-packs.ts';
import type { Style } from '../../text/style.ts';
import { table } from '../../text/table.ts';

export function outdatedView({ packs }: OutdatedPacks, style: Style): string {
  const unknown = packs.filter(({ latest, installed, wanted }) => latest === null && installed === wanted);
  const rows = packs.filter((pack) => !unknown.includes(pack)).map((pack) => row(pack, style));
  const text =
    rows.length === 0
      ? 'All packs are up to date.\n'
      : table(['REF', 'INSTALLED', 'WANTED', 'LATEST', 'REGISTRY'], rows, style);
  return text + unknownText(unknown);
}

function row({ ref, installed, wanted, latest, registry, source, pinned }: OutdatedPack, style: Style): string[] {
  const origin = registry ?? source;
  return [ref, installed, wanted, latest ?? '-', pinned ? `${origin} ${style.dim('(pinned)')}` : origin];
}

/** Lists packs without a registry on one line: there may be many of them, and they cannot be upgraded. */
function unknownText(packs: readonly OutdatedPack[]): string {
  if (packs.length === 0) return '';
  return `Not available from a registry: ${packs.map(({ ref }) => ref).join(', ')}\n`;
}
