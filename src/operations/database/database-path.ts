import { AttuneError } from '../../errors.ts';
import { exists, realPath } from '../../platform/files/inspect.ts';
import { AUXILIARY_SUFFIXES } from '../../store/database/replace-database.ts';
import type { Layout } from '../../store/layout.ts';

/** The store has never been written to. */
export class DatabaseNotFound extends AttuneError {
  constructor(path: string) {
    super('NOT_FOUND_DATABASE', `Database '${path}' does not exist: nothing was installed yet.`, {
      facts: { path },
      hint: 'Set the data directory with --data-dir or ATTUNE_DATA_DIR.',
    });
  }
}

/** The path of a backup is the database itself. */
export class BackupIsDatabase extends AttuneError {
  constructor(path: string) {
    super('USAGE', `'${path}' is the database itself.`, { facts: { path }, hint: 'Choose another file.' });
  }
}

/** @throws BackupIsDatabase for the database, SQLite's files next to it, and links to any of them */
export function assertNotDatabase(path: string, { database }: Layout): void {
  if (!exists(database)) return;
  const own = realPath(database);
  const named = exists(path) ? realPath(path) : path;
  if (['', ...AUXILIARY_SUFFIXES].some((suffix) => named === own + suffix)) throw new BackupIsDatabase(path);
}
