import type { Statement as DatabaseStatement } from 'better-sqlite3';
import { reasonOf } from '../../errors.ts';
import { type Connection, isDatabaseError } from './database.ts';

/** The cache let us down, which is no reason for a command to fail: what is in it can be had again. */
export class CacheFailure extends Error {
  constructor(cause: Error) {
    super(reasonOf(cause), { cause });
  }
}

/** Does something with the database. @throws CacheFailure where SQLite fails */
export function guarded<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw toCacheFailure(error);
  }
}

/** What SQLite throws as a CacheFailure; anything else is what it was. */
export function toCacheFailure(error: unknown): unknown {
  return isDatabaseError(error) ? new CacheFailure(error) : error;
}

type Statement = DatabaseStatement<unknown[]>;

/** Statements, each of which is prepared once. */
export class CacheStatements {
  readonly #database: Connection;
  readonly #prepared = new Map<string, Statement>();

  constructor(database: Connection) {
    this.#database = database;
  }

  /** The first row. @throws CacheFailure */
  get<Row>(sql: string, ...values: unknown[]): Row | undefined {
    return guarded(() => this.prepare(sql).get(...values) as Row | undefined);
  }

  /** @throws CacheFailure */
  run(sql: string, ...values: unknown[]): void {
    guarded(() => this.prepare(sql).run(...values));
  }

  prepare(sql: string): Statement {
    const statement = this.#prepared.get(sql) ?? this.#database.prepare<unknown[]>(sql);
    this.#prepared.set(sql, statement);
    return statement;
  }
}
