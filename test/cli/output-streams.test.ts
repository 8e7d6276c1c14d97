import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { type CliHarness, contentsOf, createCliHarness } from '../support/cli.ts';
import { runOnTerminal, withoutTerminal } from '../support/processes/pseudo-terminal.ts';
import { packFiles, writeRegistry } from '../support/registry/server.ts';
import { writeFiles } from '../support/store.ts';

const harness = createCliHarness({ after });

before(async () => {
  writeFiles(harness.directory, {
    'broken/pack.yaml': 'ref: broken\nversion: [1\n',
    'index.json': '{"packs": 1}\n',
    ...prefixed('failing', packFiles({ ref: 'failing', test: 'exit 1' })),
    ...prefixed('damaged', packFiles({ ref: 'damaged' })),
  });
  assert.equal((await harness.attune('pack', 'install', './damaged')).status, 0);
  writeFileSync(join(harness.data, 'packs', 'damaged', 'pack.yaml'), 'changed');
});

function prefixed(directory: string, files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [`${directory}/${path}`, text]));
}

const FAILURES: readonly { claim: string; args: string[]; status: number; line: RegExp; report: boolean }[] = [
  {
    claim: 'an invalid manifest',
    args: ['pack', 'index-entry', './broken'],
    status: 3,
    line: /^Error: .*pack\.yaml:\d+:\d+.*\n$/,
    report: false,
  },
  {
    claim: 'a usage error',
    args: ['pack', 'list', '--unknown'],
    status: 2,
    line: /^Error: 'attune pack list' has no flag --unknown\.\n$/,
    report: false,
  },
  {
    claim: 'an unknown command',
    args: ['pack', 'lst'],
    status: 2,
    line: /^Error: Unknown command 'pack lst'\.\n$/,
    report: false,
  },
  {
    claim: 'failed tests',
    args: ['pack', 'test', './failing'],
    status: 8,
    line: /^Error: The tests of 'failing' failed: 1 of 1 test failed\.\n$/,
    report: true,
  },
  {
    claim: 'a damaged release',
    args: ['pack', 'verify'],
    status: 7,
    line: /^Error: 1 release of 1 damaged: damaged 1\.0\.0\.\n$/,
    report: true,
  },
  {
    claim: 'an invalid index',
    args: ['pack', 'index-validate', 'index.json'],
    status: 3,
    line: /^Error: index\.json is not valid \(local\): .*\n$/,
    report: true,
  },
  {
    claim: 'problems that doctor finds',
    args: ['doctor', '--offline', '--data-dir', 'index.json'],
    status: 10,
    line: /^Error: Problems found: \d+ errors?, \d+ warnings?\.\n$/,
    report: true,
  },
];

for (const { claim, args, status, line, report } of FAILURES) {
  test(`--json: ${claim} is one document on stdout and one line on stderr, and --quiet hides the line`, async () => {
    const run = await harness.json(...args);
    assert.equal(run.status, status, JSON.stringify(run.document));
    assert.equal('error' in run.document, !report);
    assert.match(run.stderr, line);
    const quiet = await harness.attune(...args, '--json', '--quiet');
    assert.deepEqual([quiet.status, quiet.stderr], [status, '']);
    assert.doesNotThrow(() => JSON.parse(quiet.stdout));
    const yaml = await harness.attune(...args, '-y');
    assert.equal(yaml.status, status);
    assert.match(yaml.stderr, line);
  });
}

test('--json: a message of several lines is one line on stderr', async () => {
  writeFiles(harness.directory, prefixed('needy', packFiles({ ref: 'needy', dependencies: ['one', 'two'] })));
  const { document, stderr } = await harness.json('pack', 'install', './needy', '--no-registry');
  assert.match(document.error.message, /\n/);
  assert.match(stderr, /^Error: Pack dependency validation failed: Because [^\n]*two[^\n]*\. [^\n]*one[^\n]*\n$/);
});

test('--quiet: prints results and errors only', async (t) => {
  const own = createCliHarness(t);
  const index = writeRegistry(join(own.directory, 'registry'), [{ ref: 'old', yanked: 'it deletes too much' }]);
  const variables = { ATTUNE_REGISTRY_INDICES: index };
  const install = ['pack', 'install', 'old@1.0.0', '--force'];
  assert.match((await own.attuneWith(variables, ...install)).stderr, /Warning: .*yanked/);
  const quiet = await own.attuneWith(variables, ...install, '--quiet');
  assert.deepEqual([quiet.status, quiet.stderr], [0, '']);
  assert.match(quiet.stdout, /Pack 'old' installed|reinstalled/);
  const document = (await own.jsonWith(variables, ...install, '--quiet')).document;
  assert.match(document.warnings.join(), /yanked/);
  const failed = await own.attune('pack', 'show', 'nothing', '--quiet');
  assert.match(failed.stderr, /^Error: /);
});

test('--verbose: an error is printed with its causes and without a stack trace', async (t) => {
  const own = createCliHarness(t);
  rmSync(own.data, { recursive: true });
  writeFileSync(own.data, '');
  const { status, stderr } = await own.attune('pack', 'install', '/nonexistent', '-v', '--data-dir', own.data);
  assert.notEqual(status, 0);
  assert.doesNotMatch(stderr, /^ {4}at /m);
  const missing = await own.attune('pack', 'checksum', './nothing', '-v');
  assert.match(missing.stderr, /^Error: .*\nCaused by: ENOENT: .*\nHint: /);
});

const ESCAPE = String.fromCharCode(27);
const COLORS: readonly { variables: Record<string, string>; flags?: string[]; colored: boolean }[] = [
  { variables: {}, colored: false },
  { variables: { FORCE_COLOR: '1' }, colored: true },
  { variables: { FORCE_COLOR: 'true' }, colored: true },
  { variables: { FORCE_COLOR: 'yes' }, colored: true },
  { variables: { FORCE_COLOR: '0' }, colored: false },
  { variables: { FORCE_COLOR: '' }, colored: false },
  { variables: { CLICOLOR_FORCE: '1' }, colored: true },
  { variables: { CLICOLOR_FORCE: '0' }, colored: false },
  { variables: { FORCE_COLOR: '1', NO_COLOR: '1' }, colored: false },
  { variables: { CLICOLOR_FORCE: '1', NO_COLOR: '1' }, colored: false },
  { variables: { FORCE_COLOR: '1', NO_COLOR: '' }, colored: true },
  { variables: { FORCE_COLOR: '1' }, flags: ['--no-color'], colored: false },
];

for (const { variables, flags = [], colored } of COLORS) {
  const name = [...Object.entries(variables).map(([key, value]) => `${key}='${value}'`), ...flags].join(' ');
  test(`colors: with ${name || 'no variable'}, a pipe receives ${colored ? '' : 'no '}colors`, async () => {
    const listed = await harness.attuneWith(variables, 'pack', 'list', ...flags);
    const failed = await harness.attuneWith(variables, 'pack', 'show', 'nothing', ...flags);
    assert.equal(listed.stdout.includes(ESCAPE), colored);
    assert.equal(failed.stderr.includes(ESCAPE), colored);
    assert.match(stripVTControlCharacters(failed.stderr), /^Error: /);
    const { stdout } = await harness.attuneWith(variables, 'pack', 'list', ...flags, '--json');
    assert.equal(stdout.includes(ESCAPE), false);
  });
}

/** Runs the program in a directory that has a directory `~`, with paths that begin with `~/`. */
function homeHarness(t: Parameters<typeof createCliHarness>[0]): { own: CliHarness; home: string } {
  const own = createCliHarness(t);
  const home = join(own.directory, '..', 'home');
  writeFiles(home, prefixed('pack', packFiles({ ref: 'demo' })));
  writeRegistry(join(home, 'registry'), [{ ref: 'listed' }]);
  return { own, home };
}

test('paths: ~ is the home directory in flags, arguments, settings and variables', async (t) => {
  const { own, home } = homeHarness(t);
  const lines: readonly (readonly string[])[] = [
    ['pack', 'install', '~/pack', '--data-dir', '~/data'],
    ['pack', 'list', '--data-dir=~/data'],
    ['pack', 'lock', '--output', '~/written.lock', '--data-dir', '~/data'],
    ['pack', 'sync', '~/written.lock', '--data-dir', '~/data'],
    ['pack', 'checksum', '~/pack'],
    ['pack', 'test', '~/pack', '--junit', '~/junit.xml'],
    ['pack', 'index-entry', '~/pack', '--git-url', 'https://git.example/x.git', '--git-ref', 'v1.0.0'],
    ['pack', 'index-validate', '~/registry/index.json'],
    ['pack', 'index-merge', '--output', '~/merged.json', '~/registry/index.json'],
    ['db', 'backup', '~/copy.db', '--data-dir', '~/data'],
    ['db', 'restore', '~/copy.db', '--yes', '--data-dir', '~/data'],
    ['registry', 'add', 'mine', '~/registry/index.json'],
  ];
  for (const args of lines) {
    const { status, stderr } = await own.attune(...args);
    assert.equal(status, 0, `${args.join(' ')}: ${stderr}`);
  }
  const variables = { ATTUNE_DATA_DIR: '~/data', ATTUNE_CACHE_DIR: '~/cache', ATTUNE_CONFIG_DIR: '~/config' };
  const listed = await own.attuneWith(variables, 'pack', 'list', '--json');
  assert.equal(JSON.parse(listed.stdout).packs.length, 1);
  mkdirSync(join(home, 'config'));
  writeFileSync(
    join(home, 'config', 'settings.yaml'),
    'pack_registry: { indices: [{ name: home, url: "~/registry/index.json" }] }\n',
  );
  const found = await own.attuneWith(variables, 'pack', 'search', 'listed');
  assert.match(found.stdout, /listed/, found.stderr);
  const named = await own.attuneWith(
    { ATTUNE_REGISTRY_INDICES: '~/registry/index.json' },
    'pack',
    'install',
    'listed',
    '--dry-run',
  );
  assert.equal(named.status, 0, named.stderr);
  assert.deepEqual(Object.keys(contentsOf(own.directory)), []);
});

test('paths: a relative XDG variable is ignored with a warning, and an absolute one is used', async (t) => {
  const { own, home } = homeHarness(t);
  const unset = { ATTUNE_DATA_DIR: undefined, ATTUNE_CACHE_DIR: undefined, ATTUNE_CONFIG_DIR: undefined };
  const relative = { ...unset, XDG_DATA_HOME: 'data', XDG_CACHE_HOME: './cache', XDG_CONFIG_HOME: '~/config' };
  const run = await own.attuneWith(relative, 'pack', 'install', join(home, 'pack'));
  assert.equal(run.status, 0, run.stderr);
  for (const name of ['XDG_DATA_HOME', 'XDG_CACHE_HOME', 'XDG_CONFIG_HOME']) {
    assert.match(
      run.stderr,
      new RegExp(`^Warning: ${name} is ignored, because its path '\\S+' is not absolute\\.$`, 'm'),
    );
  }
  assert.deepEqual(Object.keys(contentsOf(own.directory)), []);
  assert.equal('attune/attune.db' in contentsOf(join(home, '.local', 'share')), true);
  const overridden = await own.attuneWith({ XDG_DATA_HOME: 'data' }, 'pack', 'list');
  assert.equal(overridden.stderr, '');
  await own.attuneWith({ ...unset, XDG_DATA_HOME: join(home, 'xdg') }, 'pack', 'install', join(home, 'pack'));
  assert.equal('attune/attune.db' in contentsOf(join(home, 'xdg')), true);
});

test('history: its table fits 80 columns on a terminal, with each undo command on its own line', {
  skip: withoutTerminal,
}, async () => {
  const env = { PATH: process.env['PATH'], HOME: harness.directory, ATTUNE_DATA_DIR: harness.data, NO_COLOR: '1' };
  const terminal = { cwd: harness.directory, env };
  const { output } = await runOnTerminal(['pack', 'history'], { ...terminal, columns: 80 });
  assert.equal(
    output.replace(/\d{4}-\d\d-\d\dT\d\d:\d\dZ/, '<time>').replace(/@\S+/, '@vm'),
    'TIME               ACTION   REF      VERSION  USER\n<time>  install  damaged  1.0.0    tester@vm\n  undo: attune pack uninstall damaged --yes\n',
  );
  const { stdout } = await harness.attune('pack', 'history');
  assert.match(
    stdout,
    /^\d{4}-\d\d-\d\dT\d\d:\d\dZ {2}install {2}damaged {2}1\.0\.0 {4}\S+ {2}attune pack uninstall damaged --yes$/m,
  );
});
