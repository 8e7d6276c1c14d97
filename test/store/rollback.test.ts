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

/** The kept versions, the current one first. */
function keptOf(store: Store, ref = 'core'): string[] {
  const kept = store.kept(ref);
  assert.deepEqual(
    kept.map(({ current }) => current),
    kept.map((_, at) => at === 0),
    'the current one is the first and there is one',
  );
  return kept.map(({ version }) => version);
}

async function goBack(store: Store, version: string, ref = 'core'): Promise<void> {
  const release = store.kept(ref).find((one) => one.version === version);
  assert.ok(release, `${version} is not kept`);
  await store.write((writer) => writer.rollback(release));
}

/** What a program that reads the pack sees. */
function shownVersion(data: string, ref = 'core'): string {
  return /version: (.*)/.exec(readFileSync(join(data, 'packs', ref, 'pack.yaml'), 'utf8'))?.[1] ?? '';
}

test('going back moves row and link, keeps the id, and both releases stay', async (t) => {
  const data = temporaryDirectory(t);
  using store = openStore(data);
  for (const version of ['1.0.0', '2.0.0']) await install(store, 'core', version);
  await goBack(store, '1.0.0');
  assert.equal(store.find('core')?.version, '1.0.0');
  assert.equal(store.find('core')?.id, 1);
  assert.equal(shownVersion(data), '1.0.0');
  assert.deepEqual(keptOf(store), ['1.0.0', '2.0.0']);
  const [event] = store.history('core');
  assert.deepEqual([event?.action, event?.from_version, event?.version], ['rollback', '2.0.0', '1.0.0']);
  assert.equal(event?.source, '/packs/core');
});

test('the release before is what was current last, so that going back twice returns', async (t) => {
  using store = openStore(temporaryDirectory(t), { keepReleases: 3 });
  for (const version of ['1.0.0', '1.1.0', '1.2.0']) await install(store, 'core', version);
  assert.deepEqual(keptOf(store), ['1.2.0', '1.1.0', '1.0.0']);
  await goBack(store, '1.1.0');
  assert.deepEqual(keptOf(store), ['1.1.0', '1.2.0', '1.0.0']);
  await goBack(store, '1.2.0');
  assert.deepEqual(keptOf(store), ['1.2.0', '1.1.0', '1.0.0']);
});

test('an installation after a rollback forgets what was current longest ago, and never the current release', async (t) => {
  const data = temporaryDirectory(t);
  using store = openStore(data);
  for (const version of ['1.0.0', '2.0.0']) await install(store, 'core', version);
  await goBack(store, '1.0.0');
  await install(store, 'core', '3.0.0');
  assert.deepEqual(keptOf(store), ['3.0.0', '1.0.0']);
  assert.deepEqual(
    readdirSync(join(data, 'releases/core')).map((name) => name.split('-')[0]),
    ['1.0.0', '3.0.0'],
  );
  assert.equal(shownVersion(data), '3.0.0');
});

test('installing again what was rolled back to works, and forgets nothing', async (t) => {
  const data = temporaryDirectory(t);
  using store = openStore(data);
  for (const version of ['1.0.0', '2.0.0']) await install(store, 'core', version);
  await goBack(store, '1.0.0');
  const before = realpathSync(join(data, 'packs/core'));
  await install(store, 'core', '1.0.0');
  assert.equal(realpathSync(join(data, 'packs/core')), before);
  assert.deepEqual(keptOf(store), ['1.0.0', '2.0.0']);
});

test('content that is installed anew because it was tampered with does not push out the release before', async (t) => {
  const data = temporaryDirectory(t);
  using store = openStore(data);
  for (const version of ['1.0.0', '2.0.0']) await install(store, 'core', version);
  writeFileSync(join(data, 'packs/core/pack.yaml'), 'tampered');
  await install(store, 'core', '2.0.0');
  assert.deepEqual(keptOf(store), ['2.0.0', '1.0.0']);
  assert.equal(readdirSync(join(data, 'releases/core')).length, 2);
  assert.equal(shownVersion(data), '2.0.0');
});

test('two releases of one version with different content are two', async (t) => {
  const data = temporaryDirectory(t);
  using store = openStore(data);
  await install(store, 'core', '1.0.0', { content: 'one' });
  await install(store, 'core', '1.0.0', { content: 'other' });
  assert.deepEqual(keptOf(store), ['1.0.0', '1.0.0']);
  const [, before] = store.kept('core');
  await store.write((writer) => writer.rollback(before!));
  assert.match(readFileSync(join(data, 'packs/core/actions/run.yaml'), 'utf8'), /# one/);
});

test('whatever is installed and rolled back, the current release is kept, shown, and the last to go', async (t) => {
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
        else await goBack(store, version);
        model = [version, ...model.filter((other) => other !== version)].slice(0, keepReleases);
        assert.deepEqual(keptOf(store), model);
        assert.equal(shownVersion(data), version);
      }
      assert.equal(readdirSync(join(data, 'releases/core')).length, model.length);
    }),
    { numRuns: 8 },
  );
});

test('what a crash after a rollback left, a link that lags, is mended by the next command', async (t) => {
  const data = temporaryDirectory(t);
  const link = join(data, 'packs/core');
  let before: string;
  {
    using store = openStore(data);
    for (const version of ['1.0.0', '2.0.0']) await install(store, 'core', version);
    before = readlinkSync(link);
    await goBack(store, '1.0.0');
  }
  rmSync(link);
  symlinkSync(before, link);
  assert.equal(shownVersion(data), '2.0.0');
  using store = openStore(data);
  assert.equal(store.find('core')?.version, '1.0.0');
  assert.equal(shownVersion(data), '1.0.0');
});

test('a kept release is compared with its record file by file', async (t) => {
  const data = temporaryDirectory(t);
  using store = openStore(data);
  for (const version of ['1.0.0', '2.0.0']) await install(store, 'core', version);
  const before = store.kept('core')[1]!;
  assert.deepEqual(store.compare(before), { added: [], changed: [], missing: [] });
  const place = store.directoryOfRelease(before);
  writeFileSync(join(place, 'pack.yaml'), 'changed');
  writeFileSync(join(place, 'new'), '');
  rmSync(join(place, 'actions/run.yaml'));
  assert.deepEqual(store.compare(before), { added: ['new'], changed: ['pack.yaml'], missing: ['actions/run.yaml'] });
});

test('pinning says which packs were not pinned already, and outlives an upgrade', async (t) => {
  using store = openStore(temporaryDirectory(t));
  await install(store, 'core', '1.0.0', { needs: ['base'] });
  await install(store, 'else', '1.0.0');
  assert.deepEqual(await store.write((writer) => writer.pin(['core'], true)), ['core']);
  assert.deepEqual(await store.write((writer) => writer.pin(['core', 'else'], true)), ['else']);
  assert.deepEqual(await store.write((writer) => writer.pin(['else'], false)), ['else']);
  await install(store, 'core', '2.0.0', { needs: ['base'] });
  const [core] = store.pinned();
  const { id, checksum, ...rest } = core!;
  assert.ok(id > 0);
  assert.match(checksum, /^sha256:[0-9a-f]{64}$/);
  assert.deepEqual(rest, {
    ref: 'core',
    version: '2.0.0',
    registry: null,
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

test('a database of before there were rollbacks keeps its order, and its events learn where versions came from', async (t) => {
  const data = temporaryDirectory(t);
  {
    const database = new Database(join(data, 'attune.db'));
    database.exec(MIGRATIONS[0]!);
    const columns = `label, manifest, source_type, source_url, registry, checksum, size, file_count, installed_by, installed_host, installed_at, attune_version`;
    const values = `'core', '{}', 'archive', 'https://host/' || ? || '.zip', 'house', 'sha256:' || ?, 0, 0, 'u', 'h', 'then', '0'`;
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
  assert.deepEqual(keptOf(store), ['2.0.0', '1.0.0']);
  assert.deepEqual(
    store.history().map(({ version, registry, source_type: type }) => [version, registry, type]),
    [
      ['2.0.0', 'house', 'archive'],
      ['1.0.0', 'house', 'archive'],
    ],
  );
});
