import type Database from 'better-sqlite3';
import { openSqlite } from '../../platform/sqlite/sqlite.ts';
import { discardCacheDatabase, isCorruption } from './database.ts';

/**
 * Removes the index cache, unless a process has it open.
 * @param path the database file, which exists
 * @returns whether it was removed
 */
export function removeIdleCache(path: string): boolean {
  if (isInUse(path)) return false;
  discardCacheDatabase(path);
  return true;
}

/** SQLite leaves WAL mode only for the sole connection of a database. */
function isInUse(path: string): boolean {
  let database: Database.Database | undefined;
  try {
    database = openSqlite(path, { timeout: 0, fileMustExist: true });
    return database.pragma('journal_mode = DELETE', { simple: true }) !== 'delete';
  } catch (error) {
    return !isCorruption(error);
  } finally {
    database?.close();
  }
}
