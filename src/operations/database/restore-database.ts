import { AttuneError } from '../../errors.ts';
import type { Manifest } from '../../packs/manifest/types.ts';
import { inspectTarget, realPath } from '../../platform/files/inspect.ts';
import { expandPath } from '../../platform/paths.ts';
import { layoutOf } from '../../store/layout.ts';
import { type IncomingDatabase, InvalidBackup, readIncoming } from '../../store/recovery/incoming-database.ts';
import { restoreDatabase } from '../../store/recovery/restore.ts';
import { recordedDependencies } from '../install/check-dependencies.ts';
import type { Runtime } from '../runtime.ts';
import { assertNotDatabase } from './database-path.ts';

interface Change {
  readonly ref: string;
  /** The version that the backup records as installed; `null` if it does not record the pack. */
  readonly version: string | null;
  /** The version that was installed before; `null` if the pack was not installed or the database was unreadable. */
  readonly was: string | null;
}

interface RestoreOutcome {
  readonly file: string;
  /** The schema version of the backup. */
  readonly schema_version: number;
  /** The number of packs that the backup records as installed. */
  readonly packs: number;
  readonly changes: readonly Change[];
}

/** The changes that `restoreBackup` would make. */
export interface RestorePlan extends RestoreOutcome {
  readonly dry_run: true;
}

export interface RestoreReceipt extends RestoreOutcome {
  readonly success: true;
  /** The path of the previous database, which is kept; `null` if there was none. */
  readonly kept_aside: string | null;
  /** Packs that the backup records as installed and whose files do not exist. */
  readonly missing: readonly { readonly ref: string; readonly version: string; readonly path: string }[];
  /** The command that restores the missing files; `null` if no files are missing. */
  readonly remedy: string | null;
  /** Releases on disk that the backup does not record. They are added, but not made current. */
  readonly adopted: readonly { readonly ref: string; readonly version: string }[];
}

type Tools = Pick<Runtime, 'store' | 'config' | 'environment' | 'paths'>;

/** Returns the changes that restoring a backup would make. @throws InvalidBackup, BackupIsDatabase, FileError */
export async function planRestore(typed: string, runtime: Tools): Promise<RestorePlan> {
  const store = await runtime.store();
  using area = store.stage({ dryRun: true });
  const path = resolveBackup(typed, runtime);
  const incoming = readIncoming(path, area.newDirectory());
  const present = installedVersionsIfReadable(() => store.versions());
  return { dry_run: true, ...outcome(path, incoming, present) };
}

/**
 * Replaces the database with a backup and keeps the previous database. The replacement is atomic: if the process is
 * killed, either the old or the new database is in place. Links and releases are updated afterwards, at the latest by
 * the next command.
 * @throws InvalidBackup, BackupIsDatabase, FileError, DatabaseError
 */
export async function restoreBackup(typed: string, runtime: Tools): Promise<RestoreReceipt> {
  const store = await runtime.store();
  const { limits } = await runtime.config();
  using area = store.stage();
  const path = resolveBackup(typed, runtime);
  const incoming = readIncoming(path, area.newDirectory());
  const dependenciesOf = ({ dependencies }: Manifest) => recordedDependencies(dependencies);
  const { before, kept_aside, missing, adopted } = await store.replace((layout, stamp) =>
    restoreDatabase(layout, incoming.file, stamp, { limits, dependenciesOf }),
  );
  const remedy = missing.length === 0 ? null : `attune pack repair ${missing.map(({ ref }) => ref).join(' ')} --yes`;
  return { success: true, ...outcome(path, incoming, before), kept_aside, missing, remedy, adopted };
}

function resolveBackup(typed: string, { environment, paths }: Tools): string {
  const path = realPath(expandPath(typed, environment));
  if (inspectTarget(path)?.kind !== 'file') throw new InvalidBackup(path, ['it is not a regular file']);
  assertNotDatabase(path, layoutOf(paths.data));
  return path;
}

function outcome(
  path: string,
  { schemaVersion, versions }: IncomingDatabase,
  before: ReadonlyMap<string, string>,
): RestoreOutcome {
  const refs = [...new Set([...versions.keys(), ...before.keys()])].sort();
  const changes = refs
    .map((ref) => ({ ref, version: versions.get(ref) ?? null, was: before.get(ref) ?? null }))
    .filter(({ version, was }) => version !== was);
  return { file: path, schema_version: schemaVersion, packs: versions.size, changes };
}

/** Returns an empty map if the database is unreadable, which may be the reason for restoring a backup. */
function installedVersionsIfReadable(read: () => ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  try {
    return read();
  } catch (error) {
    if (error instanceof AttuneError && error.family === 'STORE') return new Map();
    throw error;
  }
}
