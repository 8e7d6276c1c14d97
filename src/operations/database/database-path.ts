import { AttuneError } from '../../errors.ts';
import { exists, realPath } from '../../platform/files/read.ts';
import { COMPANIONS } from '../../store/database/replace-database.ts';
import type { Layout } from '../../store/layout.ts';

/** There is nothing yet: the store has never been written to. */
export class NoDatabase extends AttuneError {
  constructor(path: string) {
    super('NOT_FOUND_DATABASE', `There is no database '${path}' yet: nothing was ever installed.`, {
      facts: { path },
      hint: 'Choose the data directory with --data-dir or ATTUNE_DATA_DIR.',
    });
  }
}

/** A backup cannot be the database itself. */
export class BackupIsDatabase extends AttuneError {
  constructor(path: string) {
    super('USAGE', `'${path}' is the database itself.`, { facts: { path }, hint: 'Name another file.' });
  }
}

/** @throws BackupIsDatabase for the database, what SQLite keeps beside it, and whatever leads there */
export function refuseTheDatabase(path: string, { database }: Layout): void {
  if (!exists(database)) return;
  const own = realPath(database);
  const named = exists(path) ? realPath(path) : path;
  if (['', ...COMPANIONS].some((suffix) => named === own + suffix)) throw new BackupIsDatabase(path);
}
