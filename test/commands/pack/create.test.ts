import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { parse } from 'yaml';
import { FIXTURES } from '../../support/attune.ts';
import { contentsOf, createCliHarness } from '../../support/cli.ts';
import { runOnTerminal, withoutTerminal } from '../../support/processes/pseudo-terminal.ts';
import { subsets } from '../../support/subsets.ts';

const TEMPLATES = ['python', 'node', 'shell'];
const KINDS = ['action', 'sensor', 'trigger', 'rule', 'workflow'];
/** Some templates have tests for Node. */
const WITH_NODE = [dirname(process.execPath), process.env['PATH']].join(delimiter);
const shared = createCliHarness({ after });

const read = (ref: string, path: string) => readFileSync(join(shared.directory, ref, path), 'utf8');

/** All kinds for each choice of languages, and each kind alone; create.slow.test.ts has all combinations. */
const combinations = [
  ...subsets(TEMPLATES).map((templates) => ({ templates, kinds: KINDS })),
  ...KINDS.map((kind, index) => ({ templates: [TEMPLATES[index % 3] as string], kinds: [kind] })),
];

for (const [index, { templates, kinds }] of combinations.entries()) {
  test(`pack create: ${templates.join(', ')} with ${kinds.join(', ')} makes a pack whose tests pass`, async () => {
    const ref = `pack-${index}`;
    const flags = templates.flatMap((template) => ['--template', template]);
    const { status, document, stderr } = await shared.json('pack', 'create', ref, ...flags, '--with', kinds.join(','));
    assert.equal(status, 0, stderr);
    const written = Object.keys(contentsOf(join(shared.directory, ref))).sort();
    assert.deepEqual(document, {
      success: true,
      ref,
      version: '0.1.0',
      directory: ref,
      files: written,
      warnings: [],
    });
    for (const file of ['README.md', 'CHANGELOG.md', 'LICENSE', '.gitignore', 'pack.yaml'])
      assert.ok(written.includes(file));
    for (const file of written.filter((path) => path.endsWith('.yaml'))) {
      assert.match(read(ref, file), /^# yaml-language-server: \$schema=https:\/\//);
    }
    const run = await shared.jsonWith({ PATH: WITH_NODE }, 'pack', 'test', `./${ref}`);
    assert.deepEqual([run.status, run.document.status], [0, 'passed'], run.stderr);
    assert.deepEqual(
      run.document.test_suites.map(({ name }: { name: string }) => name),
      TEMPLATES.filter((template) => templates.includes(template)),
    );
    const archived = await shared.json('pack', 'archive', ref, '-o', `${ref}.zip`);
    assert.equal(archived.status, 0, archived.stderr);
  });
}

const TEXTS = [
  'no',
  'on',
  'null',
  '12:30',
  '1.0',
  '0x10',
  '- a',
  '# c',
  'a: b',
  '"q"',
  "it's",
  '{{ x }}',
  'multi\nline',
  '\u{1f600}',
];

test('pack create: a text that YAML would read as another type or structure stays a text', async () => {
  for (const [index, text] of TEXTS.entries()) {
    const ref = `text-${index}`;
    const args = ['--label', text, '--description', text, '--author', text];
    const { status, stderr } = await shared.json('pack', 'create', ref, ...args);
    assert.equal(status, 0, stderr);
    const manifest = read(ref, 'pack.yaml');
    for (const version of ['1.1', '1.2'] as const) {
      const { label, name, description, author } = parse(manifest, { version });
      assert.deepEqual([label, name, description, author], [text, text, text, text], version);
    }
    assert.match(manifest, /^version: "0\.1\.0"$/m);
  }
});

for (const license of ['Apache-2.0', 'MIT', 'BSD-3-Clause', 'GPL-3.0-or-later', '0BSD']) {
  test(`pack create --license ${license}: writes the text of the license`, async () => {
    const ref = `license-${license.toLowerCase().replace(/[^a-z0-9]/g, '-')}`;
    assert.equal((await shared.attune('pack', 'create', ref, '--license', license)).status, 0);
    assert.ok(read(ref, 'LICENSE').length > 500);
    assert.match(read(ref, 'pack.yaml'), new RegExp(`^license: "?${license}"?$`, 'm'));
    if (license === 'Apache-2.0') {
      const words = (text: string) => text.replace(/\W+/g, ' ').trim();
      assert.equal(words(read(ref, 'LICENSE')), words(readFileSync(join(FIXTURES, 'licenses/Apache-2.0.txt'), 'utf8')));
    }
  });
}

const REFUSALS = [
  { claim: 'a ref with capitals', args: ['My-Pack'], status: 2, code: 'USAGE', message: /'My-Pack'/ },
  { claim: 'a ref that leads elsewhere', args: ['../other'], status: 2, code: 'USAGE', message: /'\.\.\/other'/ },
  { claim: 'a ref of one letter, which the platform refuses,', args: ['a'], status: 2, code: 'USAGE', message: /'a'/ },
  { claim: 'an unknown license', args: ['x1', '--license', 'mit'], status: 2, code: 'USAGE', message: /'mit'.*SPDX/ },
  {
    claim: 'an inherited name as a license',
    args: ['x1', '--license', 'constructor'],
    status: 2,
    code: 'USAGE',
    message: /SPDX/,
  },
  { claim: 'an unknown kind', args: ['x1', '--with', 'action,queue'], status: 2, code: 'USAGE', message: /queue/ },
  { claim: 'no kind', args: ['x1', '--with', ''], status: 2, code: 'USAGE', message: /--with/ },
  { claim: 'an unknown template', args: ['x1', '--template', 'ruby'], status: 2, code: 'USAGE', message: /ruby/ },
  { claim: '-i without a terminal', args: ['x1', '-i'], status: 2, code: 'USAGE', message: /terminal/ },
  { claim: 'a directory that is not empty', args: ['full'], status: 5, code: 'EXISTS_DIRECTORY', message: /'full'/ },
  {
    claim: 'a file in place of the directory',
    args: ['x1', '--directory', 'file'],
    status: 5,
    code: 'EXISTS_DIRECTORY',
    message: /'file'/,
  },
  {
    claim: 'a parent that does not exist',
    args: ['x1', '--directory', 'no/such'],
    status: 4,
    code: 'NOT_FOUND_PATH',
    message: /no/,
  },
];

for (const { claim, args, status, code, message } of REFUSALS) {
  test(`pack create: ${claim} exits ${status} and writes nothing`, async (t) => {
    const harness = createCliHarness(t);
    mkdirSync(join(harness.directory, 'full'));
    writeFileSync(join(harness.directory, 'full/pack.yaml'), 'mine\n');
    writeFileSync(join(harness.directory, 'file'), '');
    const before = contentsOf(harness.directory);
    const { status: actual, document } = await harness.json('pack', 'create', ...args);
    assert.deepEqual([actual, document.error?.code], [status, code], document.error?.message);
    assert.match(document.error.message, message);
    assert.deepEqual(contentsOf(harness.directory), before);
  });
}

test('pack create: an empty directory is filled; --force adds the missing files and overwrites none; --dry-run writes nothing', async (t) => {
  const harness = createCliHarness(t);
  mkdirSync(join(harness.directory, 'empty'));
  const planned = await harness.json('pack', 'create', 'empty', '--dry-run');
  assert.deepEqual(readdirSync(join(harness.directory, 'empty')), []);
  const { document } = await harness.json('pack', 'create', 'empty');
  const { dry_run, ...plan } = planned.document;
  assert.deepEqual([dry_run, { success: true, ...plan }], [true, document]);
  mkdirSync(join(harness.directory, 'mine'));
  writeFileSync(join(harness.directory, 'mine/pack.yaml'), 'mine\n');
  const forced = await harness.json('pack', 'create', 'mine', '--force');
  assert.equal(forced.status, 0, forced.stderr);
  assert.equal(readFileSync(join(harness.directory, 'mine/pack.yaml'), 'utf8'), 'mine\n');
  assert.deepEqual(
    forced.document.files,
    document.files.filter((path: string) => path !== 'pack.yaml'),
  );
});

test('pack create: a directory that cannot be written leaves nothing', {
  skip: process.geteuid?.() === 0 && 'root may write everywhere',
}, async (t) => {
  const harness = createCliHarness(t);
  chmodSync(harness.directory, 0o555);
  const { status } = await harness.json('pack', 'create', 'mine');
  assert.equal(status, 10);
  chmodSync(harness.directory, 0o755);
  assert.deepEqual(readdirSync(harness.directory), []);
});

test('pack create: scripts with a first line for the system are executable', async () => {
  await shared.attune('pack', 'create', 'modes');
  assert.equal(statSync(join(shared.directory, 'modes/actions/hello.sh')).mode & 0o111, 0o111);
  assert.equal(statSync(join(shared.directory, 'modes/pack.yaml')).mode & 0o111, 0);
});

for (const [ci, path] of [
  ['github', '.github/workflows/test.yml'],
  ['gitlab', '.gitlab-ci.yml'],
  ['jenkins', 'Jenkinsfile'],
] as const) {
  test(`pack create --ci ${ci}: writes ${path}, which runs the tests`, async () => {
    await shared.attune('pack', 'create', `ci-${ci}`, '--ci', ci);
    assert.match(read(`ci-${ci}`, path), /attune pack test \. --junit reports\/junit\.xml/);
  });
}

const environment = (harness: typeof shared) => ({
  PATH: process.env['PATH'],
  HOME: join(harness.directory, '..', 'home'),
  TERM: 'xterm',
  ATTUNE_DATA_DIR: harness.data,
  ATTUNE_CONFIG_DIR: harness.config,
});

test('pack create -i: prompts on a terminal for the values that were not given', {
  skip: withoutTerminal,
}, async (t) => {
  const harness = createCliHarness(t);
  const answers = [
    [/Label/, 'Shiny Pack'],
    [/Description/, ''],
    [/Author/, 'Ada Lovelace'],
    [/Languages/, ''],
    [/Components/, ''],
    [/CI pipeline/, ''],
  ] as const;
  const args = ['pack', 'create', 'asked', '-i', '--license', 'MIT'];
  const { status, output } = await runOnTerminal(args, { cwd: harness.directory, env: environment(harness), answers });
  assert.equal(status, 0, output);
  assert.doesNotMatch(output, /License \(SPDX/);
  const manifest = parse(readFileSync(join(harness.directory, 'asked/pack.yaml'), 'utf8'));
  assert.deepEqual(
    [manifest.label, manifest.description, manifest.author, manifest.license],
    ['Shiny Pack', 'The Shiny Pack pack.', 'Ada Lovelace', 'MIT'],
  );
  assert.ok(readdirSync(join(harness.directory, 'asked/actions')).includes('hello.sh'));
});

test('pack create -i: Ctrl-C exits 130 and writes nothing', { skip: withoutTerminal }, async (t) => {
  const harness = createCliHarness(t);
  const { status, output } = await runOnTerminal(['pack', 'create', 'asked', '-i'], {
    cwd: harness.directory,
    env: environment(harness),
    answers: [[/Label/, '\u0003']],
  });
  assert.equal(status, 130, output);
  assert.deepEqual(readdirSync(harness.directory), []);
});
