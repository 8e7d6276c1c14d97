import type { Statement as DatabaseStatement } from 'better-sqlite3';
import type { Connection } from './database.ts';
import { toCacheFailure } from './errors.ts';

type Statement = DatabaseStatement<unknown[]>;

/** An open database and its prepared statements, which are reused. */
export class CacheStatements implements Disposable {
  readonly database: Connection;
  readonly #prepared = new Map<string, Statement>();

  constructor(database: Connection) {
    this.database = database;
  }

  /** Returns the first row. @throws CacheFailure */
  get<Row>(sql: string, ...values: unknown[]): Row | undefined {
    return wrapFailures(() => this.prepare(sql).get(...values) as Row | undefined);
  }

  /** Returns all rows. @throws CacheFailure */
  all<Row>(sql: string, ...values: unknown[]): Row[] {
    return wrapFailures(() => this.prepare(sql).all(...values) as Row[]);
  }

  prepare(sql: string): Statement {
    const statement = this.#prepared.get(sql) ?? this.database.prepare<unknown[]>(sql);
    this.#prepared.set(sql, statement);
    return statement;
  }

  [Symbol.dispose](): void {
    this.database.close();
  }
}

/** Runs an operation on the database. @throws CacheFailure if SQLite fails */
function wrapFailures<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toCacheFailure(error);
  }
}
