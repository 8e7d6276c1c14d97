import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { type CliHarness, createCliHarness, databaseContents, namesOf } from '../../support/cli.ts';
import { packFiles, writeRegistry } from '../../support/registry/server.ts';
import { writeFiles } from '../../support/store.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const registry = temporaryDirectory({ after });
const index = writeRegistry(registry, [
  { ref: 'core', version: '2.0.0' },
  { ref: 'core', version: '1.4.0' },
  { ref: 'core', version: '1.0.0', yanked: 'it forgets' },
  { ref: 'slack', version: '1.1.0', dependencies: ['core@^1'] },
  { ref: 'slack', version: '1.0.0', dependencies: ['core@^1'] },
  { ref: 'fresh' },
  { ref: 'ahead', version: '1.0.0' },
  { ref: 'ahead', version: '2.0.0-rc.1' },
]);
const others = writeRegistry(join(registry, 'other'), [{ ref: 'fresh', version: '9.0.0' }]);
const unyanked = join(registry, 'unyanked.json');
writeFileSync(unyanked, readFileSync(index, 'utf8').replace(/,\s*"yanked": "[^"]*"/, ''));

type Test = Parameters<typeof createCliHarness>[0];

/** Creates a harness with packs that were installed before a version of core was yanked. */
async function harnessWith(t: Test, ...sources: string[]): Promise<CliHarness> {
  const harness = createCliHarness(t, { ATTUNE_REGISTRY_INDICES: index });
  const { status, document } = await harness.jsonWith(
    { ATTUNE_REGISTRY_INDICES: unyanked },
    'pack',
    'install',
    ...sources,
  );
  assert.equal(status, 0, document.error?.message);
  return harness;
}

describe('pack outdated', { concurrency: 2 }, () => {
  test('and pack upgrade warn about an installed version that is yanked, which upgrade does only if it stays', async (t) => {
    const warning = 'The installed version 1.0.0 of core is yanked: it forgets';
    const harness = await harnessWith(t, 'core@1.0.0');
    assert.equal((await harness.attune('pack', 'pin', 'core')).status, 0);
    assert.deepEqual((await harness.json('pack', 'outdated')).document.warnings, [warning]);
    const pinned = await harness.json('pack', 'upgrade');
    assert.deepEqual([pinned.status, pinned.document.warnings], [0, [warning]]);
    assert.equal((await harness.attune('pack', 'unpin', 'core')).status, 0);
    for (const refs of [['core@1.0.0'], []]) {
      const { document } = await harness.json('pack', 'upgrade', ...refs, '--dry-run');
      assert.deepEqual(document.warnings, refs.length > 0 ? [warning] : []);
    }
  });

  test('lists the versions that an upgrade would install and the latest ones', async (t) => {
    const harness = await harnessWith(t, 'core@1.0.0', 'slack@1.0.0', 'fresh', 'ahead@2.0.0-rc.1');
    const before = databaseContents(harness);
    const { status, document } = await harness.json('pack', 'outdated');
    assert.equal(status, 0, document.error?.message);
    const common = { registry: 'index-1', source: 'archive', pinned: false, upgradable: true };
    assert.deepEqual(document.packs, [
      { ref: 'core', installed: '1.0.0', wanted: '1.4.0', latest: '2.0.0', ...common },
      { ref: 'slack', installed: '1.0.0', wanted: '1.1.0', latest: '1.1.0', ...common },
    ]);
    assert.deepEqual(document.warnings, ['The installed version 1.0.0 of core is yanked: it forgets']);
    const { stdout } = await harness.attune('pack', 'outdated');
    assert.equal(
      stdout,
      [
        'REF    INSTALLED  WANTED  LATEST  REGISTRY',
        'core   1.0.0      1.4.0   2.0.0   index-1',
        'slack  1.0.0      1.1.0   1.1.0   index-1',
        '',
      ].join('\n'),
    );
    assert.deepEqual(databaseContents(harness), before);
    await harness.attune('pack', 'upgrade');
    const { document: list } = await harness.json('pack', 'list');
    assert.deepEqual(namesOf(list.packs), ['ahead 2.0.0-rc.1', 'core 1.4.0', 'fresh 1.0.0', 'slack 1.1.0']);
  });

  test('lists the installed version of a pinned pack as wanted', async (t) => {
    const harness = await harnessWith(t, 'slack@1.0.0');
    await harness.attune('pack', 'pin', 'slack');
    const { document } = await harness.json('pack', 'outdated', 'slack');
    assert.deepEqual(
      document.packs.map(({ wanted, latest, pinned }: Record<string, unknown>) => [wanted, latest, pinned]),
      [['1.0.0', '1.1.0', true]],
    );
    assert.match(
      (await harness.attune('pack', 'outdated')).stdout,
      /^slack +1\.0\.0 +1\.0\.0 +1\.1\.0 +index-1 \(pinned\)$/m,
    );
  });

  test('lists a pack from a directory without a latest version', async (t) => {
    const harness = await harnessWith(t, 'fresh');
    writeFiles(join(harness.directory, 'core'), packFiles({ ref: 'core' }));
    await harness.attune('pack', 'install', './core');
    const { document } = await harness.json('pack', 'outdated');
    assert.deepEqual(document.packs, [
      {
        ref: 'core',
        installed: '1.0.0',
        wanted: '1.0.0',
        latest: null,
        registry: null,
        source: 'directory',
        pinned: false,
        upgradable: false,
        reason: 'it was installed from a directory, not from a registry',
      },
    ]);
    const { stdout } = await harness.attune('pack', 'outdated');
    const reason = 'it was installed from a directory, not from a registry';
    assert.equal(stdout, `All packs are up to date.\nNot upgradable:\n  core: ${reason}\n`);
  });

  test('queries only the registry that a pack was installed from, and warns about packs of the same name', async (t) => {
    const harness = createCliHarness(t);
    const configure = (...indices: object[]) =>
      writeFiles(harness.config, { 'settings.yaml': JSON.stringify({ pack_registry: { indices } }) });
    const own = { name: 'own', url: index, priority: 2 };
    configure(own);
    await harness.attune('pack', 'install', 'fresh');
    configure(own, { name: 'others', url: others, priority: 1 });
    const { document } = await harness.json('pack', 'outdated');
    assert.deepEqual(document.packs, []);
    assert.match(document.warnings[0], /The registry 'others' also has a pack 'fresh'/);
    configure({ ...own, enabled: false });
    const disabled = await harness.json('pack', 'outdated');
    assert.equal(disabled.status, 0);
    assert.equal(disabled.document.packs[0].latest, null);
    assert.match(disabled.document.warnings[0], /is not configured or is disabled/);
  });

  test('is empty if no pack is installed', async (t) => {
    const { status, stdout } = await createCliHarness(t).attune('pack', 'outdated');
    assert.deepEqual([status, stdout], [0, 'All packs are up to date.\n']);
  });

  test('refuses packs that are not installed, and ranges', async (t) => {
    const harness = await harnessWith(t, 'fresh');
    const missing = await harness.json('pack', 'outdated', 'slak');
    assert.deepEqual([missing.status, missing.document.error.code], [4, 'NOT_FOUND_PACK']);
    const ranged = await harness.json('pack', 'outdated', 'fresh@^2');
    assert.deepEqual([ranged.status, ranged.document.error.code], [2, 'USAGE']);
  });
});

test('install, outdated and upgrade: a version younger than min_release_age is not chosen', async (t) => {
  const directory = temporaryDirectory(t);
  const path = writeRegistry(directory, [
    { ref: 'core', version: '1.2.0' },
    { ref: 'core', version: '1.1.0' },
    { ref: 'core', version: '1.0.0' },
    { ref: 'slack', dependencies: ['core>=1.2'] },
  ]);
  const document = JSON.parse(readFileSync(path, 'utf8'));
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
  const [core] = document.packs;
  [core, ...core.releases].forEach((release, index) => {
    release.published_at = daysAgo([1, 10, 100][index]!);
  });
  writeFileSync(path, JSON.stringify(document));
  const harness = createCliHarness(t, { ATTUNE_REGISTRY_INDICES: path });
  writeFiles(harness.config, { 'settings.yaml': 'min_release_age: 7d\n' });
  const newest = await harness.json('pack', 'install', 'core', '--dry-run');
  assert.deepEqual(namesOf(newest.document.packs), ['core 1.1.0']);
  const young = await harness.json('pack', 'install', 'slack');
  assert.equal(young.status, 6);
  assert.match(young.document.error.message, /1\.2\.0 was published on .*, which is too recent/);
  assert.match(young.document.error.hint, /min_release_age/);
  await harness.attune('pack', 'install', 'core@1.0.0');
  const { document: outdated } = await harness.json('pack', 'outdated');
  const [pack] = outdated.packs;
  assert.deepEqual([pack.wanted, pack.latest], ['1.1.0', '1.2.0']);
  const upgraded = await harness.json('pack', 'upgrade');
  assert.deepEqual(namesOf(upgraded.document.packs), ['core 1.1.0']);
});
