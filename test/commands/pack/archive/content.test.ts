import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { type CliHarness, createCliHarness } from '../../../support/cli.ts';
import { type Files, git, Repository } from '../../../support/git/repository.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

const MANIFEST = 'ref: demo\nversion: 1.0.0\n';
let archives = 0;
const shared = createCliHarness({ after });
/** In the whole suite, the other harness has no git on its PATH. */
const withGit = createCliHarness({ after }, { PATH: process.env['PATH'] });

/** Packs a directory and returns the paths in the archive. */
async function filesOf(harness: CliHarness, path: string): Promise<{ files: string[]; warnings: string[] }> {
  archives += 1;
  const output = join(temporaryDirectory({ after }), `${archives}.tar`);
  const { status, document, stderr } = await harness.json('pack', 'archive', path, '--output', output);
  assert.equal(status, 0, stderr);
  const listed = execFileSync('tar', ['-tf', output], { encoding: 'utf8' });
  const files = listed.split('\n').filter((line) => line !== '');
  return { files: files.map((file) => file.replace(/^demo-1\.0\.0\//, '')), warnings: document.warnings };
}

function directoryWith(files: Files): Repository {
  const directory = new Repository(join(temporaryDirectory({ after }), 'demo'));
  mkdirSync(directory.path);
  directory.write(files);
  return directory;
}

function checkoutWith(files: Files): Repository {
  const checkout = directoryWith({});
  checkout.git('init', '--quiet', '.');
  checkout.commit(files);
  return checkout;
}

interface IgnoreRow {
  readonly patterns: string;
  readonly excludes: readonly string[];
}

const ALL = [
  '.attuneignore',
  'a.log',
  'docs/a.log',
  'docs/keep.log',
  'node_modules/x/y.js',
  'pack.yaml',
  'lib/Build/out',
  'src/build/out',
];
const IGNORES: readonly IgnoreRow[] = [
  { patterns: '', excludes: [] },
  { patterns: '# only a comment\n\n', excludes: [] },
  { patterns: '*.log\n!keep.log\n', excludes: ['a.log', 'docs/a.log'] },
  { patterns: '/a.log\n', excludes: ['a.log'] },
  { patterns: 'node_modules/\n', excludes: ['node_modules/x/y.js'] },
  { patterns: 'build\n', excludes: ['src/build/out'] },
  { patterns: '**/build/**\r\n', excludes: ['src/build/out'] },
  { patterns: 'docs/\n!docs/keep.log\n', excludes: ['docs/a.log', 'docs/keep.log'] },
  { patterns: '\ufeff.attuneignore\n', excludes: ['.attuneignore'] },
  { patterns: '../outside\n/\n!\n\\\n[\n', excludes: [] },
];

for (const { patterns, excludes } of IGNORES) {
  test(`pack archive: .attuneignore with ${JSON.stringify(patterns)} excludes ${excludes.join(', ') || 'nothing'}, in a checkout too`, async () => {
    const files = Object.fromEntries(ALL.map((path) => [path, path]));
    const all = { ...files, 'pack.yaml': MANIFEST, '.attuneignore': patterns };
    const expected = ALL.filter((path) => !excludes.includes(path)).sort();
    for (const directory of [directoryWith(all), checkoutWith(all)]) {
      assert.deepEqual((await filesOf(shared, directory.path)).files, expected);
    }
  });
}

test('pack archive: a link that .attuneignore excludes does not matter', async () => {
  const pack = directoryWith({ 'pack.yaml': MANIFEST, '.attuneignore': '/venv\n', 'venv/x': '' });
  symlinkSync('/etc/passwd', join(pack.path, 'venv', 'link'));
  assert.deepEqual((await filesOf(shared, pack.path)).files, ['.attuneignore', 'pack.yaml']);
});

test('pack archive: a checkout gives the tracked files with their content in the work tree', async () => {
  const checkout = checkoutWith({ 'pack.yaml': MANIFEST, 'a.txt': 'committed', 'gone.txt': '', 'd/b.txt': '' });
  checkout.write({ 'a.txt': 'edited', 'untracked.txt': '', 'd/untracked.txt': '', 'staged.txt': '' });
  checkout.git('add', 'staged.txt');
  rmSync(join(checkout.path, 'gone.txt'));
  symlinkSync('/etc/passwd', join(checkout.path, 'untracked-link'));
  const { files, warnings } = await filesOf(shared, checkout.path);
  assert.deepEqual(files, ['a.txt', 'd/b.txt', 'pack.yaml', 'staged.txt']);
  assert.deepEqual(warnings, ["'gone.txt' is tracked by git but missing, and is left out."]);
  const { document } = await shared.json('pack', 'checksum', checkout.path);
  assert.equal(document.error?.code, 'INVALID_PACK_TREE', 'the whole directory has a link');
});

test('pack archive: a pack in a directory of a repository, in a linked work tree and in a clone without commits gives its tracked files', async () => {
  const checkout = checkoutWith({ 'README.md': '', 'packs/demo/pack.yaml': MANIFEST, 'packs/demo-2/x': '' });
  checkout.write({ 'packs/demo/untracked': '' });
  assert.deepEqual((await filesOf(shared, join(checkout.path, 'packs/demo'))).files, ['pack.yaml']);
  const linked = join(temporaryDirectory({ after }), 'linked');
  checkout.git('worktree', 'add', '--quiet', '-b', 'other', linked);
  assert.deepEqual((await filesOf(shared, join(linked, 'packs/demo'))).files, ['pack.yaml']);
  const fresh = directoryWith({ 'pack.yaml': MANIFEST, untracked: '' });
  fresh.git('init', '--quiet', '.');
  fresh.git('add', 'pack.yaml');
  assert.deepEqual((await filesOf(shared, fresh.path)).files, ['pack.yaml']);
});

for (const version of ['4', 'split']) {
  test(`pack archive: an index of ${version === 'split' ? 'a split form' : 'version 4'} is read by the git program, and refused without it`, async () => {
    const checkout = checkoutWith({ 'pack.yaml': MANIFEST, 'a.txt': '' });
    checkout.write({ untracked: '' });
    checkout.git('update-index', ...(version === 'split' ? ['--split-index'] : ['--index-version', '4']));
    assert.deepEqual((await filesOf(withGit, checkout.path)).files, ['a.txt', 'pack.yaml']);
    const { status, document } = await shared.jsonWith({ PATH: '/nonexistent' }, 'pack', 'archive', checkout.path);
    assert.deepEqual([status, document.error.code], [3, 'INVALID_GIT_REPOSITORY']);
    assert.match(document.error.hint, /Install git/);
  });
}

interface Refusal {
  readonly claim: string;
  readonly make: () => string;
  readonly status: number;
  readonly code: string;
  readonly message: RegExp;
}

const link = (target: string, name: string) => () => {
  const pack = directoryWith({ 'pack.yaml': MANIFEST });
  symlinkSync(target, join(pack.path, name));
  return pack.path;
};
const withFile =
  (name: string, content = '') =>
  () =>
    directoryWith({ 'pack.yaml': MANIFEST, [name]: content }).path;

const REFUSALS: readonly Refusal[] = [
  {
    claim: 'a link',
    make: link('pack.yaml', 'other'),
    status: 3,
    code: 'INVALID_PACK_TREE',
    message: /other: a symbolic link/,
  },
  {
    claim: 'a link out of the pack',
    make: link('/etc', 'etc'),
    status: 3,
    code: 'INVALID_PACK_TREE',
    message: /etc: a symbolic link/,
  },
  {
    claim: 'a tracked link',
    make: () => {
      const checkout = checkoutWith({ 'pack.yaml': MANIFEST });
      symlinkSync('pack.yaml', join(checkout.path, 'other'));
      checkout.git('add', 'other');
      return checkout.path;
    },
    status: 3,
    code: 'INVALID_PACK_TREE',
    message: /other: a symbolic link/,
  },
  {
    claim: 'a tracked directory that was replaced by a link',
    make: () => {
      const checkout = checkoutWith({ 'pack.yaml': MANIFEST, 'd/secret': '' });
      renameSync(join(checkout.path, 'd'), join(checkout.path, 'moved'));
      symlinkSync('moved', join(checkout.path, 'd'));
      return checkout.path;
    },
    status: 3,
    code: 'INVALID_PACK_TREE',
    message: /d: a symbolic link/,
  },
  {
    claim: 'a submodule',
    make: () => {
      const checkout = checkoutWith({ 'pack.yaml': MANIFEST });
      const other = checkoutWith({ x: '' });
      git(checkout.path, ['submodule', '--quiet', 'add', other.path, 'vendored']);
      return checkout.path;
    },
    status: 3,
    code: 'INVALID_PACK_TREE',
    message: /vendored: git tracks it as a submodule/,
  },
  {
    claim: 'a FIFO',
    make: () => {
      const pack = directoryWith({ 'pack.yaml': MANIFEST });
      execFileSync('mkfifo', [join(pack.path, 'pipe')]);
      return pack.path;
    },
    status: 3,
    code: 'INVALID_PACK_TREE',
    message: /pipe: a special file/,
  },
  {
    claim: 'a device name',
    make: withFile('d/AUX.txt'),
    status: 3,
    code: 'INVALID_TREE_ENTRY',
    message: /'d\/AUX.txt' has the name of a Windows device/,
  },
  {
    claim: 'a control character',
    make: withFile('a\u001bb'),
    status: 3,
    code: 'INVALID_TREE_ENTRY',
    message: /control character/,
  },
  { claim: 'a backslash', make: withFile('a\\b'), status: 3, code: 'INVALID_TREE_ENTRY', message: /backslash/ },
  {
    claim: 'a spelling of .git',
    make: withFile('sub/.GIT/config'),
    status: 3,
    code: 'INVALID_TREE_ENTRY',
    message: /\.git directory/,
  },
  {
    claim: 'names that differ in case',
    make: () => directoryWith({ 'pack.yaml': MANIFEST, Readme: '', README: '' }).path,
    status: 3,
    code: 'INVALID_TREE_ENTRY',
    message: /only in case/,
  },
  {
    claim: 'no pack',
    make: () => directoryWith({ 'other.yaml': '' }).path,
    status: 3,
    code: 'INVALID_PACK',
    message: /no pack/,
  },
  {
    claim: 'an invalid manifest',
    make: () => directoryWith({ 'pack.yaml': 'ref: Demo\n' }).path,
    status: 3,
    code: 'INVALID_MANIFEST',
    message: /ref/,
  },
  {
    claim: 'a missing directory',
    make: () => '/nonexistent/pack',
    status: 4,
    code: 'NOT_FOUND_PATH',
    message: /nonexistent/,
  },
  {
    claim: 'a manifest that git does not track',
    make: () => {
      const checkout = checkoutWith({ 'a.txt': '' });
      checkout.write({ 'pack.yaml': MANIFEST });
      return checkout.path;
    },
    status: 3,
    code: 'INVALID_PACK_FILES',
    message: /its pack.yaml is not tracked/,
  },
  {
    claim: 'a manifest that .attuneignore excludes',
    make: withFile('.attuneignore', '*.yaml\n'),
    status: 3,
    code: 'INVALID_PACK_FILES',
    message: /excludes pack.yaml/,
  },
  {
    claim: 'an .attuneignore that is a link',
    make: link('/etc/hostname', '.attuneignore'),
    status: 3,
    code: 'INVALID_IGNORE_FILE',
    message: /not a regular file/,
  },
  {
    claim: 'an .attuneignore above 64 KiB',
    make: withFile('.attuneignore', '#'.repeat(65_537)),
    status: 3,
    code: 'INVALID_IGNORE_FILE',
    message: /65536 bytes/,
  },
  {
    claim: 'an .attuneignore that is not UTF-8',
    make: () => directoryWith({ 'pack.yaml': MANIFEST, '.attuneignore': Buffer.from([0x66, 0xff]) }).path,
    status: 3,
    code: 'INVALID_IGNORE_FILE',
    message: /not UTF-8/,
  },
  {
    claim: 'too many files',
    make: () => {
      const pack = directoryWith({ 'pack.yaml': MANIFEST });
      mkdirSync(join(pack.path, 'd'));
      for (let index = 0; index < 20_001; index += 1) writeFileSync(join(pack.path, 'd', String(index)), '');
      return pack.path;
    },
    status: 3,
    code: 'INVALID_TREE_LIMIT',
    message: /too many entries/,
  },
];

for (const { claim, make, status, code, message } of REFUSALS) {
  test(`pack archive: ${claim} exits ${status} with ${code} and writes nothing`, async () => {
    const before = readdirSync(shared.directory);
    const { status: actual, document, stderr } = await shared.json('pack', 'archive', make());
    assert.deepEqual([actual, document.error?.code], [status, code], stderr);
    assert.match(document.error.message, message);
    assert.ok(document.error.hint, 'the error has a hint');
    assert.deepEqual(readdirSync(shared.directory), before);
  });
}

test('index-entry: an archive is compared with what pack archive takes from the directory', async () => {
  const checkout = checkoutWith({ 'pack.yaml': MANIFEST, '.attuneignore': '*.tmp\n', 'b.tmp': '' });
  checkout.write({ untracked: '' });
  const output = join(temporaryDirectory({ after }), 'demo.zip');
  const { document: packed } = await shared.json('pack', 'archive', checkout.path, '-o', output);
  const args = ['pack', 'index-entry', checkout.path, '-a', 'https://host/demo.zip', '--archive-file', output];
  const { status, document, stderr } = await shared.json(...args);
  assert.equal(status, 0, stderr);
  assert.deepEqual(document.install_sources, [
    { type: 'archive', url: 'https://host/demo.zip', checksum: packed.checksum },
  ]);
  checkout.write({ 'pack.yaml': `${MANIFEST}# changed\n` });
  const changed = await shared.json(...args);
  assert.deepEqual([changed.status, changed.document.error.code], [7, 'INTEGRITY_ARCHIVE_CONTENT']);
  assert.equal(statSync(output).size, packed.bytes);
});
