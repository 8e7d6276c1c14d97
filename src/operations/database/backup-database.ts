import { basename, join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { exists, inspectTarget, realPath } from '../../platform/files/read.ts';
import { expandPath } from '../../platform/paths.ts';
import { backupName } from '../../store/database/backup-files.ts';
import { copyDatabase } from '../../store/database/copy-database.ts';
import { versionOf } from '../../store/database/database.ts';
import { refuseDamage } from '../../store/database/integrity-check.ts';
import { installedVersions } from '../../store/installed.ts';
import { makePlace } from '../../store/layout.ts';
import type { Runtime } from '../runtime.ts';
import { NoDatabase, refuseTheDatabase } from './database-path.ts';

export interface BackupRequest {
  /** As it was typed: a file, or a directory to put one with the usual name in; `undefined` for `backups/`. */
  readonly file: string | undefined;
  /** Also over a file that is there. */
  readonly force: boolean;
}

export interface BackupReceipt {
  readonly success: true;
  readonly file: string;
  readonly bytes: number;
  readonly schema_version: number;
  /** How many are installed by it. */
  readonly packs: number;
  /** ISO 8601, UTC. */
  readonly at: string;
}

export class BackupExists extends AttuneError {
  constructor(path: string) {
    super('EXISTS_BACKUP', `'${path}' is there already.`, {
      facts: { path },
      hint: 'Choose another name, or replace it with --force.',
    });
  }
}

type Tools = Pick<Runtime, 'store' | 'clock' | 'environment' | 'reporter'>;

/**
 * Copies the database into one file, while others may write. It stands there whole or not at all.
 * @throws NoDatabase, BackupExists, FileFault, DatabaseDamaged
 */
export async function backupDatabase(request: BackupRequest, runtime: Tools): Promise<BackupReceipt> {
  const store = await runtime.store();
  const at = runtime.clock.now().toISOString();
  return store.look(async (database, layout) => {
    if (inspectTarget(layout.database) === undefined) throw new NoDatabase(layout.database);
    const name = backupName(at);
    if (request.file === undefined) makePlace(layout.backups);
    const file = request.file === undefined ? join(layout.backups, name) : placeOf(request.file, name, runtime);
    refuseTheDatabase(file, layout);
    if (exists(file) && !request.force) throw new BackupExists(file);
    // A copy beside the store is made where the next command removes what was left of it.
    using area = store.stage();
    using activity = runtime.reporter.activity(`Copying the database to ${basename(file)}`);
    const bytes = await copyDatabase(database, file, {
      ...(request.file === undefined ? { scratch: area.newPath() } : {}),
      progress: (done, total) => activity.progress(done, total, 'bytes'),
      check: (copy) => refuseDamage(layout, copy),
    });
    return {
      success: true,
      file,
      bytes,
      schema_version: versionOf(database),
      packs: installedVersions(database).size,
      at,
    };
  });
}

/** Its directory has to be there; a link to it is followed. */
function placeOf(typed: string, name: string, { environment }: Tools): string {
  const path = expandPath(typed, environment);
  if (inspectTarget(path)?.kind === 'directory') return join(realPath(path), name);
  return join(realPath(join(path, '..')), basename(path));
}
