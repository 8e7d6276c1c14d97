import { AttuneError } from '../../errors.ts';
import type { Manifest } from '../../packs/manifest/types.ts';
import { type Connection, openDatabaseForReading } from '../../store/database/database.ts';
import { withStoreErrors } from '../../store/database/database-errors.ts';
import { findDatabaseDamage } from '../../store/database/integrity-check.ts';
import type { Layout } from '../../store/layout.ts';
import { type RebuildResult, rebuildDatabase } from '../../store/recovery/rebuild.ts';
import { recordedDependencies } from '../install/check-dependencies.ts';
import type { Runtime } from '../runtime.ts';

export interface RebuildReceipt extends RebuildResult {
  readonly success: true;
}

/** The database is intact. Rebuilding it would lose the data that exists only in it. */
export class DatabaseIntact extends AttuneError {
  constructor(path: string) {
    super('EXISTS_DATABASE', `The database '${path}' is intact, so it was not rebuilt.`, {
      facts: { path },
      hint: 'Check for other problems with: attune doctor',
    });
  }
}

/**
 * Rebuilds the database from the releases on disk and the readable part of the old database, which is kept under
 * another name. The writer lock is held throughout. If the rebuild fails or is killed, no data is lost.
 * @throws DatabaseIntact unless the database is lost, damaged or created by another program; the errors of opening it if
 * it was written by a newer attune or is unreadable
 */
export async function rebuildStore(runtime: Pick<Runtime, 'store' | 'config'>): Promise<RebuildReceipt> {
  const { limits } = await runtime.config();
  const dependenciesOf = ({ dependencies }: Manifest) => recordedDependencies(dependencies);
  const store = await runtime.store();
  return store.replace((layout, stamp) => {
    assertDamaged(layout);
    return { success: true, ...rebuildDatabase(layout, stamp, { limits, dependenciesOf }) };
  });
}

const REBUILDABLE_CODES = new Set(['STORE_CORRUPT', 'STORE_LOST', 'STORE_FOREIGN_DATABASE']);

function assertDamaged(layout: Layout): void {
  let database: Connection | undefined;
  try {
    database = openDatabaseForReading(layout.database);
    const opened = database;
    if (withStoreErrors(layout, () => findDatabaseDamage(opened)).length > 0) return;
  } catch (error) {
    if (error instanceof AttuneError && REBUILDABLE_CODES.has(error.code)) return;
    throw error;
  } finally {
    database?.close();
  }
  throw new DatabaseIntact(layout.database);
}
