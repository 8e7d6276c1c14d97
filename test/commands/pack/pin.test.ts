import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type CliHarness, createCliHarness } from '../../support/cli.ts';
import { packFiles } from '../../support/registry/server.ts';
import { writeFiles } from '../../support/store.ts';

async function harnessWithPacks(t: TestContext): Promise<CliHarness> {
  const harness = createCliHarness(t);
  for (const ref of ['core', 'deploy']) writeFiles(join(harness.directory, ref), packFiles({ ref }));
  const { status, stderr } = await harness.attune('pack', 'install', './core', './deploy');
  assert.equal(status, 0, stderr);
  return harness;
}

test('pin: a pin appears in list, show and history, and unpin removes it', async (t) => {
  const harness = await harnessWithPacks(t);
  const { status, document } = await harness.json('pack', 'pin', 'core');
  assert.equal(status, 0);
  assert.deepEqual(document, { packs: [{ ref: 'core', version: '1.0.0', pinned: true, changed: true }] });
  const again = await harness.json('pack', 'pin', 'deploy', 'core', 'core');
  assert.deepEqual(again.document.packs, [
    { ref: 'deploy', version: '1.0.0', pinned: true, changed: true },
    { ref: 'core', version: '1.0.0', pinned: true, changed: false },
  ]);
  const list = await harness.attune('pack', 'list');
  assert.match(list.stdout, /core +1\.0\.0 \(pinned\)/);
  assert.match((await harness.attune('pack', 'show', 'core')).stdout, /Pinned: +at 1\.0\.0/);
  assert.equal((await harness.json('pack', 'unpin', 'core')).document.packs[0].changed, true);
  assert.equal((await harness.json('pack', 'unpin', 'core')).document.packs[0].changed, false);
  assert.equal((await harness.json('pack', 'show', 'core')).document.pinned, false);
  const { document: history } = await harness.json('pack', 'history', 'core');
  assert.deepEqual(
    history.events.map(({ action, version }: { action: string; version: string }) => [action, version]),
    [
      ['unpin', '1.0.0'],
      ['pin', '1.0.0'],
      ['install', '1.0.0'],
    ],
  );
});

test('pin: prints the new state, or that a pack already was in it', async (t) => {
  const harness = await harnessWithPacks(t);
  await harness.attune('pack', 'pin', 'core');
  assert.equal(
    (await harness.attune('pack', 'pin', 'core', 'deploy')).stdout,
    "Pack 'core' is already pinned at 1.0.0\n✓ Pack 'deploy' is now pinned at 1.0.0\n",
  );
  assert.equal((await harness.attune('pack', 'unpin', 'core')).stdout, "✓ Pack 'core' is now not pinned (1.0.0)\n");
});

test('pin, unpin: a pack that is not installed exits 4 with a suggestion, and none is changed', async (t) => {
  const harness = await harnessWithPacks(t);
  for (const command of ['pin', 'unpin']) {
    const { status, document } = await harness.json('pack', command, 'core', 'deplyo');
    assert.equal(status, 4);
    assert.match(document.error.message, /'deplyo' is not installed/);
    assert.match(document.error.hint, /Did you mean 'deploy'\?/);
  }
  assert.equal((await harness.json('pack', 'show', 'core')).document.pinned, false);
});
