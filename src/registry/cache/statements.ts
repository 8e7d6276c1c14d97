import type { Statement as DatabaseStatement } from 'better-sqlite3';
import { reasonOf } from '../../errors.ts';
import { FileError } from '../../platform/files/file-error.ts';
import { type Connection, isDatabaseError, UnusableDatabase } from './database.ts';

/** SQLite cannot read the cache. No command fails for this reason, because the content can be downloaded again. */
export class CacheFailure extends Error {
  constructor(cause: Error) {
    super(reasonOf(cause), { cause });
  }
}

/** The cache on disk cannot be changed. It can still be read. */
export class CacheNotWritable extends Error {
  constructor(cause: Error) {
    super(reasonOf(cause), { cause });
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

/** Converts an error of SQLite to a CacheFailure; returns any other error unchanged. */
export function toCacheFailure(error: unknown): unknown {
  return isDatabaseError(error) ? new CacheFailure(error) : error;
}

/** Converts an error of SQLite or of the file to a CacheNotWritable; returns any other error unchanged. */
export function toNotWritable(error: unknown): unknown {
  const isCause = isDatabaseError(error) || error instanceof FileError || error instanceof UnusableDatabase;
  return isCause ? new CacheNotWritable(error) : error;
}

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
