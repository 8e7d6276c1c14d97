// The calls of SQLite that change a database on the disk. See preload.cjs.
const fs = require('node:fs');
const { dirname, join } = require('node:path');

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

  addon.Database = countingOpens(addon.Database, step, watchesReads);
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

/** Opening a database may create its file, and binds the connection to the file that is at the path at that time. */
function countingOpens(Database, step, watchesReads) {
  return new Proxy(Database, {
    construct(target, args) {
      const run = () => Reflect.construct(target, args);
      const [path] = args;
      return watchesReads(path) ? step({ name: 'connect', path, run, half: undefined, refuse: undefined }) : run();
    },
  });
}

function watchStatements(prototype, watch, watchesReads) {
  for (const method of ['run', 'get', 'all', 'iterate']) {
    watch(prototype, method, ({ database, source, readonly }, _args, run) => {
      if (source.startsWith('COMMIT'))
        return onDisk(database, 'COMMIT', { half: () => halfCommit(database.name, run) });
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

/**
 * Leaves what a process leaves that dies while its commit writes pages to the database: the journal, and the first half of
 * the changed pages. Without a journal on the disk there is no protection, which only suits a file that nothing refers to.
 */
function halfCommit(path, commit) {
  const before = readOpen(path);
  const journal = `${path}-journal`;
  const kept = `${journal}-kept`;
  const hasJournal = fs.existsSync(journal);
  if (hasJournal) fs.linkSync(journal, kept);
  commit();
  const after = readOpen(path);
  if (after.length === 0) return;
  const pages = changedPages(before, after);
  const half = pages.length >> 1;
  const database = fs.openSync(path, 'r+');
  for (const { start, end } of pages.slice(half)) {
    if (start < before.length) fs.writeSync(database, before, start, end - start, start);
  }
  fs.ftruncateSync(database, Math.max(before.length, pages[half - 1]?.end ?? 0));
  if (hasJournal) fs.renameSync(kept, journal);
}

/** Returns the ranges of the pages that differ, in the order in which a commit writes them. */
function changedPages(before, after) {
  // The size is in the header; 1 stands for 65,536.
  const size = after.readUInt16BE(16) === 1 ? 65536 : after.readUInt16BE(16);
  const starts = Array.from({ length: Math.ceil(after.length / size) }, (_, page) => page * size);
  return starts
    .map((start) => ({ start, end: start + size }))
    .filter(({ start, end }) => !before.subarray(start, end).equals(after.subarray(start, end)));
}

/** Reads a file that may be missing. Does not close it, because that would release the locks that SQLite holds on it. */
function readOpen(path) {
  if (!fs.existsSync(path)) return Buffer.alloc(0);
  return fs.readFileSync(fs.openSync(path, 'r'));
}
