/**
 * The copies of the database in `backups/`. What they are called says why they were made:
 *
 *     attune-<time>.db                  somebody asked for it (`db backup`); it stays until somebody removes it
 *     attune-v<schema>-<time>.db        before a newer attune changed the schema
 *     attune-before-restore-<time>.db   before another database was put in its place
 *
 * Of each of the last two the newest few stay.
 */
import { join } from 'node:path';
import { removeFile } from '../../platform/files/entries.ts';
import { type EntryKind, exists, inspect, listDirectory } from '../../platform/files/inspect.ts';
import { readStart } from '../../platform/files/read.ts';
import type { Layout } from '../layout.ts';
import { MIGRATIONS } from './migrations.ts';

/** "ATUN": says in the file's header whose database it is. */
export const APPLICATION_ID = 0x4154554e;

/** How many stay of those that nobody asked for. */
const KEPT_AUTOMATIC = 5;
/** Of SQLite's header (https://sqlite.org/fileformat2.html, 1.3). */
const HEADER = { bytes: 100, userVersion: 60, applicationId: 68 };
const MAGIC = 'SQLite format 3\0';

export interface BackupFile {
  readonly path: string;
  readonly bytes: number;
  readonly modifiedAt: Date;
  /** The schema that it has. */
  readonly schemaVersion: number;
}

/** What a backup is called. @param at ISO 8601, UTC */
export function backupName(at: string, kind?: 'before-restore' | `v${number}`): string {
  return `attune-${kind === undefined ? '' : `${kind}-`}${compactTime(at)}.db`;
}

/** `20261123T015915.123Z`: as it may stand in a name on every system, and sorts. */
export function compactTime(at: string): string {
  return at.replace(/[-:]/g, '');
}

/** What attune's header says of the files in `backups/`, the newest first. What is no database of attune's is left out. */
export function listBackups(layout: Layout): BackupFile[] {
  if (!exists(layout.backups)) return [];
  return listDirectory(layout.backups)
    .flatMap(({ name, kind }) => readBackup(join(layout.backups, name), kind) ?? [])
    .sort((one, other) => other.modifiedAt.getTime() - one.modifiedAt.getTime());
}

/** The newest backup that this attune can put in the database's place. */
export function newestBackup(layout: Layout): BackupFile | undefined {
  return listBackups(layout).find(({ schemaVersion }) => schemaVersion > 0 && schemaVersion <= MIGRATIONS.length);
}

function readBackup(path: string, kind: EntryKind): BackupFile | undefined {
  const status = kind === 'file' && path.endsWith('.db') ? inspect(path) : undefined;
  if (status === undefined || status.size < HEADER.bytes) return undefined;
  const header = readStart(path, HEADER.bytes);
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  if (header.readInt32BE(HEADER.applicationId) !== APPLICATION_ID) return undefined;
  return {
    path,
    bytes: status.size,
    modifiedAt: status.modifiedAt,
    schemaVersion: header.readUInt32BE(HEADER.userVersion),
  };
}

const AUTOMATIC = [/^attune-v\d+-\d{8}T[\d.]+Z\.db$/, /^attune-before-restore-\d{8}T[\d.]+Z\.db$/];

/** Removes what was kept automatically and is older than the newest few of its kind. */
export function removeOldBackups(layout: Layout): void {
  const names = listDirectory(layout.backups).map(({ name }) => name);
  const timeOf = (name: string) => name.slice(name.lastIndexOf('-'));
  for (const kind of AUTOMATIC) {
    const ofKind = names.filter((name) => kind.test(name)).sort((one, other) => (timeOf(one) < timeOf(other) ? 1 : -1));
    for (const name of ofKind.slice(KEPT_AUTOMATIC)) removeFile(join(layout.backups, name));
  }
}
