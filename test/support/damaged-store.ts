import { closeSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import Database from 'better-sqlite3';
import { MIGRATIONS } from '../../src/store/database/migrations.ts';

export interface Spoiling {
  readonly claim: string;
  /** @param path of a sound database, closed */
  spoil(path: string): void;
  /** What opening it says. */
  readonly code: string;
}

/** Overwrites the first page of a table, as a disk may. */
export function spoilTable(path: string, table: string): void {
  const database = new Database(path);
  const page = database.prepare('SELECT rootpage FROM sqlite_schema WHERE name = ?').pluck().get(table) as number;
  const size = database.pragma('page_size', { simple: true }) as number;
  database.close();
  const descriptor = openSync(path, 'r+');
  writeSync(descriptor, Buffer.alloc(size, 0xff), 0, size, (page - 1) * size);
  closeSync(descriptor);
}

function change(path: string, sql: string): void {
  const database = new Database(path);
  database.exec(sql);
  database.close();
}

/** What can happen to a database file so that nobody can use it. */
export const SPOILED: readonly Spoiling[] = [
  { claim: 'a text file', spoil: (path) => writeFileSync(path, 'hello '.repeat(1000)), code: 'STORE_CORRUPT' },
  { claim: 'a few bytes', spoil: (path) => writeFileSync(path, 'hi'), code: 'STORE_CORRUPT' },
  { claim: 'only a header', spoil: (path) => truncateSync(path, 100), code: 'STORE_CORRUPT' },
  { claim: 'cut off in the middle', spoil: (path) => truncateSync(path, 8192), code: 'STORE_CORRUPT' },
  {
    claim: 'overwritten with nothing at its beginning',
    spoil: (path) => writeFileSync(path, Buffer.concat([Buffer.alloc(4096), readFileSync(path).subarray(4096)])),
    code: 'STORE_CORRUPT',
  },
  { claim: 'damaged where its packs are', spoil: (path) => spoilTable(path, 'pack'), code: 'STORE_CORRUPT' },
  { claim: 'without one of its tables', spoil: (path) => change(path, 'DROP TABLE pack'), code: 'STORE_CORRUPT' },
  {
    claim: "another application's",
    spoil(path) {
      rmSync(path);
      change(path, 'CREATE TABLE bookmarks (url TEXT)');
    },
    code: 'STORE_FOREIGN_DATABASE',
  },
  {
    claim: "a newer attune's",
    spoil: (path) => change(path, `PRAGMA user_version = ${MIGRATIONS.length + 1}`),
    code: 'STORE_TOO_NEW',
  },
];
