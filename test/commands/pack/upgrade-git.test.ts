import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import {
  type CliHarness,
  createCliHarness,
  databaseContents,
  installedPacks,
  storeContents,
} from '../../support/cli.ts';
import { type RemotePack, startRemotePack } from '../../support/git/remote-pack.ts';
import { createRepository } from '../../support/git/repository.ts';
import { packArchive, packFiles, writeRegistry } from '../../support/registry/server.ts';
import { writeFiles } from '../../support/store.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

const registry = temporaryDirectory({ after });
const index = writeRegistry(registry, [
  { ref: 'base', version: '1.1.0' },
  { ref: 'base', version: '1.0.0' },
  { ref: 'needy', dependencies: ['demo@^1'] },
]);

type Test = Parameters<typeof createCliHarness>[0];
const harnessOf = (t: Test) => createCliHarness(t, { ATTUNE_REGISTRY_INDICES: index });

async function install(harness: CliHarness, ...args: string[]): Promise<void> {
  const { status, document } = await harness.json('pack', 'install', ...args);
  assert.equal(status, 0, document.error?.message);
}

/** Returns the recorded source of a pack. */
async function sourceOf(harness: CliHarness, ref = 'demo') {
  const { document } = await harness.json('pack', 'show', ref);
  return [document.version, document.source_ref, document.source_ref_type, document.source_commit];
}

describe('a pack from a git branch', { concurrency: 2 }, () => {
  for (const { title, args, ref } of [
    { title: 'a named branch', args: ['--ref-spec', 'main'], ref: 'main' },
    { title: 'the default branch', args: [], ref: null },
    { title: 'a branch by its full name', args: ['--ref-spec', 'refs/heads/main'], ref: 'refs/heads/main' },
  ]) {
    test(`is outdated and upgraded when ${title} moves forward`, async (t) => {
      const remote = await startRemotePack(t, { ref: 'demo' });
      const harness = harnessOf(t);
      await install(harness, remote.url, ...args);
      const first = remote.repository.head();
      assert.deepEqual(await sourceOf(harness), ['1.0.0', ref, 'branch', first]);
      assert.deepEqual((await harness.json('pack', 'outdated')).document.packs, []);
      const tip = remote.publish({ version: '1.1.0' });
      const { document } = await harness.json('pack', 'outdated');
      assert.deepEqual(document.packs, [
        {
          ref: 'demo',
          installed: '1.0.0',
          wanted: '1.1.0',
          latest: '1.1.0',
          registry: null,
          source: 'git',
          pinned: false,
          upgradable: true,
          commit: first,
          latest_commit: tip,
        },
      ]);
      const { stdout } = await harness.attune('pack', 'outdated');
      assert.match(
        stdout,
        new RegExp(`^demo +1\\.0\\.0 \\(${first.slice(0, 7)}\\) +1\\.1\\.0 \\(${tip.slice(0, 7)}\\) +1\\.1\\.0 `, 'm'),
      );
      const before = [storeContents(harness), databaseContents(harness)];
      const dry = await harness.json('pack', 'upgrade', '--dry-run');
      assert.deepEqual([dry.status, dry.document.dry_run, dry.document.packs[0].source.commit], [0, true, tip]);
      assert.deepEqual([storeContents(harness), databaseContents(harness)], before);
      const upgraded = await harness.json('pack', 'upgrade');
      assert.equal(upgraded.status, 0, upgraded.document.error?.message);
      const [item] = upgraded.document.packs;
      assert.deepEqual([item.action, item.from_version, item.version], ['upgraded', '1.0.0', '1.1.0']);
      assert.deepEqual(item.source, { type: 'git', url: remote.url, ref, commit: tip });
      assert.deepEqual(await sourceOf(harness), ['1.1.0', ref, 'branch', tip]);
      assert.deepEqual((await harness.json('pack', 'outdated')).document.packs, []);
      assert.equal((await harness.attune('pack', 'upgrade')).stdout, 'All packs are up to date.\n');
    });
  }

  test('follows a forced push to a lower version, with a warning', async (t) => {
    const remote = await startRemotePack(t, { ref: 'demo', version: '2.0.0' });
    const harness = harnessOf(t);
    await install(harness, remote.url, '-r', 'main');
    remote.repository.git('checkout', '--quiet', '--orphan', 'new');
    remote.repository.git('branch', '--quiet', '-D', 'main');
    remote.repository.git('checkout', '--quiet', '-b', 'main');
    const tip = remote.publish({ version: '1.9.0' });
    const { document } = await harness.json('pack', 'outdated');
    assert.deepEqual(
      [document.packs[0].wanted, document.packs[0].latest_commit, document.packs[0].upgradable],
      ['1.9.0', tip, true],
    );
    const upgraded = await harness.json('pack', 'upgrade', 'demo');
    assert.deepEqual(upgraded.document.warnings, [
      "The branch of 'demo' has version 1.9.0, which is lower than the installed 2.0.0.",
    ]);
    assert.deepEqual(await sourceOf(harness), ['1.9.0', 'main', 'branch', tip]);
  });

  test('is replaced by a commit with the same version', async (t) => {
    const remote = await startRemotePack(t, { ref: 'demo' });
    const harness = harnessOf(t);
    await install(harness, remote.url);
    const tip = remote.publish({ files: { 'new.txt': 'new' } });
    const { document } = await harness.json('pack', 'upgrade');
    assert.deepEqual(document.packs[0].action, 'reinstalled');
    assert.deepEqual(await sourceOf(harness), ['1.0.0', null, 'branch', tip]);
    assert.equal(readFileSync(join(harness.data, 'packs', 'demo', 'new.txt'), 'utf8'), 'new');
    // A commit with the same files is recorded as well, so that the pack is then up to date.
    remote.repository.git('commit', '--quiet', '--allow-empty', '-m', 'again');
    remote.push();
    assert.equal((await harness.json('pack', 'outdated')).document.packs[0].upgradable, true);
    await harness.attune('pack', 'upgrade');
    assert.deepEqual((await harness.json('pack', 'outdated')).document.packs, []);
  });

  test('follows its branch although a tag with the name of the branch exists now', async (t) => {
    const remote = await startRemotePack(t, { ref: 'demo' });
    const harness = harnessOf(t);
    await install(harness, remote.url, '-r', 'main');
    remote.repository.tag('main');
    remote.repository.git('checkout', '--quiet', 'heads/main');
    remote.repository.git('symbolic-ref', 'HEAD', 'refs/heads/main');
    const tip = remote.publish({ version: '1.1.0' });
    assert.equal((await harness.json('pack', 'upgrade')).status, 0);
    assert.deepEqual(await sourceOf(harness), ['1.1.0', 'main', 'branch', tip]);
  });

  test('is upgraded from a local repository, whose work tree does not count', async (t) => {
    const harness = harnessOf(t);
    const repository = createRepository(t, packFiles({ ref: 'demo' }));
    await install(harness, repository.path, '-r', 'main');
    repository.write(packFiles({ ref: 'demo', version: '1.1.0' }));
    assert.deepEqual((await harness.json('pack', 'outdated', '--offline')).document.packs, []);
    const tip = repository.commit({});
    assert.equal((await harness.json('pack', 'upgrade', '--offline')).status, 0);
    assert.deepEqual(await sourceOf(harness), ['1.1.0', 'main', 'branch', tip]);
  });
});

interface Failure {
  readonly title: string;
  /** Changes the repository before the upgrade. */
  readonly change?: (remote: RemotePack) => unknown;
  readonly variables?: Readonly<Record<string, string>>;
  readonly flags?: readonly string[];
  readonly status: number;
  readonly code: string;
  readonly reason: RegExp;
}

const FAILURES: readonly Failure[] = [
  {
    title: 'was deleted',
    change: ({ repository, push }) => {
      repository.git('checkout', '--quiet', 'main');
      repository.git('branch', '--quiet', '-D', 'work');
      push();
    },
    status: 4,
    code: 'NOT_FOUND_GIT_REF',
    reason: /^the branch 'work' of .* cannot be used\. There is no branch 'work' in .*; its branches: main$/,
  },
  {
    title: 'has another pack now',
    change: ({ repository, push }) => {
      repository.commit(packFiles({ ref: 'other' }));
      push();
    },
    status: 3,
    code: 'INVALID_PACK_RENAMED',
    reason: /The pack there is 'other', not 'demo'$/,
  },
  {
    title: 'has an invalid manifest now',
    change: ({ repository, push }) => {
      repository.commit({ 'pack.yaml': 'ref: demo\nversion: one\n' });
      push();
    },
    status: 3,
    code: 'INVALID_MANIFEST',
    reason: /version/,
  },
  {
    title: 'is on a server that requires credentials',
    change: ({ publish }) => publish({ version: '1.1.0' }),
    variables: { ATTUNE_GIT_TOKEN: '' },
    status: 9,
    code: 'NETWORK_AUTH',
    reason: /the server requires credentials/,
  },
  {
    title: 'is on a server that is down',
    change: ({ server }) => server.stop(),
    status: 9,
    code: 'NETWORK_UNREACHABLE',
    reason: /cannot be used\. .*127\.0\.0\.1:\d+.*refused/,
  },
  {
    title: 'cannot be reached because of --offline',
    flags: ['--offline'],
    status: 9,
    code: 'NETWORK_OFFLINE',
    reason: /--offline forbids every connection/,
  },
];

/** Runs the command that a hint suggests in a dry run. */
async function runSuggested(harness: CliHarness, hint: string): Promise<void> {
  const [, args = ''] = /'attune (.*?)'/.exec(hint) ?? [];
  const { status, document } = await harness.json(...args.split(' '), '--dry-run');
  assert.equal(status, 0, `${hint}: ${document.error?.message}`);
}

describe('a pack whose git branch', { concurrency: 2 }, () => {
  for (const { title, change, variables = {}, flags = [], status, code, reason } of FAILURES) {
    test(`${title} is reported, and other packs are upgraded`, async (t) => {
      const remote = await startRemotePack(t, { ref: 'demo' }, { login: { user: 'ada', password: 's3cret' } });
      remote.repository.git('checkout', '--quiet', '-b', 'work');
      remote.push();
      const harness = createCliHarness(t, { ATTUNE_REGISTRY_INDICES: index, ATTUNE_GIT_TOKEN: 'ada:s3cret' });
      await install(harness, remote.url, '-r', 'work');
      await install(harness, 'base@1.0.0');
      const commit = remote.repository.head();
      await change?.(remote);
      const outdated = await harness.jsonWith(variables, 'pack', 'outdated', ...flags);
      assert.equal(outdated.status, 0, outdated.document.error?.message);
      const [base, demo] = outdated.document.packs;
      assert.deepEqual([base.ref, base.upgradable], ['base', true]);
      assert.deepEqual(
        [demo.ref, demo.wanted, demo.latest, demo.upgradable, demo.commit, demo.latest_commit],
        ['demo', '1.0.0', null, false, commit, null],
      );
      assert.match(demo.reason, reason);
      assert.match(outdated.document.warnings.join(), /Pack 'demo' 1\.0\.0 cannot be upgraded: the branch 'work' of /);
      const before = storeContents(harness);
      const named = await harness.jsonWith(variables, 'pack', 'upgrade', 'demo', ...flags);
      assert.deepEqual([named.status, named.document.error.code], [status, code]);
      assert.deepEqual(storeContents(harness), before);
      if (code === 'INVALID_PACK_RENAMED') await runSuggested(harness, named.document.error.hint);
      const all = await harness.jsonWith(variables, 'pack', 'upgrade', ...flags);
      assert.equal(all.status, 0, all.document.error?.message);
      assert.match(all.document.warnings.join(), /Pack 'demo' 1\.0\.0 cannot be upgraded/);
      assert.match(all.document.packs.find(({ ref }: { ref: string }) => ref === 'demo').reason, reason);
      assert.deepEqual(await installedPacks(harness), ['base 1.1.0', 'demo 1.0.0']);
      assert.doesNotMatch(JSON.stringify([outdated, named, all]), /s3cret/);
    });
  }
});

test('outdated and upgrade: packs from a tag, a commit, an archive and a directory are listed with the reason', async (t) => {
  const harness = harnessOf(t);
  const packs = await Promise.all(['tagged', 'exact'].map((ref) => startRemotePack(t, { ref })));
  const [tagged, exact] = packs as [(typeof packs)[0], (typeof packs)[0]];
  tagged.repository.annotatedTag('v1');
  tagged.push();
  const commit = exact.repository.head();
  writeFiles(join(harness.directory, 'plain'), packFiles({ ref: 'plain' }));
  writeFileSync(join(harness.directory, 'packed.tar.gz'), packArchive(packFiles({ ref: 'packed' })));
  await install(harness, tagged.url, '-r', 'v1');
  await install(harness, exact.url, '-r', commit.slice(0, 10));
  await install(harness, './plain', './packed.tar.gz');
  for (const remote of packs) remote.publish({ version: '2.0.0' });
  const requests = packs.map(({ server }) => server.requests.length);
  const { document } = await harness.json('pack', 'outdated');
  const rows = document.packs.map((row: Record<string, unknown>) => [
    row['ref'],
    row['upgradable'],
    row['reason'],
    row['commit'],
    row['latest_commit'],
  ]);
  const from = (what: string) => `it was installed from ${what}`;
  const ofGit = 'of a git repository, not from a branch or a registry';
  assert.deepEqual(rows, [
    ['exact', false, from(`the commit '${commit.slice(0, 10)}' ${ofGit}`), commit, null],
    ['packed', false, from('an archive, not from a registry'), undefined, undefined],
    ['plain', false, from('a directory, not from a registry'), undefined, undefined],
    ['tagged', false, from(`the tag 'v1' ${ofGit}`), rows[3][3], null],
  ]);
  assert.deepEqual(document.warnings, []);
  const { stdout } = await harness.attune('pack', 'outdated');
  assert.match(stdout, /^All packs are up to date\.\nNot upgradable:\n {2}exact: it was installed from the commit/);
  const upgrade = await harness.attune('pack', 'upgrade');
  assert.deepEqual([upgrade.status, upgrade.stderr.includes('Warning')], [0, false]);
  assert.match(upgrade.stdout, /^There is nothing to upgrade\.\nNot upgradable:\n(?:.*\n)* {2}tagged: .* the tag 'v1'/);
  const receipt = await harness.json('pack', 'upgrade');
  assert.deepEqual(
    receipt.document.packs.map(({ reason }: { reason: string }) => reason).toSorted(),
    rows.map(([, , reason]: string[]) => reason).toSorted(),
  );
  // Only a branch can have moved, so no server was asked.
  assert.deepEqual(
    packs.map(({ server }) => server.requests.length),
    requests,
  );
  const named = await harness.json('pack', 'upgrade', 'tagged');
  assert.deepEqual([named.status, named.document.error.code], [4, 'NOT_FOUND_REGISTRY']);
});

describe('the upgrade of a pack from a git branch is as safe as its installation', { concurrency: 2 }, () => {
  /** Installs demo 1.0.0 from a branch. */
  async function installed(t: Test, ...others: string[]) {
    const remote = await startRemotePack(t, { ref: 'demo' });
    const harness = harnessOf(t);
    await install(harness, remote.url);
    if (others.length > 0) await install(harness, ...others);
    return { remote, harness };
  }

  test('new dependencies are installed', async (t) => {
    const { remote, harness } = await installed(t);
    remote.publish({ version: '1.1.0', dependencies: ['base@~1.0'] });
    assert.equal((await harness.json('pack', 'upgrade')).status, 0);
    assert.deepEqual(await installedPacks(harness), ['base 1.0.0', 'demo 1.1.0']);
  });

  test('dependencies that cannot be satisfied keep the installed version', async (t) => {
    const { remote, harness } = await installed(t);
    remote.publish({ version: '1.1.0', dependencies: ['base@^9'] });
    for (const refs of [['demo'], []]) {
      const { status, document } = await harness.json('pack', 'upgrade', ...refs);
      assert.equal(status, 0);
      if (refs.length > 0) assert.match(document.warnings.join(), /'demo' cannot be upgraded to 1\.1\.0:/);
      assert.deepEqual(await installedPacks(harness), ['demo 1.0.0']);
    }
    const [row] = (await harness.json('pack', 'outdated')).document.packs;
    assert.deepEqual([row.wanted, row.latest, row.upgradable], ['1.0.0', '1.1.0', false]);
    assert.match(row.reason, /installed packs do not allow it/);
    const required = await harness.json('pack', 'upgrade', 'demo@^1.1');
    assert.deepEqual([required.status, required.document.error.code.split('_')[0]], [6, 'DEPENDENCY']);
  });

  test('dependents keep their dependencies satisfied', async (t) => {
    const { remote, harness } = await installed(t, 'needy');
    remote.publish({ version: '2.0.0' });
    const { document } = await harness.json('pack', 'upgrade', 'demo');
    assert.match(document.warnings.join(), /'demo' cannot be upgraded to 2\.0\.0/);
    assert.deepEqual(await installedPacks(harness), ['demo 1.0.0', 'needy 1.0.0']);
    remote.publish({ version: '1.5.0' });
    assert.equal((await harness.json('pack', 'upgrade')).status, 0);
    assert.deepEqual(await installedPacks(harness), ['demo 1.5.0', 'needy 1.0.0']);
  });

  test('a pinned pack stays', async (t) => {
    const { remote, harness } = await installed(t);
    remote.publish({ version: '1.1.0' });
    await harness.attune('pack', 'pin', 'demo');
    const [row] = (await harness.json('pack', 'outdated')).document.packs;
    assert.deepEqual([row.upgradable, row.reason], [false, 'it is pinned at 1.0.0']);
    assert.equal((await harness.json('pack', 'upgrade')).status, 0);
    const named = await harness.json('pack', 'upgrade', 'demo');
    assert.deepEqual([named.status, named.document.error.code], [6, 'DEPENDENCY_PINNED']);
    assert.deepEqual(await installedPacks(harness), ['demo 1.0.0']);
  });

  test('failing tests exit 8 and change nothing, and --force upgrades in spite of them', async (t) => {
    const { remote, harness } = await installed(t);
    remote.publish({ version: '1.1.0', test: 'exit 1' });
    const before = storeContents(harness);
    const { status, document } = await harness.json('pack', 'upgrade');
    assert.deepEqual([status, document.error.code], [8, 'TESTS_FAILED']);
    assert.deepEqual(storeContents(harness), before);
    assert.equal((await harness.json('pack', 'upgrade', '--force')).status, 0);
    assert.deepEqual(await installedPacks(harness), ['demo 1.1.0']);
  });

  test('a range that the tip does not match exits 4', async (t) => {
    const { remote, harness } = await installed(t);
    for (const version of [undefined, '1.1.0']) {
      if (version !== undefined) remote.publish({ version });
      const { status, document } = await harness.json('pack', 'upgrade', 'demo@^2');
      assert.deepEqual([status, document.error.code], [4, 'NOT_FOUND_VERSION']);
    }
    assert.equal((await harness.json('pack', 'upgrade', 'demo@^1.1')).status, 0);
    assert.deepEqual(await installedPacks(harness), ['demo 1.1.0']);
  });

  test('a pin that another process sets meanwhile is respected', async (t) => {
    const { remote, harness } = await installed(t);
    const marker = join(harness.directory, 'started');
    remote.publish({ version: '1.1.0', test: `touch ${marker}; until [ -e ${marker}.go ]; do sleep 0.05; done` });
    const upgrade = harness.start({ ATTUNE_REGISTRY_INDICES: index }, 'pack', 'upgrade', '--sandbox', 'off', '--json');
    await waitFor(() => existsSync(marker));
    assert.equal((await harness.attune('pack', 'pin', 'demo')).status, 0);
    writeFileSync(`${marker}.go`, '');
    const { status } = await upgrade.ended;
    assert.equal(status, 0);
    assert.deepEqual(await installedPacks(harness), ['demo 1.0.0']);
  });
});
