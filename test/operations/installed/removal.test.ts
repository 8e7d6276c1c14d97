import assert from 'node:assert/strict';
import { test } from 'node:test';
import { autoremovePacks, planAutoremove } from '../../../src/operations/installed/autoremove-packs.ts';
import { planUninstall, uninstallPacks } from '../../../src/operations/installed/uninstall-packs.ts';
import type { Store } from '../../../src/store/store.ts';
import { install, openStore, stagedPack } from '../../support/store.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

/** Installs a pack that nobody asked for. */
async function installAlong(store: Store, ref: string): Promise<void> {
  using area = store.stage();
  const settled = await store.settle([{ ...stagedPack(area, ref, '1.0.0'), requested: false }]);
  await store.write((writer) => writer.install(settled));
}

function refsOf(store: Store): string[] {
  return store.list().map(({ ref }) => ref);
}

test('what came to need a pack while somebody was asked keeps it from being uninstalled', async (t) => {
  using store = openStore(temporaryDirectory(t));
  const runtime = { store: async () => store };
  await install(store, 'base', '1.0.0');
  const request = { refs: ['base'], force: false, withDependents: true };
  const plan = await planUninstall(request, runtime);
  await install(store, 'late', '1.0.0', { needs: ['base'] });
  await assert.rejects(uninstallPacks(plan, request, runtime), {
    code: 'DEPENDENCY_STILL_NEEDED',
    message: /late needs base$/,
  });
  assert.deepEqual(refsOf(store), ['base', 'late']);
});

test('what somebody else uninstalled meanwhile is not told as uninstalled', async (t) => {
  using store = openStore(temporaryDirectory(t));
  const runtime = { store: async () => store };
  for (const ref of ['one', 'two']) await install(store, ref, '1.0.0');
  const plan = await planUninstall({ refs: ['one', 'two'], force: false, withDependents: false }, runtime);
  await store.write((writer) => writer.uninstall(['one']));
  const { packs } = await uninstallPacks(plan, { force: false }, runtime);
  assert.deepEqual(
    packs.map(({ ref }) => ref),
    ['two'],
  );
  assert.deepEqual(refsOf(store), []);
});

test('autoremove takes away what it named, and of that nothing that is needed again', async (t) => {
  using store = openStore(temporaryDirectory(t));
  const runtime = { store: async () => store };
  for (const ref of ['left', 'needed']) await installAlong(store, ref);
  const plan = await planAutoremove(runtime);
  await installAlong(store, 'unnamed');
  await install(store, 'late', '1.0.0', { needs: ['needed'] });
  const { packs } = await autoremovePacks(plan, runtime);
  assert.deepEqual(
    packs.map(({ ref }) => ref),
    ['left'],
  );
  assert.deepEqual(refsOf(store), ['late', 'needed', 'unnamed']);
});
