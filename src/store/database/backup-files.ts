/**
 * The backups of the database in `backups/`. The name shows why a backup was made:
 *
 *     attune-<time>.db                  by the user (`db backup`); never removed automatically
 *     attune-v<schema>-<time>.db        before a migration to a newer schema
 *     attune-before-restore-<time>.db   before another database was restored
 *
 * Of each of the last two kinds, the newest few are kept.
 */
import { join } from 'node:path';
import { removeFile } from '../../platform/files/entries.ts';
import { FileError } from '../../platform/files/file-error.ts';
import { type EntryKind, exists, inspect, listDirectory } from '../../platform/files/inspect.ts';
import { readStart } from '../../platform/files/read.ts';
import type { Layout } from '../layout.ts';
import { MIGRATIONS } from './migrations.ts';

/** "ATUN": identifies a database of attune in the file header. */
export const APPLICATION_ID = 0x4154554e;

/** The number of automatic backups that are kept of each kind. */
const KEPT_AUTOMATIC = 5;
/** Offsets in SQLite's header (https://sqlite.org/fileformat2.html, section 1.3). */
const HEADER = { bytes: 100, userVersion: 60, applicationId: 68 };
const MAGIC = 'SQLite format 3\0';

/** A backup in `backups/`. */
export interface BackupFile {
  readonly path: string;
  readonly bytes: number;
  readonly modifiedAt: Date;
  readonly schemaVersion: number;
}

/** Returns the file name of a backup. @param at ISO 8601, UTC */
export function backupName(at: string, kind?: 'before-restore' | `v${number}`): string {
  return `attune-${kind === undefined ? '' : `${kind}-`}${compactTime(at)}.db`;
}

/** Formats a time for file names, valid on every system and sortable: `20261123T015915.123Z`. */
export function compactTime(at: string): string {
  return at.replace(/[-:]/g, '');
}

/** Lists the readable databases of attune in `backups/` by their headers, newest first. Other files are ignored. */
export function listBackups(layout: Layout): BackupFile[] {
  if (!exists(layout.backups)) return [];
  return listDirectory(layout.backups)
    .flatMap(({ name, kind }) => readBackup(join(layout.backups, name), kind) ?? [])
    .sort((one, other) => other.modifiedAt.getTime() - one.modifiedAt.getTime());
}

/** Returns the newest backup that this version of attune can restore. */
export function newestBackup(layout: Layout): BackupFile | undefined {
  return listBackups(layout).find(({ schemaVersion }) => schemaVersion > 0 && schemaVersion <= MIGRATIONS.length);
}

function readBackup(path: string, kind: EntryKind): BackupFile | undefined {
  const status = kind === 'file' && path.endsWith('.db') ? inspect(path) : undefined;
  if (status === undefined || status.size < HEADER.bytes) return undefined;
  const header = tryReadStart(path);
  if (header === undefined) return undefined;
  if (header.toString('latin1', 0, MAGIC.length) !== MAGIC) return undefined;
  if (header.readInt32BE(HEADER.applicationId) !== APPLICATION_ID) return undefined;
  return {
    path,
    bytes: status.size,
    modifiedAt: status.modifiedAt,
    schemaVersion: header.readUInt32BE(HEADER.userVersion),
  };
}

/** @returns `undefined` if this user cannot read the file */
function tryReadStart(path: string): Buffer | undefined {
  try {
    return readStart(path, HEADER.bytes);
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
}

const AUTOMATIC = [/^attune-v\d+-\d{8}T[\d.]+Z\.db$/, /^attune-before-restore-\d{8}T[\d.]+Z\.db$/];

/** Removes automatic backups except for the newest few of each kind, as far as this user may. */
export function removeOldBackups(layout: Layout): void {
  const names = listDirectory(layout.backups).map(({ name }) => name);
  const timeOf = (name: string) => name.slice(name.lastIndexOf('-'));
  for (const kind of AUTOMATIC) {
    const ofKind = names.filter((name) => kind.test(name)).sort((one, other) => (timeOf(one) < timeOf(other) ? 1 : -1));
    for (const name of ofKind.slice(KEPT_AUTOMATIC)) removeIfPermitted(join(layout.backups, name));
  }
}

/** In a sticky directory only the owner of a backup may remove it. */
function removeIfPermitted(path: string): void {
  try {
    removeFile(path);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
  }
}
