import type { Statement as DatabaseStatement } from 'better-sqlite3';
import { reasonOf } from '../../errors.ts';
import { type Connection, isDatabaseError } from './database.ts';

/** SQLite failed on the cache. No command fails for this reason, because the content can be downloaded again. */
export class CacheFailure extends Error {
  constructor(cause: Error) {
    super(reasonOf(cause), { cause });
  }
}

/** Runs an operation on the database. @throws CacheFailure if SQLite fails */
export function wrapFailures<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toCacheFailure(error);
  }
}

/** Converts an error of SQLite to a CacheFailure; returns any other error unchanged. */
export function toCacheFailure(error: unknown): unknown {
  return isDatabaseError(error) ? new CacheFailure(error) : error;
}

type Statement = DatabaseStatement<unknown[]>;

/** Prepared statements, which are reused. */
export class CacheStatements {
  readonly #database: Connection;
  readonly #prepared = new Map<string, Statement>();

  constructor(database: Connection) {
    this.#database = database;
  }

  /** Returns the first row. @throws CacheFailure */
  get<Row>(sql: string, ...values: unknown[]): Row | undefined {
    return wrapFailures(() => this.prepare(sql).get(...values) as Row | undefined);
  }

  /** @throws CacheFailure */
  run(sql: string, ...values: unknown[]): void {
    wrapFailures(() => this.prepare(sql).run(...values));
  }

  prepare(sql: string): Statement {
    const statement = this.#prepared.get(sql) ?? this.#database.prepare<unknown[]>(sql);
    this.#prepared.set(sql, statement);
    return statement;
  }
}
