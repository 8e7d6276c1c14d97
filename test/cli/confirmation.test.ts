import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type CliHarness, contentsOf, createCliHarness } from '../support/cli.ts';
import { runOnTerminal, withoutTerminal } from '../support/processes/pseudo-terminal.ts';
import { writeRegistry } from '../support/registry/server.ts';

/** The command lines that ask for confirmation, each in the state that `machine` creates. */
const ASKING: readonly { readonly args: readonly string[]; readonly question: RegExp }[] = [
  { args: ['pack', 'uninstall', 'extra'], question: /Uninstall extra\?/ },
  { args: ['pack', 'autoremove'], question: /Uninstall leaf\?/ },
  { args: ['pack', 'sync', 'attune.lock'], question: /Not in the lock file: extra\. Uninstall it\?/ },
  { args: ['pack', 'repair'], question: /Repair core 1\.0\.0 from its source: \S+\?/ },
  { args: ['db', 'restore', 'copy.db'], question: /Replace the database with \S+copy\.db \(changes 1 pack\)\?/ },
];

/** Creates a store in which every command line has something to remove or to overwrite. */
async function machine(t: TestContext): Promise<CliHarness> {
  const harness = createCliHarness(t);
  const refs = [{ ref: 'core' }, { ref: 'extra' }, { ref: 'leaf' }, { ref: 'top', dependencies: ['leaf'] }];
  const index = writeRegistry(join(harness.directory, 'registry'), refs);
  const setup = [
    ['registry', 'add', 'local', index],
    ['pack', 'install', 'core', 'top'],
    ['pack', 'uninstall', 'top', '--yes'],
    ['pack', 'lock'],
    ['db', 'backup', 'copy.db'],
    ['pack', 'install', 'extra'],
  ];
  for (const args of setup) {
    const { status, stderr } = await harness.attune(...args);
    assert.equal(status, 0, stderr);
  }
  writeFileSync(join(harness.data, 'packs', 'core', 'pack.yaml'), 'changed');
  return harness;
}

/** Runs a command line on a terminal and types at its confirmation prompt. */
function typing(harness: CliHarness, answer: string, args: readonly string[]) {
  const { directory, data, config } = harness;
  const cache = join(data, '..', 'cache');
  const env = { ATTUNE_DATA_DIR: data, ATTUNE_CONFIG_DIR: config, ATTUNE_CACHE_DIR: cache, ATTUNE_USER: 'tester' };
  return runOnTerminal(args, {
    cwd: directory,
    env: { PATH: process.env['PATH'], HOME: directory, NO_COLOR: '1', ...env },
    answer: [/\[y\/N\]/, answer],
  });
}

test('confirmation: without a terminal, exits 2, names --yes and changes nothing', async (t) => {
  const harness = await machine(t);
  const before = contentsOf(harness.data);
  for (const { args, question } of ASKING) {
    const { status, stdout, stderr } = await harness.attune(...args);
    assert.deepEqual([status, stdout], [2, '']);
    assert.match(stderr, /^Error: Confirmation required, but stdin is not a terminal: /m);
    assert.match(stderr, question);
    assert.match(stderr, /^Hint: Pass --yes to confirm/m);
    const document = await harness.json(...args);
    assert.deepEqual([document.status, document.document.error.code], [2, 'USAGE']);
    assert.match(document.document.error.message, /the output is JSON/);
  }
  assert.deepEqual(contentsOf(harness.data), before);
});

test('confirmation: -y without --yes exits 2 and explains that it means --yaml', async (t) => {
  const harness = await machine(t);
  const before = contentsOf(harness.data);
  for (const { args } of ASKING) {
    for (const flags of [['-y'], ['-qy']]) {
      const { status, stdout } = await harness.attune(...args, ...flags);
      assert.equal(status, 2);
      assert.match(JSON.parse(stdout).error.message, /-y means --yaml/);
    }
    assert.match((await harness.attune(...args, '--yaml')).stdout, /the output is YAML/);
  }
  assert.deepEqual(contentsOf(harness.data), before);
});

test('confirmation: --yes confirms without a terminal', async (t) => {
  for (const { args } of ASKING) {
    const harness = await machine(t);
    const { status, stderr } = await harness.attune(...args, '--yes');
    assert.equal(status, 0, stderr);
  }
});

test('confirmation: a command with nothing to remove does not ask', async (t) => {
  const harness = createCliHarness(t);
  assert.equal((await harness.attune('pack', 'lock', '--output', 'empty.lock')).status, 0);
  for (const args of [
    ['pack', 'autoremove'],
    ['pack', 'repair'],
    ['pack', 'sync', 'empty.lock'],
  ]) {
    const { status, stderr } = await harness.attune(...args, '-y');
    assert.equal(status, 0, stderr);
  }
});

const ANSWERS: readonly { readonly claim: string; readonly typed: string }[] = [
  { claim: 'no', typed: 'n' },
  { claim: 'an empty line', typed: '' },
  { claim: 'anything but yes', typed: 'yess' },
  { claim: 'Ctrl-C', typed: '\u0003' },
  { claim: 'the end of input', typed: '\u0004' },
];

for (const { claim, typed } of ANSWERS) {
  test(`confirmation: ${claim} prints Cancelled., exits 130 and changes nothing`, {
    skip: withoutTerminal,
  }, async (t) => {
    const harness = await machine(t);
    const before = contentsOf(harness.data);
    for (const { args, question } of ASKING) {
      const { status, output } = await typing(harness, typed, args);
      assert.equal(status, 130, output);
      assert.match(output, question);
      assert.match(output, /^Cancelled\.$/m);
      assert.doesNotMatch(output, /Error|Hint/);
    }
    assert.deepEqual(contentsOf(harness.data), before);
  });
}

test('confirmation: y on a terminal confirms, and -y on a terminal still exits 2', {
  skip: withoutTerminal,
}, async (t) => {
  const harness = await machine(t);
  const refused = await typing(harness, '', ['pack', 'uninstall', 'extra', '-y']);
  assert.equal(refused.status, 2);
  assert.match(refused.output, /-y means --yaml/);
  const { status, output } = await typing(harness, 'y', ['pack', 'uninstall', 'extra']);
  assert.equal(status, 0, output);
  assert.match(output, /Pack 'extra' 1\.0\.0 uninstalled/);
});
