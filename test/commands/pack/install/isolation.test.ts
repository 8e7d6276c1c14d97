import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { FIXTURES } from '../../../support/attune.ts';
import { type CliHarness, createCliHarness, installedPacks } from '../../../support/cli.ts';
import { packArchive, packFiles, sha256Of, writeRegistry } from '../../../support/registry/server.ts';
import { writeFiles } from '../../../support/store.ts';
import { cannotIsolate, countingServer } from '../../../support/testing/isolation.ts';
import { createUsers, NEEDS_ROOT } from '../../../support/users.ts';

const skip = cannotIsolate('bwrap', undefined);
const NOBODY = { uid: 65534, gid: 65534 };

/** A test that passes only if it can read a file of the home. */
function theft(home: string): string {
  return `cat ${join(home, '.ssh/id_ed25519')}`;
}

interface Source {
  readonly claim: string;
  /** Prepares a pack whose test is a script. @returns the arguments of `pack install` */
  prepare(harness: CliHarness, script: string): string[];
  /** True if the tests run isolated by default. */
  readonly isolated: boolean;
}

function archiveIn(directory: string, script: string): string {
  const path = join(directory, 'thief.tar.gz');
  writeFileSync(path, packArchive(packFiles({ ref: 'thief', test: script })));
  return path;
}

const SOURCES: Source[] = [
  {
    claim: 'a registry',
    isolated: true,
    prepare: ({ directory }, script) => {
      writeRegistry(directory, [{ ref: 'thief', test: script }]);
      return ['thief'];
    },
  },
  {
    claim: 'the URL of an archive',
    isolated: true,
    prepare: ({ directory }, script) => [pathToFileURL(archiveIn(directory, script)).href],
  },
  {
    claim: 'the path of an archive',
    isolated: false,
    prepare: ({ directory }, script) => [archiveIn(directory, script)],
  },
  {
    claim: 'the path of a directory',
    isolated: false,
    prepare: ({ directory }, script) => {
      writeFiles(join(directory, 'thief'), packFiles({ ref: 'thief', test: script }));
      return ['./thief'];
    },
  },
];

function createThief(t: Parameters<typeof createCliHarness>[0], { prepare }: Source, script?: string) {
  const plain = createCliHarness(t);
  const home = join(dirname(plain.data), 'home');
  writeFiles(home, { '.ssh/id_ed25519': 'secret' });
  const args = prepare(plain, script ?? theft(home));
  const index = join(plain.directory, 'index.json');
  const harness: CliHarness = {
    ...plain,
    json: (...more) => plain.jsonWith(existsSync(index) ? { ATTUNE_REGISTRY_INDICES: index } : {}, ...more),
  };
  return { harness, args };
}

for (const source of SOURCES) {
  const { claim, isolated } = source;
  test(`install: the tests of a pack from ${claim} ${isolated ? 'run isolated' : 'are not isolated'} by default`, {
    skip,
  }, async (t) => {
    const { harness, args } = createThief(t, source);
    const { status, document } = await harness.json('pack', 'install', ...args);
    if (isolated) {
      assert.deepEqual([status, document.error?.code], [8, 'TESTS_FAILED']);
      assert.equal(document.error.details.report.confinement.files, 'isolated');
      assert.match(document.error.hint, /--sandbox off/);
      assert.deepEqual(await installedPacks(harness), []);
    } else {
      assert.equal(status, 0, document.error?.message);
      const { isolation } = document.packs[0].tests;
      assert.deepEqual([isolation.by, isolation.files, isolation.not_isolated], ['nothing', 'open', 'named_by_path']);
    }
  });

  test(`install: --sandbox require isolates and --sandbox off does not isolate a pack from ${claim}`, {
    skip,
  }, async (t) => {
    const { harness, args } = createThief(t, source);
    const required = await harness.json('pack', 'install', ...args, '--sandbox', 'require');
    assert.deepEqual([required.status, required.document.error?.code], [8, 'TESTS_FAILED']);
    assert.deepEqual(await installedPacks(harness), []);
    const off = await harness.json('pack', 'install', ...args, '--sandbox', 'off');
    assert.equal(off.status, 0, off.document.error?.message);
    assert.equal(off.document.packs[0].tests.isolation.not_isolated, 'switched_off');
  });
}

test('install: the receipt, pack show and doctor report what held', { skip }, async (t) => {
  const { harness, args } = createThief(t, SOURCES[1]!, 'exit 0');
  const { stdout } = await harness.attune('pack', 'install', ...args);
  assert.match(
    stdout,
    /\n {2}Isolation: bubblewrap: home hidden, no network( but loopback)?(, at most 256 processes)?/,
  );
  const { document } = await harness.json('pack', 'show', 'thief');
  const { isolation } = document.last_test;
  assert.deepEqual([isolation.by, isolation.files, isolation.cpu_seconds], ['bubblewrap', 'isolated', 600]);
  const shown = await harness.attune('pack', 'show', 'thief');
  assert.match(shown.stdout, /Isolation: +bubblewrap: home hidden/);
  const doctor = await harness.attune('doctor', '--offline');
  assert.match(doctor.stdout, /✓ isolation: tests of downloaded packs: bubblewrap, home hidden/);
});

test('install: where the system cannot isolate, auto says so and require exits 6', { skip: NEEDS_ROOT }, async (t) => {
  const users = createUsers(t);
  const archive = archiveIn(users.root, 'exit 0');
  // A user namespace in which no further one can be created.
  const forbid = [
    'unshare',
    '--user',
    '--map-root-user',
    '/bin/sh',
    '-c',
    'echo 0 >/proc/sys/user/max_user_namespaces; exec "$@"',
    'sh',
  ];
  const data = users.directory('data', 0o755, NOBODY);
  const run = (...args: string[]) =>
    users.run(NOBODY, { data, start: forbid }, 'pack', 'install', pathToFileURL(archive).href, '--json', ...args);
  const refused = await run('--sandbox', 'require');
  assert.equal(refused.status, 6, refused.stdout);
  const { error } = JSON.parse(refused.stdout);
  assert.equal(error.code, 'DEPENDENCY_SANDBOX');
  assert.match(error.message, /bubblewrap: .*\n.*namespaces: /);
  const accepted = await run();
  assert.equal(accepted.status, 0, accepted.stdout);
  const { isolation } = JSON.parse(accepted.stdout).packs[0].tests;
  assert.deepEqual([isolation.files, isolation.network, isolation.not_isolated], ['open', 'open', 'unavailable']);
  assert.match(isolation.notes[0], /^The system cannot isolate the tests: bubblewrap: .*namespaces: /);
});

test('install: an unprivileged user gets the process limit of settings.yaml, and a manifest cannot change it', {
  skip: NEEDS_ROOT || cannotIsolate('bwrap', NOBODY),
}, async (t) => {
  const users = createUsers(t);
  const files = packFiles({ ref: 'swarm', test: 'i=0; while [ $i -lt 100 ]; do sleep 60 & i=$((i+1)); done; exit 0' });
  const manifest = files['pack.yaml']!.replace('testing:\n', 'testing:\n  processes: 4000\n');
  const archive = join(users.root, 'swarm.tar.gz');
  writeFileSync(archive, packArchive({ ...files, 'pack.yaml': manifest }));
  const config = users.directory('config', 0o755, NOBODY);
  writeFileSync(join(config, 'settings.yaml'), 'testing: { processes: 32 }\n');
  const data = users.directory('data', 0o755, NOBODY);
  const run = await users.run(
    NOBODY,
    { data, variables: { ATTUNE_CONFIG_DIR: config } },
    ...['pack', 'install', pathToFileURL(archive).href, '--json', '--tests', 'warn'],
  );
  assert.equal(run.status, 0, run.stdout);
  const { tests } = JSON.parse(run.stdout).packs[0];
  assert.deepEqual([tests.status, tests.isolation.processes], ['failed', 32]);
});

test('install: the network is granted only if the manifest asks for it and --allow-test-network is given', {
  skip,
}, async (t) => {
  const server = await countingServer(t);
  const script = `exec bash -c 'exec 3<>/dev/tcp/127.0.0.1/${server.port}'`;
  const rows = [
    { asks: false, flags: [], status: 8 },
    { asks: true, flags: [], status: 8 },
    { asks: false, flags: ['--allow-test-network'], status: 8 },
    { asks: true, flags: ['--allow-test-network'], status: 0 },
  ];
  for (const { asks, flags, status } of rows) {
    const harness = createCliHarness(t);
    const files = packFiles({ ref: 'client', test: script });
    const manifest = files['pack.yaml']!.replace('testing:\n', `testing:\n  network: ${asks}\n`);
    const path = join(harness.directory, 'client.tar.gz');
    writeFileSync(path, packArchive({ ...files, 'pack.yaml': manifest }));
    const run = await harness.json('pack', 'install', pathToFileURL(path).href, ...flags);
    assert.equal(run.status, status, `${asks} ${flags}: ${run.document.error?.message}`);
    const { network, notes } =
      status === 0 ? run.document.packs[0].tests.isolation : run.document.error.details.report.confinement;
    assert.equal(network === 'open', status === 0);
    assert.equal(/--allow-test-network/.test(notes.join()), asks && status !== 0);
  }
  assert.equal(server.connections(), 1);
});

test('install: an invalid testing.network is an error', async (t) => {
  const harness = createCliHarness(t);
  const files = packFiles({ ref: 'client', test: 'exit 0' });
  const manifest = files['pack.yaml']!.replace('testing:\n', 'testing:\n  network: maybe\n');
  writeFiles(join(harness.directory, 'client'), { ...files, 'pack.yaml': manifest });
  const { status, document } = await harness.json('pack', 'install', './client');
  assert.equal(status, 3);
  assert.match(document.error.message, /testing\.network/);
});

const TESTS_ROWS = [
  { args: [], status: 8, totals: undefined, skipped: undefined },
  { args: ['--tests', 'run'], status: 8, totals: undefined, skipped: undefined },
  { args: ['--tests', 'warn'], status: 0, totals: 'failed', skipped: false },
  { args: ['--tests', 'skip'], status: 0, totals: undefined, skipped: true },
];

for (const { args, status, totals, skipped } of TESTS_ROWS) {
  test(`install: a failing test with ${args.join(' ') || 'default flags'} exits ${status}`, async (t) => {
    const harness = createCliHarness(t);
    writeFiles(join(harness.directory, 'flaky'), packFiles({ ref: 'flaky', test: 'exit 1' }));
    const run = await harness.json('pack', 'install', './flaky', ...args);
    assert.equal(run.status, status, run.stderr);
    if (status !== 0) return;
    const [pack] = run.document.packs;
    assert.deepEqual([pack.tests?.status, pack.tests_skipped, pack.deps_skipped], [totals, skipped, false]);
    assert.equal(run.document.warnings.length, totals === undefined ? 0 : 1);
  });
}

test('install: --tests skip still checks dependencies', async (t) => {
  const harness = createCliHarness(t);
  writeFiles(join(harness.directory, 'app'), packFiles({ ref: 'app', dependencies: ['missing'], test: 'exit 1' }));
  const { status } = await harness.json('pack', 'install', './app', '--tests', 'skip');
  assert.notEqual(status, 0);
});

test('upgrade and sync: the tests of packs from a registry run isolated, and the flags hold there too', {
  skip,
}, async (t) => {
  const harness = createCliHarness(t);
  const home = join(dirname(harness.data), 'home');
  writeFiles(home, { '.ssh/id_ed25519': 'secret' });
  const registry = join(harness.directory, 'registry');
  mkdirSync(registry);
  const first = { ref: 'base', version: '1.0.0', test: 'exit 0' };
  const variables = { ATTUNE_REGISTRY_INDICES: writeRegistry(registry, [first]) };
  const run = (...args: string[]) => harness.jsonWith(variables, ...args);
  // biome-ignore lint/suspicious/noExplicitAny: a test names the fields that it expects
  const document = async (...args: string[]) => (await run(...args)).document as any;
  assert.equal((await run('pack', 'install', 'base')).status, 0);
  writeRegistry(registry, [{ ref: 'base', version: '2.0.0', test: theft(home) }, first]);
  await run('registry', 'refresh');
  const denied = await run('pack', 'upgrade', 'base');
  assert.equal(denied.status, 8);
  const off = await document('pack', 'upgrade', 'base', '--sandbox', 'off');
  assert.equal(off.packs[0].tests.isolation.not_isolated, 'switched_off');
  assert.equal((await run('pack', 'lock', '--output', 'attune.lock')).status, 0);
  const data = ['--data-dir', join(harness.directory, 'other')];
  const synced = await run('pack', 'sync', 'attune.lock', ...data);
  assert.equal(synced.status, 8, JSON.stringify(synced.document));
  const warned = await document('pack', 'sync', 'attune.lock', ...data, '--tests', 'warn');
  assert.deepEqual([warned.packs[0].tests.status, warned.packs[0].tests.isolation.files], ['failed', 'isolated']);
});

test('install: an archive of the registry keeps its digest while its tests run isolated', { skip }, async (t) => {
  const { harness, args } = createThief(t, SOURCES[1]!, 'echo x >actions/run.yaml; exit 0');
  const { status, document } = await harness.json('pack', 'install', ...args);
  assert.equal(status, 0, document.error?.message);
  assert.equal((await harness.json('pack', 'verify')).document.ok, true);
  assert.match(document.packs[0].archive_checksum, new RegExp(sha256Of('').slice(0, 7)));
});

for (const name of ['core', 'deploy', 'http-tools', 'monitoring', 'pytest-pack', 'text-tools']) {
  test(`install: the tests of the fixture pack ${name} have the same results inside of the isolation`, {
    skip,
  }, async (t) => {
    const harness = createCliHarness(t);
    const install = async (...args: string[]) => {
      const path = join(FIXTURES, 'packs', name);
      const { document, stderr } = await harness.json(
        'pack',
        'install',
        path,
        '--skip-deps',
        '--tests',
        'warn',
        ...args,
      );
      assert.ok(document.success, stderr);
      const { status, total, passed, failed, skipped, isolation } = document.packs[0].tests ?? {};
      return { totals: { status, total, passed, failed, skipped }, isolation };
    };
    const isolated = await install('--sandbox', 'require');
    const open = await install('--sandbox', 'off', '--force');
    assert.deepEqual(isolated.totals, open.totals);
    assert.ok(open.totals.total === undefined || isolated.isolation.files === 'isolated');
  });
}
