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
import { spoilTable } from '../support/damaged-store.ts';
import { install, openStore, writeFiles } from '../support/store.ts';

/** A harness in which `core` is installed, at one version after the other. */
async function harnessWith(t: TestContext, ...versions: string[]) {
  const harness = createCliHarness(t);
  using store = openStore(harness.data);
  for (const version of versions) await install(store, 'core', version);
  return harness;
}

async function copyTo(data: string, file: string): Promise<void> {
  using store = openStore(data);
  await store.look((database) => copyDatabase(database, file, { progress: () => {}, check: () => {} }));
}

test('db backup writes one private file, in backups/ or where it is told to, and db restore brings it back', async (t) => {
  const harness = await harnessWith(t, '1.0.0');
  const usual = await harness.json('db', 'backup');
  assert.equal(usual.status, 0);
  const { file, ...receipt } = usual.document;
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
  const restored = await harness.attune('db', 'restore', file);
  assert.equal(restored.status, 0, restored.stderr);
  assert.match(restored.stdout, /✓ Database restored from .*\n {2}1 pack, 1 changed\n {4}core 2\.0\.0 → 1\.0\.0\n/);
  assert.match(restored.stdout, /What was there is kept: .*\/backups\/attune-before-restore-.*\.db/);
  assert.equal(readFileSync(join(harness.data, 'packs/core/pack.yaml'), 'utf8'), 'ref: core\nversion: 1.0.0\n');
  assert.deepEqual(readdirSync(join(harness.data, 'staging')), []);
});

test('db backup takes over no file without --force, and never the database', async (t) => {
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

test('db backup and db restore say what is not there', async (t) => {
  const harness = createCliHarness(t);
  const rows: readonly [words: string[], status: number, code: string][] = [
    [['db', 'backup'], 4, 'NOT_FOUND_DATABASE'],
    [['db', 'restore', 'nowhere.db'], 4, 'NOT_FOUND_PATH'],
  ];
  for (const [words, status, code] of rows) {
    const run = await harness.json(...words);
    assert.deepEqual([run.status, run.document.error.code], [status, code]);
  }
  assert.equal(existsSync(join(harness.data, 'attune.db')), false);
});

test('a damaged database is refused with the two ways out, and the first of them works', async (t) => {
  const harness = await harnessWith(t, '1.0.0', '2.0.0');
  const file = join(harness.data, 'backups/attune-1.db');
  await copyTo(harness.data, file);
  spoilTable(join(harness.data, 'attune.db'), 'pack');
  const refused = await harness.attune('pack', 'list');
  assert.equal(refused.status, 10);
  assert.match(refused.stderr, /^Error: The database '.*attune\.db' cannot be used: it is damaged/);
  assert.ok(refused.stderr.includes(`attune db restore '${file}'`));
  assert.match(refused.stderr, /attune doctor --fix/);
  const restored = await harness.json('db', 'restore', file);
  assert.equal(restored.status, 0);
  assert.match(restored.document.kept_aside, /\/attune\.db\.replaced-/);
  using store = openStore(harness.data);
  assert.equal(store.find('core')?.version, '2.0.0');
});

test('an installation into a store that lost its database is refused, and its releases stay', async (t) => {
  const harness = await harnessWith(t, '1.0.0', '2.0.0');
  rmSync(join(harness.data, 'attune.db'));
  mkdirSync(join(harness.directory, 'other'));
  writeFiles(join(harness.directory, 'other'), { 'pack.yaml': 'ref: other\nversion: 1.0.0\n' });
  const { status, document } = await harness.json('pack', 'install', './other');
  assert.deepEqual([status, document.error.code, document.error.details.releases], [10, 'STORE_LOST', 2]);
  assert.equal(readdirSync(join(harness.data, 'releases/core')).length, 2);
});

test('what is missing on the disk after a restore is named, with the command that puts it back', async (t) => {
  const harness = await harnessWith(t, '1.0.0');
  await copyTo(harness.data, join(harness.directory, 'copy.db'));
  rmSync(join(harness.data, 'releases'), { recursive: true });
  const { stdout } = await harness.attune('db', 'restore', 'copy.db');
  assert.match(
    stdout,
    /! The files of 1 pack are not on the disk:\n {4}core 1\.0\.0\n {2}Put them back with: attune pack repair core/,
  );
});
