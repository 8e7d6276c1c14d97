import assert from 'node:assert/strict';
import { readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type CliHarness, createCliHarness, installedPacks, storeContents } from '../../support/cli.ts';
import { type PackPlan, packFiles } from '../../support/registry/server.ts';
import { writeFiles } from '../../support/store.ts';

/** Installs packs from directories in order, replacing installed versions, with as few command lines as possible. */
async function installEach(harness: CliHarness, ...packs: readonly PackPlan[]): Promise<void> {
  const repeated = packs.findIndex(({ ref }, index) => packs.findIndex((pack) => pack.ref === ref) < index);
  const batch = repeated === -1 ? packs : packs.slice(0, repeated);
  for (const pack of batch) {
    rmSync(join(harness.directory, pack.ref), { recursive: true, force: true });
    writeFiles(join(harness.directory, pack.ref), packFiles(pack));
  }
  const { status, stderr } = await harness.attune('pack', 'install', ...batch.map(({ ref }) => `./${ref}`), '--force');
  assert.equal(status, 0, stderr);
  if (repeated !== -1) await installEach(harness, ...packs.slice(repeated));
}

async function harnessWith(t: TestContext, ...packs: readonly PackPlan[]): Promise<CliHarness> {
  const harness = createCliHarness(t);
  await installEach(harness, ...packs);
  return harness;
}

/** Returns the directory of a retained release. */
function releaseDirectory({ data }: CliHarness, ref: string, version: string): string {
  const name = readdirSync(join(data, 'releases', ref)).find((one) => one.startsWith(`${version}-`));
  assert.ok(name);
  return join(data, 'releases', ref, name);
}

test('rollback: makes the previous release current, offline and without tests, and a second rollback returns', async (t) => {
  const harness = await harnessWith(t, { ref: 'core', test: 'exit 0' }, { ref: 'core', version: '2.0.0' });
  const { status, document } = await harness.json('pack', 'rollback', 'core', '--offline');
  assert.equal(status, 0, document.error?.message);
  assert.deepEqual(document, {
    success: true,
    ref: 'core',
    version: '1.0.0',
    from_version: '2.0.0',
    changed: true,
    storage_path: join(harness.data, 'packs/core'),
    warnings: [],
  });
  assert.deepEqual(await installedPacks(harness), ['core 1.0.0']);
  const again = await harness.attune('pack', 'rollback', 'core');
  assert.equal(
    again.stdout,
    [
      "✓ Pack 'core' rolled back",
      '  Version: 2.0.0 (was 1.0.0)',
      '  Return to 1.0.0 with: attune pack rollback core',
      '  Pin it to 2.0.0 with: attune pack pin core',
      '',
    ].join('\n'),
  );
  assert.deepEqual(await installedPacks(harness), ['core 2.0.0']);
});

test('rollback: what interpreters wrote into a retained release does not prevent the rollback', async (t) => {
  const harness = await harnessWith(t, { ref: 'core' }, { ref: 'core', version: '2.0.0' });
  writeFiles(releaseDirectory(harness, 'core', '1.0.0'), { 'actions/__pycache__/run.pyc': 'x', 'run.pyc': '' });
  const { status, stderr } = await harness.attune('pack', 'rollback', 'core');
  assert.equal(status, 0, stderr);
  assert.equal((await harness.attune('pack', 'verify', '--kept')).status, 0);
});

test('rollback: --to selects a retained version, and the current version is left unchanged', async (t) => {
  const harness = createCliHarness(t);
  writeFiles(harness.config, { 'settings.yaml': 'keep_releases: 3\n' });
  await installEach(harness, { ref: 'core' }, { ref: 'core', version: '1.1.0' }, { ref: 'core', version: '1.2.0' });
  const { document } = await harness.json('pack', 'rollback', 'core', '--to', '1.0.0');
  assert.deepEqual([document.version, document.from_version], ['1.0.0', '1.2.0']);
  const before = storeContents(harness);
  const same = await harness.json('pack', 'rollback', 'core', '--to', '1.0.0');
  assert.equal(same.status, 0);
  assert.equal(same.document.changed, false);
  assert.deepEqual(storeContents(harness), before);
  const { document: history } = await harness.json('pack', 'history', 'core');
  assert.equal(history.events.filter(({ action }: { action: string }) => action === 'rollback').length, 1);
});

interface Refusal {
  readonly title: string;
  readonly packs: readonly PackPlan[];
  readonly args: readonly string[];
  readonly status: number;
  readonly message: RegExp;
  readonly hint?: RegExp;
}

const REFUSALS: readonly Refusal[] = [
  {
    title: 'a pack without another retained release',
    packs: [{ ref: 'core' }],
    args: ['core'],
    status: 4,
    message: /no release to roll 'core' back to; only 1\.0\.0 \(installed\) is retained/,
    hint: /keep_releases/,
  },
  {
    title: 'a version that is not retained',
    packs: [{ ref: 'core' }, { ref: 'core', version: '2.0.0' }],
    args: ['core', '--to', '1.5.0'],
    status: 4,
    message: /Release 1\.5\.0 of 'core' is not retained; retained releases: 2\.0\.0 \(installed\), 1\.0\.0\./,
  },
  {
    title: 'a pack that is not installed',
    packs: [{ ref: 'core' }],
    args: ['cor'],
    status: 4,
    message: /'cor' is not installed/,
    hint: /Did you mean 'core'\?/,
  },
  {
    title: 'an older version that does not satisfy its dependents',
    packs: [
      { ref: 'core' },
      { ref: 'core', version: '2.0.0' },
      { ref: 'jira', dependencies: ['core@^2'] },
      { ref: 'slack', dependencies: ['core>=1.5'] },
      { ref: 'other', dependencies: ['core'] },
    ],
    args: ['core'],
    status: 6,
    message:
      /Cannot roll 'core' back to 1\.0\.0:\n {2}jira 1\.0\.0 needs core \^2\n {2}slack 1\.0\.0 needs core >=1\.5$/,
    hint: /--force/,
  },
  {
    title: 'an older version with unsatisfied dependencies',
    packs: [
      { ref: 'base' },
      { ref: 'core', dependencies: ['base@^1'] },
      { ref: 'core', version: '2.0.0' },
      { ref: 'base', version: '2.0.0' },
    ],
    args: ['core'],
    status: 6,
    message: /core 1\.0\.0 needs base \^1, but 2\.0\.0 is installed$/,
  },
];

for (const { title, packs, args, status, message, hint } of REFUSALS) {
  test(`rollback: ${title} exits ${status} and leaves the store unchanged`, async (t) => {
    const harness = await harnessWith(t, ...packs);
    const before = storeContents(harness);
    const { status: exitStatus, document } = await harness.json('pack', 'rollback', ...args);
    assert.equal(exitStatus, status);
    assert.match(document.error.message, message);
    if (hint) assert.match(document.error.hint, hint);
    assert.deepEqual(storeContents(harness), before);
  });
}

test('rollback: --force accepts unsatisfied dependencies and warns about each', async (t) => {
  const harness = await harnessWith(
    t,
    { ref: 'base' },
    { ref: 'core', dependencies: ['base@^1'] },
    { ref: 'core', version: '2.0.0' },
  );
  await installEach(harness, { ref: 'jira', dependencies: ['core@^2'] });
  await harness.attune('pack', 'uninstall', 'base', '--yes');
  const { status, document, stderr } = await harness.json('pack', 'rollback', 'core', '--force');
  assert.equal(status, 0, document.error?.message);
  assert.deepEqual(document.warnings, [
    'Unsatisfied: core 1.0.0 needs base ^1, which is not installed.',
    'Unsatisfied: jira 1.0.0 needs core ^2.',
  ]);
  assert.match(stderr, /jira 1\.0\.0 needs core/);
});

test('rollback: a missing runtime of the older version exits 6', async (t) => {
  const harness = await harnessWith(t, { ref: 'core', runtimes: ['bash>=3'] }, { ref: 'core', version: '2.0.0' });
  writeFiles(harness.directory, { 'bin/empty': '' });
  const path = { PATH: join(harness.directory, 'bin') };
  const { status, document } = await harness.jsonWith(path, 'pack', 'rollback', 'core');
  assert.equal(status, 6);
  assert.match(document.error.message, /bash>=3 \(needed by core\)/);
  assert.equal((await harness.jsonWith(path, 'pack', 'rollback', 'core', '--force')).document.warnings.length, 1);
});

const TAMPERINGS: readonly { title: string; tamper(directory: string): void; lines: RegExp }[] = [
  {
    title: 'with a changed, a missing and an added file',
    tamper(directory) {
      writeFileSync(join(directory, 'pack.yaml'), 'ref: core\nversion: 1.0.0\n# \n');
      rmSync(join(directory, 'actions/run.yaml'));
      writeFileSync(join(directory, 'extra'), '');
    },
    lines: /changed: pack\.yaml[\s\S]*added: +extra[\s\S]*missing: actions\/run\.yaml/,
  },
  {
    title: 'with a symbolic link in place of a file',
    tamper(directory) {
      rmSync(join(directory, 'pack.yaml'));
      symlinkSync('/etc/passwd', join(directory, 'pack.yaml'));
    },
    lines: /pack\.yaml: a symbolic link/,
  },
  {
    title: 'whose directory is missing',
    tamper: (directory) => rmSync(directory, { recursive: true }),
    lines: /missing: all of /,
  },
];

for (const { title, tamper, lines } of TAMPERINGS) {
  test(`rollback: a retained release ${title} exits 7, even with --force`, async (t) => {
    const harness = await harnessWith(t, { ref: 'core' }, { ref: 'core', version: '2.0.0' });
    tamper(releaseDirectory(harness, 'core', '1.0.0'));
    for (const flags of [[], ['--force']]) {
      const { status, document } = await harness.json('pack', 'rollback', 'core', ...flags);
      assert.equal(status, 7);
      assert.equal(document.error.code, 'INTEGRITY_RELEASE');
      assert.match(document.error.message, lines);
    }
    assert.deepEqual(await installedPacks(harness), ['core 2.0.0']);
  });
}

test('rollback: a pinned pack stays pinned, with a warning', async (t) => {
  const harness = await harnessWith(t, { ref: 'core' }, { ref: 'core', version: '2.0.0' });
  await harness.attune('pack', 'pin', 'core');
  const { document } = await harness.json('pack', 'rollback', 'core');
  assert.deepEqual(document.warnings, ["'core' stays pinned, now at 1.0.0."]);
  assert.equal((await harness.json('pack', 'show', 'core')).document.pinned, true);
});

test('show: lists the retained releases', async (t) => {
  const harness = await harnessWith(t, { ref: 'core' }, { ref: 'core', version: '2.0.0' });
  const { document } = await harness.json('pack', 'show', 'core');
  assert.deepEqual(
    document.releases.map(({ version, current }: { version: string; current: boolean }) => [version, current]),
    [
      ['2.0.0', true],
      ['1.0.0', false],
    ],
  );
  assert.match((await harness.attune('pack', 'show', 'core')).stdout, /Retained: +1\.0\.0 \(for pack rollback\)/);
});
