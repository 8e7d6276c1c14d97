import assert from 'node:assert/strict';
import { chmodSync, cpSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { createCliHarness } from '../../../support/cli.ts';
import { createRepository, git, Repository } from '../../../support/git/repository.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

const harness = createCliHarness({ after });

const manifest = (ref: string, dependencies = '[]') =>
  `ref: ${ref}\nversion: 1.0.0\ndependencies: ${dependencies}\ntesting:\n  runners:\n    shell: { type: command, command: "exit 0" }\n`;

/** `top` depends on `middle`, which depends on `base`; `alone` depends on no pack of the repository. */
const FILES = {
  'packs/base/pack.yaml': manifest('base'),
  'packs/base/actions/run.sh': { content: '#!/bin/sh\necho hi\n', executable: true },
  'packs/middle/pack.yaml': manifest('middle', '{ base: ^1 }'),
  'packs/top/pack.yaml': manifest('top', '["middle@>=1,<2"]'),
  'packs/alone/pack.yaml': manifest('alone', '[elsewhere]'),
  'packs/alone/data.txt': 'one\ntwo\n',
  'docs/README.md': 'not a pack\n',
  '.gitignore': '*.log\nbuild/\n',
} as const;

function createPacks(t: TestContext): Repository {
  const repository = createRepository(t);
  repository.commit(FILES);
  repository.git('tag', 'v1');
  return repository;
}

async function changedSince(repository: Repository, ref: string, ...args: string[]) {
  const packs = join(repository.path, 'packs');
  const { status, document, stderr } = await harness.json(
    'pack',
    'test',
    packs,
    '--recursive',
    '--changed-since',
    ref,
    ...args,
  );
  const refs = document.packs?.map(
    ({ path, pack_ref: name }: { path: string; pack_ref: string | null }) => name ?? path,
  );
  return { status, document, refs, stderr };
}

const ALL_OF_BASE = ['base', 'middle', 'top'];
const ROWS: { claim: string; ref?: string; change: (repository: Repository) => void; want: readonly string[] }[] = [
  { claim: 'without a change, no pack is tested', change: () => {}, want: [] },
  {
    claim: 'a committed change selects the pack and its direct and indirect dependents',
    change: (one) => one.commit({ 'packs/base/actions/run.sh': { content: '#!/bin/sh\n', executable: true } }),
    want: ALL_OF_BASE,
  },
  {
    claim: 'a change of a dependent does not select its dependencies',
    change: (one) => one.commit({ 'packs/middle/README.md': 'new' }),
    want: ['middle', 'top'],
  },
  {
    claim: 'a modified file that is not committed counts',
    change: (one) => one.write({ 'packs/alone/data.txt': 'one\nthree\n' }),
    want: ['alone'],
  },
  {
    claim: 'a new file that is not added counts',
    change: (one) => one.write({ 'packs/alone/deep/er/new.txt': '' }),
    want: ['alone'],
  },
  {
    claim: 'a staged file counts',
    change: (one) => {
      one.write({ 'packs/alone/staged.txt': '' });
      one.git('add', '.');
    },
    want: ['alone'],
  },
  { claim: 'a removed file counts', change: (one) => rmSync(join(one.path, 'packs/alone/data.txt')), want: ['alone'] },
  {
    claim: 'a changed executable bit counts',
    change: (one) => chmodSync(join(one.path, 'packs/alone/data.txt'), 0o755),
    want: ['alone'],
  },
  {
    claim: 'a file that a directory replaced counts',
    change: (one) => {
      rmSync(join(one.path, 'packs/alone/data.txt'));
      one.write({ 'packs/alone/data.txt/README.log': '' });
    },
    want: ['alone'],
  },
  {
    claim: 'a file that was touched but not changed does not count',
    change: (one) => one.write({ 'packs/alone/data.txt': 'one\ntwo\n' }),
    want: [],
  },
  {
    claim: 'line endings that git converted do not count',
    change: (one) => one.write({ 'packs/alone/data.txt': 'one\r\ntwo\r\n' }),
    want: [],
  },
  {
    claim: 'ignored files and files that interpreters generate do not count',
    change: (one) => {
      one.write({ 'packs/alone/a.log': '', 'packs/alone/build/x': '', 'packs/alone/lib/__pycache__/a.pyc': '' });
      one.write({ 'packs/alone/node_modules/a/index.js': '', 'packs/alone/.pytest_cache/a': '' });
    },
    want: [],
  },
  {
    claim: 'a rule that is ignored again in a directory counts',
    change: (one) => {
      one.commit({ 'packs/alone/.gitignore': '!keep.log\n' });
      one.git('tag', '-f', 'v1');
      one.write({ 'packs/alone/keep.log': '' });
    },
    want: ['alone'],
  },
  {
    claim: 'changes outside of packs do not count',
    change: (one) => one.commit({ 'docs/README.md': 'new' }),
    want: [],
  },
  {
    claim: 'a new pack counts',
    change: (one) => one.write({ 'packs/fresh/pack.yaml': manifest('fresh', '[top]') }),
    want: ['fresh'],
  },
  {
    claim: 'a removed pack selects its dependents',
    change: (one) => rmSync(join(one.path, 'packs/base'), { recursive: true }),
    want: ['middle', 'top'],
  },
  {
    claim: 'a pack that got another ref selects the dependents of the earlier one',
    change: (one) => one.commit({ 'packs/base/pack.yaml': manifest('renamed') }),
    want: ['renamed', 'middle', 'top'],
  },
  {
    claim: 'a moved pack counts, as do its dependents',
    change: (one) => renameSync(join(one.path, 'packs/middle'), join(one.path, 'packs/moved')),
    want: ['middle', 'top'],
  },
  {
    claim: 'dependencies in a cycle end',
    change: (one) => {
      one.commit({ 'packs/base/pack.yaml': manifest('base', '[top]') });
      one.git('tag', '-f', 'v1');
      one.write({ 'packs/middle/new': '' });
    },
    want: ALL_OF_BASE,
  },
  {
    claim: 'an ancestor of a branch can be named',
    ref: 'main~2',
    change: (one) => {
      for (const name of ['alone', 'middle', 'top']) one.commit({ [`packs/${name}/new`]: name });
    },
    want: ['middle', 'top'],
  },
  {
    claim: 'a commit id can be abbreviated',
    ref: 'abbreviated',
    change: (one) => one.commit({ 'packs/alone/new': '' }),
    want: ['alone'],
  },
];

for (const { claim, ref = 'v1', change, want } of ROWS) {
  test(`pack test --changed-since: ${claim}`, async (t) => {
    const repository = createPacks(t);
    change(repository);
    const name = ref === 'abbreviated' ? repository.git('rev-parse', 'v1').slice(0, 10) : ref;
    const { status, document, refs } = await changedSince(repository, name);
    assert.equal(status, 0, JSON.stringify(document));
    assert.deepEqual(refs, want);
  });
}

test('pack test --changed-since: an invalid pack counts only if it changed, and exits 3', async (t) => {
  const repository = createPacks(t);
  repository.commit({ 'packs/broken/pack.yaml': 'ref: [\n' });
  const changed = await changedSince(repository, 'v1');
  assert.equal(changed.status, 3);
  assert.equal(changed.document.packs.length, 1);
  assert.equal(changed.document.packs[0].error.code, 'INVALID_MANIFEST');
  assert.deepEqual((await changedSince(repository, 'HEAD')).refs, []);
});

test('pack test --changed-since --shard: the shards divide the changed packs', async (t) => {
  const repository = createPacks(t);
  repository.commit({ 'packs/base/new': '' });
  const shards = [];
  for (const shard of ['1/2', '2/2']) shards.push((await changedSince(repository, 'v1', '--shard', shard)).refs);
  assert.deepEqual(shards, [['base', 'top'], ['middle']]);
});

test('pack test --changed-since: a linked work tree is compared with its own HEAD', async (t) => {
  const repository = createPacks(t);
  const linked = join(temporaryDirectory(t), 'linked');
  repository.git('worktree', 'add', '-q', '-b', 'other', linked);
  repository.commit({ 'packs/base/new': '' });
  const other = new Repository(linked);
  assert.deepEqual((await changedSince(other, 'v1')).refs, []);
  other.write({ 'packs/alone/new': '' });
  assert.deepEqual((await changedSince(other, 'v1')).refs, ['alone']);
});

test('pack test --changed-since: a pack that is the whole repository, and a single path without --recursive', async (t) => {
  const repository = createRepository(t);
  repository.commit({ 'pack.yaml': manifest('whole'), '.gitignore': 'out\n' });
  const run = () => harness.json('pack', 'test', repository.path, '--changed-since', 'HEAD');
  repository.write({ out: '' });
  assert.deepEqual((await run()).document.packs, []);
  repository.write({ other: '' });
  assert.equal((await run()).document.packs[0].pack_ref, 'whole');
});

test('pack test --changed-since: a branch of the origin can be named, and a shallow clone says what it lacks', async (t) => {
  const repository = createPacks(t);
  repository.commit({ 'packs/alone/new': '' });
  const clone = join(temporaryDirectory(t), 'clone');
  git(repository.path, ['clone', '-q', '--depth', '1', `file://${repository.path}`, clone]);
  const shallow = new Repository(clone);
  shallow.write({ 'packs/top/new': '' });
  assert.deepEqual((await changedSince(shallow, 'origin/main')).refs, ['top']);
  const ancestor = await changedSince(shallow, 'HEAD~1');
  assert.equal(ancestor.status, 4);
  assert.match(ancestor.document.error.message, /has no ancestor of [0-9a-f]{12}: the clone is shallow/);
  assert.match(ancestor.document.error.hint, /fetch-depth: 0/);
  const unknown = await changedSince(shallow, 'v1');
  assert.deepEqual([unknown.status, unknown.document.error.code], [4, 'NOT_FOUND_GIT_REF']);
  assert.match(unknown.document.error.hint, /git fetch origin/);
});

test('pack test --changed-since: nothing in the repository is written', async (t) => {
  const repository = createPacks(t);
  const copy = join(temporaryDirectory(t), 'copy');
  repository.write({ 'packs/alone/new': '' });
  cpSync(repository.path, copy, { recursive: true, preserveTimestamps: true });
  await changedSince(repository, 'v1');
  assert.equal(git(copy, ['diff', '--no-index', '--stat', copy, repository.path]), '');
});

for (const { claim, ref, status, code } of [
  { claim: 'an unknown ref', ref: 'nowhere', status: 4, code: 'NOT_FOUND_GIT_REF' },
  { claim: 'an ancestor of the first commit', ref: 'v1~1', status: 4, code: 'NOT_FOUND_GIT_COMMIT' },
  { claim: 'a second parent of a commit with one', ref: 'v1^2', status: 4, code: 'NOT_FOUND_GIT_COMMIT' },
  { claim: 'an empty ref', ref: '', status: 3, code: 'INVALID_GIT_REF' },
  { claim: 'an expression', ref: 'main@{1}', status: 3, code: 'INVALID_GIT_REF' },
  { claim: 'an option in place of a ref', ref: '--output=x', status: 3, code: 'INVALID_GIT_REF' },
  { claim: 'a ref that leads to a file', ref: 'blob', status: 3, code: 'INVALID_GIT_REF' },
]) {
  test(`pack test --changed-since: ${claim} exits ${status} before any test is run`, async (t) => {
    const repository = createPacks(t);
    repository.git('tag', 'blob', repository.git('rev-parse', 'v1:docs/README.md'));
    const packs = join(repository.path, 'packs');
    const { status: got, document } = await harness.json(
      'pack',
      'test',
      packs,
      '--recursive',
      `--changed-since=${ref}`,
    );
    assert.deepEqual([got, document.error.code], [status, code]);
    assert.ok(document.error.hint);
  });
}

test('pack test --changed-since: a pack outside of a work tree exits 4', async (t) => {
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, 'pack.yaml'), manifest('outside'));
  const { status, document } = await harness.json('pack', 'test', directory, '--changed-since', 'HEAD');
  assert.deepEqual([status, document.error.code], [4, 'NOT_FOUND_GIT_REPOSITORY']);
});
