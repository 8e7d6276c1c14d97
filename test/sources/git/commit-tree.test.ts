import assert from 'node:assert/strict';
import { chmodSync, cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import fc from 'fast-check';
import { AttuneError } from '../../../src/errors.ts';
import { DEFAULT_LIMITS, type Limits } from '../../../src/limits.ts';
import { formatDigest } from '../../../src/packs/digest.ts';
import { directoryChecksum } from '../../../src/packs/tree/checksum.ts';
import { directoryTree } from '../../../src/packs/tree/directory-tree.ts';
import { contentOf } from '../../../src/packs/tree/tree.ts';
import { readLocalCommit } from '../../../src/sources/git/commit-tree.ts';
import { failureOf } from '../../support/failure.ts';
import { fetchGitPack } from '../../support/git/fetching.ts';
import { createRepository, type Repository } from '../../support/git/repository.ts';
import { startGitServer } from '../../support/git/server.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const POINTER = `version https://git-lfs.github.com/spec/v1\noid sha256:${'a'.repeat(64)}\nsize 12345\n`;
const COMMIT = 'a'.repeat(40);

describe('what a pack may not have in git', () => {
  it('every link, submodule and LFS pointer is named, and nothing is written', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'x', 'data/model.bin': POINTER });
    for (const [mode, path] of [
      ['120000', 'actions/link'],
      ['160000', 'vendor/module'],
    ]) {
      const id = mode === '120000' ? repository.blob('../../outside') : COMMIT;
      repository.git('update-index', '--add', '--cacheinfo', `${mode},${id},${path}`);
    }
    repository.git('commit', '--quiet', '-m', 'more');
    const bare = repository.bareCopy(`${repository.path}.git`);
    const server = await startGitServer(test, dirname(bare));
    for (const url of [repository.path, `${server.url}/${basename(bare)}`]) {
      const { code, message } = await failureOf(fetchGitPack(test, url));
      assert.equal(code, 'INVALID_TREE_ENTRY');
      assert.match(message, /^Cannot accept commit [0-9a-f]{12} of /);
      assert.match(message, /'actions\/link' is a link/);
      assert.match(message, /'vendor\/module' is a submodule/);
      assert.match(message, /'data\/model.bin' is a Git LFS pointer/);
    }
  });

  it('a file that only speaks of LFS is a file', async (test) => {
    const { path } = createRepository(test, { 'README.md': `See ${POINTER}`, 'big.txt': POINTER + ' '.repeat(2000) });
    assert.equal((await fetchGitPack(test, path)).files.length, 2);
  });

  const NAMES: readonly { claim: string; names: readonly (string | Uint8Array)[]; rule: string }[] = [
    { claim: '.git', names: ['.git'], rule: 'git' },
    { claim: '.git in another case', names: ['.GiT'], rule: 'git' },
    { claim: '.git as Windows shortens it', names: ['git~1'], rule: 'git' },
    { claim: '.git with a character that macOS leaves out', names: ['.g\u200cit'], rule: 'git' },
    { claim: '..', names: ['..'], rule: 'parent' },
    { claim: '.', names: ['.'], rule: 'name' },
    { claim: 'a slash', names: ['a/../../b'], rule: 'name' },
    { claim: 'an absolute path', names: ['/etc/passwd'], rule: 'name' },
    { claim: 'no name', names: [''], rule: 'name' },
    { claim: 'a backslash', names: ['a\\b'], rule: 'backslash' },
    { claim: 'a drive letter', names: ['C:x'], rule: 'drive-letter' },
    { claim: 'a Windows device', names: ['aux.txt'], rule: 'device-name' },
    { claim: 'a control character', names: ['a\x1b[2J'], rule: 'control' },
    { claim: 'no UTF-8', names: [Uint8Array.of(0x61, 0xff)], rule: 'not-utf8' },
    { claim: 'one name twice', names: ['a', 'a'], rule: 'duplicate' },
    { claim: 'names that differ in case', names: ['Readme', 'README'], rule: 'case-clash' },
    { claim: 'names that differ in normalisation', names: ['\u00e9', 'e\u0301'], rule: 'case-clash' },
  ];
  for (const { claim, names, rule } of NAMES) {
    it(`${claim} is refused as a file and as a directory`, async (test) => {
      const repository = createRepository(test, { 'pack.yaml': 'x' });
      const inner = repository.git('rev-parse', 'HEAD^{tree}');
      for (const [mode, id] of [
        ['100644', repository.blob('x')],
        ['40000', inner],
      ] as const) {
        const commit = repository.commitEntries(names.map((name) => ({ mode, name, id })));
        const error = await failureOf(fetchGitPack(test, repository.path, commit));
        assert.equal(error.code, 'INVALID_TREE_ENTRY');
        const entries = error.facts['entries'] as readonly { rule: string }[];
        assert.ok(
          entries.some((entry) => entry.rule === rule),
          JSON.stringify(entries),
        );
      }
    });
  }

  it('a mode that is none is refused', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'x' });
    const commit = repository.commitEntries([{ mode: '20644', name: 'tty', id: repository.blob('') }]);
    assert.match((await failureOf(fetchGitPack(test, repository.path, commit))).message, /neither a file nor a directory/);
  });

  it('odd but good names are kept as they are', async (test) => {
    const files = { 'ünï code.txt': '1', "it's": '2', 'a$(b)': '3', '-rf': '4', '.gitignore': '5', '😀': '6' };
    const { path } = createRepository(test, files);
    const got = (await fetchGitPack(test, path)).files;
    assert.deepEqual(
      got,
      Object.entries(files)
        .map(([name, content]) => `644 ${name}: ${content}`)
        .sort(),
    );
  });
});

describe('trees made to explode', () => {
  const limits = (changes: Partial<Limits>) => ({ limits: { ...DEFAULT_LIMITS, ...changes } });

  it('a tree that holds itself twice, again and again, ends at the limit of entries', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'x' });
    let commit = repository.commitEntries([{ mode: '100644', name: 'f', id: repository.blob('x') }]);
    for (let depth = 0; depth < 25; depth++) {
      const id = repository.git('rev-parse', `${commit}^{tree}`);
      commit = repository.commitEntries(['a', 'b'].map((name) => ({ mode: '40000', name, id })));
    }
    assert.equal(
      (await failureOf(fetchGitPack(test, repository.path, commit, limits({ entries: 500 })))).code,
      'INVALID_TREE_LIMIT',
    );
  });

  it('a file above the limit is refused before it is unpacked, from a pack and by itself', async (test) => {
    const repository = createRepository(test, { zeros: Buffer.alloc(3_000_000) });
    const small = limits({ fileBytes: 1_000_000 });
    assert.match((await failureOf(fetchGitPack(test, repository.path, undefined, small))).code, /^INVALID/);
    repository.pack();
    assert.match((await failureOf(fetchGitPack(test, repository.path, undefined, small))).code, /^INVALID/);
    const bare = repository.bareCopy(`${repository.path}.git`);
    const server = await startGitServer(test, dirname(bare));
    const error = await failureOf(fetchGitPack(test, `${server.url}/repository.git`, undefined, small));
    assert.equal(error.code, 'INVALID_GIT_OBJECT_SIZE');
  });

  it('files that are too much together are refused', async (test) => {
    const { path } = createRepository(test, { a: 'a'.repeat(600), b: 'b'.repeat(600) });
    const error = await failureOf(fetchGitPack(test, path, undefined, limits({ unpackedBytes: 1000 })));
    assert.equal(error.code, 'INVALID_TREE_LIMIT');
  });
});

describe("the tree of a local repository's commit", () => {
  it('has the checksum that a registry index carries: that of the checked-out directory without .git', async (test) => {
    const repository = createRepository(test, {
      'pack.yaml': 'ref: demo\nversion: 1.0.0\n',
      'actions/run.sh': { content: '#!/bin/sh\necho hi\n', executable: true },
      // Paths that sort differently by components, by UTF-16 and by bytes.
      'a/y': '1',
      'a-b/x': '2',
      'a.txt': '',
      'deep/er/and/deeper/file.txt': 'x',
      '\u{FB00}.txt': '3',
      '\u{1F600}.txt': '4',
    });
    repository.git('tag', 'v1');
    const { tree, commit } = await readLocalCommit(repository.path, 'v1', DEFAULT_LIMITS);
    assert.equal(commit, repository.head());
    const ofCommit = formatDigest(directoryChecksum(tree));
    const checkout = join(temporaryDirectory(test), 'checkout');
    cpSync(repository.path, checkout, { recursive: true });
    assert.ok(existsSync(join(checkout, '.git')));
    assert.equal(formatDigest(directoryChecksum(directoryTree(checkout))), ofCommit);
    rmSync(join(checkout, '.git'), { recursive: true });
    assert.equal(formatDigest(directoryChecksum(directoryTree(checkout))), ofCommit);
    const { destination } = await fetchGitPack(test, repository.path, 'v1');
    assert.equal(formatDigest(directoryChecksum(directoryTree(destination))), ofCommit);
  });

  it('gives the test vector of the contract', async (test) => {
    const { path } = createRepository(test, {
      'pack.yaml': 'ref: demo\nversion: 1.0.0\n',
      'actions/run.sh': '#!/bin/sh\necho hi\n',
    });
    const { tree } = await readLocalCommit(path, undefined, DEFAULT_LIMITS);
    const want = 'sha256:612f2c04d5246ed330fa33c56fb35a9b60f94370aa530196d0626de764b544b7';
    assert.equal(formatDigest(directoryChecksum(tree)), want);
  });

  it('can be read more than once', async (test) => {
    const { path } = createRepository(test, { 'pack.yaml': 'x', empty: '' });
    const { tree } = await readLocalCommit(path, undefined, DEFAULT_LIMITS);
    for (const _ of [1, 2])
      assert.deepEqual(
        tree.files.map((file) => contentOf(file).toString()),
        ['', 'x'],
      );
  });
});

describe('unusual local repositories', () => {
  const head = async (path: string, refSpec?: string) => (await readLocalCommit(path, refSpec, DEFAULT_LIMITS)).commit;

  it('a linked work tree has its own HEAD', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'x' });
    const linked = join(temporaryDirectory(test), 'linked');
    repository.git('worktree', 'add', '--quiet', '-b', 'other', linked);
    const main = repository.commit({ 'pack.yaml': 'y' });
    assert.equal(await head(linked), repository.git('rev-parse', 'other'));
    assert.equal(await head(linked, 'main'), main);
  });

  it('a detached HEAD is the commit it stands on', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'x' });
    const old = repository.head();
    repository.commit({ 'pack.yaml': 'y' });
    repository.git('checkout', '--quiet', '--detach', old);
    assert.equal(await head(repository.path), old);
  });

  it("a clone's branches of its origin are found by their short names", async (test) => {
    const { clone, side } = clonedRepository(test);
    assert.equal(await head(clone, 'side'), side);
    assert.equal(await head(clone, 'origin/side'), side);
  });

  it('a shallow clone has its tip', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'x' });
    repository.commit({ 'pack.yaml': 'y' });
    const clone = join(temporaryDirectory(test), 'clone');
    repository.git('clone', '--quiet', '--depth=1', `file://${repository.path}`, clone);
    assert.equal(await head(clone), repository.head());
  });

  it('SHA-256 objects and other storage are refused with the reason', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'x' });
    const modern = join(temporaryDirectory(test), 'modern');
    repository.git('init', '--quiet', '--object-format=sha256', modern);
    assert.match((await failureOf(head(modern))).message, /its objects are sha256/);
    repository.git('config', 'extensions.refStorage', 'reftable');
    assert.match((await failureOf(head(repository.path))).message, /refs are kept as reftable/);
  });
});

describe('damaged local repositories', () => {
  const loose = (repository: Repository, id: string) =>
    join(repository.path, '.git/objects', id.slice(0, 2), id.slice(2));

  it('a missing file is named', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'x' });
    const id = repository.git('rev-parse', 'HEAD:pack.yaml');
    rmSync(loose(repository, id));
    const error = await failureOf(fetchGitPack(test, repository.path));
    assert.equal(error.code, 'INVALID_GIT_OBJECT');
    assert.ok(error.message.includes(id));
  });

  it('an object with the content of another is not taken for it', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'x' });
    const id = repository.git('rev-parse', 'HEAD:pack.yaml');
    const evil = repository.blob('y');
    rmSync(loose(repository, id));
    cpSync(loose(repository, evil), loose(repository, id));
    assert.match((await failureOf(fetchGitPack(test, repository.path))).message, /does not have the content/);
  });

  it('a pack or an index with any byte changed gives the right files or an error', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'x'.repeat(500), other: 'y'.repeat(500) });
    repository.commit({ 'pack.yaml': `${'x'.repeat(500)}more` });
    repository.pack();
    const directory = join(repository.path, '.git/objects/pack');
    const right = (await fetchGitPack(test, repository.path)).files;
    for (const name of readdirSync(directory).filter((file) => /\.(pack|idx)$/.test(file))) {
      const file = join(directory, name);
      const bytes = readFileSync(file);
      await fc.assert(
        fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
          const broken = Buffer.from(bytes);
          broken[at] = (broken[at] as number) ^ change;
          chmodSync(file, 0o644);
          writeFileSync(file, broken);
          try {
            const { tree } = await readLocalCommit(repository.path, undefined, DEFAULT_LIMITS);
            const files = tree.files.map((each) => `644 ${each.path}: ${contentOf(each)}`);
            assert.deepEqual(files.sort(), right);
          } catch (error) {
            if (!(error instanceof AttuneError)) throw error;
            assert.match(error.code, /^(INVALID_GIT|NOT_FOUND_GIT)/);
          } finally {
            writeFileSync(file, bytes);
          }
        }),
        { numRuns: 60 },
      );
    }
  });
});

function clonedRepository(test: TestContext): { clone: string; side: string; repository: Repository } {
  const repository = createRepository(test, { 'pack.yaml': 'x' });
  repository.git('switch', '--quiet', '--create', 'side');
  const side = repository.commit({ 'pack.yaml': 'side' });
  repository.git('switch', '--quiet', 'main');
  const clone = join(temporaryDirectory(test), 'clone');
  repository.git('clone', '--quiet', repository.path, clone);
  return { clone, side, repository };
}
