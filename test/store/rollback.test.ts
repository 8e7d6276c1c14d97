import assert from 'node:assert/strict';
import { readdirSync, readFileSync, readlinkSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { MIGRATIONS } from '../../src/store/database/migrations.ts';
import type { Store } from '../../src/store/store.ts';
import { install, openStore } from '../support/store.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** Returns the retained versions, the current one first. */
function retainedVersions(store: Store, ref = 'core'): string[] {
  const releases = store.retainedReleases(ref);
  assert.deepEqual(
    releases.map(({ current }) => current),
    releases.map((_, index) => index === 0),
    'exactly the first one is current',
  );
  return releases.map(({ version }) => version);
}

async function rollBack(store: Store, version: string, ref = 'core'): Promise<void> {
  const release = store.retainedReleases(ref).find((one) => one.version === version);
  assert.ok(release, `${version} is not retained`);
  await store.write((writer) => writer.rollback(release));
}

/** Returns the version that other programs read. */
function linkedVersion(data: string, ref = 'core'): string {
  return /version: (.*)/.exec(readFileSync(join(data, 'packs', ref, 'pack.yaml'), 'utf8'))?.[1] ?? '';
}

test('rollback: row and link change, the id stays, and both releases are retained', async (t) => {
  const data = temporaryDirectory(t);
  using store = openStore(data);
  for (const version of ['1.0.0', '2.0.0']) await install(store, 'core', version);
  await rollBack(store, '1.0.0');
  assert.equal(store.find('core')?.version, '1.0.0');
  assert.equal(store.find('core')?.id, 1);
  assert.equal(linkedVersion(data), '1.0.0');
  assert.deepEqual(retainedVersions(store), ['1.0.0', '2.0.0']);
  const [event] = store.history('core');
  assert.deepEqual([event?.action, event?.from_version, event?.version], ['rollback', '2.0.0', '1.0.0']);
  assert.equal(event?.source, '/packs/core');
});

test('rollback: the previous release is the one that was current last, so that two rollbacks cancel out', async (t) => {
  using store = openStore(temporaryDirectory(t), { keepReleases: 3 });
  for (const version of ['1.0.0', '1.1.0', '1.2.0']) await install(store, 'core', version);
  assert.deepEqual(retainedVersions(store), ['1.2.0', '1.1.0', '1.0.0']);
  await rollBack(store, '1.1.0');
  assert.deepEqual(retainedVersions(store), ['1.1.0', '1.2.0', '1.0.0']);
  await rollBack(store, '1.2.0');
  assert.deepEqual(retainedVersions(store), ['1.2.0', '1.1.0', '1.0.0']);
});

test('rollback: a later installation removes the release that was current longest ago', async (t) => {
  const data = temporaryDirectory(t);
  using store = openStore(data);
  for (const version of ['1.0.0', '2.0.0']) await install(store, 'core', version);
  await rollBack(store, '1.0.0');
  await install(store, 'core', '3.0.0');
  assert.deepEqual(retainedVersions(store), ['3.0.0', '1.0.0']);
  assert.deepEqual(
    readdirSync(join(data, 'releases/core')).map((name) => name.split('-')[0]),
    ['1.0.0', '3.0.0'],
  );
  assert.equal(linkedVersion(data), '3.0.0');
});

test('rollback: a reinstallation of the target reuses its tree and removes no release', async (t) => {
  const data = temporaryDirectory(t);
  using store = openStore(data);
  for (const version of ['1.0.0', '2.0.0']) await install(store, 'core', version);
  await rollBack(store, '1.0.0');
  const before = realpathSync(join(data, 'packs/core'));
  await install(store, 'core', '1.0.0');
  assert.equal(realpathSync(join(data, 'packs/core')), before);
  assert.deepEqual(retainedVersions(store), ['1.0.0', '2.0.0']);
});

test('rollback: a reinstallation of a modified release keeps the previous release', async (t) => {
  const data = temporaryDirectory(t);
  using store = openStore(data);
  for (const version of ['1.0.0', '2.0.0']) await install(store, 'core', version);
  writeFileSync(join(data, 'packs/core/pack.yaml'), 'tampered');
  await install(store, 'core', '2.0.0');
  assert.deepEqual(retainedVersions(store), ['2.0.0', '1.0.0']);
  assert.equal(readdirSync(join(data, 'releases/core')).length, 2);
  assert.equal(linkedVersion(data), '2.0.0');
});

test('rollback: two releases of one version with different content are distinct', async (t) => {
  const data = temporaryDirectory(t);
  using store = openStore(data);
  await install(store, 'core', '1.0.0', { content: 'one' });
  await install(store, 'core', '1.0.0', { content: 'other' });
  assert.deepEqual(retainedVersions(store), ['1.0.0', '1.0.0']);
  const [, before] = store.retainedReleases('core');
  await store.write((writer) => writer.rollback(before!));
  assert.match(readFileSync(join(data, 'packs/core/actions/run.yaml'), 'utf8'), /# one/);
});

test('rollback: after any sequence of installations and rollbacks the current release is retained and linked', async (t) => {
  const step = fc.oneof(
    fc.record({ install: fc.constantFrom('1.0.0', '2.0.0', '3.0.0', '4.0.0') }),
    fc.record({ back: fc.nat(3) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 8 }), fc.integer({ min: 1, max: 3 }), async (steps, keepReleases) => {
      const data = temporaryDirectory(t);
      using store = openStore(data, { keepReleases });
      await install(store, 'core', '1.0.0');
      let model = ['1.0.0'];
      for (const one of steps) {
        const version = 'install' in one ? one.install : model[one.back % model.length]!;
        if ('install' in one) await install(store, 'core', version);
        else await rollBack(store, version);
        model = [version, ...model.filter((other) => other !== version)].slice(0, keepReleases);
        assert.deepEqual(retainedVersions(store), model);
        assert.equal(linkedVersion(data), version);
      }
      assert.equal(readdirSync(join(data, 'releases/core')).length, model.length);
    }),
    { numRuns: 8 },
  );
});

test('rollback: the next command corrects a link that is outdated after a crash', async (t) => {
  const data = temporaryDirectory(t);
  const link = join(data, 'packs/core');
  let before: string;
  {
    using store = openStore(data);
    for (const version of ['1.0.0', '2.0.0']) await install(store, 'core', version);
    before = readlinkSync(link);
    await rollBack(store, '1.0.0');
  }
  rmSync(link);
  symlinkSync(before, link);
  assert.equal(linkedVersion(data), '2.0.0');
  using store = openStore(data);
  assert.equal(store.find('core')?.version, '1.0.0');
  assert.equal(linkedVersion(data), '1.0.0');
});

test('compare: the files of a retained release are compared with their record', async (t) => {
  const data = temporaryDirectory(t);
  using store = openStore(data);
  for (const version of ['1.0.0', '2.0.0']) await install(store, 'core', version);
  const before = store.retainedReleases('core')[1]!;
  assert.deepEqual(store.compare(before), { added: [], changed: [], missing: [] });
  const directory = store.directoryOfRelease(before);
  writeFileSync(join(directory, 'pack.yaml'), 'changed');
  writeFileSync(join(directory, 'new'), '');
  rmSync(join(directory, 'actions/run.yaml'));
  assert.deepEqual(store.compare(before), { added: ['new'], changed: ['pack.yaml'], missing: ['actions/run.yaml'] });
});

test('pin: the result lists the packs that changed, and an upgrade keeps the pin', async (t) => {
  using store = openStore(temporaryDirectory(t));
  await install(store, 'core', '1.0.0', { dependencies: ['base'] });
  await install(store, 'else', '1.0.0');
  assert.deepEqual(await store.write((writer) => writer.pin(['core'], true)), ['core']);
  assert.deepEqual(await store.write((writer) => writer.pin(['core', 'else'], true)), ['else']);
  assert.deepEqual(await store.write((writer) => writer.pin(['else'], false)), ['else']);
  await install(store, 'core', '2.0.0', { dependencies: ['base'] });
  const [core] = store.pinned();
  const { id, checksum, ...rest } = core!;
  assert.ok(id > 0);
  assert.match(checksum, /^sha256:[0-9a-f]{64}$/);
  assert.deepEqual(rest, {
    ref: 'core',
    version: '2.0.0',
    source_type: 'directory',
    source_url: '/packs/core',
    source_ref: null,
    source_ref_type: null,
    source_commit: null,
    registry: null,
    archive_checksum: null,
    pinned: true,
    requested: true,
    dependencies: [{ ref: 'base', range: '*' }],
  });
  assert.deepEqual(
    store.graph().map(({ ref, pinned }) => [ref, pinned]),
    [
      ['core', true],
      ['else', false],
    ],
  );
});

test('migration: releases keep their order, and events get the origin of their versions', async (t) => {
  const data = temporaryDirectory(t);
  {
    const database = new Database(join(data, 'attune.db'));
    database.exec(MIGRATIONS[0]!);
    const columns = `label, manifest, source_type, source_url, registry, checksum, size, file_count, installed_by, installed_host, installed_at, attune_version`;
    const values = `'core', '{}', 'archive', 'https://host/' || ? || '.zip', 'main', 'sha256:' || ?, 0, 0, 'u', 'h', 'then', '0'`;
    for (const version of ['1.0.0', '2.0.0']) {
      database
        .prepare(
          `INSERT INTO release (ref, version, directory, ${columns}) VALUES ('core', ?, 'core/' || ?, ${values})`,
        )
        .run(version, version, version, version);
      database
        .prepare(
          `INSERT INTO event (at, action, ref, version, by_user, by_host, source) VALUES ('then', 'install', 'core', ?, 'u', 'h', 'https://host/' || ? || '.zip')`,
        )
        .run(version, version);
    }
    database.exec(`INSERT INTO pack (ref, release_id, requested) VALUES ('core', 2, 1)`);
    database.pragma(`application_id = ${0x4154554e}`);
    database.pragma('user_version = 1');
    database.close();
  }
  using store = openStore(data);
  assert.deepEqual(retainedVersions(store), ['2.0.0', '1.0.0']);
  assert.deepEqual(
    store.history().map(({ version, registry, source_type: type }) => [version, registry, type]),
    [
      ['2.0.0', 'main', 'archive'],
      ['1.0.0', 'main', 'archive'],
    ],
  );
});

test('migration: the type of the ref of a git pack is known for the default branch and for a whole commit id', async (t) => {
  const data = temporaryDirectory(t);
  const commit = '0b'.repeat(20);
  {
    const database = new Database(join(data, 'attune.db'));
    for (const migration of MIGRATIONS.slice(0, 2)) database.exec(migration);
    const insert = database.prepare(
      `INSERT INTO release (ref, version, directory, label, manifest, source_type, source_url, source_ref, source_commit,
         checksum, size, file_count, installed_by, installed_host, installed_at, attune_version)
       VALUES (?, '1.0.0', ?, 'x', '{}', ?, 'x', ?, ?, 'sha256:0', 0, 0, 'u', 'h', 'then', '0')`,
    );
    const rows = [
      ['archived', 'archive', null],
      ['by-commit', 'git', commit],
      ['by-name', 'git', 'main'],
      ['standard', 'git', null],
    ] as const;
    for (const [ref, type, spec] of rows) {
      const { lastInsertRowid } = insert.run(ref, `${ref}/1`, type, spec, type === 'git' ? commit : null);
      database.prepare('INSERT INTO pack (ref, release_id, requested) VALUES (?, ?, 1)').run(ref, lastInsertRowid);
    }
    database.pragma(`application_id = ${0x4154554e}`);
    database.pragma('user_version = 2');
    database.close();
  }
  using store = openStore(data);
  assert.deepEqual(
    store.list().map(({ ref, source_ref_type: type }) => [ref, type]),
    [
      ['archived', null],
      ['by-commit', 'commit'],
      ['by-name', null],
      ['standard', 'branch'],
    ],
  );
});
