import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type CliWorld, createCliWorld, installedPacks, storeContents } from '../../support/cli.ts';
import { packFiles, writeRegistry } from '../../support/registry/server.ts';
import { writeFiles } from '../../support/store.ts';

/** `top` and `other` were asked for; `middle` came for `top`, `base` for `middle` and for `other`. */
async function worldWithTower(t: TestContext): Promise<CliWorld> {
  const world = createCliWorld(t);
  const index = writeRegistry(join(world.directory, 'registry'), [
    { ref: 'base' },
    { ref: 'middle', needs: ['base@^1'] },
  ]);
  writeFiles(join(world.directory, 'top'), packFiles({ ref: 'top', needs: ['middle'] }));
  writeFiles(join(world.directory, 'other'), packFiles({ ref: 'other', needs: ['base'] }));
  const run = await world.attuneWith({ ATTUNE_REGISTRY_INDICES: index }, 'pack', 'install', './top', './other');
  assert.equal(run.status, 0, run.stderr);
  return world;
}

test('where everything is needed nothing is taken away, and that is no error', async (t) => {
  const world = await worldWithTower(t);
  const before = storeContents(world);
  const { status, document } = await world.json('pack', 'autoremove');
  assert.equal(status, 0);
  assert.deepEqual(document, { success: true, packs: [] });
  assert.match((await world.attune('pack', 'autoremove')).stdout, /^Every installed pack was asked for, or is needed/);
  assert.deepEqual(storeContents(world), before);
});

test('what nothing needs any more is counted by uninstall and goes with autoremove, all the way down', async (t) => {
  const world = await worldWithTower(t);
  const uninstalled = await world.attune('pack', 'uninstall', 'top');
  assert.equal(
    uninstalled.stdout,
    "✓ Pack 'top' 1.0.0 uninstalled\n1 pack is no longer needed: middle\n  Remove it with: attune pack autoremove\n",
  );
  const before = storeContents(world);
  const planned = await world.json('pack', 'autoremove', '--dry-run');
  assert.deepEqual(planned.document, {
    dry_run: true,
    packs: [{ ref: 'middle', version: '1.0.0', action: 'uninstalled' }],
  });
  assert.deepEqual(storeContents(world), before);
  assert.equal((await world.attune('pack', 'autoremove', '--yes')).stdout, "✓ Pack 'middle' 1.0.0 uninstalled\n");
  assert.deepEqual(await installedPacks(world), ['base 1.0.0', 'other 1.0.0']);
  const second = await world.json('pack', 'uninstall', 'other');
  assert.deepEqual(second.document.no_longer_needed, ['base']);
  await world.attune('pack', 'autoremove');
  assert.deepEqual(storeContents(world), {});
});

test('a pinned pack stays with what it needs', async (t) => {
  const world = await worldWithTower(t);
  await world.attune('pack', 'pin', 'middle');
  await world.attune('pack', 'uninstall', 'top', 'other');
  assert.deepEqual((await world.json('pack', 'autoremove', '--dry-run')).document.packs, []);
  await world.attune('pack', 'unpin', 'middle');
  assert.equal(
    (await world.attune('pack', 'autoremove', '--dry-run')).stdout,
    'Would uninstall 2 packs:\n  base 1.0.0\n  middle 1.0.0\n',
  );
});
