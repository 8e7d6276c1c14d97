import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CLEAN_PACK, plant } from '../../../support/checking/planted.ts';
import { createCliHarness } from '../../../support/cli.ts';

const WARNING = { 'policies/p.yaml': 'a: 1\n' } as const;
const ERROR = { 'triggers/tick.yaml': ['enabled: true', 'enabled: yes'] } as const;
const REAL_PACKS = '/work/shared/packs';

test('pack check: the report of a pack without problems is valid and exits 0', async (t) => {
  const cli = createCliHarness(t);
  const { status, document } = await cli.json('pack', 'check', CLEAN_PACK);
  assert.equal(status, 0);
  assert.deepEqual(document, {
    valid: true,
    packs: [{ path: CLEAN_PACK, ref: 'demo', version: '1.2.0' }],
    ...{ errors: 0, warnings: 0, infos: 0, fixed: 0, diagnostics: [] },
  });
});

test('pack check: an error exits 3, and its diagnostic has a location and a fix in bytes', async (t) => {
  const cli = createCliHarness(t);
  const { status, document } = await cli.json('pack', 'check', plant(t, ERROR));
  assert.equal(status, 3);
  assert.equal(document.valid, false);
  assert.deepEqual(document.diagnostics, [
    {
      ...{ severity: 'error', code: 'yaml-boolean-word', pack: 'demo', path: 'triggers/tick.yaml' },
      ...{ line: 4, column: 10, end_line: 4, end_column: 13, message: "'yes' is text here: write true" },
      fix: { description: 'Write true.', edits: [{ path: 'triggers/tick.yaml', start: 69, end: 72, text: 'true' }] },
    },
  ]);
});

test('pack check: without a path the working directory is checked', async (t) => {
  const cli = createCliHarness(t);
  cpSync(CLEAN_PACK, cli.directory, { recursive: true });
  assert.match((await cli.attune('pack', 'check')).stdout, /^✓ demo 1\.2\.0: 0 errors, 0 warnings, 0 infos\n$/);
});

test('pack check: a warning exits 3 with --strict only', async (t) => {
  const cli = createCliHarness(t);
  const pack = plant(t, WARNING);
  assert.equal((await cli.attune('pack', 'check', pack)).status, 0);
  const { status, stdout } = await cli.attune('pack', 'check', pack, '--strict');
  assert.equal(status, 3);
  assert.match(stdout, /^policies\/p\.yaml:1:1: warning: nothing reads this file \[component-file-ignored\]\n/);
});

test('pack check: --rule sets the level of a rule and wins over the file and over comments', async (t) => {
  const cli = createCliHarness(t);
  const rule = 'component-file-ignored';
  const levels = async (files: Parameters<typeof plant>[1], ...args: string[]) => {
    const { document } = await cli.json('pack', 'check', plant(t, files), ...args);
    return document.diagnostics.map(({ severity }: { severity: string }) => severity);
  };
  const off = { ...WARNING, '.attune-check.yaml': `rules: {${rule}: off}\n` };
  const commented = { 'policies/p.yaml': `# attune-ignore: ${rule}\na: 1\n` };
  assert.deepEqual(await levels(WARNING), ['warning']);
  assert.deepEqual(await levels(WARNING, '--rule', `${rule}=off`), []);
  assert.deepEqual(await levels(WARNING, '--rule', `${rule}=off`, '--rule', `${rule}=error`), ['error']);
  assert.deepEqual(await levels(off), []);
  assert.deepEqual(await levels({ ...WARNING, '.attune-check.yaml': `rules: {${rule}: false}\n` }), []);
  assert.deepEqual(await levels(off, '--rule', `${rule}=warning`), ['warning']);
  assert.deepEqual(await levels(commented), []);
  assert.deepEqual(await levels({ ...commented, '.attune-check.yaml': `rules: {${rule}: error}\n` }), ['error']);
  assert.deepEqual(await levels(commented, '--rule', `${rule}=error`), ['error']);
  assert.deepEqual(await levels({ ...WARNING, '.attune-check.yaml': 'ignore: ["policies/**"]\n' }), []);
});

test('pack check: a comment suppresses the codes that it names, on its line and on the next one', async (t) => {
  const cli = createCliHarness(t);
  const check = async (text: string) => {
    const pack = plant(t, { 'triggers/tick.yaml': ['enabled: true\n', text] });
    return (await cli.json('pack', 'check', pack)).document.errors;
  };
  assert.equal(await check('enabled: yes # attune-ignore: yaml-boolean-word\n'), 0);
  assert.equal(await check('# attune-ignore: yaml-syntax, yaml-boolean-word\nenabled: yes\n'), 0);
  assert.equal(await check('enabled: yes # attune-ignore: yaml-syntax\n'), 1);
  assert.equal(await check('# attune-ignore: yaml-boolean-word\n\nenabled: yes\n'), 1);
});

const BROKEN_CONFIGURATIONS = [
  ['rules: [', /cannot read|Cannot read/],
  ['rule: {}\n', /unknown key, did you mean 'rules'/],
  ['rules: {yaml-sintax: off}\n', /unknown rule, did you mean 'yaml-syntax'/],
  ['rules: {yaml-syntax: loud}\n', /\.attune-check\.yaml:1:9/],
  ['ignore: policies\n', /expected a list/],
] as const;
for (const [text, message] of BROKEN_CONFIGURATIONS) {
  test(`pack check: the configuration ${JSON.stringify(text)} exits 3 and is explained`, async (t) => {
    const cli = createCliHarness(t);
    const { status, stderr } = await cli.attune('pack', 'check', plant(t, { '.attune-check.yaml': text }));
    assert.equal(status, 3);
    assert.match(stderr, message);
  });
}

test('pack check: an unknown rule or level in --rule exits 2 and suggests the nearest rule', async (t) => {
  const cli = createCliHarness(t);
  const unknown = await cli.attune('pack', 'check', CLEAN_PACK, '--rule', 'yaml-sintax=off');
  assert.equal(unknown.status, 2);
  assert.match(unknown.stderr, /Did you mean yaml-syntax\?/);
  assert.equal((await cli.attune('pack', 'check', CLEAN_PACK, '--rule', 'yaml-syntax=info')).status, 2);
  assert.equal((await cli.attune('pack', 'check', CLEAN_PACK, '--rule', 'yaml-syntax')).status, 2);
});

test('pack check: --explain and --list-rules need no path', async (t) => {
  const cli = createCliHarness(t);
  const { status, document } = await cli.json('pack', 'check', '--explain', 'yaml-merge-key');
  assert.equal(status, 0);
  assert.equal(document.severity, 'error');
  assert.equal(document.fixable, true);
  const { document: list } = await cli.json('pack', 'check', '--list-rules');
  assert.ok(list.rules.some(({ code }: { code: string }) => code === 'yaml-merge-key'));
  assert.equal((await cli.attune('pack', 'check', '--explain', 'yaml-merge')).status, 2);
});

test('pack check: --recursive checks every pack below a directory, and only with the flag', async (t) => {
  const cli = createCliHarness(t);
  mkdirSync(join(cli.directory, 'group'));
  for (const name of ['a', 'group/b']) cpSync(CLEAN_PACK, join(cli.directory, name), { recursive: true });
  const { status, document } = await cli.json('pack', 'check', '.', '--recursive');
  assert.equal(status, 0);
  assert.equal(document.packs.length, 2);
  assert.equal((await cli.json('pack', 'check', 'a', 'group/b')).document.packs.length, 2);
  assert.equal((await cli.attune('pack', 'check', 'group', '--recursive')).status, 0);
  mkdirSync(join(cli.directory, 'empty'));
  assert.equal((await cli.attune('pack', 'check', 'empty', '--recursive')).status, 4);
});

test('pack check: a directory without a manifest is reported, a path that does not exist exits 4', async (t) => {
  const cli = createCliHarness(t);
  writeFileSync(join(cli.directory, 'pack.yml'), 'ref: demo\n');
  const { status, document } = await cli.json('pack', 'check');
  assert.equal(status, 3);
  assert.equal(document.diagnostics[0].code, 'manifest-missing');
  assert.equal((await cli.attune('pack', 'check', 'missing')).status, 4);
});

test('pack check: the real packs have no error', { skip: !existsSync(REAL_PACKS) }, async (t) => {
  const cli = createCliHarness(t);
  const { status, document } = await cli.json('pack', 'check', REAL_PACKS, '--recursive');
  assert.equal(status, 0);
  assert.equal(document.errors, 0);
  const found = document.diagnostics.map(({ code, pack, path }: Record<string, string>) => `${code} ${pack} ${path}`);
  for (const defect of REAL_DEFECTS) assert.ok(found.includes(defect), defect);
});

/** The defects of components.md, section 7, that need no contents of scripts or documents. */
const REAL_DEFECTS = [
  'action-output-schema vault actions/kv_read.yaml',
  'action-output-schema nodejs_example actions/hello.yaml',
  'manifest-license nodejs_example pack.yaml',
  'yaml-ambiguous-scalar hyperv actions/vm_list.yaml',
  'component-field-ignored elasticsearch actions/search.yaml',
  'manifest-runtime-dep-unknown hyperv pack.yaml',
  'manifest-server-alias aws pack.yaml',
  'manifest-server-alias nodejs_example pack.yaml',
];
