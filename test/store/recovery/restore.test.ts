import assert from 'node:assert/strict';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { copyDatabase } from '../../../src/store/database/copy-database.ts';
import { MIGRATIONS } from '../../../src/store/database/migrations.ts';
import { readIncoming } from '../../../src/store/recovery/incoming-database.ts';
import { restoreDatabase } from '../../../src/store/recovery/restore.ts';
import { contentsOf } from '../../support/cli.ts';
import { DAMAGED_DATABASES, damageTable } from '../../support/damaged-store.ts';
import { install, openStore } from '../../support/store.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const QUIET = { progress: () => {}, check: () => {} };
const TOOLS = { limits: DEFAULT_LIMITS, dependenciesOf: () => [] };

/** Creates a store that changed after its backup: from `core` 1.0.0 and `old` to `core` 2.0.0 and `fresh`. */
async function changedStore(t: TestContext) {
  const root = temporaryDirectory(t);
  const [data, backup] = [join(root, 'data'), join(root, 'backup.db')];
  using store = openStore(data);
  await install(store, 'core', '1.0.0');
  await install(store, 'old', '1.0.0');
  await store.query((database) => copyDatabase(database, backup, QUIET));
  await store.write((writer) => writer.uninstall(['old']));
  await install(store, 'core', '2.0.0');
  await install(store, 'fresh', '1.0.0');
  return { root, data, backup };
}

async function restore(data: string, backup: string) {
  using store = openStore(data);
  using area = store.stage();
  const { file } = readIncoming(backup, area.newDirectory());
  return await store.replace((layout, stamp) => restoreDatabase(layout, file, stamp, TOOLS));
}

function state(data: string): string[] {
  using store = openStore(data);
  return store.list().map(({ ref, version }) => `${ref} ${version}`);
}

function linkedVersion(data: string, ref: string): string {
  return /version: (.*)/.exec(readFileSync(join(data, 'packs', ref, 'pack.yaml'), 'utf8'))?.[1] ?? '';
}

const names = (packs: readonly { ref: string; version: string }[]) =>
  packs.map(({ ref, version }) => `${ref} ${version}`);

test('restore: a backup restores packs and links, and can be undone', async (t) => {
  const { data, backup } = await changedStore(t);
  const before = contentsOf(join(data, 'releases'));
  const outcome = await restore(data, backup);
  assert.deepEqual(state(data), ['core 1.0.0', 'old 1.0.0']);
  assert.equal(linkedVersion(data, 'core'), '1.0.0');
  assert.equal(existsSync(join(data, 'packs/fresh')), false);
  assert.deepEqual(names(outcome.missing), ['old 1.0.0'], 'its files were removed by the uninstallation');
  assert.deepEqual(names(outcome.adopted), ['core 2.0.0', 'fresh 1.0.0']);
  assert.deepEqual(contentsOf(join(data, 'releases')), before, 'no release is lost');
  assert.deepEqual(readdirSync(join(data, 'staging')), []);
  const undone = await restore(data, outcome.kept_aside ?? '');
  assert.deepEqual(state(data), ['core 2.0.0', 'fresh 1.0.0']);
  assert.deepEqual([linkedVersion(data, 'core'), linkedVersion(data, 'fresh')], ['2.0.0', '1.0.0']);
  assert.deepEqual([names(undone.missing), names(undone.adopted)], [[], []]);
});

test('restore: a release that the backup does not contain can be rolled back to with its details', async (t) => {
  const { data, backup } = await changedStore(t);
  await restore(data, backup);
  using store = openStore(data);
  const [current, adopted] = store.retainedReleases('core');
  assert.deepEqual([current?.version, current?.current, adopted?.version], ['1.0.0', true, '2.0.0']);
  await store.write((writer) => writer.rollback(adopted!));
  const details = store.describe('core');
  assert.deepEqual(
    [details?.version, details?.files.length, details?.components.length, details?.installed_by],
    ['2.0.0', 2, 1, 'tester'],
  );
  assert.equal(linkedVersion(data, 'core'), '2.0.0');
});

test('restore: a retained release without files is dropped', async (t) => {
  const root = temporaryDirectory(t);
  const [data, backup] = [join(root, 'data'), join(root, 'backup.db')];
  {
    using store = openStore(data);
    for (const version of ['1.0.0', '2.0.0']) await install(store, 'core', version);
    await store.query((database) => copyDatabase(database, backup, QUIET));
    await install(store, 'core', '3.0.0');
  }
  await restore(data, backup);
  using store = openStore(data);
  assert.deepEqual(
    store.retainedReleases('core').map(({ version }) => version),
    ['2.0.0', '3.0.0'],
  );
});

test('restore: the restore waits for the transaction of a reader, which sees the old state until its end', async (t) => {
  const { data, backup } = await changedStore(t);
  const reader = new Database(join(data, 'attune.db'));
  t.after(() => reader.close());
  const versions = () =>
    reader.prepare('SELECT version FROM release JOIN pack ON pack.release_id = release.id').pluck().all();
  reader.exec('BEGIN');
  assert.deepEqual(versions(), ['2.0.0', '1.0.0']);
  const restored = restore(data, backup);
  await setTimeout(300);
  assert.deepEqual(versions(), ['2.0.0', '1.0.0']);
  reader.exec('COMMIT');
  await restored;
  assert.deepEqual(versions(), ['1.0.0', '1.0.0']);
  assert.deepEqual(reader.pragma('integrity_check', { simple: true }), 'ok');
});

for (const { claim, damage } of [
  ...DAMAGED_DATABASES,
  { claim: 'missing', damage: (path: string) => rmSync(path) },
  { claim: 'empty', damage: (path: string) => writeFileSync(path, '') },
]) {
  test(`restore: a database that is ${claim} is moved aside and replaced by a backup`, async (t) => {
    const { data, backup } = await changedStore(t);
    const path = join(data, 'attune.db');
    damage(path);
    // The log of the old database must not be applied to the new one.
    writeFileSync(`${path}-wal`, 'of the old one');
    const before = existsSync(path) ? readFileSync(path) : undefined;
    const outcome = await restore(data, backup);
    assert.deepEqual(state(data), ['core 1.0.0', 'old 1.0.0']);
    assert.deepEqual(names(outcome.adopted), ['core 2.0.0', 'fresh 1.0.0']);
    if (before === undefined) assert.equal(outcome.kept_aside, null);
    else assert.deepEqual(readFileSync(outcome.kept_aside ?? ''), before);
    assert.equal(existsSync(`${path}-wal`) && readFileSync(`${path}-wal`, 'utf8').startsWith('of'), false);
  });
}

const REFUSED: readonly { claim: string; make(path: string): void; reason: RegExp }[] = [
  { claim: 'a text file', make: (path) => writeFileSync(path, 'hello'), reason: /not an SQLite database/ },
  { claim: 'an empty file', make: (path) => writeFileSync(path, ''), reason: /it is empty/ },
  {
    claim: 'of another program',
    make(path) {
      rmSync(path);
      new Database(path).exec('CREATE TABLE bookmarks (url TEXT)').close();
    },
    reason: /created by another program/,
  },
  {
    claim: 'of a newer attune',
    make(path) {
      const database = new Database(path);
      database.pragma(`user_version = ${MIGRATIONS.length + 1}`);
      database.close();
    },
    reason: /written by a newer attune \(schema \d+, this version supports \d+\)/,
  },
  { claim: 'damaged', make: (path) => damageTable(path, 'file'), reason: /file|malformed|[Pp]age/ },
  {
    claim: 'without a table',
    make: (path) => new Database(path).exec('DROP TABLE file').close(),
    reason: /'file' is missing/,
  },
  {
    claim: 'with dangling references',
    make: (path) => new Database(path).exec('PRAGMA foreign_keys = OFF; DELETE FROM release').close(),
    reason: /rows of 'pack' refer to missing rows of 'release'/,
  },
];

for (const { claim, make, reason } of REFUSED) {
  test(`restore: a backup that is ${claim} is rejected without changes`, async (t) => {
    const { data, backup } = await changedStore(t);
    make(backup);
    const before = [readFileSync(join(data, 'attune.db')), contentsOf(join(data, 'releases'))];
    await assert.rejects(restore(data, backup), { code: 'INVALID_BACKUP', message: reason });
    assert.deepEqual([readFileSync(join(data, 'attune.db')), contentsOf(join(data, 'releases'))], before);
    assert.deepEqual(readdirSync(join(data, 'staging')), []);
  });
}

test('restore: a backup with an older schema and another page size is converted', async (t) => {
  const { root, data, backup } = await changedStore(t);
  const small = join(root, 'small.db');
  copyFileSync(backup, small);
  const database = new Database(small);
  database.pragma('page_size = 1024');
  database.exec('VACUUM; ALTER TABLE release DROP COLUMN turn; ALTER TABLE release DROP COLUMN source_ref_type');
  database.exec('ALTER TABLE test_run DROP COLUMN isolation');
  for (const column of ['registry', 'source_type', 'source_commit'])
    database.exec(`ALTER TABLE event DROP COLUMN ${column}`);
  database.pragma('user_version = 1');
  database.close();
  const content = readFileSync(small);
  await restore(data, small);
  assert.deepEqual(state(data), ['core 1.0.0', 'old 1.0.0']);
  assert.deepEqual(readFileSync(small), content, 'the backup itself is unchanged');
  using store = openStore(data);
  assert.ok(store.history().every(({ source_type }) => source_type === 'directory'));
});

test('restore: the log next to a raw copy is applied', async (t) => {
  const { root, data } = await changedStore(t);
  mkdirSync(join(root, 'raw'));
  const raw = join(root, 'raw/attune.db');
  const old = join(root, 'old.db');
  copyFileSync(join(data, 'attune.db'), old);
  const earlier = new Database(old);
  // Earlier versions of attune used a write-ahead log.
  earlier.pragma('journal_mode = WAL');
  earlier.exec("UPDATE pack SET pinned = 1 WHERE ref = 'core'");
  copyFileSync(old, raw);
  copyFileSync(`${old}-wal`, `${raw}-wal`);
  earlier.close();
  await restore(data, raw);
  using store = openStore(data);
  assert.equal(store.find('core')?.pinned, true);
  assert.deepEqual(readdirSync(join(root, 'raw')), ['attune.db', 'attune.db-wal']);
});

test('restore: a backup can be restored to a new data directory, and missing packs are listed', async (t) => {
  const { root, backup } = await changedStore(t);
  const data = join(root, 'elsewhere');
  const outcome = await restore(data, backup);
  assert.deepEqual([outcome.kept_aside, names(outcome.missing)], [null, ['core 1.0.0', 'old 1.0.0']]);
  assert.deepEqual(state(data), ['core 1.0.0', 'old 1.0.0']);
});
