import { AttuneError } from '../../errors.ts';
import type { Manifest } from '../../packs/manifest/types.ts';
import { inspectTarget, realPath } from '../../platform/files/read.ts';
import { expandPath } from '../../platform/paths.ts';
import { layoutOf } from '../../store/layout.ts';
import { type IncomingDatabase, InvalidBackup, readIncoming } from '../../store/recovery/incoming-database.ts';
import { restoreDatabase } from '../../store/recovery/restore.ts';
import { recordedDependencies } from '../install/recorded-dependencies.ts';
import type { Runtime } from '../runtime.ts';
import { assertNotDatabase } from './database-path.ts';

interface Change {
  readonly ref: string;
  /** What is installed by the backup; `null` where that does not know the pack. */
  readonly version: string | null;
  /** What was installed before; `null` where it was not, or where nobody can tell. */
  readonly was: string | null;
}

interface RestoreOutcome {
  readonly file: string;
  /** Of the schema that the backup has. */
  readonly schema_version: number;
  /** How many are installed by it. */
  readonly packs: number;
  readonly changes: readonly Change[];
}

/** What would be done; `restoreFrom` does it. */
export interface RestorePlan extends RestoreOutcome {
  readonly dry_run: true;
}

export interface RestoreReceipt extends RestoreOutcome {
  readonly success: true;
  /** Where the database is now that was there before; `null` where none was. */
  readonly kept_aside: string | null;
  /** Packs that are installed by the backup and whose files are not on the disk. */
  readonly missing: readonly { readonly ref: string; readonly version: string; readonly path: string }[];
  /** What puts them back; `null` where nothing is missing. */
  readonly remedy: string | null;
  /** Releases on the disk that the backup does not know: they are kept, and are not current. */
  readonly adopted: readonly { readonly ref: string; readonly version: string }[];
}

type Tools = Pick<Runtime, 'store' | 'config' | 'environment' | 'paths'>;

/** What a backup would change. @throws InvalidBackup, BackupIsDatabase, FileError */
export async function planRestore(typed: string, runtime: Tools): Promise<RestorePlan> {
  const store = await runtime.store();
  using area = store.stage();
  const path = resolveBackup(typed, runtime);
  const incoming = readIncoming(path, area.newDirectory());
  const present = installedVersionsIfReadable(() => store.versions());
  return { dry_run: true, ...outcome(path, incoming, present) };
}

/**
 * Puts a backup in the place of the database, and keeps what was there. It is one step: whenever it is ended, the old
 * database or the new one is there and whole; links and releases follow, at the latest with the next command.
 * @throws InvalidBackup, BackupIsDatabase, FileError, DatabaseError
 */
export async function restoreFrom(typed: string, runtime: Tools): Promise<RestoreReceipt> {
  const store = await runtime.store();
  const { limits } = await runtime.config();
  using area = store.stage();
  const path = resolveBackup(typed, runtime);
  const incoming = readIncoming(path, area.newDirectory());
  const dependenciesOf = ({ dependencies }: Manifest) => recordedDependencies(dependencies);
  const { before, kept_aside, missing, adopted } = await store.replace((layout, stamp) =>
    restoreDatabase(layout, incoming.file, stamp, { limits, dependenciesOf }),
  );
  const remedy = missing.length === 0 ? null : `attune pack repair ${missing.map(({ ref }) => ref).join(' ')}`;
  return { success: true, ...outcome(path, incoming, before), kept_aside, missing, remedy, adopted };
}

function resolveBackup(typed: string, { environment, paths }: Tools): string {
  const path = realPath(expandPath(typed, environment));
  if (inspectTarget(path)?.kind !== 'file') throw new InvalidBackup(path, ['it is no file']);
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

/** A database that is to be replaced may well be one that cannot be read. */
function installedVersionsIfReadable(read: () => ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  try {
    return read();
  } catch (error) {
    if (error instanceof AttuneError && error.family === 'STORE') return new Map();
    throw error;
  }
}
