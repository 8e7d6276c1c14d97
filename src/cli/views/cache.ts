import type { CacheInfo, SectionInfo } from '../../operations/cache/cache-info.ts';
import type { PrunedSection, PruneReceipt } from '../../operations/cache/prune-cache.ts';
import { count } from '../../platform/count.ts';
import { formatBytes } from '../progress/format.ts';
import type { Style } from '../text/style.ts';
import { table } from '../text/table.ts';

const CONTENTS: Readonly<Record<SectionInfo['name'], string>> = {
  downloads: 'archives by digest',
  contents: 'the packs found in archives',
  indexes: 'registry indexes',
  code: 'compiled code of attune',
  other: 'files of other programs, never removed',
  releases: 'retained for rollback',
  envs: 'test environments',
  backups: 'database backups',
};

export function cacheInfoView({ path, rooms, bytes, limit_bytes, data }: CacheInfo, style: Style): string {
  const { releases, bytes: removable } = data.superfluous_releases;
  return [
    `${style.bold('Cache')} ${path}\n`,
    sectionTable(rooms, style),
    `${formatBytes(bytes)} in total; the limit for downloads is ${formatBytes(limit_bytes)}\n\n`,
    `${style.bold('Data')} ${data.path}\n`,
    sectionTable(data.rooms, style),
    releases === 0
      ? ''
      : `No longer needed: ${count(releases, 'release')} (${formatBytes(removable)}). Remove with: attune cache prune --releases\n`,
  ].join('');
}

function sectionTable(sections: readonly SectionInfo[], style: Style): string {
  const rows = sections
    .filter(({ name, files }) => name !== 'other' || files > 0)
    .map(({ name, files, bytes, oldest, newest }) => [
      name,
      String(files),
      formatBytes(bytes),
      oldest?.slice(0, 10) ?? '-',
      newest?.slice(0, 10) ?? '-',
      CONTENTS[name],
    ]);
  return table(['SECTION', 'FILES', 'SIZE', 'OLDEST', 'NEWEST', 'CONTENTS'], rows, style);
}

export function cachePruneView(receipt: PruneReceipt, style: Style): string {
  const { rooms, releases, environments, bytes, in_use } = receipt;
  const isPlan = 'dry_run' in receipt;
  const isEmpty = rooms.length + releases.length + environments.length === 0;
  const lines = [
    isEmpty
      ? 'There is nothing to remove.'
      : isPlan
        ? `Would free ${formatBytes(bytes)}:`
        : `${style.green('✓')} ${formatBytes(bytes)} freed`,
    ...rooms.map((section) => `  ${sectionLine(section)}`),
    ...releases.map(
      ({ ref, version, bytes: size, why }) => `  release ${ref} ${version}: ${formatBytes(size)}, ${why}`,
    ),
    ...environments.map(
      ({ kind, ref, bytes: size, used_at }) =>
        `  ${kind} environment of ${ref}: ${formatBytes(size)}, last used ${used_at.slice(0, 10)}`,
    ),
    ...in_use.map((name) => `${style.yellow('!')} Not removed, because a process uses it: ${name}`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function sectionLine({ name, files, bytes, oldest, newest }: PrunedSection): string {
  const [from, to] = [oldest?.slice(0, 10), newest?.slice(0, 10)];
  const used = from === to ? `last used ${from}` : `last used ${from} to ${to}`;
  return `${name}: ${count(files, 'file')}, ${formatBytes(bytes)}, ${used}`;
}
