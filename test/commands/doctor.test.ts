import assert from 'node:assert/strict';
import { readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createCliHarness, installedPacks } from '../support/cli.ts';
import { packFiles } from '../support/registry/server.ts';
import { writeFiles } from '../support/store.ts';

/** Nothing but what is installed with attune is asked for its version. */
const NO_PROGRAMS = { PATH: '/nowhere' };

test('doctor says what is wrong and what to do, its exit status is that of the gravest, and --fix mends it', async (t) => {
  const harness = createCliHarness(t);
  writeFiles(join(harness.directory, 'core'), packFiles({ ref: 'core' }));
  assert.equal((await harness.attune('pack', 'install', './core')).status, 0);
  const well = await harness.attuneWith(NO_PROGRAMS, 'doctor');
  assert.equal(well.status, 0, well.stdout);
  assert.match(well.stdout, /^✓ versions: attune \d.*, Node \d.*, SQLite 3\..*\n/);
  assert.match(well.stdout, /\n✓ runtimes: none that attune knows is on the PATH\n/);
  assert.match(well.stdout, /\n✓ In order: 0 errors, 0 warnings\n$/);

  rmSync(join(harness.data, 'packs/core'));
  symlinkSync('/tmp', join(harness.data, 'packs/core'));
  const astray = await harness.jsonWith(NO_PROGRAMS, 'doctor', '--offline');
  assert.equal(astray.status, 7);
  assert.deepEqual([astray.document.ok, astray.document.errors], [false, 1]);
  assert.deepEqual(
    astray.document.findings.find(({ status }: { status: string }) => status === 'error'),
    {
      check: 'links',
      status: 'error',
      code: 'INTEGRITY_LINK',
      message: `'${join(harness.data, 'packs/core')}' leads to '/tmp' and not to a release of attune's.`,
      items: [],
      remedy: 'Put it right with: attune doctor --fix',
      fixable: true,
    },
  );
  const put = await harness.attuneWith(NO_PROGRAMS, 'doctor', '--fix');
  assert.equal(put.status, 0);
  assert.ok(put.stdout.includes(`✓ Mended: '${join(harness.data, 'packs/core')}' was put right.\n`), put.stdout);

  for (const name of readdirSync(harness.data)) if (name.startsWith('attune.db')) rmSync(join(harness.data, name));
  writeFileSync(join(harness.data, 'attune.db'), 'no database at all');
  const damaged = await harness.attuneWith(NO_PROGRAMS, 'doctor');
  assert.equal(damaged.status, 10);
  assert.match(damaged.stdout, /✗ database: .*not an SQLite database.*\n {4}.*attune doctor --fix/);
  assert.equal((await harness.attuneWith(NO_PROGRAMS, 'doctor', '--fix', '--quiet')).status, 0);
  assert.deepEqual(await installedPacks(harness), ['core 1.0.0']);
});

test('doctor does not need a configuration that can be read', async (t) => {
  const harness = createCliHarness(t);
  writeFileSync(join(harness.config, 'config.yaml'), 'nope: 1\n');
  const { status, stdout } = await harness.attuneWith(NO_PROGRAMS, 'doctor', '--fix');
  assert.equal(status, 3, stdout);
  assert.match(stdout, /✗ configuration: .*\n {4}.*config\.yaml:1:1 nope: unknown key\n/);
  assert.match(stdout, /✓ registries: not looked at/);
});
