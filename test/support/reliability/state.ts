import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { isProcessRunning } from '../../../src/platform/processes/is-process-running.ts';
import { contentsOf } from '../cli.ts';

/** The state of a machine after a crash, as text that does not depend on paths and times. */
export interface State {
  /** Packs, releases and staging (files, links and empty directories), and all rows of the database. */
  readonly store: string;
  /** The same without the data that a repetition may add: events, test runs and row ids. */
  readonly essential: string;
  /** The configuration, and the indexes and locks of the user. */
  readonly files: string;
}

const TABLES = ['release', 'pack', 'file', 'component', 'dependency', 'test_run', 'test_case', 'event'];
const TIME_COLUMNS = new Set(['at', 'installed_at', 'duration_ms']);
const ID_COLUMNS = new Set(['id', 'turn', 'release_id', 'run_id']);

/** Returns the state of a machine. @param root the directory of the machine (machine.ts) */
export function stateOf(root: string): State {
  const trees = Object.entries(contentsOf(join(root, 'data'))).filter(([path]) =>
    /^(packs|releases|staging)\/./.test(path),
  );
  const files = ['config', 'work'].flatMap((name) =>
    Object.entries(contentsOf(join(root, name))).filter(([path]) => !isTransient(path)),
  );
  // An empty database is equivalent to a missing one.
  const rows = Object.fromEntries(
    Object.entries(rowsIn(join(root, 'data', 'attune.db'))).filter(([, all]) => all.length > 0),
  );
  const essential = Object.entries(rows)
    .filter(([table]) => !/^(event|test_)/.test(table))
    .map(([table, all]) => [table, all.map((row) => without(row, ID_COLUMNS)).sort()]);
  return {
    store: normalize(root, [trees, rows]),
    essential: normalize(root, [trees, essential]),
    files: normalize(root, files),
  };
}

/** Returns whether a file next to one of the user is a temporary file or a lock of a killed process. */
function isTransient(path: string): boolean {
  return path.endsWith('.tmp') || /(^|\/)\.[^/]+\.lock(\.json)?$/.test(path);
}

function normalize(root: string, value: unknown): string {
  return JSON.stringify(value, null, 1)
    .replaceAll(root, '<root>')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>');
}

function rowsIn(path: string): Record<string, string[]> {
  if (!existsSync(path) || statSync(path).size === 0) return {};
  const database = new Database(path);
  try {
    const all = TABLES.map((table) => [table, database.prepare(`SELECT * FROM ${table}`).all() as object[]] as const);
    return Object.fromEntries(
      all.map(([table, rows]) => [table, rows.map((row) => without(JSON.stringify(row), TIME_COLUMNS))]),
    );
  } finally {
    database.close();
  }
}

function without(row: string, columns: ReadonlySet<string>): string {
  return JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(row)).filter(([name]) => !columns.has(name))));
}

/** Returns the files that each link in `packs/` currently leads to, without running a command. */
export function visiblePacks(root: string): Map<string, string> {
  const packs = join(root, 'data', 'packs');
  const names = existsSync(packs) ? readdirSync(packs).filter((name) => !name.endsWith('.tmp')) : [];
  return new Map(names.map((name) => [name, JSON.stringify(contentsOf(join(packs, name)))]));
}

/** Returns the paths of all files on the machine, except for the note of a killed writer, which the next writer replaces. */
export function filesOf(root: string): Set<string> {
  const directories = ['data', 'cache', 'config', 'work'];
  const paths = directories.flatMap((name) =>
    Object.keys(contentsOf(join(root, name))).map((path) => `${name}/${path}`),
  );
  return new Set(
    paths
      .map((path) => path.replace(/^cache\/locks\/[0-9a-f]{32}/, 'cache/locks/<path>'))
      // The names of files moved aside contain the time, and a repetition may move files aside again.
      .map((path) => path.replace(/^(data\/(?:backups|set-aside)\/.*)-\d{8}T[\d.]+Z(?:-\d+)?/, '$1-<time>'))
      .filter((path) => path !== 'data/writer.json' || isNoteInUse(join(root, path))),
  );
}

/** Returns whether the process that a note names is running. */
function isNoteInUse(path: string): boolean {
  const [, pid] = /"pid":(\d+)/.exec(readFileSync(path, 'utf8')) ?? [];
  return pid !== undefined && isProcessRunning(Number(pid));
}
