import Database from 'better-sqlite3';
import { embeddedAddon } from './embedded-addon.ts';

/** An open database. */
export type Connection = Database.Database;

/**
 * Opens an SQLite database like `new Database` of better-sqlite3.
 * @param file a path, `:memory:`, or the bytes of a database
 */
export function openSqlite(file: string | Buffer, options: Database.Options = {}): Connection {
  const addon = embeddedAddon();
  return new Database(file, addon === undefined ? options : { ...options, nativeBinding: addon as never });
}
