/**
 * A database made anew from the releases on the disk, for when the old one is lost or damaged. A release's own files say
 * what is in it and what it needs, its directory's name says what they have to be, and the link in `packs/` says which
 * release is current. Where the old database can still be read (salvage.ts), the rest is taken from there; where it
 * cannot, that is said: such a release came from its own directory, by `unknown`, and counts as asked for, so that
 * nothing goes by itself. Nothing is deleted: trees that are not what they are called are put out of the way, as is the
 * old file.
 */
import { dirname, join } from 'node:path';
import { makeDirectory, rename } from '../../platform/files/entries.ts';
import { compactTime } from '../database/backup-files.ts';
import { openDatabase } from '../database/database.ts';
import { replaceUnusableDatabase } from '../database/replace-database.ts';
import type { Stamp } from '../history.ts';
import { type Layout, makeStoreDirectory } from '../layout.ts';
import { listReleases } from '../releases/directories.ts';
import { reconcile } from '../releases/reconcile.ts';
import { type DamagedTree, isIntact, readReleaseTree, type TreeTools } from '../releases/release-trees.ts';
import { StagingArea } from '../staging.ts';
import { type RecoveredRelease, writeDatabase } from './rebuild-rows.ts';
import { asideName, salvage } from './salvage.ts';

export interface RebuildResult {
  readonly recovered: readonly RecoveredRelease[];
  /** Trees that are not what they are called, and where they are now. */
  readonly unusable: readonly { readonly path: string; readonly reason: string }[];
  /** Where the old database is now; `null` where there was none. */
  readonly kept_aside: string | null;
}

/** The caller holds the writer lock and has found the database unusable. @throws FileError, DatabaseError */
export function rebuildDatabase(layout: Layout, stamp: Stamp, tools: TreeTools): RebuildResult {
  makeStoreDirectory(layout.data);
  using area = new StagingArea(layout);
  const old = salvage(layout, area.newDirectory());
  const trees = listReleases(layout).map((directory) => readReleaseTree(layout, directory, tools));
  const file = join(area.newDirectory(), 'attune.db');
  const recovered = writeDatabase(file, trees, { layout, stamp, old });
  const unusable = moveAside(
    trees.filter((tree): tree is DamagedTree => !isIntact(tree)),
    layout,
    stamp,
  );
  const aside = replaceUnusableDatabase(layout, file, asideName('corrupt', stamp.at));
  const database = openDatabase(layout.database);
  try {
    reconcile(database, layout);
  } finally {
    database.close();
  }
  return { recovered, unusable, kept_aside: aside };
}

/** Where no repair takes them for what a crash left. */
export function moveAside(trees: readonly DamagedTree[], layout: Layout, { at }: Stamp): RebuildResult['unusable'] {
  return trees.map(({ directory, reason }) => {
    const path = join(layout.data, 'unusable', compactTime(at), directory);
    makeDirectory(dirname(path));
    rename(join(layout.releases, directory), path);
    return { path, reason };
  });
}
