import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { after, describe, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { programCommand } from '../../../support/attune.ts';
import { type CliHarness, createCliHarness, installedPacks, namesOf, storeContents } from '../../../support/cli.ts';
import { startHttpServer } from '../../../support/http/server.ts';
import { packFiles, writeRegistry } from '../../../support/registry/server.ts';
import { writeFiles } from '../../../support/store.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

const directory = temporaryDirectory({ after });
const server = await startHttpServer({ after }, {});
const upper = writeRegistry(join(directory, 'upper'), [
  { ref: 'top', needs: ['middle@^1'], test: 'exit 0' },
  { ref: 'middle', version: '1.1.0', needs: ['base@^1', 'lib'] },
  { ref: 'old', needs: ['base@<1.5'] },
  { ref: 'new', needs: ['middle', 'base>=1.5'] },
  { ref: 'on-frail', needs: ['under-frail'], test: 'exit 0' },
]);
const lower = writeRegistry(join(directory, 'lower'), [
  { ref: 'middle', version: '1.9.0' },
  { ref: 'base', version: '2.0.0' },
  { ref: 'base', version: '1.5.0', test: 'exit 0' },
  { ref: 'base', version: '1.2.0' },
  { ref: 'lib', needs: ['base'] },
  { ref: 'under-frail', needs: ['frail'] },
  { ref: 'frail', test: 'echo no luck; exit 1' },
  {
    ref: 'lost',
    sources: [{ type: 'archive', url: server.url('/lost.tar.gz'), checksum: `sha256:${'0'.repeat(64)}` }],
  },
  { ref: 'on-lost', needs: ['base', 'lost'] },
]);

function harnessOf(t: Parameters<typeof createCliHarness>[0]): CliHarness {
  const harness = createCliHarness(t);
  const indices = [
    { name: 'lower', url: lower, priority: 2 },
    { name: 'upper', url: upper, priority: 1 },
  ];
  writeFiles(harness.config, { 'config.yaml': JSON.stringify({ pack_registry: { indices } }) });
  return harness;
}

describe('what packs need', { concurrency: 2 }, () => {
  test('comes through three levels and from two registries, each pack from the first that has it', async (t) => {
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

  test('and cannot agree on is told as a proof, and nothing is installed', async (t) => {
    const harness = harnessOf(t);
    const { status, document } = await harness.json('pack', 'install', 'old', 'new');
    assert.equal(status, 6);
    assert.equal(document.error.code, 'DEPENDENCY_UNSATISFIED');
    assert.equal(
      document.error.message,
      [
        'Pack dependencies cannot be satisfied:',
        '  Because new 1.0.0 needs base >=1.5 and old 1.0.0 needs base <1.5, new 1.0.0 and old 1.0.0 cannot be installed together.',
        '  So, because you asked for new and old, there is no solution.',
      ].join('\n'),
    );
    assert.deepEqual(document.error.details.conflicts[0].about, ['base']);
    assert.deepEqual(storeContents(harness), {});
    assert.deepEqual(await installedPacks(harness), []);
  });

  test('fails its tests two levels below: nothing at all is installed', async (t) => {
    const harness = harnessOf(t);
    const { status, document } = await harness.json('pack', 'install', 'top', 'on-frail');
    assert.equal(status, 8);
    assert.match(document.error.message, /The tests of frail 1\.0\.0 did not pass/);
    assert.deepEqual(storeContents(harness), {});
    assert.deepEqual(await installedPacks(harness), []);
  });

  test('cannot be fetched: nothing at all is installed', async (t) => {
    const harness = harnessOf(t);
    const { status } = await harness.json('pack', 'install', 'on-lost');
    assert.equal(status, 9);
    assert.deepEqual(storeContents(harness), {});
  });

  test('is never another version of what is installed, and nothing installed loses what it needs', async (t) => {
    const harness = harnessOf(t);
    await harness.attune('pack', 'install', 'old');
    const { status, document } = await harness.json('pack', 'install', 'new');
    assert.equal(status, 6);
    assert.match(document.error.message, /base 1\.2\.0 is installed/);
    assert.match(document.error.hint, /attune pack upgrade base may help/);
    const forced = await harness.json('pack', 'install', 'base@2.0.0', '--force');
    assert.equal(forced.status, 6);
    assert.match(forced.document.error.message, /old 1\.0\.0 needs base <1\.5/);
    assert.deepEqual(await installedPacks(harness), ['base 1.2.0', 'old 1.0.0']);
  });

  test('was left out by --skip-deps stays out, and fits when it comes', async (t) => {
    const harness = harnessOf(t);
    await harness.attune('pack', 'install', 'old', '--skip-deps');
    const other = await harness.json('pack', 'install', 'lib');
    assert.equal(other.status, 6);
    assert.match(
      other.document.error.message,
      /base <1\.5 \(needed by old, which is installed\): it would become 2\.0\.0/,
    );
    const mended = await harness.json('pack', 'install', 'base');
    assert.deepEqual(namesOf(mended.document.packs), ['base 1.2.0']);
  });

  test('a pinned pack is replaced by no other version, not even by force', async (t) => {
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

/** Of util-linux: runs a command on a pseudo-terminal. */
const TERMINAL_MAKER = 'script';
const skip = !/util-linux/.test(spawnSync(TERMINAL_MAKER, ['--version'], { encoding: 'utf8' }).stdout ?? '');

/** All that a command line writes to a terminal of its own, as text. */
function onTerminal(
  harness: CliHarness,
  variables: Readonly<Record<string, string>>,
  ...words: string[]
): Promise<string> {
  const command = [...programCommand(), ...words].map((word) => `'${word}'`).join(' ');
  const child = spawn(TERMINAL_MAKER, ['-qefc', `stty cols 100 rows 30; exec ${command}`, '/dev/null'], {
    cwd: harness.directory,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: {
      PATH: process.env['PATH'],
      LANG: 'C.UTF-8',
      TERM: 'xterm-256color',
      SHELL: '/bin/sh',
      HOME: dirname(harness.data),
      ATTUNE_DATA_DIR: harness.data,
      ATTUNE_CACHE_DIR: join(dirname(harness.data), 'cache'),
      ATTUNE_CONFIG_DIR: harness.config,
      ...variables,
    },
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return new Promise((resolve) =>
    child.once('close', () => resolve(stripVTControlCharacters(output).replaceAll('\r', ''))),
  );
}

describe('the plan on a terminal', { skip, concurrency: 2 }, () => {
  const PLAN =
    '+ base 1.5.0 (needed by middle)\n+ lib 1.0.0 (needed by middle)\n+ middle 1.1.0 (needed by top)\n+ top 1.0.0\n';

  test('comes before anything is fetched, where it is more than was asked for', async (t) => {
    const output = await onTerminal(harnessOf(t), {}, 'pack', 'install', 'top');
    assert.ok(output.includes(PLAN), output);
    assert.ok(output.indexOf(PLAN) < output.indexOf('Installing pack from'), output);
    assert.match(output, /Pack 'top' installed successfully/);
  });

  const silent: { claim: string; words: string[]; variables?: Record<string, string> }[] = [
    { claim: 'is not shown where it is what was asked for', words: ['base'] },
    { claim: 'is not shown with --quiet', words: ['top', '--quiet'] },
    { claim: 'is not shown with --json', words: ['top', '--json'] },
    { claim: 'is not shown in CI', words: ['top'], variables: { CI: 'true' } },
  ];
  for (const { claim, words, variables = {} } of silent) {
    test(claim, async (t) => {
      const output = await onTerminal(harnessOf(t), variables, 'pack', 'install', ...words);
      assert.doesNotMatch(output, /^\+ /m);
    });
  }

  test('tells where an upgrade leads', async (t) => {
    const harness = harnessOf(t);
    await harness.attune('pack', 'install', 'base@1.2.0');
    const output = await onTerminal(harness, {}, 'pack', 'upgrade');
    assert.match(output, /^~ base 1\.2\.0 -> 2\.0\.0$/m);
  });
});
