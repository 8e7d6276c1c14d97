import { basename, join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { discards, refuseSpecialTarget } from '../../platform/files/input/open-file.ts';
import { exists, inspectTarget, realPath } from '../../platform/files/inspect.ts';
import { expandPath } from '../../platform/paths.ts';
import { backupName } from '../../store/database/backup-files.ts';
import { copyDatabase, publishBackup } from '../../store/database/copy-database.ts';
import { type Connection, schemaVersionOf } from '../../store/database/database.ts';
import { refuseDamagedDatabase } from '../../store/database/integrity-check.ts';
import { installedVersions } from '../../store/installed.ts';
import { makeStoreDirectory } from '../../store/layout.ts';
import type { Runtime } from '../runtime.ts';
import { assertNotDatabase, DatabaseNotFound } from './database-path.ts';

export interface BackupRequest {
  /** The path as given: a file, or a directory for a file with the default name; `undefined` for `backups/`. */
  readonly file: string | undefined;
  /** Overwrite an existing file. */
  readonly force: boolean;
  readonly dryRun: boolean;
}

export type BackupReceipt = ({ readonly success: true } | { readonly dry_run: true }) & {
  readonly file: string;
  /** The size of the copy; of the database for a dry run. */
  readonly bytes: number;
  readonly schema_version: number;
  /** The number of packs that the backup records as installed. */
  readonly packs: number;
  /** ISO 8601, UTC. */
  readonly at: string;
};

export class BackupExists extends AttuneError {
  constructor(path: string) {
    super('EXISTS_BACKUP', `The backup file '${path}' already exists.`, {
      facts: { path },
      hint: 'Choose another name, or replace it with --force.',
    });
  }
}

type Tools = Pick<Runtime, 'store' | 'clock' | 'environment' | 'reporter'>;

/**
 * Copies the database to one file. Other processes may write to the database at the same time. The copy appears
 * atomically.
 * @throws DatabaseNotFound, BackupExists, FileError (also for a FIFO, a socket or a device), DatabaseDamaged
 */
export async function backupDatabase(request: BackupRequest, runtime: Tools): Promise<BackupReceipt> {
  const store = await runtime.store();
  const at = runtime.clock.now().toISOString();
  return store.query(async (database, layout) => {
    if (inspectTarget(layout.database) === undefined) throw new DatabaseNotFound(layout.database);
    const name = backupName(at);
    const file =
      request.file === undefined ? join(layout.backups, name) : resolveBackupPath(request.file, name, runtime);
    assertNotDatabase(file, layout);
    refuseSpecialTarget(file);
    const discarded = discards(file);
    if (exists(file) && !discarded && !request.force) throw new BackupExists(file);
    const facts = { schema_version: schemaVersionOf(database), packs: installedVersions(database).size, at };
    if (request.dryRun) return { dry_run: true, file, bytes: databaseSize(database), ...facts };
    if (request.file === undefined) makeStoreDirectory(layout.backups);
    // A partial copy in a staging directory is removed by the next command.
    using area = store.stage();
    using activity = runtime.reporter.activity(`Copying the database to ${basename(file)}`);
    const bytes = await copyDatabase(database, file, {
      ...(discarded ? { scratch: area.newPath(), publish() {} } : {}),
      ...(request.file === undefined
        ? { scratch: area.newPath(), publish: (copy: string) => publishBackup(layout, copy, file) }
        : {}),
      progress: (done, total) => activity.progress(done, total, 'bytes'),
      check: (copy) => refuseDamagedDatabase(layout, copy),
    });
    return { success: true, file, bytes, ...facts };
  });
}

function databaseSize(database: Connection): number {
  const value = (name: string) => database.pragma(name, { simple: true }) as number;
  return value('page_count') * value('page_size');
}

/** Returns the path of the backup file. Its directory must exist; links to the directory are resolved. */
function resolveBackupPath(typed: string, name: string, { environment }: Tools): string {
  const path = expandPath(typed, environment);
  if (inspectTarget(path)?.kind === 'directory') return join(realPath(path), name);
  return join(realPath(join(path, '..')), basename(path));
}
