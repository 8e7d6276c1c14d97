import type { CacheInfo, RoomInfo } from '../../operations/cache/cache-info.ts';
import type { PrunedRoom, PruneReceipt } from '../../operations/cache/prune-cache.ts';
import { formatBytes } from '../progress/activity.ts';
import type { Style } from '../text/style.ts';
import { count, table } from '../text/table.ts';

const CONTENTS: Readonly<Record<RoomInfo['name'], string>> = {
  downloads: 'archives by their digest',
  contents: 'which pack is in which archive',
  indexes: 'indexes of registries',
  code: 'compiled code of attune itself',
  other: "not attune's, never removed",
  releases: 'kept for a rollback',
  envs: 'environments for tests',
  backups: 'copies of the database',
};

export function cacheInfoView({ path, rooms, bytes, limit_bytes, data }: CacheInfo, style: Style): string {
  const { releases, bytes: superfluous } = data.superfluous_releases;
  return [
    `${style.bold('Cache')} ${path}\n`,
    roomTable(rooms, style),
    `${formatBytes(bytes)} in all; downloads may take ${formatBytes(limit_bytes)}\n\n`,
    `${style.bold('Data')} ${data.path}\n`,
    roomTable(data.rooms, style),
    releases === 0
      ? ''
      : `Nothing needs ${count(releases, 'release')} (${formatBytes(superfluous)}). Remove with: attune cache prune --releases\n`,
  ].join('');
}

function roomTable(rooms: readonly RoomInfo[], style: Style): string {
  const rows = rooms
    .filter(({ name, files }) => name !== 'other' || files > 0)
    .map(({ name, files, bytes, oldest, newest }) => [
      name,
      String(files),
      formatBytes(bytes),
      oldest?.slice(0, 10) ?? '-',
      newest?.slice(0, 10) ?? '-',
      CONTENTS[name],
    ]);
  return table(['ROOM', 'FILES', 'SIZE', 'OLDEST', 'NEWEST', 'WHAT'], rows, style);
}

export function cachePruneView(receipt: PruneReceipt, style: Style): string {
  const { rooms, releases, environments, bytes, in_use } = receipt;
  const planned = 'dry_run' in receipt;
  const nothing = rooms.length + releases.length + environments.length === 0;
  const lines = [
    nothing
      ? 'There is nothing to remove.'
      : planned
        ? `Would free ${formatBytes(bytes)}:`
        : `${style.green('✓')} ${formatBytes(bytes)} freed`,
    ...rooms.map((room) => `  ${roomLine(room)}`),
    ...releases.map((one) => `  release ${one.ref} ${one.version}: ${formatBytes(one.bytes)}, ${one.why}`),
    ...environments.map(
      (one) =>
        `  ${one.kind} environment of ${one.ref}: ${formatBytes(one.bytes)}, last used ${one.used_at.slice(0, 10)}`,
    ),
    ...in_use.map((name) => `${style.yellow('!')} Left where it is, because a process uses it: ${name}`),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function roomLine({ name, files, bytes, oldest, newest }: PrunedRoom): string {
  const [from, to] = [oldest?.slice(0, 10), newest?.slice(0, 10)];
  const used = from === to ? `last used ${from}` : `last used ${from} to ${to}`;
  return `${name}: ${count(files, 'file')}, ${formatBytes(bytes)}, ${used}`;
}
