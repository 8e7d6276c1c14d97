import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import {
  type CliHarness,
  createCliHarness,
  databaseContents,
  installedPacks,
  storeContents,
} from '../../support/cli.ts';
import { packFiles, writeRegistry } from '../../support/registry/server.ts';
import { writeFiles } from '../../support/store.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const registry = temporaryDirectory({ after });
const index = writeRegistry(registry, [
  { ref: 'core', version: '3.0.0-rc.1' },
  { ref: 'core', version: '2.1.0', yanked: 'it deletes too much' },
  { ref: 'core', version: '2.0.0' },
  { ref: 'core', version: '1.4.0' },
  { ref: 'core', version: '1.0.0' },
  { ref: 'slack', version: '2.0.0', dependencies: ['core@^2', 'net'], test: 'exit 0' },
  { ref: 'slack', version: '1.1.0', dependencies: ['core@^1'] },
  { ref: 'slack', version: '1.0.0', dependencies: ['core@^1'] },
  { ref: 'jira', version: '1.2.0', dependencies: ['core'] },
  { ref: 'jira', version: '1.0.0', dependencies: ['core@^1'] },
  { ref: 'net' },
  { ref: 'frail', version: '2.0.0', test: 'echo no luck; exit 1' },
  { ref: 'frail', version: '1.0.0' },
  { ref: 'preview', version: '1.0.0' },
  { ref: 'preview', version: '2.0.0-rc.2' },
  { ref: 'preview', version: '2.0.0-rc.1' },
]);
const others = writeRegistry(join(registry, 'other'), [
  { ref: 'core', version: '7.0.0' },
  { ref: 'mine', version: '1.0.0' },
]);

const harnessOf = (t: Parameters<typeof createCliHarness>[0]) =>
  createCliHarness(t, { ATTUNE_REGISTRY_INDICES: index });

/** Creates a harness with packs installed from the registry. */
async function harnessWith(t: Parameters<typeof createCliHarness>[0], ...sources: string[]): Promise<CliHarness> {
  const harness = harnessOf(t);
  const { status, document } = await harness.json('pack', 'install', ...sources);
  assert.equal(status, 0, document.error?.message);
  return harness;
}

interface Item {
  ref: string;
  version: string;
  action: string;
  from_version: string | null;
  required_by: string | null;
}

/** Formats the packs of a receipt: `slack upgraded 1.0.0 -> 2.0.0`, `net installed 1.0.0 for slack`. */
function actions(document: { packs: Item[] }): string[] {
  return document.packs.map(({ ref, version, action, from_version: before, required_by: by }) => {
    const change = action === 'upgraded' ? `${before} -> ${version}` : version;
    return `${ref} ${action} ${change}${by === null ? '' : ` for ${by}`}`;
  });
}

describe('pack upgrade', { concurrency: 2 }, () => {
  test('upgrades all requested packs and their dependencies in one plan', async (t) => {
    const harness = await harnessWith(t, 'slack@1.0.0', 'jira@1.0.0');
    const { status, document } = await harness.json('pack', 'upgrade');
    assert.equal(status, 0, document.error?.message);
    assert.deepEqual(Object.keys(document), ['success', 'packs', 'warnings']);
    assert.deepEqual(actions(document), [
      'core upgraded 1.4.0 -> 2.0.0 for jira',
      'net installed 1.0.0 for slack',
      'jira upgraded 1.0.0 -> 1.2.0',
      'slack upgraded 1.0.0 -> 2.0.0',
    ]);
    assert.deepEqual(await installedPacks(harness), ['core 2.0.0', 'jira 1.2.0', 'net 1.0.0', 'slack 2.0.0']);
    for (const [ref, requested] of Object.entries({ core: false, net: false, slack: true })) {
      const shown = await harness.json('pack', 'show', ref);
      assert.equal(shown.document.requested, requested, ref);
    }
    const { document: history } = await harness.json('pack', 'history', 'slack');
    assert.deepEqual(
      history.events.map((event: { action: string; from_version: string | null }) => [
        event.action,
        event.from_version,
      ]),
      [
        ['upgrade', '1.0.0'],
        ['install', null],
      ],
    );
  });

  test('reports that all packs are up to date, and changes nothing', async (t) => {
    const harness = await harnessWith(t, 'slack', 'jira');
    const before = [storeContents(harness), databaseContents(harness)];
    const { status, stdout } = await harness.attune('pack', 'upgrade');
    assert.equal(status, 0);
    assert.equal(stdout, 'All packs are up to date.\n');
    const { document } = await harness.json('pack', 'upgrade');
    assert.deepEqual(actions(document).toSorted(), [
      'core unchanged 2.0.0',
      'jira unchanged 1.2.0',
      'net unchanged 1.0.0',
      'slack unchanged 2.0.0',
    ]);
    assert.deepEqual([storeContents(harness), databaseContents(harness)], before);
  });

  test('of an empty store succeeds', async (t) => {
    const { status, document } = await harnessOf(t).json('pack', 'upgrade');
    assert.equal(status, 0);
    assert.deepEqual(document.packs, []);
  });

  test('prints the plan with --dry-run, and changes nothing', async (t) => {
    const harness = await harnessWith(t, 'slack@1.0.0');
    const before = [storeContents(harness), databaseContents(harness)];
    const { status, stdout } = await harness.attune('pack', 'upgrade', '--dry-run');
    assert.equal(status, 0);
    assert.equal(
      stdout,
      [
        'Would change 3 packs:',
        '  upgrade core 1.4.0 -> 2.0.0 from index-1 (needed by slack)',
        '  install net 1.0.0 from index-1 (needed by slack)',
        '  upgrade slack 1.0.0 -> 2.0.0 from index-1',
        '',
      ].join('\n'),
    );
    const { document } = await harness.json('pack', 'upgrade', '--dry-run');
    assert.equal(document.dry_run, true);
    assert.ok(!('success' in document));
    assert.deepEqual([storeContents(harness), databaseContents(harness)], before);
  });

  test('of one pack leaves unrelated packs unchanged', async (t) => {
    const harness = await harnessWith(t, 'jira@1.0.0', 'frail@1.0.0', 'core@1.0.0');
    const { document } = await harness.json('pack', 'upgrade', 'jira');
    assert.deepEqual(actions(document), ['jira upgraded 1.0.0 -> 1.2.0']);
  });

  test('of one pack upgrades the dependencies that it requires', async (t) => {
    const harness = await harnessWith(t, 'slack@1.0.0', 'core@1.0.0');
    const { document } = await harness.json('pack', 'upgrade', 'slack');
    assert.deepEqual(actions(document), [
      'core upgraded 1.0.0 -> 2.0.0 for slack',
      'net installed 1.0.0 for slack',
      'slack upgraded 1.0.0 -> 2.0.0',
    ]);
  });

  test('is limited by the ranges of other installed packs, with an explanation', async (t) => {
    const harness = await harnessWith(t, 'slack@1.0.0', 'jira@1.0.0', 'core@1.0.0');
    await harness.attune('pack', 'pin', 'jira');
    const { status, document } = await harness.json('pack', 'upgrade', 'slack', 'core');
    assert.equal(status, 0, document.error?.message);
    assert.deepEqual(actions(document), ['core upgraded 1.0.0 -> 1.4.0', 'slack upgraded 1.0.0 -> 1.1.0']);
    assert.match(document.warnings[0], /^'slack' cannot be upgraded to 2\.0\.0:\n/);
    assert.match(document.warnings[0], /jira 1\.0\.0 (is pinned|depends on core \^1)/);
    assert.equal(document.warnings.length, 2);
  });

  test('to a named version or range may be a downgrade', async (t) => {
    const harness = await harnessWith(t, 'slack');
    const down = await harness.json('pack', 'upgrade', 'slack@1.0.0', 'core@^1');
    assert.equal(down.status, 0, down.document.error?.message);
    assert.deepEqual(actions(down.document), ['core upgraded 2.0.0 -> 1.4.0', 'slack upgraded 2.0.0 -> 1.0.0']);
    const history = await harness.json('pack', 'history', 'core');
    const [event] = history.document.events;
    assert.deepEqual([event.action, event.from_version, event.version], ['downgrade', '2.0.0', '1.4.0']);
    assert.equal(event.undo, 'attune pack upgrade core@2.0.0 slack@2.0.0');
    const up = await harness.json('pack', 'upgrade', 'slack@^1');
    assert.deepEqual(actions(up.document), ['slack upgraded 1.0.0 -> 1.1.0']);
    const same = await harness.json('pack', 'upgrade', 'slack@1.1.0');
    assert.deepEqual(actions(same.document), ['slack unchanged 1.1.0']);
  });

  test('prints that a pack is downgraded', async (t) => {
    const harness = await harnessWith(t, 'core@2.0.0');
    const planned = await harness.attune('pack', 'upgrade', 'core@^1', '--dry-run');
    assert.match(planned.stdout, /downgrade core 2\.0\.0 -> 1\.4\.0/);
    const done = await harness.attune('pack', 'upgrade', 'core@^1');
    assert.match(done.stdout, /Pack 'core' downgraded\n {2}Version: 1\.4\.0 \(was 2\.0\.0\)/);
    const { document } = await harness.json('pack', 'show', 'core');
    assert.equal(document.history[0].action, 'downgrade');
  });

  test('upgrades packs that depend on each other in a cycle together', async (t) => {
    const directory = temporaryDirectory(t);
    const publish = (version: string, released: string) =>
      writeRegistry(join(directory, released), [
        { ref: 'left', version, dependencies: [`right@^${version[0]}`] },
        { ref: 'right', version, dependencies: [`left@^${version[0]}`] },
      ]);
    const harness = createCliHarness(t);
    const old = { ATTUNE_REGISTRY_INDICES: publish('1.0.0', 'old') };
    assert.equal((await harness.jsonWith(old, 'pack', 'install', 'left', 'right')).status, 6);
    assert.equal((await harness.jsonWith(old, 'pack', 'install', 'left', 'right', '--skip-deps')).status, 0);
    const now = { ATTUNE_REGISTRY_INDICES: publish('2.0.0', 'new') };
    const { status, document } = await harness.jsonWith(now, 'pack', 'upgrade');
    assert.equal(status, 0, document.error?.message);
    assert.deepEqual(actions(document).toSorted(), ['left upgraded 1.0.0 -> 2.0.0', 'right upgraded 1.0.0 -> 2.0.0']);
  });

  test('never downgrades a dependency that was not named', async (t) => {
    const harness = await harnessWith(t, 'slack', 'core@2.0.0');
    const { status, document } = await harness.json('pack', 'upgrade', 'slack@1.0.0');
    assert.equal(status, 6);
    assert.match(document.error.message, /slack <=1\.1\.0 depends on core \^1/);
    assert.match(
      document.error.hint,
      /does not downgrade other packs\. To allow it, name them too, as in core@VERSION/,
    );
    assert.deepEqual(await installedPacks(harness), ['core 2.0.0', 'net 1.0.0', 'slack 2.0.0']);
  });

  test('chooses neither yanked versions nor prereleases, unless a prerelease is named', async (t) => {
    const harness = await harnessWith(t, 'core@1.4.0', 'preview@1.0.0');
    const { document } = await harness.json('pack', 'upgrade');
    assert.deepEqual(actions(document), ['core upgraded 1.4.0 -> 2.0.0', 'preview unchanged 1.0.0']);
    const prerelease = await harness.json('pack', 'upgrade', 'core@3.0.0-rc.1', 'preview@2.0.0-rc.1');
    assert.deepEqual(actions(prerelease.document), [
      'core upgraded 2.0.0 -> 3.0.0-rc.1',
      'preview upgraded 1.0.0 -> 2.0.0-rc.1',
    ]);
    const later = await harness.json('pack', 'upgrade');
    assert.deepEqual(actions(later.document), [
      'preview upgraded 2.0.0-rc.1 -> 2.0.0-rc.2',
      'core unchanged 3.0.0-rc.1',
    ]);
  });

  test('moves to a yanked version with a warning if exactly that version is named', async (t) => {
    const harness = await harnessWith(t, 'core@1.0.0');
    const { status, document } = await harness.json('pack', 'upgrade', 'core@2.1.0');
    assert.equal(status, 0, document.error?.message);
    assert.deepEqual(actions(document), ['core upgraded 1.0.0 -> 2.1.0']);
    assert.deepEqual(document.warnings, ['Version 2.1.0 of core is yanked: it deletes too much']);
  });

  test('with failing tests changes nothing, except with --force', async (t) => {
    const harness = await harnessWith(t, 'frail@1.0.0', 'jira@1.0.0');
    const before = storeContents(harness);
    const { status, document } = await harness.json('pack', 'upgrade');
    assert.equal(status, 8);
    assert.match(document.error.message, /The tests of frail 2\.0\.0 did not pass/);
    assert.deepEqual(storeContents(harness), before);
    assert.deepEqual(await installedPacks(harness), ['core 1.4.0', 'frail 1.0.0', 'jira 1.0.0']);
    const skipped = await harness.json('pack', 'upgrade', 'jira', '--skip-tests');
    assert.equal(skipped.document.packs[0].tests_skipped, true);
    const forced = await harness.json('pack', 'upgrade', 'frail', '--force');
    assert.equal(forced.status, 0, forced.document.error?.message);
    assert.match(forced.document.warnings[0], /did not pass/);
  });

  test('skips pinned packs, and exits 6 if one is named', async (t) => {
    const harness = await harnessWith(t, 'core@1.0.0', 'jira@1.0.0');
    await harness.attune('pack', 'pin', 'core');
    const { status, stdout, stderr } = await harness.attune('pack', 'upgrade', '--dry-run');
    assert.equal(status, 0);
    assert.match(stderr, /'core' is pinned and stays at 1\.0\.0/);
    assert.match(stdout, /^Would change 1 pack:\n {2}upgrade jira 1\.0\.0 -> 1\.2\.0/);
    const named = await harness.json('pack', 'upgrade', 'core', 'jira');
    assert.equal(named.status, 6);
    assert.equal(named.document.error.code, 'DEPENDENCY_PINNED');
    assert.match(named.document.error.message, /'core' is pinned at 1\.0\.0/);
    assert.match(named.document.error.hint, /attune pack unpin core/);
    assert.deepEqual(await installedPacks(harness), ['core 1.0.0', 'jira 1.0.0']);
  });

  test('blocked by a pinned pack exits 6 and names it', async (t) => {
    const harness = await harnessWith(t, 'slack@1.0.0', 'core@1.0.0');
    await harness.attune('pack', 'pin', 'core');
    const { status, document } = await harness.json('pack', 'upgrade', 'slack@2');
    assert.equal(status, 6);
    assert.match(document.error.message, /core 1\.0\.0 is pinned/);
    assert.match(document.error.hint, /attune pack unpin core/);
  });

  test('refuses invalid targets', async (t) => {
    const harness = await harnessWith(t, 'slack');
    const rows = [
      {
        args: ['slak'],
        status: 4,
        code: 'NOT_FOUND_PACK',
        message: /'slak' is not installed/,
        hint: /slack.*pack install/,
      },
      {
        args: ['jira'],
        status: 4,
        code: 'NOT_FOUND_PACK',
        message: /'jira' is not installed/,
        hint: /pack install jira/,
      },
      {
        args: ['slack@9'],
        status: 4,
        code: 'NOT_FOUND_VERSION',
        message: /No version of 'slack' matches '9'/,
        hint: /./,
      },
      { args: ['./slack'], status: 2, code: 'USAGE', message: /is not a valid pack source/, hint: /./ },
      {
        args: ['slack', 'slack@1'],
        status: 2,
        code: 'USAGE',
        message: /More than one REF refers to the pack 'slack'/,
        hint: /./,
      },
      {
        args: ['--registry', 'index-1'],
        status: 2,
        code: 'USAGE',
        message: /no pack is named/,
        hint: /Name the packs/,
      },
      { args: ['slack', '--registry', 'nope'], status: 4, code: 'NOT_FOUND_REGISTRY', message: /'nope'/, hint: /./ },
    ];
    for (const { args, status, code, message, hint } of rows) {
      const run = await harness.json('pack', 'upgrade', ...args);
      assert.equal(run.status, status, args.join(' '));
      assert.equal(run.document.error.code, code);
      assert.match(run.document.error.message, message);
      assert.match(run.document.error.hint, hint);
    }
  });
});

describe('pack upgrade: the registry that a pack is bound to', { concurrency: 2 }, () => {
  const settings = (...entries: string[]) =>
    `pack_registry:\n  indices:\n${entries.map((one) => `    - ${one}\n`).join('')}`;
  const official = `{ name: official, url: "${index}", priority: 5 }`;
  const first = `{ name: first, url: "${others}", priority: 1 }`;

  function configure(harness: CliHarness, ...entries: string[]): void {
    writeFiles(harness.config, { 'settings.yaml': settings(...entries) });
  }

  test('is the only one queried, with a warning about a pack of the same name elsewhere', async (t) => {
    const harness = createCliHarness(t);
    configure(harness, official);
    await harness.attune('pack', 'install', 'core@1.4.0');
    configure(harness, official, first);
    const { status, document } = await harness.json('pack', 'upgrade');
    assert.equal(status, 0, document.error?.message);
    assert.deepEqual(actions(document), ['core upgraded 1.4.0 -> 2.0.0']);
    assert.match(document.warnings[0], /The registry 'first' also has a pack 'core'/);
    const moved = await harness.json('pack', 'upgrade', 'core', '--registry', 'first');
    assert.deepEqual(actions(moved.document), ['core upgraded 2.0.0 -> 7.0.0']);
    assert.equal(moved.document.packs[0].registry, 'first');
    const { document: shown } = await harness.json('pack', 'show', 'core');
    assert.equal(shown.registry, 'first');
  });

  test('is not replaced by another if it is missing: the pack stays, with a warning', async (t) => {
    const harness = createCliHarness(t);
    configure(harness, official);
    await harness.attune('pack', 'install', 'core@1.4.0');
    configure(harness, first);
    const all = await harness.json('pack', 'upgrade');
    assert.equal(all.status, 0, all.document.error?.message);
    assert.deepEqual(actions(all.document), ['core unchanged 1.4.0']);
    assert.match(
      all.document.warnings[0],
      /was installed from the registry 'official', which is not configured or is disabled/,
    );
    const named = await harness.json('pack', 'upgrade', 'core');
    assert.equal(named.status, 4);
    assert.match(named.document.error.hint, /attune pack upgrade core --registry NAME/);
  });

  test('does not exist for a pack from a directory, until one is named', async (t) => {
    const harness = createCliHarness(t);
    configure(harness, official, first);
    writeFiles(join(harness.directory, 'mine'), packFiles({ ref: 'mine', files: { 'more.txt': 'local' } }));
    await harness.attune('pack', 'install', './mine');
    const all = await harness.json('pack', 'upgrade');
    assert.deepEqual([all.status, actions(all.document), all.document.warnings], [0, ['mine unchanged 1.0.0'], []]);
    const named = await harness.json('pack', 'upgrade', 'mine');
    assert.equal(named.status, 4);
    assert.match(named.document.error.message, /it was installed from a directory, not from a registry/);
    const bound = await harness.json('pack', 'upgrade', 'mine', '--registry', 'first');
    assert.equal(bound.status, 0, bound.document.error?.message);
    assert.deepEqual(actions(bound.document), ['mine reinstalled 1.0.0']);
    assert.equal(bound.document.packs[0].registry, 'first');
  });
});
