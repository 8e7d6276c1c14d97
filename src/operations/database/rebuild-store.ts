import { AttuneError } from '../../errors.ts';
import type { Manifest } from '../../packs/manifest/types.ts';
import { type Connection, openDatabaseIfPresent } from '../../store/database/database.ts';
import { withStoreErrors } from '../../store/database/database-errors.ts';
import { findDatabaseDamage } from '../../store/database/integrity-check.ts';
import type { Layout } from '../../store/layout.ts';
import { type RebuildResult, rebuildDatabase } from '../../store/recovery/rebuild.ts';
import { recordedDependencies } from '../install/recorded-dependencies.ts';
import type { Runtime } from '../runtime.ts';

export interface RebuildReceipt extends RebuildResult {
  readonly success: true;
}

/** A database that is in order is not made anew: what only it knows would be lost. */
export class DatabaseIntact extends AttuneError {
  constructor(path: string) {
    super('EXISTS_DATABASE', `The database '${path}' is in order, so it is not made anew.`, {
      facts: { path },
      hint: 'See what else may be wrong with: attune doctor',
    });
  }
}

/**
 * Makes the database anew from the releases on the disk and what is left of the old one, which is kept aside. All of it
 * is done under the writer lock, and where it fails or is killed, everything is still there.
 * @throws DatabaseIntact unless the database is lost, damaged, or another program's; what opening it throws where it is
 * a newer attune's, or may not be read
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
    database = openDatabaseIfPresent(layout.database);
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
