import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { programCommand } from '../../support/attune.ts';
import { type CliHarness, contentsOf, createCliHarness, installedPacks, storeContents } from '../../support/cli.ts';
import { packFiles } from '../../support/registry/server.ts';
import { writeFiles } from '../../support/store.ts';

/** Three packs: `top` needs `middle`, and that needs `base`. */
async function harnessWithTower(t: TestContext): Promise<CliHarness> {
  const harness = createCliHarness(t);
  writeFiles(join(harness.directory, 'base'), packFiles({ ref: 'base' }));
  writeFiles(join(harness.directory, 'middle'), packFiles({ ref: 'middle', needs: ['base@^1'] }));
  writeFiles(join(harness.directory, 'top'), packFiles({ ref: 'top', needs: ['middle'] }));
  const { status, stderr } = await harness.attune('pack', 'install', './base', './middle', './top');
  assert.equal(status, 0, stderr);
  return harness;
}

test('a pack goes with its files and its releases, and another stays', async (t) => {
  const harness = await harnessWithTower(t);
  const { status, document } = await harness.json('pack', 'uninstall', 'top');
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

test('what others need is refused with every one of them, and --force leaves them lacking', async (t) => {
  const harness = await harnessWithTower(t);
  const before = storeContents(harness);
  const refused = await harness.json('pack', 'uninstall', 'base', 'middle');
  assert.equal(refused.status, 6);
  assert.equal(refused.document.error.code, 'DEPENDENCY_STILL_NEEDED');
  assert.match(refused.document.error.message, /top needs middle/);
  assert.doesNotMatch(refused.document.error.message, /middle needs base/, 'both of them would go');
  assert.match(refused.document.error.hint, /--with-dependents.*--force/);
  assert.deepEqual(storeContents(harness), before);

  const { error } = (await harness.json('pack', 'uninstall', 'base')).document;
  assert.match(error.message, /:\n {2}middle needs base \^1\n {2}top needs middle$/, 'what needs it by way of others');
  const forced = await harness.attune('pack', 'uninstall', 'base', '--force');
  assert.equal(forced.status, 0, forced.stderr);
  assert.equal(forced.stdout, "✓ Pack 'base' 1.0.0 uninstalled\n! Now lacking what they need: middle\n");
  const { document } = await harness.json('pack', 'show', 'middle');
  assert.deepEqual(document.dependencies, [{ ref: 'base', range: '^1', installed: null }]);
});

test('several that need each other go together, in whatever order they are named', async (t) => {
  const harness = await harnessWithTower(t);
  const { status, stderr } = await harness.attune('pack', 'uninstall', 'base', 'top', 'middle', 'top', '--yes');
  assert.equal(status, 0, stderr);
  assert.deepEqual(await installedPacks(harness), []);
  assert.deepEqual(storeContents(harness), {});
});

test('where one of several is not installed nothing happens, and all that are missing are named', async (t) => {
  const harness = await harnessWithTower(t);
  const { status, document } = await harness.json('pack', 'uninstall', 'top', 'topp', 'nobody');
  assert.equal(status, 4);
  assert.equal(document.error.code, 'NOT_FOUND_PACK');
  assert.match(document.error.message, /'topp', 'nobody'/);
  assert.match(document.error.hint, /Did you mean: top/);
  assert.equal((await installedPacks(harness)).length, 3);
});

test('a pack that was removed can be installed again and is a new one', async (t) => {
  const harness = await harnessWithTower(t);
  const { document: before } = await harness.json('pack', 'show', 'top');
  await harness.attune('pack', 'uninstall', 'top');
  const { document } = await harness.json('pack', 'install', './top');
  assert.equal(document.packs[0].action, 'installed');
  assert.ok(document.packs[0].id > before.id);
  assert.deepEqual(contentsOf(document.packs[0].storage_path), packFiles({ ref: 'top', needs: ['middle'] }));
});

test('--with-dependents takes along all that need it, says what for, and --dry-run only says so', async (t) => {
  const harness = await harnessWithTower(t);
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
  const { status, stdout } = await harness.attune('pack', 'uninstall', 'middle', '--with-dependents');
  assert.equal(status, 0);
  assert.equal(stdout, "✓ Pack 'middle' 1.0.0 uninstalled\n✓ Pack 'top' 1.0.0 uninstalled (needs middle)\n");
  assert.deepEqual(await installedPacks(harness), ['base 1.0.0']);
});

test('a dry run refuses what an uninstallation would refuse', async (t) => {
  const harness = await harnessWithTower(t);
  assert.equal((await harness.json('pack', 'uninstall', 'base', '--dry-run')).status, 6);
  const forced = await harness.json('pack', 'uninstall', 'base', '--dry-run', '--force');
  assert.deepEqual(forced.document.broken, ['middle']);
  assert.equal((await harness.json('pack', 'uninstall', 'base', '--force', '--with-dependents')).status, 2);
  assert.equal((await installedPacks(harness)).length, 3);
});

/** Of util-linux: runs a command on a pseudo-terminal. */
const TERMINAL_MAKER = 'script';
const skip = !/util-linux/.test(spawnSync(TERMINAL_MAKER, ['--version'], { encoding: 'utf8' }).stdout ?? '');

/** Runs a command line on a terminal where somebody gives an answer. */
async function answering(
  harness: CliHarness,
  answer: string,
  ...words: string[]
): Promise<{ status: number; output: string }> {
  const command = [...programCommand(), ...words].map((word) => `'${word}'`).join(' ');
  const env = { PATH: process.env['PATH'], HOME: harness.directory, SHELL: '/bin/sh', ATTUNE_DATA_DIR: harness.data };
  const child = spawn(TERMINAL_MAKER, ['-qefc', command, '/dev/null'], { cwd: harness.directory, env });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (!output.includes('[y/N]') && `${output}${text}`.includes('[y/N]')) child.stdin.write(`${answer}\n`);
    output += text;
  });
  const status = await new Promise<number>((resolve) => child.once('close', (code) => resolve(code ?? -1)));
  return { status, output };
}

test('on a terminal all that goes is named before it goes, and a no keeps it', { skip }, async (t) => {
  const harness = await harnessWithTower(t);
  const words = ['pack', 'uninstall', 'base', '--with-dependents'];
  const kept = await answering(harness, 'n', ...words);
  assert.equal(kept.status, 130);
  assert.match(kept.output, /Uninstall base, and with it 2 dependents: middle, top\? \[y\/N\]/);
  assert.equal((await installedPacks(harness)).length, 3);
  assert.equal((await answering(harness, 'y', ...words)).status, 0);
  assert.deepEqual(await installedPacks(harness), []);
});
