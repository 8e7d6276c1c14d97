import assert from 'node:assert/strict';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { copyDatabase } from '../../src/store/database/copy-database.ts';
import { createCliHarness } from '../support/cli.ts';
import { damageTable } from '../support/damaged-store.ts';
import { install, openStore, writeFiles } from '../support/store.ts';

/** Creates a harness in which these versions of `core` were installed one after another. */
async function harnessWith(t: TestContext, ...versions: string[]) {
  const harness = createCliHarness(t);
  using store = openStore(harness.data);
  for (const version of versions) await install(store, 'core', version);
  return harness;
}

async function copyTo(data: string, file: string): Promise<void> {
  using store = openStore(data);
  await store.query((database) => copyDatabase(database, file, { progress: () => {}, check: () => {} }));
}

test('db: backup writes a private file to backups/, and restore replaces the database with it', async (t) => {
  const harness = await harnessWith(t, '1.0.0');
  const backup = await harness.json('db', 'backup');
  assert.equal(backup.status, 0);
  const { file, ...receipt } = backup.document;
  assert.match(file, /\/data\/backups\/attune-\d{8}T\d{6}\.\d{3}Z\.db$/);
  assert.deepEqual(receipt, {
    success: true,
    bytes: statSync(file).size,
    schema_version: receipt.schema_version,
    packs: 1,
    at: receipt.at,
  });
  assert.equal(statSync(file).mode & 0o777, 0o600);
  {
    using store = openStore(harness.data);
    await install(store, 'core', '2.0.0');
  }
  const plan = await harness.json('db', 'restore', file, '--dry-run');
  assert.deepEqual(
    [plan.document.dry_run, plan.document.changes],
    [true, [{ ref: 'core', version: '1.0.0', was: '2.0.0' }]],
  );
  const restored = await harness.attune('db', 'restore', file, '--yes');
  assert.equal(restored.status, 0, restored.stderr);
  assert.match(restored.stdout, /✓ Database restored from .*\n {2}1 pack, 1 changed\n {4}core 2\.0\.0 → 1\.0\.0\n/);
  assert.match(restored.stdout, /Previous database: .*\/backups\/attune-before-restore-.*\.db/);
  assert.equal(readFileSync(join(harness.data, 'packs/core/pack.yaml'), 'utf8'), 'ref: core\nversion: 1.0.0\n');
  assert.deepEqual(readdirSync(join(harness.data, 'staging')), []);
});

test('db backup: overwrites a file only with --force, and never the database', async (t) => {
  const harness = await harnessWith(t, '1.0.0');
  const path = join(harness.directory, 'mine.db');
  writeFileSync(path, 'mine');
  const refused = await harness.json('db', 'backup', 'mine.db');
  assert.deepEqual([refused.status, refused.document.error.code], [5, 'EXISTS_BACKUP']);
  assert.equal(readFileSync(path, 'utf8'), 'mine');
  assert.equal((await harness.attune('db', 'backup', 'mine.db', '--force')).status, 0);
  assert.equal(readFileSync(path).toString('latin1', 0, 15), 'SQLite format 3');
  symlinkSync(join(harness.data, 'attune.db'), join(harness.directory, 'link.db'));
  const own = await harness.json('db', 'backup', 'link.db', '--force');
  assert.deepEqual([own.status, own.document.error.code], [2, 'USAGE']);
  assert.deepEqual(readdirSync(harness.directory).sort(), ['link.db', 'mine.db']);
});

test('db: a missing database or backup file exits 4', async (t) => {
  const harness = createCliHarness(t);
  const rows: readonly [args: string[], status: number, code: string][] = [
    [['db', 'backup'], 4, 'NOT_FOUND_DATABASE'],
    [['db', 'restore', 'nowhere.db'], 4, 'NOT_FOUND_PATH'],
  ];
  for (const [args, status, code] of rows) {
    const run = await harness.json(...args);
    assert.deepEqual([run.status, run.document.error.code], [status, code]);
  }
  assert.equal(existsSync(join(harness.data, 'attune.db')), false);
});

test('db restore: repairs a damaged database as the error suggests', async (t) => {
  const harness = await harnessWith(t, '1.0.0', '2.0.0');
  const file = join(harness.data, 'backups/attune-1.db');
  await copyTo(harness.data, file);
  damageTable(join(harness.data, 'attune.db'), 'pack');
  const refused = await harness.attune('pack', 'list');
  assert.equal(refused.status, 10);
  assert.match(refused.stderr, /^Error: The database '.*attune\.db' cannot be used: it is damaged/);
  assert.ok(refused.stderr.includes(`attune db restore ${file} --yes`));
  assert.match(refused.stderr, /attune doctor --fix/);
  const restored = await harness.json('db', 'restore', file, '--yes');
  assert.equal(restored.status, 0);
  assert.match(restored.document.kept_aside, /\/attune\.db\.replaced-/);
  using store = openStore(harness.data);
  assert.equal(store.find('core')?.version, '2.0.0');
});

test('pack install: a store without its database exits 10 and keeps its releases', async (t) => {
  const harness = await harnessWith(t, '1.0.0', '2.0.0');
  rmSync(join(harness.data, 'attune.db'));
  mkdirSync(join(harness.directory, 'other'));
  writeFiles(join(harness.directory, 'other'), { 'pack.yaml': 'ref: other\nversion: 1.0.0\n' });
  const { status, document } = await harness.json('pack', 'install', './other');
  assert.deepEqual([status, document.error.code, document.error.details.releases], [10, 'STORE_LOST', 2]);
  assert.equal(readdirSync(join(harness.data, 'releases/core')).length, 2);
});

test('db restore: lists packs with missing files and the command that restores them', async (t) => {
  const harness = await harnessWith(t, '1.0.0');
  await copyTo(harness.data, join(harness.directory, 'copy.db'));
  rmSync(join(harness.data, 'releases'), { recursive: true });
  const { stdout } = await harness.attune('db', 'restore', 'copy.db', '--yes');
  assert.match(
    stdout,
    /! The files of 1 pack are missing on disk:\n {4}core 1\.0\.0\n {2}Restore them with: attune pack repair core --yes/,
  );
});
