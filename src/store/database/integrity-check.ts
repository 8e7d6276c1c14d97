import { DatabaseError } from '../../platform/sqlite/database-error.ts';
import type { Layout } from '../layout.ts';
import type { Connection } from './database.ts';
import { DatabaseDamaged } from './database-errors.ts';

/** The tables of every schema version. SQLite's checks do not report a missing table. */
const TABLES = ['component', 'dependency', 'event', 'file', 'pack', 'release', 'test_case', 'test_run'];

/**
 * Checks an open database for damage: SQLite's checks of pages, indexes and rows, dangling references, and missing tables.
 * @returns one sentence per finding, without a full stop
 * @throws SqliteError if the database cannot be checked
 */
export function findDatabaseDamage(database: Connection): string[] {
  const problems = database.prepare<[], string>('PRAGMA integrity_check').pluck().all();
  const dangling = database.prepare<[], { table: string; parent: string }>('PRAGMA foreign_key_check').all();
  const tables = new Set(
    database.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all(),
  );
  return [
    ...problems.filter((line) => line !== 'ok'),
    ...new Set(dangling.map(({ table, parent }) => `rows of '${table}' refer to missing rows of '${parent}'`)),
    ...TABLES.filter((name) => !tables.has(name)).map((name) => `the table '${name}' is missing`),
  ];
}

/** @throws DatabaseDamaged with all findings of `findDatabaseDamage` */
export function refuseDamagedDatabase(layout: Layout, database: Connection): void {
  const damage = findDatabaseDamage(database);
  if (damage.length === 0) return;
  const why = ['it is damaged', ...damage].join('\n  ');
  throw new DatabaseDamaged(layout, new DatabaseError('STORE_CORRUPT', layout.database, why, ''));
}
