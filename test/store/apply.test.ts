import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { contentsOf } from '../support/cli.ts';
import { install, openStore, stagedPack } from '../support/store.ts';
import { temporaryDirectory } from '../support/temporary.ts';

/** A store with `back` at 2.0.0 and, kept, at 1.0.0; with `gone` and `asked`. */
async function filledStore(t: TestContext) {
  const data = temporaryDirectory(t);
  const store = openStore(data);
  t.after(() => store[Symbol.dispose]());
  for (const [ref, version] of [
    ['back', '1.0.0'],
    ['back', '2.0.0'],
    ['gone', '1.0.0'],
    ['asked', '1.0.0'],
  ] as const) {
    await install(store, ref, version);
  }
  const release = store.kept('back').find(({ version }) => version === '1.0.0')!;
  const apply = async () => {
    using area = store.stage();
    const settled = await store.settle([stagedPack(area, 'fresh', '1.0.0')]);
    await store.write((writer) =>
      writer.apply({
        install: settled,
        rollback: [release],
        uninstall: ['gone'],
        requested: new Map([['asked', false]]),
      }),
    );
  };
  const state = () =>
    store.graph().map(({ ref, version, requested }) => `${ref} ${version}${requested ? '' : ' (needed)'}`);
  const shown = () => Object.keys(contentsOf(join(data, 'packs')));
  return { data, store, apply, state, shown };
}

test('what comes, what goes back and what goes do so at once', async (t) => {
  const { store, apply, state, shown } = await filledStore(t);
  await apply();
  assert.deepEqual(state(), ['asked 1.0.0 (needed)', 'back 1.0.0', 'fresh 1.0.0']);
  assert.deepEqual(shown(), ['asked', 'back', 'fresh']);
  const actions = store.history().map(({ action, ref }) => `${action} ${ref}`);
  assert.deepEqual(actions.slice(0, 3).toSorted(), ['install fresh', 'rollback back', 'uninstall gone']);
});

test('where one of them cannot, none does', async (t) => {
  const { data, store, apply, state } = await filledStore(t);
  mkdirSync(join(data, 'packs', 'fresh'));
  const before = [state(), contentsOf(join(data, 'releases')), store.history().length];
  await assert.rejects(apply(), /is not a link of attune's/);
  assert.deepEqual([state(), contentsOf(join(data, 'releases')), store.history().length], before);
});
