import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { contentsOf } from '../cli.ts';

/** What a machine holds that matters after a crash, as text that is the same wherever and whenever it was made. */
export interface State {
  /** Packs, releases and staging: files, links, empty directories; and all rows of the database. */
  readonly store: string;
  /** The same without what a second attempt may add: events, runs of tests, numbers of rows. */
  readonly standing: string;
  /** The configuration, and the indexes and locks that the user keeps. */
  readonly files: string;
}

const TABLES = ['release', 'pack', 'file', 'component', 'dependency', 'test_run', 'test_case', 'event'];
const VARYING = new Set(['at', 'installed_at', 'duration_ms']);
const PASSING = new Set(['id', 'turn', 'release_id', 'run_id']);

/** @param root of the machine; see machine.ts for what is in it */
export function stateOf(root: string): State {
  const trees = Object.entries(contentsOf(join(root, 'data'))).filter(([path]) =>
    /^(packs|releases|staging)\/./.test(path),
  );
  const files = ['config', 'work'].flatMap((place) =>
    Object.entries(contentsOf(join(root, place))).filter(([path]) => !path.endsWith('.tmp')),
  );
  // A database that is empty says the same as none.
  const rows = Object.fromEntries(
    Object.entries(rowsIn(join(root, 'data', 'attune.db'))).filter(([, all]) => all.length > 0),
  );
  const standing = Object.entries(rows)
    .filter(([table]) => !/^(event|test_)/.test(table))
    .map(([table, all]) => [table, all.map((row) => without(row, PASSING)).sort()]);
  return {
    store: settled(root, [trees, rows]),
    standing: settled(root, [trees, standing]),
    files: settled(root, files),
  };
}

function settled(root: string, value: unknown): string {
  return JSON.stringify(value, null, 1)
    .replaceAll(root, '<root>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>');
}

function rowsIn(path: string): Record<string, string[]> {
  if (!existsSync(path)) return {};
  const database = new Database(path);
  try {
    const all = TABLES.map((table) => [table, database.prepare(`SELECT * FROM ${table}`).all() as object[]] as const);
    return Object.fromEntries(
      all.map(([table, rows]) => [table, rows.map((row) => without(JSON.stringify(row), VARYING))]),
    );
  } finally {
    database.close();
  }
}

function without(row: string, columns: ReadonlySet<string>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(row)).filter(([name]) => !columns.has(name))));
}

/** What each ref shows at this moment, through its link, before anybody has mended anything. */
export function shownPacks(root: string): Map<string, string> {
  const packs = join(root, 'data', 'packs');
  const names = existsSync(packs) ? readdirSync(packs).filter((name) => !name.endsWith('.tmp')) : [];
  return new Map(names.map((name) => [name, JSON.stringify(contentsOf(join(packs, name)))]));
}

/** Every file on the machine by its path, whatever is in it. SQLite's own files beside a cache are none of attune's. */
export function filesOf(root: string): Set<string> {
  const places = ['data', 'cache', 'config', 'work'];
  const paths = places.flatMap((place) => Object.keys(contentsOf(join(root, place))).map((path) => `${place}/${path}`));
  return new Set(
    paths
      .map((path) => path.replace(/^cache\/locks\/[0-9a-f]{32}/, 'cache/locks/<path>'))
      // What is kept aside is named by the time, and a second attempt may keep it again.
      .map((path) => path.replace(/^(data\/(?:backups|set-aside)\/.*)-\d{8}T[\d.]+Z(?:-\d+)?/, '$1-<time>'))
      .filter((path) => !/^cache\/.*-(wal|shm)$/.test(path)),
  );
}
