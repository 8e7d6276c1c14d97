import assert from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import { MIGRATIONS } from '../../src/store/database/migrations.ts';
import { install, openStore, stagedPack } from '../support/store.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { unprivileged } from '../support/unprivileged.ts';

/** Everything below the data directory that is not the database or a lock. */
function remains(data: string): string[] {
  const below = (name: string) =>
    existsSync(join(data, name)) ? readdirSync(join(data, name)).map((entry) => `${name}/${entry}`) : [];
  return ['packs', 'releases', 'staging'].flatMap(below).sort();
}

test('an installed pack is found again by another process that opens the store', async (t) => {
  const data = temporaryDirectory(t);
  {
    using store = openStore(data);
    await install(store, 'core', '1.2.0', { needs: ['base'] });
  }
  using store = openStore(data);
  const details = store.describe('core');
  assert.equal(details?.version, '1.2.0');
  assert.equal(details?.installed_by, 'tester');
  assert.deepEqual(
    details?.files.map(({ path, mode }) => [path, mode]),
    [
      ['actions/run.yaml', '0644'],
      ['pack.yaml', '0644'],
    ],
  );
  assert.deepEqual(details?.dependencies, [{ ref: 'base', range: '*', installed: null }]);
  assert.deepEqual(
    details?.components.map(({ kind, name }) => `${kind}/${name}`),
    ['actions/run'],
  );
  assert.equal(readFileSync(join(data, 'packs/core/pack.yaml'), 'utf8'), 'ref: core\nversion: 1.2.0\n');
});

test('reading a store that is not there finds nothing and makes nothing', (t) => {
  const data = join(temporaryDirectory(t), 'absent');
  using store = openStore(data);
  assert.deepEqual(store.list(), []);
  assert.equal(existsSync(data), false);
});

test('a set of packs becomes visible together or not at all', async (t) => {
  const data = temporaryDirectory(t);
  using store = openStore(data);
  await install(store, 'old', '1.0.0');
  const before = remains(data);
  using area = store.stage();
  const good = stagedPack(area, 'good', '1.0.0');
  const broken = stagedPack(area, 'broken', '1.0.0');
  const unrecordable = { ...broken, provenance: { ...broken.provenance, type: 'nonsense' as 'git' } };
  const settled = await store.settle([good, unrecordable]);
  await assert.rejects(store.write((writer) => writer.install(settled)));
  assert.deepEqual(
    store.list().map(({ ref }) => ref),
    ['old'],
  );
  area[Symbol.dispose]();
  assert.deepEqual(remains(data), before);
});

test('an upgrade moves the link, keeps the id, and keeps the version before for a way back', async (t) => {
  const data = temporaryDirectory(t);
  using store = openStore(data);
  for (const version of ['1.0.0', '1.1.0', '2.0.0']) await install(store, 'core', version);
  assert.equal(store.find('core')?.version, '2.0.0');
  assert.equal(store.find('core')?.id, 1);
  assert.match(readlinkSync(join(data, 'packs/core')), /^\.\.\/releases\/core\/2\.0\.0-[0-9a-f]{12}$/);
  assert.deepEqual(
    readdirSync(join(data, 'releases/core')).map((name) => name.split('-')[0]),
    ['1.1.0', '2.0.0'],
  );
  assert.deepEqual(
    store.history('core').map(({ action, from_version, version }) => [action, from_version, version]),
    [
      ['upgrade', '1.1.0', '2.0.0'],
      ['upgrade', '1.0.0', '1.1.0'],
      ['install', null, '1.0.0'],
    ],
  );
});

test('reinstalling what is intact uses its tree; what was tampered with gets a new one beside it', async (t) => {
  const data = temporaryDirectory(t);
  using store = openStore(data);
  await install(store, 'core', '1.0.0');
  const first = realpathSync(join(data, 'packs/core'));
  await install(store, 'core', '1.0.0');
  assert.equal(realpathSync(join(data, 'packs/core')), first);
  writeFileSync(join(first, 'pack.yaml'), 'tampered');
  await install(store, 'core', '1.0.0');
  assert.notEqual(realpathSync(join(data, 'packs/core')), first);
  assert.equal(readFileSync(join(data, 'packs/core/pack.yaml'), 'utf8'), 'ref: core\nversion: 1.0.0\n');
});

test('uninstalling leaves nothing but history', async (t) => {
  const data = temporaryDirectory(t);
  using store = openStore(data);
  await install(store, 'core', '1.0.0');
  await store.write((writer) => writer.uninstall(['core']));
  assert.deepEqual(remains(data), []);
  assert.equal(store.find('core'), undefined);
  assert.deepEqual(
    store.history().map(({ action }) => action),
    ['uninstall', 'install'],
  );
});

test('the next command mends what a crash left: a lagging link, a stray link, a stray tree, an orphan in staging', async (t) => {
  const data = temporaryDirectory(t);
  {
    using store = openStore(data);
    await install(store, 'core', '1.0.0');
  }
  rmSync(join(data, 'packs/core'));
  symlinkSync('../releases/gone', join(data, 'packs/ghost'));
  mkdirSync(join(data, 'releases/ghost/1.0.0-000000000000'), { recursive: true });
  mkdirSync(join(data, 'staging/11111111-2222-3333-4444-555555555555'), { recursive: true });
  using store = openStore(data);
  assert.equal(store.find('core')?.version, '1.0.0');
  assert.deepEqual(remains(data), ['packs/core', 'releases/core']);
  assert.equal(readFileSync(join(data, 'packs/core/pack.yaml'), 'utf8'), 'ref: core\nversion: 1.0.0\n');
});

test('a repair leaves alone what a living process stages', async (t) => {
  const data = temporaryDirectory(t);
  using one = openStore(data);
  using area = one.stage();
  const ready = stagedPack(area, 'core', '1.0.0');
  using other = openStore(data);
  await install(other, 'else', '1.0.0');
  const settled = await one.settle([ready]);
  await one.write((writer) => writer.install(settled));
  assert.equal(other.find('core')?.version, '1.0.0');
});

test('the second writer waits for the first, and gives up after its timeout, naming it', async (t) => {
  const data = temporaryDirectory(t);
  using one = openStore(data);
  using other = openStore(data, { lockTimeoutMs: 100 });
  await one.write(() => {});
  const database = new Database(join(data, 'writer.lock'));
  database.exec('BEGIN EXCLUSIVE');
  await assert.rejects(
    other.write(() => assert.fail('it got in')),
    { code: 'STORE_LOCKED', message: new RegExp(`process ${process.pid} on here`) },
  );
  setTimeout(() => database.close(), 200);
  assert.equal(await one.write(() => 'later'), 'later');
});

const UNUSABLE: readonly { claim: string; make(path: string): void; code: string }[] = [
  {
    claim: 'one that a newer attune wrote',
    make(path) {
      const database = new Database(path);
      database.pragma(`user_version = ${MIGRATIONS.length + 1}`);
      database.pragma(`application_id = ${0x4154554e}`);
      database.close();
    },
    code: 'STORE_TOO_NEW',
  },
  {
    claim: "another program's",
    make(path) {
      const database = new Database(path);
      database.exec('CREATE TABLE bookmarks (url TEXT)');
      database.close();
    },
    code: 'STORE_FOREIGN_DATABASE',
  },
  { claim: 'no database at all', make: (path) => writeFileSync(path, 'hello '.repeat(1000)), code: 'STORE_CORRUPT' },
];

for (const { claim, make, code } of UNUSABLE) {
  test(`a database is refused and left as it is when it is ${claim}`, async (t) => {
    const data = temporaryDirectory(t);
    const path = join(data, 'attune.db');
    make(path);
    const before = readFileSync(path);
    using store = openStore(data);
    assert.throws(() => store.list(), { code });
    await assert.rejects(
      store.write(() => {}),
      { code },
    );
    assert.deepEqual(readFileSync(path), before);
  });
}

test("what stands in a pack's place is left alone, and refused before anything is changed", async (t) => {
  const data = temporaryDirectory(t);
  using store = openStore(data);
  await install(store, 'core', '1.0.0');
  mkdirSync(join(data, 'packs/mine/work'), { recursive: true });
  await assert.rejects(install(store, 'mine', '1.0.0'), { code: 'STORE_PLACE_TAKEN', message: /packs\/mine/ });
  assert.deepEqual([...store.versions().keys()], ['core']);
  await store.write((writer) => writer.uninstall(['core']));
  assert.deepEqual(remains(data), ['packs/mine']);
});

test("a link in packs/ that leads elsewhere is the user's, and stays", async (t) => {
  const data = temporaryDirectory(t);
  const mine = temporaryDirectory(t);
  using store = openStore(data);
  mkdirSync(join(data, 'packs'));
  symlinkSync(mine, join(data, 'packs/mine'));
  await install(store, 'core', '1.0.0');
  assert.equal(readlinkSync(join(data, 'packs/mine')), mine);
});

test('what a killed first attempt left goes with the next command, also a reader', (t) => {
  const data = temporaryDirectory(t);
  mkdirSync(join(data, 'staging/11111111-2222-3333-4444-555555555555'), { recursive: true });
  using store = openStore(data);
  assert.deepEqual(store.list(), []);
  assert.deepEqual(readdirSync(join(data, 'staging')), []);
});

test('a data directory that cannot be one is a fault of the store that says what to do', async (t) => {
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, 'file'), '');
  symlinkSync('nowhere', join(directory, 'link'));
  for (const data of ['file', 'file/below', 'link']) {
    using store = openStore(join(directory, data));
    await assert.rejects(install(store, 'core', '1.0.0'), { code: 'STORE_PATH', hint: /--data-dir/ });
  }
});

test('who may only read the store reads it, also while another process has it open', async (t) => {
  const data = temporaryDirectory(t);
  {
    using owner = openStore(data);
    await install(owner, 'core', '1.0.0');
  }
  chmodSync(join(data, 'attune.db'), 0o444);
  chmodSync(data, 0o555);
  const seen = () => {
    using store = openStore(data);
    return store.list().map(({ ref }) => ref);
  };
  assert.deepEqual(unprivileged(seen), ['core']);
  chmodSync(data, 0o755);
  chmodSync(join(data, 'attune.db'), 0o644);
  using owner = openStore(data);
  await install(owner, 'else', '1.0.0');
  assert.ok(existsSync(join(data, 'attune.db-wal')));
  chmodSync(data, 0o555);
  const both = unprivileged(seen);
  chmodSync(data, 0o755);
  assert.deepEqual(both, ['core', 'else']);
});

test('a store that may not be looked at is a fault, and not an empty store', (t) => {
  const parent = temporaryDirectory(t);
  chmodSync(parent, 0o755);
  mkdirSync(join(parent, 'data'), { mode: 0 });
  using store = openStore(join(parent, 'data'));
  assert.throws(() => unprivileged(() => store.list()), { code: 'STORE_PERMISSION' });
});

test("what cannot be removed from staging, such as a container's files, stands in nobody's way", async (t) => {
  if (process.geteuid?.() !== 0) return t.skip('only root can make files that another user cannot remove');
  const parent = temporaryDirectory(t);
  chmodSync(parent, 0o777);
  const data = join(parent, 'data');
  unprivileged(() => mkdirSync(join(data, 'staging'), { recursive: true }));
  mkdirSync(join(data, 'staging/11111111-2222-3333-4444-555555555555/x'), { recursive: true });
  process.seteuid?.(65534);
  try {
    using store = openStore(data);
    await install(store, 'core', '1.0.0');
    assert.equal(store.find('core')?.version, '1.0.0');
  } finally {
    process.seteuid?.(0);
  }
});

test('a database that lost its tables is told to be damaged, and not taken for a defect of attune', async (t) => {
  const data = temporaryDirectory(t);
  const database = new Database(join(data, 'attune.db'));
  database.pragma(`user_version = ${MIGRATIONS.length}`);
  database.pragma(`application_id = ${0x4154554e}`);
  database.close();
  using store = openStore(data);
  assert.throws(() => store.list(), { code: 'STORE_CORRUPT' });
  await assert.rejects(
    store.write(() => {}),
    { code: 'STORE_CORRUPT' },
  );
});
