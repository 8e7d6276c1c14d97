import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { type CliHarness, createCliHarness, installedPacks, namesOf, storeContents } from '../../../support/cli.ts';
import { startHttpServer } from '../../../support/http/server.ts';
import { runOnTerminal, withoutTerminal } from '../../../support/processes/pseudo-terminal.ts';
import { packFiles, writeRegistry } from '../../../support/registry/server.ts';
import { writeFiles } from '../../../support/store.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

const directory = temporaryDirectory({ after });
const server = await startHttpServer({ after }, {});
const upper = writeRegistry(join(directory, 'upper'), [
  { ref: 'top', dependencies: ['middle@^1'], test: 'exit 0' },
  { ref: 'middle', version: '1.1.0', dependencies: ['base@^1', 'lib'] },
  { ref: 'old', dependencies: ['base@<1.5'] },
  { ref: 'new', dependencies: ['middle', 'base>=1.5'] },
  { ref: 'on-frail', dependencies: ['under-frail'], test: 'exit 0' },
]);
const lower = writeRegistry(join(directory, 'lower'), [
  { ref: 'middle', version: '1.9.0' },
  { ref: 'base', version: '2.0.0' },
  { ref: 'base', version: '1.5.0', test: 'exit 0' },
  { ref: 'base', version: '1.2.0' },
  { ref: 'lib', dependencies: ['base'] },
  { ref: 'under-frail', dependencies: ['frail'] },
  { ref: 'frail', test: 'echo no luck; exit 1' },
  {
    ref: 'lost',
    sources: [{ type: 'archive', url: server.url('/lost.tar.gz'), checksum: `sha256:${'0'.repeat(64)}` }],
  },
  { ref: 'on-lost', dependencies: ['base', 'lost'] },
]);

function harnessOf(t: Parameters<typeof createCliHarness>[0]): CliHarness {
  const harness = createCliHarness(t);
  const indices = [
    { name: 'lower', url: lower, priority: 2 },
    { name: 'upper', url: upper, priority: 1 },
  ];
  writeFiles(harness.config, { 'settings.yaml': JSON.stringify({ pack_registry: { indices } }) });
  return harness;
}

describe('install: dependencies', { concurrency: 2 }, () => {
  test('are installed through three levels, each from the first registry that has the pack', async (t) => {
    const harness = harnessOf(t);
    const { status, document } = await harness.json('pack', 'install', 'top');
    assert.equal(status, 0, document.error?.message);
    assert.deepEqual(
      document.packs.map(({ ref, version, registry, required_by }: Record<string, unknown>) =>
        [ref, version, registry, required_by].join(' '),
      ),
      ['base 1.5.0 lower middle', 'lib 1.0.0 lower middle', 'middle 1.1.0 upper top', 'top 1.0.0 upper '],
    );
    assert.deepEqual(await installedPacks(harness), ['base 1.5.0', 'lib 1.0.0', 'middle 1.1.0', 'top 1.0.0']);
    const { document: base } = await harness.json('pack', 'show', 'base');
    assert.deepEqual([base.requested, base.registry, base.last_test.passed], [false, 'lower', 1]);
    assert.deepEqual(
      base.dependents.map(({ ref }: { ref: string }) => ref),
      ['lib', 'middle'],
    );
  });

  test('that conflict are explained with a proof, and nothing is installed', async (t) => {
    const harness = harnessOf(t);
    const { status, document } = await harness.json('pack', 'install', 'old', 'new');
    assert.equal(status, 6);
    assert.equal(document.error.code, 'DEPENDENCY_UNSATISFIED');
    assert.equal(
      document.error.message,
      [
        'Pack dependency validation failed:',
        '  Because new 1.0.0 depends on base >=1.5 and old 1.0.0 depends on base <1.5, new 1.0.0 and old 1.0.0 cannot be installed together.',
        '  So, because you requested new and old, there is no solution.',
      ].join('\n'),
    );
    assert.deepEqual(document.error.details.conflicts[0].about, ['base']);
    assert.deepEqual(storeContents(harness), {});
    assert.deepEqual(await installedPacks(harness), []);
  });

  test('with failing tests two levels below prevent the installation of all packs', async (t) => {
    const harness = harnessOf(t);
    const { status, document } = await harness.json('pack', 'install', 'top', 'on-frail');
    assert.equal(status, 8);
    assert.match(document.error.message, /The tests of frail 1\.0\.0 did not pass/);
    assert.deepEqual(storeContents(harness), {});
    assert.deepEqual(await installedPacks(harness), []);
  });

  test('that cannot be downloaded prevent the installation of all packs', async (t) => {
    const harness = harnessOf(t);
    const { status } = await harness.json('pack', 'install', 'on-lost');
    assert.equal(status, 9);
    assert.deepEqual(storeContents(harness), {});
  });

  test('never change an installed version, and dependencies of installed packs stay satisfied', async (t) => {
    const harness = harnessOf(t);
    await harness.attune('pack', 'install', 'old');
    const { status, document } = await harness.json('pack', 'install', 'new');
    assert.equal(status, 6);
    assert.match(document.error.message, /base 1\.2\.0 is installed/);
    assert.match(document.error.hint, /does not change the version of base\. Request other versions/);
    const forced = await harness.json('pack', 'install', 'base@2.0.0', '--force');
    assert.equal(forced.status, 6);
    assert.match(forced.document.error.message, /old 1\.0\.0 depends on base <1\.5/);
    assert.deepEqual(await installedPacks(harness), ['base 1.2.0', 'old 1.0.0']);
  });

  test('skipped with --skip-deps stay missing, and constrain a later installation', async (t) => {
    const harness = harnessOf(t);
    await harness.attune('pack', 'install', 'old', '--skip-deps');
    const other = await harness.json('pack', 'install', 'lib');
    assert.equal(other.status, 6);
    assert.match(
      other.document.error.message,
      /base <1\.5 \(needed by old, which is installed\): it would become 2\.0\.0/,
    );
    const fixed = await harness.json('pack', 'install', 'base');
    assert.deepEqual(namesOf(fixed.document.packs), ['base 1.2.0']);
  });

  test('never change the version of a pinned pack, not even with --force', async (t) => {
    const harness = harnessOf(t);
    await harness.attune('pack', 'install', 'base@1.2.0');
    await harness.attune('pack', 'pin', 'base');
    const moved = await harness.json('pack', 'install', 'base@1.5.0', '--force');
    assert.deepEqual([moved.status, moved.document.error.code], [6, 'DEPENDENCY_PINNED']);
    writeFiles(join(harness.directory, 'base'), packFiles({ ref: 'base', version: '3.0.0' }));
    const given = await harness.json('pack', 'install', './base', '--force');
    assert.deepEqual([given.status, given.document.error.code], [6, 'DEPENDENCY_PINNED']);
    const again = await harness.json('pack', 'install', 'base@1.2.0', '--force');
    assert.equal(again.document.packs[0].action, 'reinstalled');
  });
});

/** Runs a command line on a terminal and returns its output. */
async function onTerminal(
  harness: CliHarness,
  variables: Readonly<Record<string, string>>,
  ...args: string[]
): Promise<string> {
  const env = {
    PATH: process.env['PATH'],
    LANG: 'C.UTF-8',
    TERM: 'xterm-256color',
    HOME: dirname(harness.data),
    ATTUNE_DATA_DIR: harness.data,
    ATTUNE_CACHE_DIR: join(dirname(harness.data), 'cache'),
    ATTUNE_CONFIG_DIR: harness.config,
    ...variables,
  };
  return (await runOnTerminal(args, { cwd: harness.directory, env })).output;
}

describe('install: the plan on a terminal', { skip: withoutTerminal, concurrency: 2 }, () => {
  const PLAN =
    '+ base 1.5.0 (needed by middle)\n+ lib 1.0.0 (needed by middle)\n+ middle 1.1.0 (needed by top)\n+ top 1.0.0\n';

  test('is printed before the first download if dependencies are included', async (t) => {
    const output = await onTerminal(harnessOf(t), {}, 'pack', 'install', 'top');
    assert.ok(output.includes(PLAN), output);
    assert.ok(output.indexOf(PLAN) < output.indexOf('Installing pack from'), output);
    assert.match(output, /Pack 'top' installed successfully/);
  });

  const hidden: { title: string; args: string[]; variables?: Record<string, string> }[] = [
    { title: 'is not printed if it contains only the requested packs', args: ['base'] },
    { title: 'is not printed with --quiet', args: ['top', '--quiet'] },
    { title: 'is not printed with --json', args: ['top', '--json'] },
    { title: 'is not printed in CI', args: ['top'], variables: { CI: 'true' } },
  ];
  for (const { title, args, variables = {} } of hidden) {
    test(title, async (t) => {
      const output = await onTerminal(harnessOf(t), variables, 'pack', 'install', ...args);
      assert.doesNotMatch(output, /^\+ /m);
    });
  }

  test('lists the new versions of an upgrade', async (t) => {
    const harness = harnessOf(t);
    await harness.attune('pack', 'install', 'base@1.2.0');
    const output = await onTerminal(harness, {}, 'pack', 'upgrade');
    assert.match(output, /^~ base 1\.2\.0 -> 2\.0\.0$/m);
  });
});
