import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import Database from 'better-sqlite3';
import { newestBackup } from '../../../src/store/database/backup-files.ts';
import { backUpBeforeMigration, copyDatabase } from '../../../src/store/database/copy-database.ts';
import { openDatabase } from '../../../src/store/database/database.ts';
import { refuseDamagedDatabase } from '../../../src/store/database/integrity-check.ts';
import { MIGRATIONS } from '../../../src/store/database/migrations.ts';
import { layoutOf } from '../../../src/store/layout.ts';
import { damageTable } from '../../support/damaged-store.ts';
import { install, openStore } from '../../support/store.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

function rows(path: string, sql: string): unknown[] {
  const database = new Database(path, { readonly: true });
  try {
    return database.prepare(sql).pluck().all();
  } finally {
    database.close();
  }
}

/** Returns a clock that is stopped at a time. */
function clockAt(time: string) {
  return { now: () => new Date(time), elapsed: () => 0, sleep: async () => {} };
}

/** Creates a database with the first schema and one event. */
function oldDatabase(t: TestContext): string {
  const path = join(temporaryDirectory(t), 'attune.db');
  const database = new Database(path);
  database.exec(MIGRATIONS[0] as string);
  database.exec(
    `INSERT INTO event (at, action, ref, version, by_user, by_host) VALUES ('2026-01-01', 'install', 'core', '1.0.0', 'ann', 'here')`,
  );
  database.pragma('user_version = 1');
  database.pragma(`application_id = ${0x4154554e}`);
  database.close();
  return path;
}

test('copyDatabase: the copy is complete and in one private file despite concurrent writes', async (t) => {
  const directory = temporaryDirectory(t);
  const path = join(directory, 'attune.db');
  const [source, writer] = [openDatabase(path), openDatabase(path)];
  t.after(() => source.close());
  t.after(() => writer.close());
  const insert = writer.prepare(
    `INSERT INTO event (at, action, ref, version, by_user, by_host, source) VALUES ('', 'install', 'core', ?, '', '', ?)`,
  );
  writer.transaction(() => {
    for (let count = 0; count < 1500; count++) insert.run(String(count), 'x'.repeat(4000));
  })();
  const seen: number[] = [];
  const copy = join(directory, 'copy.db');
  const bytes = await copyDatabase(source, copy, {
    progress: (done, total) => {
      seen.push(done / total);
      writer.transaction(() => {
        insert.run('a', '');
        insert.run('b', '');
      })();
    },
    check: (database) => refuseDamagedDatabase(layoutOf(directory), database),
  });
  assert.ok(seen.length > 1);
  assert.deepEqual([statSync(copy).size, statSync(copy).mode & 0o777], [bytes, 0o600]);
  assert.deepEqual(
    readdirSync(directory).filter((name) => name.startsWith('copy')),
    ['copy.db'],
  );
  const [a, b] = ['a', 'b'].map((version) => rows(copy, `SELECT count(*) FROM event WHERE version = '${version}'`)[0]);
  assert.equal(a, b, 'a transaction is copied completely or not at all');
  assert.ok(Number(rows(copy, 'SELECT count(*) FROM event')[0]) >= 1500);
});

test('copyDatabase: a damaged database is not copied', async (t) => {
  const data = temporaryDirectory(t);
  {
    using store = openStore(data);
    await install(store, 'core', '1.0.0');
  }
  damageTable(join(data, 'attune.db'), 'test_case');
  using store = openStore(data);
  const copying = store.query((database, layout) =>
    copyDatabase(database, join(data, 'copy.db'), {
      progress: () => {},
      check: (copy) => refuseDamagedDatabase(layout, copy),
    }),
  );
  await assert.rejects(copying, { code: 'STORE_CORRUPT', hint: /attune doctor --fix/ });
  assert.deepEqual(
    readdirSync(data).filter((name) => name.startsWith('copy')),
    [],
  );
});

test('openDatabase: a migration keeps a backup with the old schema', (t) => {
  const path = oldDatabase(t);
  openDatabase(path, clockAt('2026-11-23T01:02:03.004Z')).close();
  const backup = join(path, '../backups/attune-v1-20261123T010203.004Z.db');
  assert.deepEqual(rows(path, 'PRAGMA user_version'), [MIGRATIONS.length]);
  assert.deepEqual(rows(backup, 'PRAGMA user_version'), [1]);
  assert.deepEqual(rows(backup, 'SELECT ref FROM event'), ['core']);
  assert.equal(statSync(backup).mode & 0o777, 0o600);
  openDatabase(path, clockAt('2026-11-24T01:02:03.004Z')).close();
  assert.deepEqual(readdirSync(join(path, '../backups')).length, 1, 'only a migration creates one');
});

test('openDatabase: without a backup nothing is migrated', (t) => {
  const path = oldDatabase(t);
  writeFileSync(join(path, '../backups'), 'not a directory');
  assert.throws(() => openDatabase(path), { code: 'STORE_PATH' });
  assert.deepEqual(rows(path, 'PRAGMA user_version'), [1]);
});

test('backups: the newest five automatic ones are kept, and all others', (t) => {
  const data = temporaryDirectory(t);
  const layout = layoutOf(data);
  const database = openDatabase(layout.database);
  t.after(() => database.close());
  mkdirSync(layout.backups);
  const manual = ['attune-20200101T000000.000Z.db', 'mine.db', 'attune-v2-notes.txt'];
  for (const name of manual) writeFileSync(join(layout.backups, name), '');
  for (let day = 1; day <= 8; day++) {
    backUpBeforeMigration(database, layout, day === 1 ? 10 : 9, clockAt(`2026-11-0${day}T00:00:00.000Z`));
  }
  const names = readdirSync(layout.backups)
    .filter((name) => !manual.includes(name))
    .sort();
  assert.deepEqual(
    names,
    [4, 5, 6, 7, 8].map((day) => `attune-v9-2026110${day}T000000.000Z.db`),
  );
  assert.equal(readdirSync(layout.backups).length, 8);
});

test('newestBackup: backups with a newer schema are skipped', (t) => {
  const data = temporaryDirectory(t);
  const layout = layoutOf(data);
  assert.equal(newestBackup(layout), undefined);
  const database = openDatabase(layout.database);
  t.after(() => database.close());
  const made = ['2026-01-01', '2026-01-02'].map((day) =>
    backUpBeforeMigration(database, layout, 1, clockAt(`${day}T00:00:00.000Z`)),
  );
  for (const [index, path] of made.entries()) utimesSync(path, 1000 + index, 1000 + index);
  const newer = new Database(join(layout.backups, 'newer.db'));
  newer.pragma(`application_id = ${0x4154554e}`);
  newer.pragma(`user_version = ${MIGRATIONS.length + 1}`);
  newer.close();
  writeFileSync(join(layout.backups, 'text.db'), 'x'.repeat(1000));
  assert.equal(newestBackup(layout)?.path, made[1]);
  rmSync(made[1] as string);
  assert.equal(newestBackup(layout)?.path, made[0]);
});
