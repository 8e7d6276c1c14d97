import { DatabaseError } from '../../platform/sqlite/database-error.ts';
import type { Layout } from '../layout.ts';
import type { Connection } from './database.ts';
import { DatabaseDamaged } from './database-errors.ts';

/** The tables that each schema has. One that is gone is what no check of SQLite's tells. */
const TABLES = ['component', 'dependency', 'event', 'file', 'pack', 'release', 'test_case', 'test_run'];

/**
 * What is wrong with a database that could be opened, one sentence each without its full stop: SQLite's own checks of
 * pages, indexes and rows, references that lead nowhere, and tables that are gone.
 * @throws SqliteError where it cannot even be looked at
 */
export function findDatabaseDamage(database: Connection): string[] {
  const found = database.prepare<[], string>('PRAGMA integrity_check').pluck().all();
  const astray = database.prepare<[], { table: string; parent: string }>('PRAGMA foreign_key_check').all();
  const there = new Set(
    database.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all(),
  );
  return [
    ...found.filter((line) => line !== 'ok'),
    ...new Set(astray.map(({ table, parent }) => `rows of '${table}' name rows of '${parent}' that are gone`)),
    ...TABLES.filter((name) => !there.has(name)).map((name) => `its table '${name}' is gone`),
  ];
}

/** @throws DatabaseDamaged that lists all of `findDatabaseDamage` */
export function refuseDamagedDatabase(layout: Layout, database: Connection): void {
  const damage = findDatabaseDamage(database);
  if (damage.length === 0) return;
  const why = ['it is damaged', ...damage].join('\n  ');
  throw new DatabaseDamaged(layout, new DatabaseError('STORE_CORRUPT', layout.database, why, ''));
}
