import assert from 'node:assert/strict';
import { readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type CliHarness, createCliHarness, installedPacks, storeContents } from '../../support/cli.ts';
import { type PackPlan, packFiles } from '../../support/registry/server.ts';
import { writeFiles } from '../../support/store.ts';

/** Installs packs from directories in their order, whatever is there before, with as few command lines as will do. */
async function installEach(harness: CliHarness, ...packs: readonly PackPlan[]): Promise<void> {
  const again = packs.findIndex(({ ref }, at) => packs.findIndex((pack) => pack.ref === ref) < at);
  const batch = again === -1 ? packs : packs.slice(0, again);
  for (const pack of batch) {
    rmSync(join(harness.directory, pack.ref), { recursive: true, force: true });
    writeFiles(join(harness.directory, pack.ref), packFiles(pack));
  }
  const { status, stderr } = await harness.attune('pack', 'install', ...batch.map(({ ref }) => `./${ref}`), '--force');
  assert.equal(status, 0, stderr);
  if (again !== -1) await installEach(harness, ...packs.slice(again));
}

async function harnessWith(t: TestContext, ...packs: readonly PackPlan[]): Promise<CliHarness> {
  const harness = createCliHarness(t);
  await installEach(harness, ...packs);
  return harness;
}

/** Where a kept version of a pack lies. */
function releaseDirectory({ data }: CliHarness, ref: string, version: string): string {
  const name = readdirSync(join(data, 'releases', ref)).find((one) => one.startsWith(`${version}-`));
  assert.ok(name);
  return join(data, 'releases', ref, name);
}

test('a pack goes back to the release before, offline, without its tests, and a second time returns', async (t) => {
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
      '  Version: 2.0.0 (it was 1.0.0)',
      '  Return to 1.0.0 with: attune pack rollback core',
      '  Hold it at 2.0.0 with: attune pack pin core',
      '',
    ].join('\n'),
  );
  assert.deepEqual(await installedPacks(harness), ['core 2.0.0']);
});

test('--to names any kept version; the one that is there already is no error and changes nothing', async (t) => {
  const harness = createCliHarness(t);
  writeFiles(harness.config, { 'config.yaml': 'keep_releases: 3\n' });
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
  readonly claim: string;
  readonly packs: readonly PackPlan[];
  readonly words: readonly string[];
  readonly status: number;
  readonly message: RegExp;
  readonly hint?: RegExp;
}

const REFUSALS: readonly Refusal[] = [
  {
    claim: 'a pack of which nothing else is kept',
    packs: [{ ref: 'core' }],
    words: ['core'],
    status: 4,
    message: /nothing to roll 'core' back to: of its releases only 1\.0\.0 \(installed\) is kept/,
    hint: /keep_releases/,
  },
  {
    claim: 'a version that is not kept',
    packs: [{ ref: 'core' }, { ref: 'core', version: '2.0.0' }],
    words: ['core', '--to', '1.5.0'],
    status: 4,
    message: /No release 1\.5\.0 of 'core' is kept; there are: 2\.0\.0 \(installed\), 1\.0\.0\./,
  },
  {
    claim: 'a pack that is not installed',
    packs: [{ ref: 'core' }],
    words: ['cor'],
    status: 4,
    message: /'cor' is not installed/,
    hint: /Did you mean: core/,
  },
  {
    claim: 'an older version that will not do for those that need it',
    packs: [
      { ref: 'core' },
      { ref: 'core', version: '2.0.0' },
      { ref: 'jira', needs: ['core@^2'] },
      { ref: 'slack', needs: ['core>=1.5'] },
      { ref: 'other', needs: ['core'] },
    ],
    words: ['core'],
    status: 6,
    message:
      /Cannot roll 'core' back to 1\.0\.0:\n {2}jira 1\.0\.0 needs core \^2\n {2}slack 1\.0\.0 needs core >=1\.5$/,
    hint: /--force/,
  },
  {
    claim: 'an older version that needs other packs than there are',
    packs: [
      { ref: 'base' },
      { ref: 'core', needs: ['base@^1'] },
      { ref: 'core', version: '2.0.0' },
      { ref: 'base', version: '2.0.0' },
    ],
    words: ['core'],
    status: 6,
    message: /core 1\.0\.0 needs base \^1, and 2\.0\.0 is installed$/,
  },
];

for (const { claim, packs, words, status, message, hint } of REFUSALS) {
  test(`nothing is rolled back for ${claim}`, async (t) => {
    const harness = await harnessWith(t, ...packs);
    const before = storeContents(harness);
    const { status: ended, document } = await harness.json('pack', 'rollback', ...words);
    assert.equal(ended, status);
    assert.match(document.error.message, message);
    if (hint) assert.match(document.error.hint, hint);
    assert.deepEqual(storeContents(harness), before);
  });
}

test('--force goes back in spite of what is then not met, and warns of each', async (t) => {
  const harness = await harnessWith(
    t,
    { ref: 'base' },
    { ref: 'core', needs: ['base@^1'] },
    { ref: 'core', version: '2.0.0' },
  );
  await installEach(harness, { ref: 'jira', needs: ['core@^2'] });
  await harness.attune('pack', 'uninstall', 'base', '--yes');
  const { status, document, stderr } = await harness.json('pack', 'rollback', 'core', '--force');
  assert.equal(status, 0, document.error?.message);
  assert.deepEqual(document.warnings, [
    'Not met: core 1.0.0 needs base ^1, which is not installed.',
    'Not met: jira 1.0.0 needs core ^2.',
  ]);
  assert.match(stderr, /jira 1\.0\.0 needs core/);
});

test('a runtime that the older version needs and that is gone is told with everything else', async (t) => {
  const harness = await harnessWith(t, { ref: 'core', runtimes: ['bash>=3'] }, { ref: 'core', version: '2.0.0' });
  writeFiles(harness.directory, { 'bin/empty': '' });
  const path = { PATH: join(harness.directory, 'bin') };
  const { status, document } = await harness.jsonWith(path, 'pack', 'rollback', 'core');
  assert.equal(status, 6);
  assert.match(document.error.message, /bash>=3 \(needed by core\)/);
  assert.equal((await harness.jsonWith(path, 'pack', 'rollback', 'core', '--force')).document.warnings.length, 1);
});

const TAMPERINGS: readonly { claim: string; tamper(directory: string): void; lines: RegExp }[] = [
  {
    claim: 'a file was changed, one removed and one added',
    tamper(directory) {
      writeFileSync(join(directory, 'pack.yaml'), 'ref: core\nversion: 1.0.0\n# \n');
      rmSync(join(directory, 'actions/run.yaml'));
      writeFileSync(join(directory, 'extra'), '');
    },
    lines: /changed: pack\.yaml[\s\S]*added: +extra[\s\S]*missing: actions\/run\.yaml/,
  },
  {
    claim: 'a file became a link',
    tamper(directory) {
      rmSync(join(directory, 'pack.yaml'));
      symlinkSync('/etc/passwd', join(directory, 'pack.yaml'));
    },
    lines: /pack\.yaml: a symbolic link/,
  },
  {
    claim: 'it is gone',
    tamper: (directory) => rmSync(directory, { recursive: true }),
    lines: /missing: all of /,
  },
];

for (const { claim, tamper, lines } of TAMPERINGS) {
  test(`a kept release of which ${claim} is refused, with --force too, and the pack stays`, async (t) => {
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

test('a pinned pack that is rolled back by name stays pinned, and that is said', async (t) => {
  const harness = await harnessWith(t, { ref: 'core' }, { ref: 'core', version: '2.0.0' });
  await harness.attune('pack', 'pin', 'core');
  const { document } = await harness.json('pack', 'rollback', 'core');
  assert.deepEqual(document.warnings, ["'core' is pinned and stays so, now at 1.0.0."]);
  assert.equal((await harness.json('pack', 'show', 'core')).document.pinned, true);
});

test('show lists what is kept', async (t) => {
  const harness = await harnessWith(t, { ref: 'core' }, { ref: 'core', version: '2.0.0' });
  const { document } = await harness.json('pack', 'show', 'core');
  assert.deepEqual(
    document.releases.map(({ version, current }: { version: string; current: boolean }) => [version, current]),
    [
      ['2.0.0', true],
      ['1.0.0', false],
    ],
  );
  assert.match((await harness.attune('pack', 'show', 'core')).stdout, /Kept: +1\.0\.0 \(for pack rollback\)/);
});
