import type { OutdatedPack, OutdatedPacks } from '../../../operations/upgrade/outdated-packs.ts';
import type { Style } from '../../text/style.ts';
import { table } from '../../text/table.ts';

export function outdatedView({ packs }: OutdatedPacks, style: Style): string {
  const unknown = packs.filter(({ latest, installed, wanted }) => latest === null && installed === wanted);
  const rows = packs.filter((pack) => !unknown.includes(pack)).map((pack) => row(pack, style));
  const text =
    rows.length === 0
      ? 'Everything is up to date.\n'
      : table(['REF', 'INSTALLED', 'WANTED', 'LATEST', 'REGISTRY'], rows, style);
  return text + unknownText(unknown);
}

function row({ ref, installed, wanted, latest, registry, source, pinned }: OutdatedPack, style: Style): string[] {
  const last = registry ?? source;
  return [ref, installed, wanted, latest ?? '-', pinned ? `${last} ${style.dim('(pinned)')}` : last];
}

/** Packs from paths and URLs are many in some places, and there is nothing to be done about them here. */
function unknownText(packs: readonly OutdatedPack[]): string {
  if (packs.length === 0) return '';
  return `Not known to a registry that can be asked: ${packs.map(({ ref }) => ref).join(', ')}\n`;
}
