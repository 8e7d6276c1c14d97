import { AttuneError } from '../../errors.ts';
import type { Manifest } from '../../packs/manifest/types.ts';
import { type Connection, openDatabaseIfPresent } from '../../store/database/database.ts';
import { inWordsOfStore } from '../../store/database/database-errors.ts';
import { databaseDamage } from '../../store/database/integrity-check.ts';
import type { Layout } from '../../store/layout.ts';
import { type Rebuilt, rebuildDatabase } from '../../store/recovery/rebuild.ts';
import { recordedNeeds } from '../install/recorded-dependencies.ts';
import type { Runtime } from '../runtime.ts';

export interface RebuildReceipt extends Rebuilt {
  readonly success: true;
}

/** A database that is in order is not made anew: what only it knows would be lost. */
export class NothingToRebuild extends AttuneError {
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
 * @throws NothingToRebuild unless the database is lost, damaged, or another program's; what opening it throws where it is
 * a newer attune's, or may not be read
 */
export async function rebuildStore(runtime: Pick<Runtime, 'store' | 'config'>): Promise<RebuildReceipt> {
  const { limits } = await runtime.config();
  const needsOf = ({ dependencies }: Manifest) => recordedNeeds(dependencies);
  const store = await runtime.store();
  return store.replace((layout, stamp) => {
    refuseSound(layout);
    return { success: true, ...rebuildDatabase(layout, stamp, { limits, needsOf }) };
  });
}

const HOPELESS = new Set(['STORE_CORRUPT', 'STORE_LOST', 'STORE_FOREIGN_DATABASE']);

function refuseSound(layout: Layout): void {
  let database: Connection | undefined;
  try {
    database = openDatabaseIfPresent(layout.database);
    const opened = database;
    if (inWordsOfStore(layout, () => databaseDamage(opened)).length > 0) return;
  } catch (error) {
    if (error instanceof AttuneError && HOPELESS.has(error.code)) return;
    throw error;
  } finally {
    database?.close();
  }
  throw new NothingToRebuild(layout.database);
}
