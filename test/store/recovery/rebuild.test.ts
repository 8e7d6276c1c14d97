import assert from 'node:assert/strict';
import {
  existsSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import Database from 'better-sqlite3';
import type { Config } from '../../../src/config/types.ts';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { DatabaseIntact, rebuildStore } from '../../../src/operations/database/rebuild-store.ts';
import { MIGRATIONS } from '../../../src/store/database/migrations.ts';
import { contentsOf } from '../../support/cli.ts';
import { install, openStore, writeFiles } from '../../support/store.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

/** Creates a store with `core` 2.0.0, pinned, its retained release 1.0.0, and `app` 1.0.0, which depends on it. */
async function filledStore(t: TestContext): Promise<string> {
  const data = temporaryDirectory(t);
  using store = openStore(data);
  await install(store, 'core', '1.0.0');
  await install(store, 'core', '2.0.0');
  await install(store, 'app', '1.0.0', { dependencies: ['core'] });
  await store.write((writer) => writer.pin(['core'], true));
  return data;
}

async function rebuild(data: string) {
  using store = openStore(data);
  return await rebuildStore({
    store: async () => store,
    config: async () => ({ limits: DEFAULT_LIMITS }) as Config,
  });
}

function namesOf(recovered: readonly { ref: string; version: string; current: boolean }[]): string[] {
  return recovered.map(({ ref, version, current }) => `${ref} ${version}${current ? '' : ' (retained)'}`).sort();
}

function loseDatabase(data: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(data, `attune.db${suffix}`), { force: true });
}

/** Damages the root page of a table that the rebuild does not read. @returns the path of the database */
function damageDatabase(data: string): string {
  const path = join(data, 'attune.db');
  const database = new Database(path);
  const page = database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'component'").pluck().get() as number;
  const pageSize = database.pragma('page_size', { simple: true }) as number;
  database.close();
  writeSync(openSync(path, 'r+'), Buffer.alloc(pageSize, 0xff), 0, pageSize, (page - 1) * pageSize);
  return path;
}

const INTACT = ['app 1.0.0', 'core 1.0.0 (retained)', 'core 2.0.0'];

test('store: without its database, readers and writers fail and the releases stay', async (t) => {
  const data = await filledStore(t);
  for (const lose of [loseDatabase, (path: string) => writeFileSync(join(path, 'attune.db'), '')]) {
    lose(data);
    const before = contentsOf(join(data, 'releases'));
    using store = openStore(data);
    const refusal = { code: 'STORE_LOST', message: /there are 3 releases in/, hint: /attune doctor --fix/ };
    assert.throws(() => store.list(), refusal);
    await assert.rejects(install(store, 'else', '1.0.0'), refusal);
    assert.deepEqual(contentsOf(join(data, 'releases')), before);
  }
});

test('rebuild: a release in which an interpreter wrote byte code is recovered as it was installed', async (t) => {
  const data = await filledStore(t);
  writeFiles(join(data, 'packs/core'), { 'actions/__pycache__/run.pyc': 'x' });
  loseDatabase(data);
  const { recovered, unusable } = await rebuild(data);
  assert.deepEqual([namesOf(recovered), unusable], [INTACT, []]);
  using store = openStore(data);
  assert.equal(store.describe('core')?.file_count, 2);
});

test('store: an empty database with existing releases counts as lost', async (t) => {
  const data = await filledStore(t);
  loseDatabase(data);
  const empty = new Database(join(data, 'attune.db'));
  empty.pragma('journal_mode = WAL');
  empty.pragma(`application_id = ${0x4154554e}`);
  empty.close();
  using store = openStore(data);
  assert.throws(() => store.list(), { code: 'STORE_LOST' });
});

test('rebuild: a lost database is rebuilt from the releases and links', async (t) => {
  const data = await filledStore(t);
  using before = openStore(data);
  const known = before.describe('core');
  before[Symbol.dispose]();
  loseDatabase(data);
  const receipt = await rebuild(data);
  assert.deepEqual(namesOf(receipt.recovered), INTACT);
  assert.deepEqual([receipt.unusable, receipt.kept_aside], [[], null]);
  assert.ok(receipt.recovered.every(({ source_known }) => !source_known));
  using store = openStore(data);
  const details = store.describe('core');
  assert.deepEqual(
    [details?.version, details?.checksum, details?.files, details?.components, details?.manifest],
    [known?.version, known?.checksum, known?.files, known?.components, known?.manifest],
  );
  assert.deepEqual([details?.installed_by, details?.installed_host], ['unknown', 'unknown']);
  assert.deepEqual([details?.source_type, details?.requested], ['directory', true]);
  assert.ok(details?.source_url.startsWith(join(data, 'releases/core/2.0.0-')));
  assert.deepEqual(
    details?.history.map(({ action, by }) => `${action} by ${by}`),
    ['recover by tester@here'],
  );
  assert.deepEqual(
    store.retainedReleases('core').map(({ version }) => version),
    ['2.0.0', '1.0.0'],
  );
  await store.write((writer) => writer.rollback(store.retainedReleases('core')[1]!));
  assert.equal(readFileSync(join(data, 'packs/core/pack.yaml'), 'utf8'), 'ref: core\nversion: 1.0.0\n');
});

test('rebuild: a damaged database is moved aside, and its readable rows are used', async (t) => {
  const data = await filledStore(t);
  const path = damageDatabase(data);
  const content = readFileSync(path);
  const receipt = await rebuild(data);
  assert.deepEqual(namesOf(receipt.recovered), INTACT);
  assert.ok(receipt.recovered.every(({ source_known }) => source_known));
  assert.match(receipt.kept_aside ?? '', /\/attune\.db\.corrupt-\d{8}T\d{6}\.\d{3}Z$/);
  assert.deepEqual(readFileSync(receipt.kept_aside ?? ''), content);
  using store = openStore(data);
  const core = store.describe('core');
  assert.deepEqual([core?.source_url, core?.installed_by, core?.pinned], ['/packs/core', 'tester', true]);
  assert.deepEqual(
    core?.history.map(({ action }) => action),
    ['recover', 'pin', 'upgrade', 'install'],
  );
  assert.deepEqual(
    core?.components.map(({ name }) => name),
    ['run'],
  );
});

test('rebuild: the recorded release is current, even if a crash left the link at an earlier one', async (t) => {
  const data = await filledStore(t);
  const link = join(data, 'packs', 'core');
  const [earlier] = readdirSync(join(data, 'releases', 'core')).filter((name) => name.startsWith('1.0.0'));
  rmSync(link);
  symlinkSync(join('..', 'releases', 'core', earlier ?? ''), link);
  damageDatabase(data);
  assert.deepEqual(namesOf((await rebuild(data)).recovered), INTACT);
  assert.equal(readFileSync(join(link, 'pack.yaml'), 'utf8'), 'ref: core\nversion: 2.0.0\n');
});

test('rebuild: a file that is not a database is moved aside unchanged', async (t) => {
  const data = await filledStore(t);
  loseDatabase(data);
  writeFileSync(join(data, 'attune.db'), 'hello');
  const receipt = await rebuild(data);
  assert.deepEqual(namesOf(receipt.recovered), INTACT);
  assert.equal(readFileSync(receipt.kept_aside ?? '', 'utf8'), 'hello');
});

test('rebuild: a tree that does not match its name is moved aside and not replaced', async (t) => {
  const data = await filledStore(t);
  const [current = ''] = readdirSync(join(data, 'releases/core')).filter((name) => name.startsWith('2.0.0'));
  writeFileSync(join(data, 'releases/core', current, 'actions/run.yaml'), 'name: changed\n');
  loseDatabase(data);
  const receipt = await rebuild(data);
  assert.deepEqual(namesOf(receipt.recovered), ['app 1.0.0', 'core 1.0.0 (retained)']);
  assert.equal(receipt.unusable.length, 1);
  assert.match(receipt.unusable[0]?.reason ?? '', /its files were changed/);
  assert.equal(readFileSync(join(receipt.unusable[0]?.path ?? '', 'actions/run.yaml'), 'utf8'), 'name: changed\n');
  using store = openStore(data);
  assert.deepEqual([...store.versions().keys()], ['app']);
  assert.equal(existsSync(join(data, 'packs/core')), false);
  await install(store, 'core', '3.0.0');
  assert.deepEqual(
    store.retainedReleases('core').map(({ version }) => version),
    ['3.0.0', '1.0.0'],
  );
});

test('rebuild: without links, the only release of a pack becomes current, and of several none', async (t) => {
  const data = await filledStore(t);
  loseDatabase(data);
  rmSync(join(data, 'packs'), { recursive: true });
  const receipt = await rebuild(data);
  assert.deepEqual(namesOf(receipt.recovered), ['app 1.0.0', 'core 1.0.0 (retained)', 'core 2.0.0 (retained)']);
  assert.deepEqual(readdirSync(join(data, 'packs')), ['app']);
});

const REFUSED = [
  { claim: 'an intact database', change: () => {}, error: DatabaseIntact },
  {
    claim: 'a database of a newer attune',
    change(path: string) {
      const database = new Database(path);
      database.pragma(`user_version = ${MIGRATIONS.length + 1}`);
      database.close();
    },
    error: { code: 'STORE_TOO_NEW' },
  },
];

for (const { claim, change, error } of REFUSED) {
  test(`rebuild: ${claim} is not rebuilt`, async (t) => {
    const data = await filledStore(t);
    change(join(data, 'attune.db'));
    const before = contentsOf(join(data, 'releases'));
    await assert.rejects(rebuild(data), error);
    assert.deepEqual(contentsOf(join(data, 'releases')), before);
    assert.deepEqual(
      readdirSync(data).filter((name) => name.includes('corrupt')),
      [],
    );
  });
}
