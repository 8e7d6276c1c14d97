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
import { systemClock } from '../../src/platform/clock.ts';
import { systemEnvironment } from '../../src/platform/environment.ts';
import type { HeldLock } from '../../src/platform/locks/wait-for-lock.ts';
import { silentReporter } from '../../src/platform/reporter.ts';
import { MIGRATIONS } from '../../src/store/database/migrations.ts';
import { layoutOf } from '../../src/store/layout.ts';
import { acquireWriterLock } from '../../src/store/store.ts';
import { install, openStore, stagedPack } from '../support/store.ts';
import { temporaryDirectory } from '../support/temporary.ts';
import { unprivileged } from '../support/unprivileged.ts';

/** Lists the packs, releases and staging directories on the disk. */
function entriesOf(data: string): string[] {
  const below = (name: string) =>
    existsSync(join(data, name)) ? readdirSync(join(data, name)).map((entry) => `${name}/${entry}`) : [];
  return ['packs', 'releases', 'staging'].flatMap(below).sort();
}

test('store: an installed pack is found after the store is opened again', async (t) => {
  const data = temporaryDirectory(t);
  {
    using store = openStore(data);
    await install(store, 'core', '1.2.0', { dependencies: ['base'] });
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

test('store: reading a missing store finds no packs and creates no files', (t) => {
  const data = join(temporaryDirectory(t), 'absent');
  using store = openStore(data);
  assert.deepEqual(store.list(), []);
  assert.equal(existsSync(data), false);
});

test('install: several packs are installed completely or not at all', async (t) => {
  const data = temporaryDirectory(t);
  using store = openStore(data);
  await install(store, 'old', '1.0.0');
  const before = entriesOf(data);
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
  assert.deepEqual(entriesOf(data), before);
});

test('install: an upgrade replaces the link, keeps the id, and retains the previous release', async (t) => {
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

test('install: a reinstallation reuses an intact tree and replaces a modified one', async (t) => {
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

test('uninstall: only the history remains', async (t) => {
  const data = temporaryDirectory(t);
  using store = openStore(data);
  await install(store, 'core', '1.0.0');
  await store.write((writer) => writer.uninstall(['core']));
  assert.deepEqual(entriesOf(data), []);
  assert.equal(store.find('core'), undefined);
  assert.deepEqual(
    store.history().map(({ action }) => action),
    ['uninstall', 'install'],
  );
});

test('store: the next command cleans up after a crash: links, release trees and staging directories', async (t) => {
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
  assert.deepEqual(entriesOf(data), ['packs/core', 'releases/core']);
  assert.equal(readFileSync(join(data, 'packs/core/pack.yaml'), 'utf8'), 'ref: core\nversion: 1.0.0\n');
});

test('store: the cleanup does not remove the staging directory of a running process', async (t) => {
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

test('write: a second writer waits for the first, and fails after its timeout with the holder', async (t) => {
  const data = temporaryDirectory(t);
  let lock: HeldLock | undefined;
  const notes: string[] = [];
  const onNote = (text: string) => {
    notes.push(text);
    lock?.[Symbol.dispose]();
  };
  using waiting = openStore(data, { onNote });
  using impatient = openStore(data, { lockTimeoutMs: 0 });
  const environment = { ...systemEnvironment(), hostName: 'here' };
  lock = await acquireWriterLock(layoutOf(data), 0, { clock: systemClock, reporter: silentReporter, environment });
  await assert.rejects(
    impatient.write(() => assert.fail('the lock was ignored')),
    { code: 'STORE_LOCKED', message: new RegExp(`process ${process.pid} on here`) },
  );
  assert.equal(await waiting.write(() => 'later'), 'later');
  assert.match(notes.join(), new RegExp(`^Waiting for another attune to finish: process ${process.pid} on here`));
});

test('store: a reader creates the links that a writer killed after its first commit did not create', async (t) => {
  const data = temporaryDirectory(t);
  {
    using store = openStore(data);
    await install(store, 'core', '1.0.0');
  }
  rmSync(join(data, 'packs'), { recursive: true });
  using store = openStore(data);
  assert.deepEqual(
    store.list().map(({ ref }) => ref),
    ['core'],
  );
  assert.ok(existsSync(join(data, 'packs/core/pack.yaml')));
});

const UNUSABLE: readonly { claim: string; make(path: string): void; code: string }[] = [
  {
    claim: 'of a newer attune',
    make(path) {
      const database = new Database(path);
      database.pragma(`user_version = ${MIGRATIONS.length + 1}`);
      database.pragma(`application_id = ${0x4154554e}`);
      database.close();
    },
    code: 'STORE_TOO_NEW',
  },
  {
    claim: 'of another program',
    make(path) {
      const database = new Database(path);
      database.exec('CREATE TABLE bookmarks (url TEXT)');
      database.close();
    },
    code: 'STORE_FOREIGN_DATABASE',
  },
  { claim: 'not an SQLite file', make: (path) => writeFileSync(path, 'hello '.repeat(1000)), code: 'STORE_CORRUPT' },
];

for (const { claim, make, code } of UNUSABLE) {
  test(`store: a database that is ${claim} is rejected and left unchanged`, async (t) => {
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

test('store: a file at the path of the data directory, or above it, is rejected and not read as an empty store', (t) => {
  const file = join(temporaryDirectory(t), 'file');
  writeFileSync(file, '');
  for (const data of [file, join(file, 'a/b')]) {
    using store = openStore(data);
    assert.throws(() => store.list(), { code: 'STORE_PATH', message: /file' is a file, not a directory/ });
  }
});

test('install: a directory at the path of a pack link is rejected before any change', async (t) => {
  const data = temporaryDirectory(t);
  using store = openStore(data);
  await install(store, 'core', '1.0.0');
  mkdirSync(join(data, 'packs/mine/work'), { recursive: true });
  await assert.rejects(install(store, 'mine', '1.0.0'), { code: 'STORE_PLACE_TAKEN', message: /packs\/mine/ });
  assert.deepEqual([...store.versions().keys()], ['core']);
  await store.write((writer) => writer.uninstall(['core']));
  assert.deepEqual(entriesOf(data), ['packs/mine']);
});

test('store: a link in packs/ that points out of the store is kept', async (t) => {
  const data = temporaryDirectory(t);
  const mine = temporaryDirectory(t);
  using store = openStore(data);
  mkdirSync(join(data, 'packs'));
  symlinkSync(mine, join(data, 'packs/mine'));
  await install(store, 'core', '1.0.0');
  assert.equal(readlinkSync(join(data, 'packs/mine')), mine);
});

test('store: a reader removes the staging directory of a killed first installation', (t) => {
  const data = temporaryDirectory(t);
  mkdirSync(join(data, 'staging/11111111-2222-3333-4444-555555555555'), { recursive: true });
  using store = openStore(data);
  assert.deepEqual(store.list(), []);
  assert.deepEqual(readdirSync(join(data, 'staging')), []);
});

test('store: a data directory that cannot be created is an error with a hint', async (t) => {
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, 'file'), '');
  symlinkSync('nowhere', join(directory, 'link'));
  for (const data of ['file', 'file/below', 'link']) {
    using store = openStore(join(directory, data));
    await assert.rejects(install(store, 'core', '1.0.0'), { code: 'STORE_PATH', hint: /--data-dir/ });
  }
});

test('store: a user with read permission reads the store, also while another process has it open', async (t) => {
  const data = temporaryDirectory(t);
  {
    using owner = openStore(data);
    await install(owner, 'core', '1.0.0');
  }
  chmodSync(join(data, 'attune.db'), 0o444);
  chmodSync(data, 0o555);
  const readAll = () => {
    using store = openStore(data);
    return store.list().map(({ ref }) => ref);
  };
  assert.deepEqual(unprivileged(readAll), ['core']);
  chmodSync(data, 0o755);
  chmodSync(join(data, 'attune.db'), 0o644);
  using owner = openStore(data);
  await install(owner, 'else', '1.0.0');
  chmodSync(data, 0o555);
  const both = unprivileged(readAll);
  chmodSync(data, 0o755);
  assert.deepEqual(both, ['core', 'else']);
});

test('store: a data directory without read permission is an error instead of an empty store', (t) => {
  const parent = temporaryDirectory(t);
  chmodSync(parent, 0o755);
  mkdirSync(join(parent, 'data'), { mode: 0 });
  using store = openStore(join(parent, 'data'));
  assert.throws(() => unprivileged(() => store.list()), { code: 'STORE_PERMISSION' });
});

test('store: a staging directory that cannot be removed does not block an installation', async (t) => {
  if (process.geteuid?.() !== 0) return t.skip('only root can create files that another user cannot remove');
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

test('store: a database without its tables is reported as damaged', async (t) => {
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
