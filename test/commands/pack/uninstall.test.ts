import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type CliHarness, contentsOf, createCliHarness, installedPacks, storeContents } from '../../support/cli.ts';
import { runOnTerminal, type TerminalRun, withoutTerminal } from '../../support/processes/pseudo-terminal.ts';
import { packFiles } from '../../support/registry/server.ts';
import { writeFiles } from '../../support/store.ts';

/** Creates a harness with three packs: `top` depends on `middle`, which depends on `base`. */
async function harnessWithPacks(t: TestContext): Promise<CliHarness> {
  const harness = createCliHarness(t);
  writeFiles(join(harness.directory, 'base'), packFiles({ ref: 'base' }));
  writeFiles(join(harness.directory, 'middle'), packFiles({ ref: 'middle', dependencies: ['base@^1'] }));
  writeFiles(join(harness.directory, 'top'), packFiles({ ref: 'top', dependencies: ['middle'] }));
  const { status, stderr } = await harness.attune('pack', 'install', './base', './middle', './top');
  assert.equal(status, 0, stderr);
  return harness;
}

test('uninstall: removes a pack with its files and releases only', async (t) => {
  const harness = await harnessWithPacks(t);
  const { status, document } = await harness.json('pack', 'uninstall', 'top', '--yes');
  assert.equal(status, 0, document.error?.message);
  assert.deepEqual(document, {
    success: true,
    packs: [{ ref: 'top', version: '1.0.0', action: 'uninstalled', needs: null }],
    broken: [],
    no_longer_needed: [],
  });
  assert.deepEqual(await installedPacks(harness), ['base 1.0.0', 'middle 1.0.0']);
  assert.deepEqual(
    Object.keys(storeContents(harness)).filter((path) => path.split('/').includes('top')),
    [],
  );
  assert.equal((await harness.json('pack', 'show', 'top')).status, 4);
});

test('uninstall: a required pack exits 6 and lists its dependents; --force leaves them broken', async (t) => {
  const harness = await harnessWithPacks(t);
  const before = storeContents(harness);
  const refused = await harness.json('pack', 'uninstall', 'base', 'middle');
  assert.equal(refused.status, 6);
  assert.equal(refused.document.error.code, 'DEPENDENCY_STILL_NEEDED');
  assert.match(refused.document.error.message, /top needs middle/);
  assert.doesNotMatch(refused.document.error.message, /middle needs base/, 'both are uninstalled');
  assert.match(refused.document.error.hint, /--with-dependents.*--force/);
  assert.deepEqual(storeContents(harness), before);

  const { error } = (await harness.json('pack', 'uninstall', 'base')).document;
  assert.match(error.message, /:\n {2}middle needs base \^1\n {2}top needs middle$/, 'transitive dependents');
  const forced = await harness.attune('pack', 'uninstall', 'base', '--force', '--yes');
  assert.equal(forced.status, 0, forced.stderr);
  assert.equal(forced.stdout, "✓ Pack 'base' 1.0.0 uninstalled\n! Packs with missing dependencies: middle\n");
  const { document } = await harness.json('pack', 'show', 'middle');
  assert.deepEqual(document.dependencies, [{ ref: 'base', range: '^1', installed: null }]);
});

test('uninstall: several packs that depend on each other are uninstalled in any order', async (t) => {
  const harness = await harnessWithPacks(t);
  const { status, stderr } = await harness.attune('pack', 'uninstall', 'base', 'top', 'middle', 'top', '--yes');
  assert.equal(status, 0, stderr);
  assert.deepEqual(await installedPacks(harness), []);
  assert.deepEqual(storeContents(harness), {});
});

test('uninstall: packs that are not installed exit 4 and are all named, and none is uninstalled', async (t) => {
  const harness = await harnessWithPacks(t);
  const { status, document } = await harness.json('pack', 'uninstall', 'top', 'topp', 'unknown');
  assert.equal(status, 4);
  assert.equal(document.error.code, 'NOT_FOUND_PACK');
  assert.match(document.error.message, /'topp', 'unknown'/);
  assert.match(document.error.hint, /Did you mean 'top'\?/);
  assert.equal((await installedPacks(harness)).length, 3);
});

test('uninstall: an uninstalled pack can be installed again with a new ID', async (t) => {
  const harness = await harnessWithPacks(t);
  const { document: before } = await harness.json('pack', 'show', 'top');
  await harness.attune('pack', 'uninstall', 'top', '--yes');
  const { document } = await harness.json('pack', 'install', './top');
  assert.equal(document.packs[0].action, 'installed');
  assert.ok(document.packs[0].id > before.id);
  assert.deepEqual(contentsOf(document.packs[0].storage_path), packFiles({ ref: 'top', dependencies: ['middle'] }));
});

test('uninstall: --with-dependents includes all dependents with the reason, which --dry-run only prints', async (t) => {
  const harness = await harnessWithPacks(t);
  const before = storeContents(harness);
  const planned = await harness.json('pack', 'uninstall', 'base', '--with-dependents', '--dry-run');
  assert.equal(planned.status, 0);
  assert.deepEqual(planned.document, {
    dry_run: true,
    packs: [
      { ref: 'base', version: '1.0.0', action: 'uninstalled', needs: null },
      { ref: 'middle', version: '1.0.0', action: 'uninstalled', needs: 'base' },
      { ref: 'top', version: '1.0.0', action: 'uninstalled', needs: 'middle' },
    ],
    broken: [],
    no_longer_needed: [],
  });
  assert.equal(
    (await harness.attune('pack', 'uninstall', 'base', '--with-dependents', '--dry-run')).stdout,
    'Would uninstall 3 packs:\n  base 1.0.0\n  middle 1.0.0 (needs base)\n  top 1.0.0 (needs middle)\n',
  );
  assert.deepEqual(storeContents(harness), before);
  const { status, stdout } = await harness.attune('pack', 'uninstall', 'middle', '--with-dependents', '--yes');
  assert.equal(status, 0);
  assert.equal(stdout, "✓ Pack 'middle' 1.0.0 uninstalled\n✓ Pack 'top' 1.0.0 uninstalled (needs middle)\n");
  assert.deepEqual(await installedPacks(harness), ['base 1.0.0']);
});

test('uninstall: --dry-run fails like the uninstallation', async (t) => {
  const harness = await harnessWithPacks(t);
  assert.equal((await harness.json('pack', 'uninstall', 'base', '--dry-run')).status, 6);
  const forced = await harness.json('pack', 'uninstall', 'base', '--dry-run', '--force');
  assert.deepEqual(forced.document.broken, ['middle']);
  assert.equal((await harness.json('pack', 'uninstall', 'base', '--force', '--with-dependents')).status, 2);
  assert.equal((await installedPacks(harness)).length, 3);
});

/** Runs a command line on a terminal and answers its confirmation prompt. */
function answering(harness: CliHarness, answer: string, ...args: string[]): Promise<TerminalRun> {
  const env = { PATH: process.env['PATH'], HOME: harness.directory, ATTUNE_DATA_DIR: harness.data };
  return runOnTerminal(args, { cwd: harness.directory, env, answer: [/\[y\/N\]/, answer] });
}

test('uninstall: the confirmation prompt lists all packs, and no cancels', { skip: withoutTerminal }, async (t) => {
  const harness = await harnessWithPacks(t);
  const args = ['pack', 'uninstall', 'base', '--with-dependents'];
  const canceled = await answering(harness, 'n', ...args);
  assert.equal(canceled.status, 130);
  assert.match(canceled.output, /Uninstall base and 2 dependents: middle, top\? \[y\/N\]/);
  assert.equal((await installedPacks(harness)).length, 3);
  assert.equal((await answering(harness, 'y', ...args)).status, 0);
  assert.deepEqual(await installedPacks(harness), []);
});
