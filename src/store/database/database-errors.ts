/**
 * What can be wrong with the store's database as a whole, and the ways out. There are two: a backup takes its place, or
 * what the disk has besides is written down anew. To move it away is none: the releases would then be strangers to the
 * next database.
 */
import { dirname } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { DatabaseError, translateSqliteError } from '../../platform/sqlite/database-error.ts';
import { type Layout, layoutOf } from '../layout.ts';
import { listReleases } from '../releases/directories.ts';
import { newestBackup } from './backup-files.ts';
import { MIGRATIONS } from './migrations.ts';

const ELSEWHERE = 'choose another data directory with --data-dir or ATTUNE_DATA_DIR';

/** There is no database, or an empty one, and yet there are releases: no new store, but one that lost its memory. */
export class DatabaseLost extends AttuneError {
  constructor(layout: Layout, releases: number) {
    const still = releases === 1 ? '1 release of a pack is' : `${releases} releases of packs are`;
    super(
      'STORE_LOST',
      `The database '${layout.database}' is gone or empty, and ${still} still in '${layout.releases}'.`,
      { facts: { path: layout.database, releases }, hint: sentence(waysOut(layout)) },
    );
  }
}

/** The database's content is damaged, or is none. */
export class DatabaseDamaged extends AttuneError {
  constructor(layout: Layout, fault: DatabaseError) {
    super('STORE_CORRUPT', fault.message, { facts: fault.facts, hint: sentence(waysOut(layout)), cause: fault });
  }
}

/** Another program's database stands in its place. */
export function foreignDatabase(path: string): DatabaseError {
  const layout = layoutOf(dirname(path));
  const ways = listReleases(layout).length > 0 ? [ELSEWHERE, ...waysOut(layout)] : [ELSEWHERE];
  return new DatabaseError('STORE_FOREIGN_DATABASE', path, 'another program made it', sentence(ways));
}

/** @param version of its schema */
export function newerDatabase(path: string, version: number): DatabaseError {
  const backup = newestBackup(layoutOf(dirname(path)));
  return new DatabaseError(
    'STORE_TOO_NEW',
    path,
    `a newer attune wrote it (schema ${version}, this attune knows ${MIGRATIONS.length})`,
    sentence(['upgrade attune', ELSEWHERE, ...(backup ? [restoreBackup(backup.path)] : [])]),
  );
}

/** Runs what works with the database, and says what SQLite says in the words of the store. */
export function withStoreErrors<T>(layout: Layout, operation: () => T): T {
  try {
    return operation();
  } catch (error) {
    throw toStoreError(layout, error);
  }
}

export function toStoreError(layout: Layout, error: unknown): unknown {
  const fault = translateSqliteError(layout.database, error);
  const damaged = fault instanceof DatabaseError && fault.code === 'STORE_CORRUPT';
  return damaged && fault.facts['path'] === layout.database ? new DatabaseDamaged(layout, fault) : fault;
}

function waysOut(layout: Layout): string[] {
  const backup = newestBackup(layout);
  const rebuild = 'rebuild it from the releases, and keep what is there aside, with: attune doctor --fix';
  return backup === undefined ? [rebuild] : [restoreBackup(backup.path), rebuild];
}

function restoreBackup(path: string): string {
  return `put the newest backup in its place with: attune db restore '${path}'`;
}

function sentence(ways: readonly string[]): string {
  const text = ways.join('; or ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}
