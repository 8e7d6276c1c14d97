import assert from 'node:assert/strict';
import { test } from 'node:test';
import { autoremovePacks, planAutoremove } from '../../../src/operations/installed/autoremove-packs.ts';
import { uninstallPacks } from '../../../src/operations/installed/uninstall-packs.ts';
import type { Store } from '../../../src/store/store.ts';
import { install, openStore, stagedPack } from '../../support/store.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

/** Installs a pack as a dependency. */
async function installDependency(store: Store, ref: string): Promise<void> {
  using area = store.stage();
  const settled = await store.settle([{ ...stagedPack(area, ref, '1.0.0'), requested: false }]);
  await store.write((writer) => writer.install(settled));
}

function refsOf(store: Store): string[] {
  return store.list().map(({ ref }) => ref);
}

test('uninstall: a dependent installed after the approval is approved as well, or prevents the uninstallation', async (t) => {
  for (const withDependents of [true, false]) {
    using store = openStore(temporaryDirectory(t));
    const runtime = { store: async () => store };
    await install(store, 'base', '1.0.0');
    const approved: string[][] = [];
    const approve = async (packs: readonly { readonly ref: string }[]) => {
      approved.push(packs.map(({ ref }) => ref));
      if (approved.length === 1) await install(store, 'late', '1.0.0', { dependencies: ['base'] });
    };
    const uninstalling = uninstallPacks({ refs: ['base'], force: false, withDependents }, approve, runtime);
    if (withDependents) {
      await uninstalling;
      assert.deepEqual(approved, [['base'], ['base', 'late']]);
      assert.deepEqual(refsOf(store), []);
    } else {
      await assert.rejects(uninstalling, { code: 'DEPENDENCY_STILL_NEEDED', message: /late needs base$/ });
      assert.deepEqual(refsOf(store), ['base', 'late']);
    }
  }
});

test('uninstall: a pack uninstalled by another process after the approval prevents the uninstallation', async (t) => {
  using store = openStore(temporaryDirectory(t));
  const runtime = { store: async () => store };
  for (const ref of ['one', 'two']) await install(store, ref, '1.0.0');
  const approve = () => store.write((writer) => writer.uninstall(['one']));
  const request = { refs: ['one', 'two'], force: false, withDependents: false };
  await assert.rejects(uninstallPacks(request, approve, runtime), { code: 'NOT_FOUND_PACK' });
  assert.deepEqual(refsOf(store), ['two']);
});

test('autoremove: uninstalls only planned packs, and none that is needed again', async (t) => {
  using store = openStore(temporaryDirectory(t));
  const runtime = { store: async () => store };
  for (const ref of ['unneeded', 'needed']) await installDependency(store, ref);
  const plan = await planAutoremove(runtime);
  await installDependency(store, 'unplanned');
  await install(store, 'late', '1.0.0', { dependencies: ['needed'] });
  const { packs } = await autoremovePacks(plan, runtime);
  assert.deepEqual(
    packs.map(({ ref }) => ref),
    ['unneeded'],
  );
  assert.deepEqual(refsOf(store), ['late', 'needed', 'unplanned']);
});
