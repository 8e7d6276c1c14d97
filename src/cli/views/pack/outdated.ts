import type { OutdatedPack, OutdatedPacks } from '../../../operations/upgrade/outdated-packs.ts';
import type { Style } from '../../text/style.ts';
import { table } from '../../text/table.ts';
import { notUpgradableText } from './not-upgradable.ts';

export function outdatedView({ packs }: OutdatedPacks, style: Style): string {
  const unknown = packs.filter(({ latest, upgradable }) => latest === null && !upgradable);
  const rows = packs.filter((pack) => !unknown.includes(pack)).map((pack) => row(pack, style));
  const text =
    rows.length === 0
      ? 'All packs are up to date.\n'
      : table(['REF', 'INSTALLED', 'WANTED', 'LATEST', 'REGISTRY'], rows, style);
  return text + notUpgradableText(unknown);
}

function row(pack: OutdatedPack, style: Style): string[] {
  const { ref, installed, wanted, latest, registry, source, pinned, upgradable, commit, latest_commit } = pack;
  const origin = registry ?? source;
  return [
    ref,
    withCommit(installed, commit),
    withCommit(wanted, upgradable ? latest_commit : commit),
    withCommit(latest ?? '-', latest_commit),
    pinned ? `${origin} ${style.dim('(pinned)')}` : origin,
  ];
}

/** Appends the beginning of a commit id, since two commits of a branch may have the same version. */
function withCommit(version: string, commit: string | null | undefined): string {
  return commit ? `${version} (${commit.slice(0, 7)})` : version;
}
