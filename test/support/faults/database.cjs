// The calls of SQLite that change a database on the disk. See preload.cjs.
const fs = require('node:fs');
const { dirname, join } = require('node:path');

const { lstatSync, truncateSync } = fs;
/** The SQLite errors for system error codes. */
const RESULTS = {
  ENOSPC: ['SQLITE_FULL', 'database or disk is full'],
  EDQUOT: ['SQLITE_FULL', 'database or disk is full'],
  EROFS: ['SQLITE_READONLY', 'attempt to write a readonly database'],
  EACCES: ['SQLITE_CANTOPEN', 'unable to open database file'],
};

/**
 * Wraps the methods of databases and statements so that they call `step`. Wraps those of the native addon, because the
 * bundle contains a second copy of the driver's JavaScript.
 * @param watchesReads returns whether statements that read a file are counted as well
 */
exports.databaseCalls = function databaseCalls(step, watchesReads) {
  const driver = dirname(require.resolve('better-sqlite3/package.json'));
  const addon = require(join(driver, 'lib', 'binding.js')).getBinding();
  let SqliteError;
  const { initialize } = addon;
  addon.initialize = (error, ...rest) => {
    SqliteError = error;
    return initialize.call(addon, error, ...rest);
  };
  const refuse = (code) => {
    const [name, text] = RESULTS[code] ?? ['SQLITE_IOERR_WRITE', 'disk I/O error'];
    return new SqliteError(text, name);
  };
  const watch = (prototype, method, describe) => {
    const original = prototype[method];
    prototype[method] = function (...args) {
      const run = () => original.apply(this, args);
      const call = describe(this, args, run);
      return call === undefined ? run() : step({ refuse, ...call, run });
    };
  };

  const { prototype } = addon.Database;
  watch(prototype, 'exec', (database, [sql]) => onDisk(database, `exec ${firstTokens(sql)}`));
  // Closing never reports an error.
  watch(prototype, 'close', (database) =>
    database.open ? onDisk(database, 'close', { refuse: undefined }) : undefined,
  );
  const { prepare } = prototype;
  let statementsWatched = false;
  prototype.prepare = function (...args) {
    const statement = prepare.apply(this, args);
    if (!statementsWatched) watchStatements(Object.getPrototypeOf(statement), watch, watchesReads);
    statementsWatched = true;
    return statement;
  };
};

function watchStatements(prototype, watch, watchesReads) {
  for (const method of ['run', 'get', 'all', 'iterate']) {
    watch(prototype, method, ({ database, source, readonly }, _args, run) => {
      // A commit ends with the deletion of the journal, which is indivisible: its half is the whole.
      if (source.startsWith('COMMIT')) return onDisk(database, 'COMMIT', { half: run });
      // A rollback does not write to the disk.
      if (source.startsWith('ROLLBACK')) return onDisk(database, 'ROLLBACK', { refuse: undefined });
      const changes = /^PRAGMA/i.test(source)
        ? /^PRAGMA (journal_mode|user_version|application_id) *=/i.test(source)
        : !readonly && !source.startsWith('BEGIN');
      return changes || watchesReads(database.name) ? onDisk(database, firstTokens(source)) : undefined;
    });
  }
}

function onDisk({ memory, name: path }, name, more) {
  return memory || path === '' ? undefined : { name, path, half: undefined, ...more };
}

function firstTokens(sql) {
  return sql.trim().split(/\s+/, 3).join(' ');
}
