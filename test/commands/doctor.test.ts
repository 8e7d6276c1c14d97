import assert from 'node:assert/strict';
import { readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createCliHarness, installedPacks } from '../support/cli.ts';
import { packFiles } from '../support/registry/server.ts';
import { writeFiles } from '../support/store.ts';

/** An empty PATH, so that no program on the machine is run. */
const NO_PROGRAMS = { PATH: '/nowhere' };

test('doctor: reports errors with remedies and the most severe exit status, and --fix repairs them', async (t) => {
  const harness = createCliHarness(t);
  writeFiles(join(harness.directory, 'core'), packFiles({ ref: 'core' }));
  assert.equal((await harness.attune('pack', 'install', './core')).status, 0);
  const healthy = await harness.attuneWith(NO_PROGRAMS, 'doctor');
  assert.equal(healthy.status, 0, healthy.stdout);
  assert.match(healthy.stdout, /^✓ versions: attune \d.*, Node \d.*, SQLite 3\..*\n/);
  assert.match(healthy.stdout, /\n✓ runtimes: no known runtime is on the PATH\n/);
  assert.match(healthy.stdout, /\n✓ No problems found: 0 errors, 0 warnings\n$/);

  rmSync(join(harness.data, 'packs/core'));
  symlinkSync('/tmp', join(harness.data, 'packs/core'));
  const wrongLink = await harness.jsonWith(NO_PROGRAMS, 'doctor', '--offline');
  assert.equal(wrongLink.status, 7);
  assert.deepEqual([wrongLink.document.ok, wrongLink.document.errors], [false, 1]);
  assert.deepEqual(
    wrongLink.document.findings.find(({ status }: { status: string }) => status === 'error'),
    {
      check: 'links',
      status: 'error',
      code: 'INTEGRITY_LINK',
      message: `'${join(harness.data, 'packs/core')}' points to '/tmp', which is not a release of attune.`,
      items: [],
      remedy: 'Repair the link with: attune doctor --fix',
      fixable: true,
    },
  );
  const repaired = await harness.attuneWith(NO_PROGRAMS, 'doctor', '--fix');
  assert.equal(repaired.status, 0);
  assert.ok(
    repaired.stdout.includes(`✓ Repaired: '${join(harness.data, 'packs/core')}' was repaired.\n`),
    repaired.stdout,
  );

  for (const name of readdirSync(harness.data)) if (name.startsWith('attune.db')) rmSync(join(harness.data, name));
  writeFileSync(join(harness.data, 'attune.db'), 'not a database');
  const damaged = await harness.attuneWith(NO_PROGRAMS, 'doctor');
  assert.equal(damaged.status, 10);
  assert.match(damaged.stdout, /✗ database: .*not an SQLite database.*\n {4}.*attune doctor --fix/);
  assert.equal((await harness.attuneWith(NO_PROGRAMS, 'doctor', '--fix', '--quiet')).status, 0);
  assert.deepEqual(await installedPacks(harness), ['core 1.0.0']);
});

test('doctor: exits 6 for unsatisfied dependencies, 7 if a file is missing too, and 10 if the database is damaged too', async (t) => {
  const harness = createCliHarness(t);
  writeFiles(join(harness.directory, 'app'), packFiles({ ref: 'app', dependencies: ['base@^1'] }));
  assert.equal((await harness.attune('pack', 'install', './app', '--skip-deps')).status, 0);
  const statusOf = async () => (await harness.attuneWith(NO_PROGRAMS, 'doctor')).status;
  const unsatisfied = await harness.attuneWith(NO_PROGRAMS, 'doctor');
  assert.equal(unsatisfied.status, 6, unsatisfied.stdout);
  assert.match(unsatisfied.stdout, /✗ dependencies: app needs base \^1, but base is not installed\./);
  rmSync(join(harness.data, 'packs/app/actions/run.yaml'));
  assert.equal(await statusOf(), 7);
  writeFileSync(join(harness.data, 'attune.db'), 'not a database');
  assert.equal(await statusOf(), 10);
});

test('doctor: a runtime that an installed pack requires and the machine lacks exits 6', async (t) => {
  const harness = createCliHarness(t);
  writeFiles(join(harness.directory, 'app'), packFiles({ ref: 'app', runtimes: ['python3>=99'] }));
  assert.equal((await harness.attune('pack', 'install', './app', '--skip-deps')).status, 0);
  assert.equal((await harness.attuneWith(NO_PROGRAMS, 'doctor')).status, 6);
});

test('doctor: an invalid configuration is reported and exits 3', async (t) => {
  const harness = createCliHarness(t);
  writeFileSync(join(harness.config, 'settings.yaml'), 'nope: 1\n');
  const { status, stdout } = await harness.attuneWith(NO_PROGRAMS, 'doctor', '--fix');
  assert.equal(status, 3, stdout);
  assert.match(stdout, /✗ configuration: .*\n {4}.*settings\.yaml:1:1 nope: unknown key\n/);
  assert.match(stdout, /✓ registries: not checked, because the configuration is invalid/);
});
