import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  type CliHarness,
  contentsOf,
  createCliHarness,
  installedPacks,
  namesOf,
  storeContents,
} from '../../support/cli.ts';
import { writeRegistry } from '../../support/registry/server.ts';
import { writeFiles } from '../../support/store.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const registry = temporaryDirectory({ after });
const index = writeRegistry(registry, [
  { ref: 'base', version: '2.0.0' },
  { ref: 'base', version: '1.2.0', yanked: 'it deletes too much' },
  { ref: 'base', version: '1.1.0' },
  { ref: 'middle', needs: ['base@^1'], test: 'exit 0' },
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

/** Every file of the installed packs with its mode and content. */
function trees({ data }: CliHarness): Record<string, string> {
  const packs = join(data, 'packs');
  if (!existsSync(packs)) return {};
  const files = readdirSync(packs).flatMap((ref) =>
    Object.entries(contentsOf(join(packs, ref))).map(([path, content]) => {
      const mode = (statSync(join(packs, ref, path)).mode & 0o7777).toString(8);
      return [`${ref}/${path}`, `${mode} ${content}`] as const;
    }),
  );
  return Object.fromEntries(files);
}

/** The same user on another machine: the lock comes along, and nothing else. */
function another(t: Parameters<typeof createCliHarness>[0], harness: CliHarness): CliHarness {
  const other = harnessWithRegistry(t);
  writeFileSync(lockPath(other), readFileSync(lockPath(harness)));
  return other;
}

test('another machine gets the same trees, to the byte and the mode, and locks to the same bytes', async (t) => {
  const harness = harnessWithRegistry(t);
  await harness.attune('pack', 'install', 'middle', 'other');
  await harness.attune('pack', 'lock');
  const other = another(t, harness);
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
    tests: { status: 'passed', total: 1, passed: 1, failed: 0, skipped: 0 },
  });
  assert.deepEqual(trees(other), trees(harness));
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

test('what is not locked goes, what differs changes up or down, all in one; a dry run only tells', async (t) => {
  const harness = harnessWithRegistry(t);
  await harness.attune('pack', 'lock', 'base@1.1.0', 'broken@1');
  const target = readFileSync(lockPath(harness));
  await harness.attune('pack', 'install', 'base@2', 'other');
  const before = storeContents(harness);
  const dry = await harness.json('pack', 'sync', 'attune.lock', '--dry-run');
  const wanted = ['downgraded base 1.1.0', 'installed broken 1.0.0', 'uninstalled other 1.0.0'];
  assert.deepEqual([dry.document.dry_run, actionsOf(dry.document.packs)], [true, wanted]);
  assert.deepEqual(storeContents(harness), before);
  const { stdout, status, stderr } = await harness.attune('pack', 'sync', 'attune.lock');
  assert.equal(status, 0, stderr);
  assert.match(stdout, /Pack 'base' went back: 1\.1\.0 \(it was 2\.0\.0\)/);
  assert.match(stdout, /Pack 'other' uninstalled: 1\.0\.0/);
  assert.match(stdout, /2 packs as locked/);
  assert.deepEqual(await installedPacks(harness), ['base 1.1.0', 'broken 1.0.0']);
  await harness.attune('pack', 'lock');
  assert.deepEqual(readFileSync(lockPath(harness)), target);
});

test('a release that the store still has is taken from there, however far the registry is', async (t) => {
  const harness = harnessWithRegistry(t);
  await harness.attune('pack', 'install', 'base@1.1.0');
  await harness.attune('pack', 'lock');
  const old = trees(harness);
  await harness.attune('pack', 'install', 'base@2', '--force');
  const gone = {
    ATTUNE_REGISTRY_INDICES: join(registry, 'gone.json'),
    ATTUNE_CACHE_DIR: join(harness.directory, 'empty'),
  };
  const { status, document } = await harness.jsonWith(gone, 'pack', 'sync', 'attune.lock');
  assert.equal(status, 0, document.error?.message);
  assert.deepEqual(actionsOf(document.packs), ['downgraded base 1.1.0']);
  assert.deepEqual(trees(harness), old);
});

test('who asked for a pack is part of it', async (t) => {
  const harness = harnessWithRegistry(t);
  await harness.attune('pack', 'lock', 'middle');
  const target = readFileSync(lockPath(harness));
  await harness.attune('pack', 'install', 'base@1.1.0', 'middle');
  const { document } = await harness.json('pack', 'sync', 'attune.lock');
  assert.deepEqual(actionsOf(document.packs), ['marked base 1.1.0', 'unchanged middle 1.0.0']);
  await harness.attune('pack', 'lock');
  assert.deepEqual(readFileSync(lockPath(harness)), target);
});

test('a yanked version is had because it is locked', async (t) => {
  const harness = harnessWithRegistry(t);
  await harness.attune('pack', 'lock', 'base@1.1.0');
  const other = another(t, harness);
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
});

test('a list is synced by its lock, which is made, kept and made anew as the list says', async (t) => {
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
    'other is wanted and not in it',
    'base is wanted, and only needed in it',
    'middle is asked for in it and not wanted',
  ]);
  assert.deepEqual(readFileSync(lockPath(harness)), before);
  const moved = await harness.json('pack', 'sync', 'attune.packs.yaml');
  assert.equal(moved.status, 0, moved.document.error?.message);
  // Without a lock it would have been 2.0.0.
  assert.deepEqual(await installedPacks(harness), ['base 1.1.0', 'other 1.0.0']);
  assert.equal((await harness.attune('pack', 'lock', '--check')).status, 0);
});

test('a failing test leaves the machine and the lock of a list as they were', async (t) => {
  const harness = harnessWithRegistry(t);
  writeFiles(harness.directory, { 'attune.packs.yaml': 'packs: [broken]\n' });
  await harness.attune('pack', 'install', 'other');
  const before = storeContents(harness);
  const { status, document } = await harness.json('pack', 'sync', 'attune.packs.yaml');
  assert.deepEqual([status, document.error.code], [8, 'TESTS_FAILED']);
  assert.deepEqual([storeContents(harness), existsSync(lockPath(harness))], [before, false]);
  const untested = await harness.json('pack', 'sync', 'attune.packs.yaml', '--skip-tests');
  assert.equal(untested.status, 0);
  assert.deepEqual(await installedPacks(harness), ['broken 2.0.0']);
});

test('a pinned pack is not moved', async (t) => {
  const harness = harnessWithRegistry(t);
  await harness.attune('pack', 'lock', 'base@1.1.0');
  await harness.attune('pack', 'install', 'base@2');
  await harness.attune('pack', 'pin', 'base');
  const { status, document } = await harness.json('pack', 'sync', 'attune.lock');
  assert.deepEqual([status, document.error.code], [6, 'DEPENDENCY_PINNED']);
  assert.deepEqual(await installedPacks(harness), ['base 2.0.0']);
});

interface Refusal {
  readonly claim: string;
  /** What becomes of the lock of `middle` before it is synced. */
  readonly edit: (lock: LockText) => LockText | undefined;
  readonly status: number;
  readonly code: string;
  readonly want: RegExp;
}

// biome-ignore lint/suspicious/noExplicitAny: rows break it in every way
type LockText = any;

const withPack = (lock: LockText, ref: string, change: object): LockText => ({
  ...lock,
  packs: lock.packs.map((pack: { ref: string }) => (pack.ref === ref ? { ...pack, ...change } : pack)),
});
const OTHER_DIGEST = `sha256:${'0'.repeat(64)}`;

const REFUSALS: readonly Refusal[] = [
  {
    claim: 'that wants other files of a version',
    edit: (lock) => withPack(lock, 'base', { checksum: OTHER_DIGEST }),
    status: 7,
    code: 'INTEGRITY_LOCK',
    want: /base 1\.1\.0.*\n {2}locked: sha256:0{64}\n {2}actual: sha256:[0-9a-f]{64}/,
  },
  {
    claim: 'with versions that nobody has, all of them told',
    edit: (lock) => withPack(withPack(lock, 'base', { version: '1.9.0' }), 'middle', { ref: 'nobody' }),
    status: 4,
    code: 'NOT_FOUND_LOCKED',
    want: /base 1\.9\.0: .*not this version\.\n.*nobody 1\.0\.0: no registry has the pack/s,
  },
  {
    claim: 'whose versions do not go together',
    edit: (lock) => withPack(lock, 'base', { version: '2.0.0' }),
    status: 6,
    code: 'DEPENDENCY_NOT_LOCKED',
    want: /middle 1\.0\.0 needs base \^1, and there is 2\.0\.0/,
  },
  {
    claim: 'without what a pack needs',
    edit: ({ lock_version, packs }) => ({ lock_version, packs: packs.slice(1) }),
    status: 3,
    code: 'INVALID_LOCK',
    want: /attune\.lock:\d+:\d+ packs\[0\]\.dependencies\[0\]: 'base' is needed and not locked/,
  },
  {
    claim: 'of a newer attune',
    edit: (lock) => ({ ...lock, lock_version: 2 }),
    status: 3,
    code: 'INVALID_LOCK_VERSION',
    want: /a newer attune wrote it/,
  },
  {
    claim: 'that is not there',
    edit: () => undefined,
    status: 4,
    code: 'NOT_FOUND_PATH',
    want: /no file 'attune\.lock'/,
  },
];

test('a lock that cannot be made real changes nothing', async (t) => {
  const harness = harnessWithRegistry(t);
  await harness.attune('pack', 'lock', 'middle');
  const lock = JSON.parse(readFileSync(lockPath(harness), 'utf8'));
  await harness.attune('pack', 'install', 'other');
  const before = storeContents(harness);
  for (const { claim, edit, status, code, want } of REFUSALS) {
    const edited = edit(lock);
    if (edited === undefined) rmSync(lockPath(harness));
    else writeFileSync(lockPath(harness), `${JSON.stringify(edited, null, 2)}\n`);
    const run = await harness.json('pack', 'sync', 'attune.lock');
    assert.deepEqual([run.status, run.document.error.code], [status, code], claim);
    assert.match(run.document.error.message, want, claim);
    assert.deepEqual(storeContents(harness), before, claim);
  }
});

test('two that sync at once both end well, and the machine is as locked', async (t) => {
  const harness = harnessWithRegistry(t);
  await harness.attune('pack', 'lock', 'middle', 'other');
  const runs = await Promise.all(
    [1, 2].map(() => harness.start({ ATTUNE_REGISTRY_INDICES: index }, 'pack', 'sync', 'attune.lock').ended),
  );
  for (const { status, stderr } of runs) assert.equal(status, 0, stderr);
  assert.equal((await harness.attune('pack', 'lock', '--check')).status, 0);
});

test('a kill in the middle leaves all of the old state, and the next sync ends well', async (t) => {
  const slow = temporaryDirectory(t);
  const sign = join(slow, 'sign');
  const slowIndex = writeRegistry(slow, [{ ref: 'slow', test: `: > '${sign}'; sleep 5` }]);
  const harness = createCliHarness(t, { ATTUNE_REGISTRY_INDICES: slowIndex });
  writeFiles(join(harness.directory, 'anchor'), { 'pack.yaml': 'ref: anchor\nversion: 1.0.0\n' });
  await harness.attune('pack', 'install', './anchor');
  await harness.attune('pack', 'lock', 'slow');
  const before = storeContents(harness);
  const { child, ended } = harness.start({}, 'pack', 'sync', 'attune.lock');
  for (let waited = 0; !existsSync(sign) && waited < 1000; waited++) await new Promise((go) => setTimeout(go, 20));
  child.kill('SIGKILL');
  await ended;
  assert.deepEqual(await installedPacks(harness), ['anchor 1.0.0']);
  assert.deepEqual(storeContents(harness), before);
  const { status } = await harness.attune('pack', 'sync', 'attune.lock', '--skip-tests');
  assert.equal(status, 0);
  assert.deepEqual(namesOf((await harness.json('pack', 'list')).document.packs), ['slow 1.0.0']);
});
