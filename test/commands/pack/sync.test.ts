import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  type CliHarness,
  createCliHarness,
  installedPacks,
  installedTrees,
  namesOf,
  storeContents,
} from '../../support/cli.ts';
import { writeRegistry } from '../../support/registry/server.ts';
import { writeFiles } from '../../support/store.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

const registry = temporaryDirectory({ after });
const index = writeRegistry(registry, [
  { ref: 'base', version: '2.0.0' },
  { ref: 'base', version: '1.2.0', yanked: 'it deletes too much' },
  { ref: 'base', version: '1.1.0' },
  { ref: 'middle', dependencies: ['base@^1'], test: 'exit 0' },
  { ref: 'other' },
  { ref: 'broken', version: '2.0.0', test: 'exit 1' },
  { ref: 'broken', version: '1.0.0' },
]);

function harnessWithRegistry(t: Parameters<typeof createCliHarness>[0]): CliHarness {
  return createCliHarness(t, { ATTUNE_REGISTRY_INDICES: index });
}

const lockPath = ({ directory }: CliHarness) => join(directory, 'attune.lock');
const actionsOf = (packs: readonly { ref: string; version: string; action: string }[]) =>
  packs.map(({ ref, version, action }) => `${action} ${ref} ${version}`);

/** Creates another harness with a copy of the lock. */
function anotherMachine(t: Parameters<typeof createCliHarness>[0], harness: CliHarness): CliHarness {
  const other = harnessWithRegistry(t);
  writeFileSync(lockPath(other), readFileSync(lockPath(harness)));
  return other;
}

test('sync: another machine gets the same files and modes, and the same lock', async (t) => {
  const harness = harnessWithRegistry(t);
  await harness.attune('pack', 'install', 'middle', 'other');
  await harness.attune('pack', 'lock');
  const other = anotherMachine(t, harness);
  const { status, document } = await other.json('pack', 'sync', 'attune.lock', '--locked');
  assert.equal(status, 0, document.error?.message);
  assert.deepEqual(Object.keys(document).toSorted(), ['lock_action', 'lock_file', 'packs', 'success', 'warnings']);
  assert.deepEqual(actionsOf(document.packs), [
    'installed base 1.1.0',
    'installed middle 1.0.0',
    'installed other 1.0.0',
  ]);
  assert.deepEqual(document.packs[1], {
    ref: 'middle',
    version: '1.0.0',
    from_version: null,
    action: 'installed',
    checksum: document.packs[1].checksum,
    requested: true,
    storage_path: join(other.data, 'packs', 'middle'),
    tests: {
      status: 'passed',
      total: 1,
      passed: 1,
      failed: 0,
      skipped: 0,
      isolation: document.packs[1].tests.isolation,
    },
  });
  assert.deepEqual(installedTrees(other), installedTrees(harness));
  for (const { ref, checksum } of document.packs) {
    const { stdout } = await other.attune('pack', 'checksum', join(other.data, 'packs', ref));
    assert.equal(stdout, `${checksum}\n`);
  }
  assert.equal((await other.attune('pack', 'lock', '--check')).status, 0);
  const before = storeContents(other);
  const again = await other.json('pack', 'sync', 'attune.lock');
  assert.deepEqual(
    new Set(again.document.packs.map(({ action }: { action: string }) => action)),
    new Set(['unchanged']),
  );
  assert.deepEqual(storeContents(other), before);
});

test('sync: upgrades, downgrades and uninstalls in one step, which --dry-run only prints', async (t) => {
  const harness = harnessWithRegistry(t);
  await harness.attune('pack', 'lock', 'base@1.1.0', 'broken@1');
  const target = readFileSync(lockPath(harness));
  await harness.attune('pack', 'install', 'base@2', 'other');
  const before = storeContents(harness);
  const dry = await harness.json('pack', 'sync', 'attune.lock', '--dry-run');
  const wanted = ['downgraded base 1.1.0', 'installed broken 1.0.0', 'uninstalled other 1.0.0'];
  assert.deepEqual([dry.document.dry_run, actionsOf(dry.document.packs)], [true, wanted]);
  assert.deepEqual(storeContents(harness), before);
  const { stdout, status, stderr } = await harness.attune('pack', 'sync', 'attune.lock', '--yes');
  assert.equal(status, 0, stderr);
  assert.match(stdout, /Pack 'base' downgraded: 1\.1\.0 \(was 2\.0\.0\)/);
  assert.match(stdout, /Pack 'other' uninstalled: 1\.0\.0/);
  assert.match(stdout, /2 packs as locked/);
  assert.deepEqual(await installedPacks(harness), ['base 1.1.0', 'broken 1.0.0']);
  await harness.attune('pack', 'lock');
  assert.deepEqual(readFileSync(lockPath(harness)), target);
});

test('sync: a retained release is used without the registry', async (t) => {
  const harness = harnessWithRegistry(t);
  await harness.attune('pack', 'install', 'base@1.1.0');
  await harness.attune('pack', 'lock');
  const old = installedTrees(harness);
  await harness.attune('pack', 'install', 'base@2', '--force');
  const gone = {
    ATTUNE_REGISTRY_INDICES: join(registry, 'gone.json'),
    ATTUNE_CACHE_DIR: join(harness.directory, 'empty'),
  };
  const { status, document } = await harness.jsonWith(gone, 'pack', 'sync', 'attune.lock');
  assert.equal(status, 0, document.error?.message);
  assert.deepEqual(actionsOf(document.packs), ['downgraded base 1.1.0']);
  assert.deepEqual(installedTrees(harness), old);
});

test('sync: the requested mark is synced', async (t) => {
  const harness = harnessWithRegistry(t);
  await harness.attune('pack', 'lock', 'middle');
  const target = readFileSync(lockPath(harness));
  await harness.attune('pack', 'install', 'base@1.1.0', 'middle');
  const { document } = await harness.json('pack', 'sync', 'attune.lock');
  assert.deepEqual(actionsOf(document.packs), ['marked base 1.1.0', 'unchanged middle 1.0.0']);
  await harness.attune('pack', 'lock');
  assert.deepEqual(readFileSync(lockPath(harness)), target);
});

test('sync: a locked version is installed even if it is yanked', async (t) => {
  const harness = harnessWithRegistry(t);
  await harness.attune('pack', 'lock', 'base@1.1.0');
  const other = anotherMachine(t, harness);
  const yanked = join(temporaryDirectory(t), 'index.json');
  const text = readFileSync(index, 'utf8').replaceAll('archives/', `${new URL('archives/', `file://${index}`)}`);
  const document = JSON.parse(text);
  for (const release of document.packs.find(({ ref }: { ref: string }) => ref === 'base').releases) {
    release.yanked = 'no';
  }
  writeFileSync(yanked, JSON.stringify(document));
  const run = await other.jsonWith({ ATTUNE_REGISTRY_INDICES: yanked }, 'pack', 'sync', 'attune.lock');
  assert.equal(run.status, 0, run.document.error?.message);
  assert.deepEqual(await installedPacks(other), ['base 1.1.0']);
  assert.deepEqual(run.document.warnings, ['Version 1.1.0 of base is yanked: no']);
  // The cache now has the content, and the installed pack does not change.
  for (const args of [[], ['--dry-run']]) {
    const again = await other.jsonWith({ ATTUNE_REGISTRY_INDICES: yanked }, 'pack', 'sync', 'attune.lock', ...args);
    assert.equal(again.status, 0);
    assert.deepEqual(again.document.warnings, ['Version 1.1.0 of base is yanked: no']);
  }
});

test('sync: a list that requests a yanked version exactly is resolved with one warning', async (t) => {
  const harness = harnessWithRegistry(t);
  writeFiles(harness.directory, { 'attune.packs.yaml': 'packs: [base@1.2.0]\n' });
  for (const lockAction of ['written', 'unchanged']) {
    const { status, document } = await harness.json('pack', 'sync', 'attune.packs.yaml');
    assert.deepEqual([status, document.lock_action], [0, lockAction], document.error?.message);
    assert.deepEqual(document.warnings, ['Version 1.2.0 of base is yanked: it deletes too much']);
  }
});

test('sync: an installed lock needs no registry that can be read', async (t) => {
  const harness = harnessWithRegistry(t);
  await harness.attune('pack', 'install', 'other');
  await harness.attune('pack', 'lock');
  const gone = { ATTUNE_REGISTRY_INDICES: join(harness.directory, 'gone.json') };
  const { status, document } = await harness.jsonWith(gone, 'pack', 'sync', 'attune.lock');
  assert.deepEqual([status, document.warnings], [0, []], document.error?.message);
});

test('sync: the lock of a pack list is created, used and updated with the list', async (t) => {
  const harness = harnessWithRegistry(t);
  const list = (text: string) => writeFiles(harness.directory, { 'attune.packs.yaml': text });
  list('packs: [middle]\n');
  const missing = await harness.json('pack', 'sync', 'attune.packs.yaml', '--locked');
  assert.deepEqual([missing.status, missing.document.error.code], [4, 'NOT_FOUND_LOCK']);
  const first = await harness.json('pack', 'sync', 'attune.packs.yaml');
  assert.deepEqual([first.status, first.document.lock_action], [0, 'written'], first.document.error?.message);
  assert.deepEqual(await installedPacks(harness), ['base 1.1.0', 'middle 1.0.0']);
  const second = await harness.json('pack', 'sync', 'attune.packs.yaml', '--locked');
  assert.deepEqual([second.status, second.document.lock_action], [0, 'unchanged']);
  list('packs: [base, other]\n');
  const before = readFileSync(lockPath(harness));
  const stale = await harness.json('pack', 'sync', 'attune.packs.yaml', '--locked');
  assert.deepEqual([stale.status, stale.document.error.code], [3, 'INVALID_LOCK_STALE']);
  assert.deepEqual(stale.document.error.details.differences, [
    'other is listed but not locked',
    'base is listed but locked as a dependency',
    'middle is locked as requested but not listed',
  ]);
  assert.deepEqual(readFileSync(lockPath(harness)), before);
  const moved = await harness.json('pack', 'sync', 'attune.packs.yaml', '--yes');
  assert.equal(moved.status, 0, moved.document.error?.message);
  // Without a lock, base would be 2.0.0.
  assert.deepEqual(await installedPacks(harness), ['base 1.1.0', 'other 1.0.0']);
  assert.equal((await harness.attune('pack', 'lock', '--check')).status, 0);
});

test('sync: a failing test leaves the store and the lock of the pack list unchanged', async (t) => {
  const harness = harnessWithRegistry(t);
  writeFiles(harness.directory, { 'attune.packs.yaml': 'packs: [broken]\n' });
  await harness.attune('pack', 'install', 'other');
  const before = storeContents(harness);
  const { status, document } = await harness.json('pack', 'sync', 'attune.packs.yaml', '--yes');
  assert.deepEqual([status, document.error.code], [8, 'TESTS_FAILED']);
  assert.deepEqual([storeContents(harness), existsSync(lockPath(harness))], [before, false]);
  const untested = await harness.json('pack', 'sync', 'attune.packs.yaml', '--skip-tests', '--yes');
  assert.equal(untested.status, 0);
  assert.deepEqual(await installedPacks(harness), ['broken 2.0.0']);
});

test('sync: a pinned pack that would change exits 6', async (t) => {
  const harness = harnessWithRegistry(t);
  await harness.attune('pack', 'lock', 'base@1.1.0');
  await harness.attune('pack', 'install', 'base@2');
  await harness.attune('pack', 'pin', 'base');
  const { status, document } = await harness.json('pack', 'sync', 'attune.lock');
  assert.deepEqual([status, document.error.code], [6, 'DEPENDENCY_PINNED']);
  assert.deepEqual(await installedPacks(harness), ['base 2.0.0']);
});

interface Refusal {
  readonly title: string;
  /** Edits the lock of `middle`; `undefined` removes it. */
  readonly edit: (lock: LockText) => LockText | undefined;
  readonly status: number;
  readonly code: string;
  readonly message: RegExp;
}

// biome-ignore lint/suspicious/noExplicitAny: the rows damage it in many ways
type LockText = any;

const withPack = (lock: LockText, ref: string, change: object): LockText => ({
  ...lock,
  packs: lock.packs.map((pack: { ref: string }) => (pack.ref === ref ? { ...pack, ...change } : pack)),
});
const OTHER_DIGEST = `sha256:${'0'.repeat(64)}`;

const REFUSALS: readonly Refusal[] = [
  {
    title: 'with another checksum',
    edit: (lock) => withPack(lock, 'base', { checksum: OTHER_DIGEST }),
    status: 7,
    code: 'INTEGRITY_LOCK',
    message: /base 1\.1\.0.*\n {2}locked: sha256:0{64}\n {2}actual: sha256:[0-9a-f]{64}/,
  },
  {
    title: 'with versions that no registry has',
    edit: (lock) => withPack(withPack(lock, 'base', { version: '1.9.0' }), 'middle', { ref: 'unknown' }),
    status: 4,
    code: 'NOT_FOUND_LOCKED',
    message: /base 1\.9\.0: .*not this version\.\n.*unknown 1\.0\.0: no registry has the pack/s,
  },
  {
    title: 'with unsatisfied dependencies',
    edit: (lock) => withPack(lock, 'base', { version: '2.0.0' }),
    status: 6,
    code: 'DEPENDENCY_NOT_LOCKED',
    message: /middle 1\.0\.0 needs base \^1, but base is 2\.0\.0/,
  },
  {
    title: 'without a dependency',
    edit: ({ lock_version, packs }) => ({ lock_version, packs: packs.slice(1) }),
    status: 3,
    code: 'INVALID_LOCK',
    message: /attune\.lock:\d+:\d+ packs\[0\]\.dependencies\[0\]: 'base' is a dependency, but it is not locked/,
  },
  {
    title: 'of a newer version of attune',
    edit: (lock) => ({ ...lock, lock_version: 2 }),
    status: 3,
    code: 'INVALID_LOCK_VERSION',
    message: /a newer attune wrote it/,
  },
  {
    title: 'that does not exist',
    edit: () => undefined,
    status: 4,
    code: 'NOT_FOUND_PATH',
    message: /no file 'attune\.lock'/,
  },
];

test('sync: a lock that cannot be installed leaves the store unchanged', async (t) => {
  const harness = harnessWithRegistry(t);
  await harness.attune('pack', 'lock', 'middle');
  const lock = JSON.parse(readFileSync(lockPath(harness), 'utf8'));
  await harness.attune('pack', 'install', 'other');
  const before = storeContents(harness);
  for (const { title, edit, status, code, message } of REFUSALS) {
    const edited = edit(lock);
    if (edited === undefined) rmSync(lockPath(harness));
    else writeFileSync(lockPath(harness), `${JSON.stringify(edited, null, 2)}\n`);
    const run = await harness.json('pack', 'sync', 'attune.lock', '--yes');
    assert.deepEqual([run.status, run.document.error.code], [status, code], title);
    assert.match(run.document.error.message, message, title);
    assert.deepEqual(storeContents(harness), before, title);
  }
});

test('sync: two concurrent runs both succeed', async (t) => {
  const harness = harnessWithRegistry(t);
  await harness.attune('pack', 'lock', 'middle', 'other');
  const runs = await Promise.all(
    [1, 2].map(() => harness.start({ ATTUNE_REGISTRY_INDICES: index }, 'pack', 'sync', 'attune.lock').ended),
  );
  for (const { status, stderr } of runs) assert.equal(status, 0, stderr);
  assert.equal((await harness.attune('pack', 'lock', '--check')).status, 0);
});

test('sync: SIGKILL leaves the store unchanged, and the next sync succeeds', async (t) => {
  const slow = temporaryDirectory(t);
  const marker = join(slow, 'marker');
  const slowIndex = writeRegistry(slow, [{ ref: 'slow', test: `: > '${marker}'; sleep 300` }]);
  const harness = createCliHarness(t, { ATTUNE_REGISTRY_INDICES: slowIndex });
  writeFiles(join(harness.directory, 'anchor'), { 'pack.yaml': 'ref: anchor\nversion: 1.0.0\n' });
  await harness.attune('pack', 'install', './anchor');
  await harness.attune('pack', 'lock', 'slow');
  const before = storeContents(harness);
  // The test of the pack writes the marker, which it could not do in isolation.
  const { child, ended } = harness.start({}, 'pack', 'sync', 'attune.lock', '--yes', '--sandbox', 'off');
  await waitFor(() => existsSync(marker));
  child.kill('SIGKILL');
  await ended;
  assert.deepEqual(await installedPacks(harness), ['anchor 1.0.0']);
  assert.deepEqual(storeContents(harness), before);
  const { status } = await harness.attune('pack', 'sync', 'attune.lock', '--skip-tests', '--yes');
  assert.equal(status, 0);
  assert.deepEqual(namesOf((await harness.json('pack', 'list')).document.packs), ['slow 1.0.0']);
});
