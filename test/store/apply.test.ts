import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { contentsOf } from '../support/cli.ts';
import { install, openStore, stagedPack } from '../support/store.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** Creates a store with `back` 2.0.0 and its retained release 1.0.0, `gone`, and `direct`. */
async function filledStore(t: TestContext) {
  const data = temporaryDirectory(t);
  const store = openStore(data);
  t.after(() => store[Symbol.dispose]());
  for (const [ref, version] of [
    ['back', '1.0.0'],
    ['back', '2.0.0'],
    ['gone', '1.0.0'],
    ['direct', '1.0.0'],
  ] as const) {
    await install(store, ref, version);
  }
  const release = store.retainedReleases('back').find(({ version }) => version === '1.0.0')!;
  const apply = async () => {
    using area = store.stage();
    const settled = await store.settle([stagedPack(area, 'fresh', '1.0.0')]);
    await store.write((writer) =>
      writer.apply({
        install: settled,
        rollback: [release],
        uninstall: ['gone'],
        requested: new Map([['direct', false]]),
      }),
    );
  };
  const state = () =>
    store.graph().map(({ ref, version, requested }) => `${ref} ${version}${requested ? '' : ' (dependency)'}`);
  const linked = () => Object.keys(contentsOf(join(data, 'packs')));
  return { data, store, apply, state, linked };
}

test('apply: installs, rolls back and uninstalls packs in one step', async (t) => {
  const { store, apply, state, linked } = await filledStore(t);
  await apply();
  assert.deepEqual(state(), ['back 1.0.0', 'direct 1.0.0 (dependency)', 'fresh 1.0.0']);
  assert.deepEqual(linked(), ['back', 'direct', 'fresh']);
  const actions = store.history().map(({ action, ref }) => `${action} ${ref}`);
  assert.deepEqual(actions.slice(0, 3).toSorted(), ['install fresh', 'rollback back', 'uninstall gone']);
});

test('apply: changes nothing if one part fails', async (t) => {
  const { data, store, apply, state } = await filledStore(t);
  mkdirSync(join(data, 'packs', 'fresh'));
  const before = [state(), contentsOf(join(data, 'releases')), store.history().length];
  await assert.rejects(apply(), /is not a link created by attune/);
  assert.deepEqual([state(), contentsOf(join(data, 'releases')), store.history().length], before);
});
