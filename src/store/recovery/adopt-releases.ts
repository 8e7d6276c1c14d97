import { join } from 'node:path';
import { exists } from '../../platform/files/inspect.ts';
import { type Connection, openDatabase } from '../database/database.ts';
import type { Stamp } from '../history.ts';
import type { Layout } from '../layout.ts';
import { listReleases } from '../releases/directories.ts';
import { type DamagedTree, isIntact, readReleaseTree, type TreeTools } from '../releases/release-trees.ts';
import { retainedReleases } from '../releases/retained-releases.ts';
import { moveAside } from './rebuild.ts';
import { recordTree } from './rebuild-rows.ts';
import { EMPTY_SALVAGE } from './salvage.ts';

/** A release on the disk that the restored database did not contain. */
export interface AdoptedRelease {
  readonly ref: string;
  readonly version: string;
}

interface AdoptionContext {
  readonly layout: Layout;
  readonly stamp: Stamp;
  readonly tools: TreeTools;
}

/**
 * Adds the releases on the disk that the database in `file` does not contain, as retained releases, and deletes the rows of
 * retained releases without a tree.
 * @param present the present database, which contains all releases, if it is usable
 */
export function adoptReleases(
  file: string,
  present: Connection | undefined,
  context: AdoptionContext,
): AdoptedRelease[] {
  const { layout } = context;
  const database = openDatabase(file);
  try {
    const adopt = database.transaction(() => {
      const known = retainedReleases(database);
      for (const { id, directory, current } of known) {
        if (!current && !exists(join(layout.releases, directory))) {
          database.prepare('DELETE FROM release WHERE id = ?').run(id);
        }
      }
      const directories = new Set(known.map(({ directory }) => directory));
      const unknown = listReleases(layout).filter((directory) => !directories.has(directory));
      return present ? copyRows(present, database, unknown) : readTrees(database, unknown, context);
    });
    return adopt();
  } finally {
    database.close();
  }
}

/** Copies rows between databases. Their turn becomes 0, so that the current release keeps the latest turn. */
function copyRows(from: Connection, to: Connection, directories: readonly string[]): AdoptedRelease[] {
  return directories.flatMap((directory) => {
    const row = from
      .prepare<[string], Row>('SELECT * FROM release WHERE directory = ? ORDER BY id DESC LIMIT 1')
      .get(directory);
    if (row === undefined) return [];
    const { id, ...release } = row;
    const release_id = insertRow(to, 'release', { ...release, turn: 0 });
    for (const table of ['file', 'component', 'dependency']) {
      const rows = from.prepare<[unknown], Row>(`SELECT * FROM ${table} WHERE release_id = ?`).all(id);
      for (const part of rows) insertRow(to, table, { ...part, release_id });
    }
    return [{ ref: String(row['ref']), version: String(row['version']) }];
  });
}

type Row = Readonly<Record<string, unknown>>;

function insertRow(database: Connection, table: string, row: Row): number | bigint {
  const names = Object.keys(row);
  const sql = `INSERT INTO ${table} (${names.join(', ')}) VALUES (${names.map((name) => `@${name}`).join(', ')})`;
  return database.prepare(sql).run(row).lastInsertRowid;
}

function readTrees(
  database: Connection,
  directories: readonly string[],
  { layout, stamp, tools }: AdoptionContext,
): AdoptedRelease[] {
  const trees = directories.map((directory) => readReleaseTree(layout, directory, tools));
  const damaged = trees.filter((tree): tree is DamagedTree => !isIntact(tree));
  moveAside(damaged, layout, stamp);
  return trees.filter(isIntact).map((tree) => {
    recordTree(database, tree, { layout, old: EMPTY_SALVAGE });
    return { ref: tree.pack.manifest.ref, version: tree.pack.manifest.version };
  });
}
