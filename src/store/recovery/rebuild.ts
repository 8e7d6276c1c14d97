/**
 * Rebuilds a lost or damaged database from the releases on the disk. The files of a release provide its content and
 * dependencies, its directory name the expected checksum. The current release and other data are taken from the old
 * database as far as it is readable (salvage.ts), else the link in `packs/` names the current release. Otherwise a release is recorded with its own directory as the
 * source, installed by `unknown`, and as requested, so that it is not removed automatically. Nothing is deleted: trees that
 * do not match their names are moved aside, as is the old database.
 */
import { dirname, join } from 'node:path';
import { rename } from '../../platform/files/entries.ts';
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
  /** Trees that do not match their names, with their new paths. */
  readonly unusable: readonly { readonly path: string; readonly reason: string }[];
  /** The new path of the old database; `null` if there was none. */
  readonly kept_aside: string | null;
}

/** Rebuilds the database. The caller holds the writer lock and found it unusable. @throws FileError, DatabaseError */
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

/** Moves trees to `unusable/`, where `reconcile` does not remove them. @returns their new paths and the reasons */
export function moveAside(trees: readonly DamagedTree[], layout: Layout, { at }: Stamp): RebuildResult['unusable'] {
  return trees.map(({ directory, reason }) => {
    const path = join(layout.data, 'unusable', compactTime(at), directory);
    makeStoreDirectory(dirname(path));
    rename(join(layout.releases, directory), path);
    return { path, reason };
  });
}
