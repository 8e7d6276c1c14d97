import type Database from 'better-sqlite3';
import { openSqlite } from '../../platform/sqlite/sqlite.ts';
import { discardCacheDatabase, isCorruption } from './database.ts';

/**
 * Removes the cache of indexes, unless a process has it open.
 * @param path of its file, which is there
 * @returns whether it was removed
 */
export function removeIdleCache(path: string): boolean {
  if (isInUse(path)) return false;
  discardCacheDatabase(path);
  return true;
}

/** A database gives up its log only to one that is alone with it. */
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
