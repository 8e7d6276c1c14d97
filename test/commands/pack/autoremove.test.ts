import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type CliHarness, createCliHarness, installedPacks, storeContents } from '../../support/cli.ts';
import { packFiles, writeRegistry } from '../../support/registry/server.ts';
import { writeFiles } from '../../support/store.ts';

/** Creates a harness with the requested packs `top` and `other` and their dependencies `middle` and `base`. */
async function harnessWithPacks(t: TestContext): Promise<CliHarness> {
  const harness = createCliHarness(t);
  const index = writeRegistry(join(harness.directory, 'registry'), [
    { ref: 'base' },
    { ref: 'middle', dependencies: ['base@^1'] },
  ]);
  writeFiles(join(harness.directory, 'top'), packFiles({ ref: 'top', dependencies: ['middle'] }));
  writeFiles(join(harness.directory, 'other'), packFiles({ ref: 'other', dependencies: ['base'] }));
  const run = await harness.attuneWith({ ATTUNE_REGISTRY_INDICES: index }, 'pack', 'install', './top', './other');
  assert.equal(run.status, 0, run.stderr);
  return harness;
}

test('autoremove: uninstalls nothing if every dependency is needed', async (t) => {
  const harness = await harnessWithPacks(t);
  const before = storeContents(harness);
  const { status, document } = await harness.json('pack', 'autoremove');
  assert.equal(status, 0);
  assert.deepEqual(document, { success: true, packs: [] });
  assert.match((await harness.attune('pack', 'autoremove')).stdout, /^All installed packs are still needed/);
  assert.deepEqual(storeContents(harness), before);
});

test('autoremove: uninstalls unneeded dependencies, which uninstall lists, transitively', async (t) => {
  const harness = await harnessWithPacks(t);
  const uninstalled = await harness.attune('pack', 'uninstall', 'top', '--yes');
  assert.equal(
    uninstalled.stdout,
    "✓ Pack 'top' 1.0.0 uninstalled\n1 pack is no longer needed: middle\n  Remove it with: attune pack autoremove --yes\n",
  );
  const before = storeContents(harness);
  const planned = await harness.json('pack', 'autoremove', '--dry-run');
  assert.deepEqual(planned.document, {
    dry_run: true,
    packs: [{ ref: 'middle', version: '1.0.0', action: 'uninstalled' }],
  });
  assert.deepEqual(storeContents(harness), before);
  assert.equal((await harness.attune('pack', 'autoremove', '--yes')).stdout, "✓ Pack 'middle' 1.0.0 uninstalled\n");
  assert.deepEqual(await installedPacks(harness), ['base 1.0.0', 'other 1.0.0']);
  const second = await harness.json('pack', 'uninstall', 'other', '--yes');
  assert.deepEqual(second.document.no_longer_needed, ['base']);
  await harness.attune('pack', 'autoremove', '--yes');
  assert.deepEqual(storeContents(harness), {});
});

test('autoremove: a pinned pack and its dependencies are kept', async (t) => {
  const harness = await harnessWithPacks(t);
  await harness.attune('pack', 'pin', 'middle');
  await harness.attune('pack', 'uninstall', 'top', 'other', '--yes');
  assert.deepEqual((await harness.json('pack', 'autoremove', '--dry-run')).document.packs, []);
  await harness.attune('pack', 'unpin', 'middle');
  assert.equal(
    (await harness.attune('pack', 'autoremove', '--dry-run')).stdout,
    'Would uninstall 2 packs:\n  base 1.0.0\n  middle 1.0.0\n',
  );
});
