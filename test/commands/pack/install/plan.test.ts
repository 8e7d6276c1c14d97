import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import {
  type CliHarness,
  contentsOf,
  createCliHarness,
  installedPacks,
  namesOf,
  storeContents,
} from '../../../support/cli.ts';
import { createRepository } from '../../../support/git/repository.ts';
import { startHttpServer } from '../../../support/http/server.ts';
import {
  gitSource,
  type PackPlan,
  packArchive,
  packFiles,
  sha256Of,
  writeRegistry,
} from '../../../support/registry/server.ts';
import { writeFiles } from '../../../support/store.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

const UNREACHABLE_URL = 'http://127.0.0.1:9/nothing.tar.gz';

const mirrored = packFiles({ ref: 'mirrored' });
const repository = createRepository({ after }, mirrored);
const server = await startHttpServer({ after }, {});
const registry = temporaryDirectory({ after });
const index = writeRegistry(registry, [
  { ref: 'base', version: '2.0.0' },
  { ref: 'base', version: '1.1.0', test: 'exit 0' },
  { ref: 'base', version: '1.0.0' },
  { ref: 'middle', dependencies: ['base@^1'], test: 'exit 0' },
  { ref: 'top', dependencies: ['middle', 'base>=1.0,<3'], test: 'exit 0' },
  { ref: 'broken', test: 'echo no luck; exit 1' },
  { ref: 'on-broken', dependencies: ['base', 'broken'] },
  { ref: 'loop-a', dependencies: ['loop-b'] },
  { ref: 'loop-b', dependencies: ['loop-c@1'] },
  { ref: 'loop-c', dependencies: ['loop-a'] },
  { ref: 'pulled', version: '2.0.0', yanked: 'security hole' },
  { ref: 'pulled', version: '1.0.0' },
  { ref: 'yanked', version: '2.0.0' },
  { ref: 'yanked', version: '1.1.0', yanked: 'it deletes too much' },
  { ref: 'yanked', version: '1.0.0' },
  {
    ref: 'mirrored',
    sources: [
      { type: 'archive', url: UNREACHABLE_URL, checksum: sha256Of('never seen') },
      { type: 'archive', url: server.url('/gone.tar.gz'), checksum: sha256Of('never seen either') },
      gitSource(pathToFileURL(repository.path).href, repository.head(), mirrored),
    ],
  },
]);
const other = writeRegistry(join(registry, 'other'), [{ ref: 'base', version: '7.0.0' }]);

function harnessWithRegistry(t: Parameters<typeof createCliHarness>[0]): CliHarness {
  return createCliHarness(t, { ATTUNE_REGISTRY_INDICES: index });
}

/** Writes a pack to a directory of the harness. @returns its relative path */
function createPack({ directory }: CliHarness, plan: PackPlan): string {
  writeFiles(join(directory, plan.ref), packFiles(plan));
  return `./${plan.ref}`;
}

test('install: dependencies are part of the plan and precede their dependents', async (t) => {
  const harness = harnessWithRegistry(t);
  const { status, document } = await harness.json('pack', 'install', 'top');
  assert.equal(status, 0, document.error?.message);
  assert.deepEqual(namesOf(document.packs), ['base 1.1.0', 'middle 1.0.0', 'top 1.0.0']);
  const reasons = document.packs.map(({ required_by }: { required_by: string | null }) => required_by);
  assert.deepEqual(reasons, ['top', 'top', null]);
  const { document: base } = await harness.json('pack', 'show', 'base');
  assert.equal(base.requested, false);
  assert.deepEqual(base.dependents, [
    { ref: 'middle', version: '1.0.0', range: '^1' },
    { ref: 'top', version: '1.0.0', range: '>=1.0,<3' },
  ]);
});

test('install: the JSON result has every key of the contract', async (t) => {
  const harness = harnessWithRegistry(t);
  const { document } = await harness.json('pack', 'install', 'middle');
  assert.deepEqual(Object.keys(document), ['success', 'packs', 'warnings']);
  assert.equal(document.success, true);
  assert.deepEqual(document.warnings, []);
  const [base, middle] = document.packs;
  const archive = pathToFileURL(join(registry, 'archives', 'middle-1.0.0.tar.gz')).href;
  assert.deepEqual(middle, {
    ref: 'middle',
    version: '1.0.0',
    id: base.id + 1,
    action: 'installed',
    from_version: null,
    source: { type: 'archive', url: archive, ref: null, commit: null },
    registry: 'index-1',
    checksum: middle.checksum,
    archive_checksum: sha256Of(packArchive(packFiles({ ref: 'middle', dependencies: ['base@^1'], test: 'exit 0' }))),
    storage_path: join(harness.data, 'packs', 'middle'),
    dependencies: ['base'],
    tests: { status: 'passed', total: 1, passed: 1, failed: 0, skipped: 0, isolation: middle.tests.isolation },
    tests_skipped: false,
    deps_skipped: false,
    required_by: null,
  });
  assert.match(middle.checksum, /^sha256:[0-9a-f]{64}$/);
});

test('install: --dry-run prints the plan and creates no data directory', async (t) => {
  const harness = harnessWithRegistry(t);
  const data = join(harness.directory, 'fresh');
  const args = ['pack', 'install', 'top', '--dry-run', '--data-dir', data];
  const { status, document } = await harness.json(...args);
  assert.equal(status, 0, document.error?.message);
  assert.equal(document.dry_run, true);
  assert.ok(!('success' in document));
  assert.deepEqual(namesOf(document.packs), ['base 1.1.0', 'middle 1.0.0', 'top 1.0.0']);
  const { stdout } = await harness.attune(...args);
  assert.match(
    stdout,
    /^Would change 3 packs:\n {2}install base 1\.1\.0 from index-1 \(needed by top\)\n.*middle.*\n.*top/,
  );
  const list = await harness.json('pack', 'list', '--data-dir', data);
  assert.deepEqual(list.document, { packs: [] });
  assert.ok(!existsSync(data));
});

test('install: --dry-run of a directory leaves the store empty', async (t) => {
  const harness = harnessWithRegistry(t);
  const source = createPack(harness, { ref: 'mine', dependencies: ['middle'], test: 'touch "$HOME/ran"; exit 1' });
  const { status, document } = await harness.json('pack', 'install', source, '--dry-run');
  assert.equal(status, 0, document.error?.message);
  assert.deepEqual(namesOf(document.packs), ['base 1.1.0', 'middle 1.0.0', 'mine 1.0.0']);
  assert.deepEqual(storeContents(harness), {});
  assert.deepEqual(await installedPacks(harness), []);
});

test('install: a failing test of a dependency exits 8 and installs nothing', async (t) => {
  const harness = harnessWithRegistry(t);
  const { status, document } = await harness.json('pack', 'install', 'on-broken');
  assert.equal(status, 8);
  assert.equal(document.error.code, 'TESTS_FAILED');
  assert.match(document.error.message, /The tests of broken 1\.0\.0 did not pass/);
  assert.deepEqual(storeContents(harness), {});
  assert.deepEqual(await installedPacks(harness), []);
});

test('install: a dependency cycle exits 6 and is named', async (t) => {
  const harness = harnessWithRegistry(t);
  const { status, document } = await harness.json('pack', 'install', 'loop-b');
  assert.equal(status, 6);
  assert.equal(document.error.code, 'DEPENDENCY_CYCLE');
  const [cycle] = document.error.details.cycles;
  assert.equal(cycle.at(0), cycle.at(-1));
  assert.deepEqual(cycle.slice(1).toSorted(), ['loop-a', 'loop-b', 'loop-c']);
  for (const ref of cycle) assert.ok(document.error.message.includes(ref));
});

test('install: several sources are one plan, installed completely or not at all', async (t) => {
  const harness = harnessWithRegistry(t);
  const good = createPack(harness, { ref: 'good' });
  const second = createPack(harness, { ref: 'second', dependencies: ['good@1.0.0'] });
  const bad = createPack(harness, { ref: 'bad', files: { 'pack.yaml': 'ref: bad\nversion: one\n' } });
  assert.equal((await harness.json('pack', 'install', good, bad, second)).status, 3);
  assert.deepEqual(await installedPacks(harness), []);
  const { status, document } = await harness.json('pack', 'install', second, 'base@1', good);
  assert.equal(status, 0, document.error?.message);
  const names = namesOf(document.packs);
  assert.deepEqual(names.toSorted(), ['base 1.1.0', 'good 1.0.0', 'second 1.0.0']);
  assert.ok(names.indexOf('good 1.0.0') < names.indexOf('second 1.0.0'));
});

test('install: two sources of one pack exit 2', async (t) => {
  const harness = harnessWithRegistry(t);
  const mine = createPack(harness, { ref: 'base' });
  const { status, document } = await harness.json('pack', 'install', mine, 'base');
  assert.equal(status, 2);
  assert.match(document.error.message, /More than one SOURCE refers to the pack 'base'/);
});

test('install: an installed pack is refused, skipped with --skip-existing, or replaced with --force', async (t) => {
  const harness = harnessWithRegistry(t);
  await harness.attune('pack', 'install', 'base@1.0.0');
  const before = storeContents(harness);

  const again = await harness.json('pack', 'install', 'base@1.0.0', 'middle');
  assert.equal(again.status, 5);
  assert.equal(again.document.error.code, 'EXISTS_PACK');
  assert.match(again.document.error.message, /'base' 1\.0\.0 is already installed/);
  assert.match(again.document.error.hint, /--force.*--skip-existing/);

  const different = await harness.json('pack', 'install', 'base');
  assert.equal(different.status, 5);
  assert.match(
    different.document.error.message,
    /'base' is already installed in version 1\.0\.0; version 2\.0\.0 was requested/,
  );
  assert.match(different.document.error.hint, /pack upgrade base@2\.0\.0'.*--force/);

  const skipped = await harness.json('pack', 'install', 'base', 'middle', '--skip-existing');
  assert.equal(skipped.status, 0, skipped.document.error?.message);
  const actions = skipped.document.packs.map(({ ref, action }: { ref: string; action: string }) => [ref, action]);
  assert.deepEqual(actions, [
    ['middle', 'installed'],
    ['base', 'unchanged'],
  ]);
  assert.deepEqual({ ...storeContents(harness), ...before }, storeContents(harness));

  const forced = await harness.json('pack', 'install', 'base@1.0.0', '--force');
  assert.equal(forced.status, 0, forced.document.error?.message);
  assert.equal(forced.document.packs[0].action, 'reinstalled');
  const moved = await harness.json('pack', 'install', 'base@1.1.0', '--force');
  assert.equal(moved.document.packs[0].action, 'upgraded');
  assert.deepEqual(await installedPacks(harness), ['base 1.1.0', 'middle 1.0.0']);
});

test('install: --force restores changed files of an installed pack', async (t) => {
  const harness = harnessWithRegistry(t);
  await harness.attune('pack', 'install', 'base');
  const file = join('packs', 'base', 'actions', 'run.yaml');
  writeFiles(harness.data, { [file]: 'changed' });
  const { status } = await harness.json('pack', 'install', 'base', '--force');
  assert.equal(status, 0);
  const shown = contentsOf(join(harness.data, 'packs', 'base'));
  assert.deepEqual(shown, packFiles({ ref: 'base', version: '2.0.0' }));
});

test('install: an installed version that satisfies a dependency is reused', async (t) => {
  const harness = harnessWithRegistry(t);
  await harness.attune('pack', 'install', 'base@1.0.0');
  const { document } = await harness.json('pack', 'install', 'middle');
  assert.deepEqual(namesOf(document.packs), ['middle 1.0.0']);
});

test('install: an installed version that does not satisfy a dependency exits 6 and is not replaced', async (t) => {
  const harness = harnessWithRegistry(t);
  await harness.attune('pack', 'install', 'base');
  const { status, document } = await harness.json('pack', 'install', 'middle');
  assert.equal(status, 6);
  assert.match(document.error.message, /Because middle 1\.0\.0 depends on base \^1 and base 2\.0\.0 is installed/);
  assert.match(document.error.hint, /does not change the version of base\. Request other versions/);
  assert.deepEqual(await installedPacks(harness), ['base 2.0.0']);
});

test('install: an invalid range exits 6, and does not affect other packs once it is installed with --skip-deps', async (t) => {
  const harness = harnessWithRegistry(t);
  const source = createPack(harness, { ref: 'mine', dependencies: ['base@newest'] });
  const { status, document } = await harness.json('pack', 'install', source);
  assert.equal(status, 6);
  assert.match(document.error.message, /'newest' is not a version constraint/);
  assert.equal((await harness.json('pack', 'install', source, '--skip-deps')).status, 0);
  assert.equal((await harness.json('pack', 'install', 'base')).status, 0);
});

test('install: --skip-deps installs a pack without its dependencies but runs its tests', async (t) => {
  const harness = harnessWithRegistry(t);
  const source = createPack(harness, {
    ref: 'mine',
    dependencies: ['unknown'],
    runtimes: ['no-such-runtime>=9'],
    test: 'exit 0',
  });
  assert.equal((await harness.json('pack', 'install', source)).status, 6);
  const { status, document } = await harness.json('pack', 'install', source, '--skip-deps');
  assert.equal(status, 0, document.error?.message);
  const [mine, ...others] = document.packs;
  assert.deepEqual(others, []);
  assert.deepEqual([mine.deps_skipped, mine.tests_skipped, mine.tests.passed], [true, false, 1]);
  assert.deepEqual(document.warnings, ['Dependencies of mine that were not installed: unknown.']);
});

test('install: --skip-tests runs no test and checks no dependency', async (t) => {
  const harness = harnessWithRegistry(t);
  const source = createPack(harness, {
    ref: 'mine',
    dependencies: ['unknown'],
    runtimes: ['no-such-runtime>=9'],
    test: 'exit 1',
  });
  const { status, document } = await harness.json('pack', 'install', source, '--skip-tests');
  assert.equal(status, 0, document.error?.message);
  const [mine] = document.packs;
  assert.deepEqual([mine.deps_skipped, mine.tests_skipped, mine.tests], [true, true, null]);
  assert.deepEqual(document.warnings, ['Dependencies of mine that were not installed: unknown.']);
});

test('install: --no-registry queries no registry, not even for dependencies', async (t) => {
  const harness = createCliHarness(t, { ATTUNE_REGISTRY_INDICES: server.url('/index.json') });
  const requestsBefore = server.requests.length;
  const source = createPack(harness, { ref: 'mine', dependencies: ['base@^1', 'middle'] });
  const { status, document } = await harness.json('pack', 'install', source, '--no-registry');
  assert.equal(status, 6);
  assert.match(document.error.message, /mine 1\.0\.0 depends on base \^1 and no registry has base/);
  assert.match(document.error.message, /mine 1\.0\.0 depends on middle and no registry has middle/);
  const named = await harness.json('pack', 'install', 'base', '--no-registry');
  assert.equal(named.status, 2);
  assert.match(named.document.error.message, /'base' refers to a registry/);
  assert.equal(server.requests.length, requestsBefore);
});

test('install: the first registry by priority that has a ref is used, and --registry selects another', async (t) => {
  const harness = createCliHarness(t);
  const setting = (name: string, url: string, priority: number) =>
    `    - { name: ${name}, url: "${url}", priority: ${priority} }\n`;
  writeFiles(harness.config, {
    'settings.yaml': `pack_registry:\n  indices:\n${setting('second', index, 2)}${setting('first', other, 1)}`,
  });
  const install = async (...args: string[]) => {
    const { document } = await harness.json('pack', 'install', ...args, '--dry-run');
    return document.packs.map((pack: { ref: string; version: string; registry: string }) => [
      pack.ref,
      pack.version,
      pack.registry,
    ]);
  };
  assert.deepEqual(await install('base'), [['base', '7.0.0', 'first']]);
  assert.deepEqual(await install('base', '--registry', 'second'), [['base', '2.0.0', 'second']]);
  assert.deepEqual(await install('broken'), [['broken', '1.0.0', 'second']]);
});

test('install: after an unreachable source the next one is used, with its own checksum and a warning', async (t) => {
  const harness = harnessWithRegistry(t);
  const { status, document, stderr } = await harness.json('pack', 'install', 'mirrored');
  assert.equal(status, 0, document.error?.message);
  const [pack] = document.packs;
  assert.equal(pack.source.type, 'git');
  assert.equal(pack.source.commit, repository.head());
  assert.equal(document.warnings.length, 2);
  assert.match(document.warnings[0], /127\.0\.0\.1:9\/nothing\.tar\.gz.*Trying the next source/);
  assert.match(document.warnings[1], /gone\.tar\.gz.*404.*Trying the next source/);
  assert.match(stderr, /Warning: .*nothing\.tar\.gz/);
});

test('install: an entry that is yanked itself is chosen neither as the latest version nor for a range', async (t) => {
  const harness = harnessWithRegistry(t);
  for (const request of ['pulled', 'pulled@latest', 'pulled@>=1']) {
    const { document } = await harness.json('pack', 'install', request, '--dry-run');
    assert.deepEqual(namesOf(document.packs), ['pulled 1.0.0'], request);
  }
  const { status, document } = await harness.json('pack', 'install', 'pulled@^2');
  assert.deepEqual([status, document.error.code], [4, 'NOT_FOUND_VERSION']);
  assert.match(document.error.message, /2\.0\.0 \(yanked: security hole\)/);
});

test('install: an exact version that is yanked is installed with a warning', async (t) => {
  for (const [request, reason] of [
    ['pulled@2.0.0', 'security hole'],
    ['yanked@1.1.0', 'it deletes too much'],
  ] as const) {
    const harness = harnessWithRegistry(t);
    const { status, document, stderr } = await harness.json('pack', 'install', request);
    assert.equal(status, 0, document.error?.message);
    const [ref, version] = request.split('@');
    assert.deepEqual(await installedPacks(harness), [`${ref} ${version}`]);
    assert.deepEqual(document.warnings, [`Version ${version} of ${ref} is yanked: ${reason}`]);
    assert.match(stderr, /is yanked/);
  }
});

test('install: a yanked version is not chosen for a range', async (t) => {
  const harness = harnessWithRegistry(t);
  const { document } = await harness.json('pack', 'install', 'yanked@^1', '--dry-run');
  assert.deepEqual(namesOf(document.packs), ['yanked 1.0.0']);
});
