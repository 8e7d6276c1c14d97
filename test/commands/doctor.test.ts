import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createCliHarness, installedPacks } from '../support/cli.ts';
import { runInShell } from '../support/printed-commands.ts';
import { packFiles, writeRegistry } from '../support/registry/server.ts';
import { writeFiles } from '../support/store.ts';
import { temporaryDirectory } from '../support/temporary.ts';

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

const DEPENDENCIES: readonly {
  readonly claim: string;
  readonly before: readonly string[];
  /** The command lines that doctor suggests at first and after each of them, until it finds nothing. */
  readonly suggested: readonly string[];
}[] = [
  {
    claim: 'a missing and an unsuitable version',
    before: ['install base@2.0.0 ./app --skip-deps'],
    suggested: ['attune pack install absent', "attune pack install 'base@^1' --force"],
  },
  {
    claim: 'an unsuitable pinned version',
    before: ['install absent', 'install base@2.0.0 ./app --skip-deps', 'pin base'],
    suggested: ['attune pack unpin base', "attune pack install 'base@^1' --force"],
  },
  {
    claim: 'dependents with different ranges',
    before: ['install absent', 'install base@2.0.0 ./app ./old --skip-deps'],
    suggested: ["attune pack install 'base@>=1.0.0 <2.0.0-0 <1.1.0' --force"],
  },
];

for (const { claim, before, suggested } of DEPENDENCIES) {
  test(`doctor: the commands that it suggests for ${claim} can be run and satisfy the dependencies`, async (t) => {
    const registry = writeRegistry(temporaryDirectory(t), [
      { ref: 'base', version: '2.0.0' },
      { ref: 'base', version: '1.1.0' },
      { ref: 'base', version: '1.0.0' },
      { ref: 'absent' },
    ]);
    const variables = { ...NO_PROGRAMS, ATTUNE_REGISTRY_INDICES: registry };
    const harness = createCliHarness(t, variables);
    writeFiles(join(harness.directory, 'app'), packFiles({ ref: 'app', dependencies: ['base@^1', 'absent'] }));
    writeFiles(join(harness.directory, 'old'), packFiles({ ref: 'old', dependencies: ['base@<1.1'] }));
    for (const line of before) assert.equal((await harness.attune('pack', ...line.split(' '))).status, 0, line);
    const run: string[] = [];
    for (;;) {
      const { stdout, status } = await harness.attune('doctor');
      const [command] = [...stdout.matchAll(/: (attune pack .*)/g)].map(([, line = '']) => line);
      if (command === undefined) {
        assert.equal(status, 0, stdout);
        break;
      }
      assert.equal(status, 6, stdout);
      assert.equal(run.includes(command), false, stdout);
      run.push(command);
      const { PATH: _, ...rest } = variables;
      const result = await runInShell(harness, command, rest);
      assert.equal(result.status, 0, `${command}: ${result.stderr}`);
    }
    assert.deepEqual(run, suggested);
  });
}

test('doctor: for an invalid range of a dependency, suggests no command', async (t) => {
  const harness = createCliHarness(t, NO_PROGRAMS);
  writeFiles(join(harness.directory, 'app'), packFiles({ ref: 'app', dependencies: ['base@^^1'] }));
  assert.equal((await harness.attune('pack', 'install', './app', '--skip-deps')).status, 0);
  const { stdout, status } = await harness.attune('doctor');
  assert.equal(status, 6, stdout);
  assert.match(stdout, /Install a version of app whose pack\.yaml has a valid range for base\.$/m);
});

test('doctor: the command that it suggests for changed files can be run and restores them', async (t) => {
  const registry = writeRegistry(temporaryDirectory(t), [{ ref: 'base' }]);
  const harness = createCliHarness(t, { ATTUNE_REGISTRY_INDICES: registry });
  assert.equal((await harness.attune('pack', 'install', 'base')).status, 0);
  writeFileSync(join(harness.data, 'packs', 'base', 'pack.yaml'), 'changed');
  const { stdout } = await harness.attuneWith(NO_PROGRAMS, 'doctor');
  const [, command = ''] = /with: (attune pack repair .*)/.exec(stdout) ?? [];
  const { status, stderr } = await runInShell(harness, command, { ATTUNE_REGISTRY_INDICES: registry });
  assert.equal(status, 0, stderr);
  assert.equal((await harness.attuneWith(NO_PROGRAMS, 'doctor')).status, 0);
});

test("configuration: config.yaml, which is the file of the platform's client, is neither read nor changed", async (t) => {
  const harness = createCliHarness(t);
  const path = join(harness.config, 'config.yaml');
  const content =
    'profile: default\nprofiles: {default: {url: "https://platform.example"}}\npack_registry: {indices: 1}\n';
  writeFileSync(path, content);
  const registry = writeRegistry(temporaryDirectory(t), [{ ref: 'base' }]);
  for (const args of [
    ['pack', 'list'],
    ['registry', 'add', 'main', registry],
    ['registry', 'list'],
  ]) {
    const { status, stderr } = await harness.attune(...args);
    assert.equal(status, 0, stderr);
  }
  assert.equal(readFileSync(path, 'utf8'), content);
  assert.match(readFileSync(join(harness.config, 'settings.yaml'), 'utf8'), /name: main/);
});

const FOREIGN_CONFIGURATIONS: readonly {
  claim: string;
  content: string;
  settings?: string;
  mentioned: RegExp | undefined;
}[] = [
  {
    claim: "settings of attune in the file of the platform's client are mentioned",
    content: 'profile: default\npack_registry: { enabled: true }\n',
    mentioned: /Move the section pack_registry to '.*settings\.yaml'\./,
  },
  {
    claim: 'settings of attune in a file with an old name are mentioned with the command that renames it',
    content: 'pack_registry: { enabled: true }\n',
    mentioned: /Rename the file with: mv \S+config\.yaml \S+settings\.yaml\n/,
  },
  {
    claim: 'the command that renames the file is not suggested if settings.yaml exists',
    content: 'pack_registry: { enabled: true }\n',
    settings: 'keep_releases: 3\n',
    mentioned: /Move the section pack_registry/,
  },
  {
    claim: "the file of the platform's client alone is not mentioned",
    content: 'profile: default\n',
    mentioned: undefined,
  },
  { claim: 'an invalid file is not mentioned', content: 'pack_registry: [\n', mentioned: undefined },
  { claim: 'a file that is a list is not mentioned', content: '- pack_registry\n', mentioned: undefined },
];

for (const { claim, content, settings, mentioned } of FOREIGN_CONFIGURATIONS) {
  test(`doctor: of config.yaml, ${claim}`, async (t) => {
    const harness = createCliHarness(t);
    writeFileSync(join(harness.config, 'config.yaml'), content);
    if (settings !== undefined) writeFileSync(join(harness.config, 'settings.yaml'), settings);
    const { status, stdout } = await harness.attuneWith(NO_PROGRAMS, 'doctor');
    assert.equal(status, 0, stdout);
    if (mentioned === undefined) assert.doesNotMatch(stdout, /config\.yaml/);
    else assert.match(stdout, mentioned);
  });
}

test('doctor: a config.yaml that is a FIFO is not opened', async (t) => {
  const harness = createCliHarness(t);
  execFileSync('mkfifo', [join(harness.config, 'config.yaml')]);
  const { status, stdout } = await harness.attuneWith(NO_PROGRAMS, 'doctor');
  assert.equal(status, 0, stdout);
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
