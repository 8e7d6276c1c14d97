import { closeSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import Database from 'better-sqlite3';
import { MIGRATIONS } from '../../src/store/database/migrations.ts';

/** A way to damage a database. */
export interface DatabaseDamage {
  /** Completes "a database that is". */
  readonly claim: string;
  /** @param path a closed, intact database */
  damage(path: string): void;
  /** The error code when it is opened. */
  readonly code: string;
}

/** Overwrites the first page of a table. */
export function damageTable(path: string, table: string): void {
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

/** The kinds of damage that make a database unusable. */
export const DAMAGED_DATABASES: readonly DatabaseDamage[] = [
  { claim: 'a text file', damage: (path) => writeFileSync(path, 'hello '.repeat(1000)), code: 'STORE_CORRUPT' },
  { claim: 'a few bytes', damage: (path) => writeFileSync(path, 'hi'), code: 'STORE_CORRUPT' },
  { claim: 'only a header', damage: (path) => truncateSync(path, 100), code: 'STORE_CORRUPT' },
  { claim: 'cut off in the middle', damage: (path) => truncateSync(path, 8192), code: 'STORE_CORRUPT' },
  {
    claim: 'overwritten with zeros at the start',
    damage: (path) => writeFileSync(path, Buffer.concat([Buffer.alloc(4096), readFileSync(path).subarray(4096)])),
    code: 'STORE_CORRUPT',
  },
  { claim: 'damaged in the table of packs', damage: (path) => damageTable(path, 'pack'), code: 'STORE_CORRUPT' },
  { claim: 'without one of its tables', damage: (path) => change(path, 'DROP TABLE pack'), code: 'STORE_CORRUPT' },
  {
    claim: 'of another application',
    damage(path) {
      rmSync(path);
      change(path, 'CREATE TABLE bookmarks (url TEXT)');
    },
    code: 'STORE_FOREIGN_DATABASE',
  },
  {
    claim: 'of a newer attune',
    damage: (path) => change(path, `PRAGMA user_version = ${MIGRATIONS.length + 1}`),
    code: 'STORE_TOO_NEW',
  },
  ...[-5, 0, 1].map((version) => ({
    claim: `without the tables of its schema version ${version}`,
    damage: (path: string) => change(path, `PRAGMA user_version = ${version}`),
    code: 'STORE_CORRUPT',
  })),
];
