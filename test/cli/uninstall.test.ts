import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { packFiles } from '../world/registry.ts';
import { writeFiles } from '../world/store.ts';
import { type CliWorld, contentsOf, createCliWorld, installedPacks, storeContents } from './world.ts';

/** Three packs: `top` needs `middle`, and that needs `base`. */
async function worldWithTower(t: TestContext): Promise<CliWorld> {
  const world = createCliWorld(t);
  writeFiles(join(world.directory, 'base'), packFiles({ ref: 'base' }));
  writeFiles(join(world.directory, 'middle'), packFiles({ ref: 'middle', needs: ['base@^1'] }));
  writeFiles(join(world.directory, 'top'), packFiles({ ref: 'top', needs: ['middle'] }));
  const { status, stderr } = await world.attune('pack', 'install', './base', './middle', './top');
  assert.equal(status, 0, stderr);
  return world;
}

test('a pack goes with its files and its releases, and another stays', async (t) => {
  const world = await worldWithTower(t);
  const { status, document } = await world.json('pack', 'uninstall', 'top');
  assert.equal(status, 0, document.error?.message);
  assert.deepEqual(document, {
    success: true,
    packs: [{ ref: 'top', version: '1.0.0', action: 'uninstalled' }],
    broken: [],
  });
  assert.deepEqual(await installedPacks(world), ['base 1.0.0', 'middle 1.0.0']);
  assert.deepEqual(
    Object.keys(storeContents(world)).filter((path) => path.split('/').includes('top')),
    [],
  );
  assert.equal((await world.json('pack', 'show', 'top')).status, 4);
});

test('what others need is refused with every one of them, and --force leaves them lacking', async (t) => {
  const world = await worldWithTower(t);
  const before = storeContents(world);
  const refused = await world.json('pack', 'uninstall', 'base', 'middle');
  assert.equal(refused.status, 6);
  assert.equal(refused.document.error.code, 'DEPENDENCY_STILL_NEEDED');
  assert.match(refused.document.error.message, /top needs middle/);
  assert.doesNotMatch(refused.document.error.message, /middle needs base/, 'both of them would go');
  assert.match(refused.document.error.hint, /--force/);
  assert.deepEqual(storeContents(world), before);

  assert.match((await world.json('pack', 'uninstall', 'base')).document.error.message, /middle needs base \^1/);
  const forced = await world.attune('pack', 'uninstall', 'base', '--force');
  assert.equal(forced.status, 0, forced.stderr);
  assert.equal(forced.stdout, "✓ Pack 'base' 1.0.0 uninstalled\n! Now lacking what they need: middle\n");
  const { document } = await world.json('pack', 'show', 'middle');
  assert.deepEqual(document.dependencies, [{ ref: 'base', range: '^1', installed: null }]);
});

test('several that need each other go together, in whatever order they are named', async (t) => {
  const world = await worldWithTower(t);
  const { status, stderr } = await world.attune('pack', 'uninstall', 'base', 'top', 'middle', 'top', '--yes');
  assert.equal(status, 0, stderr);
  assert.deepEqual(await installedPacks(world), []);
  assert.deepEqual(storeContents(world), {});
});

test('where one of several is not installed nothing happens, and all that are missing are named', async (t) => {
  const world = await worldWithTower(t);
  const { status, document } = await world.json('pack', 'uninstall', 'top', 'topp', 'nobody');
  assert.equal(status, 4);
  assert.equal(document.error.code, 'NOT_FOUND_PACK');
  assert.match(document.error.message, /'topp', 'nobody'/);
  assert.match(document.error.hint, /Did you mean: top/);
  assert.equal((await installedPacks(world)).length, 3);
});

test('a pack that was removed can be installed again and is a new one', async (t) => {
  const world = await worldWithTower(t);
  const { document: before } = await world.json('pack', 'show', 'top');
  await world.attune('pack', 'uninstall', 'top');
  const { document } = await world.json('pack', 'install', './top');
  assert.equal(document.packs[0].action, 'installed');
  assert.ok(document.packs[0].id > before.id);
  assert.deepEqual(contentsOf(document.packs[0].storage_path), packFiles({ ref: 'top', needs: ['middle'] }));
});
