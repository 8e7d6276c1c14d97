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

describe('commits with unsafe entries', () => {
  it('fetchGit names every link, submodule and LFS pointer and writes nothing', async (test) => {
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

  it('fetchGit accepts files that contain the text of an LFS pointer', async (test) => {
    const { path } = createRepository(test, { 'README.md': `See ${POINTER}`, 'big.txt': POINTER + ' '.repeat(2000) });
    assert.equal((await fetchGitPack(test, path)).files.length, 2);
  });

  const NAMES: readonly { claim: string; names: readonly (string | Uint8Array)[]; rule: string }[] = [
    { claim: '.git', names: ['.git'], rule: 'git' },
    { claim: '.git in another case', names: ['.GiT'], rule: 'git' },
    { claim: 'the short Windows name of .git', names: ['git~1'], rule: 'git' },
    { claim: '.git with a character that macOS ignores', names: ['.g\u200cit'], rule: 'git' },
    { claim: '..', names: ['..'], rule: 'parent' },
    { claim: '.', names: ['.'], rule: 'name' },
    { claim: 'a name with a slash', names: ['a/../../b'], rule: 'name' },
    { claim: 'an absolute path', names: ['/etc/passwd'], rule: 'name' },
    { claim: 'an empty name', names: [''], rule: 'name' },
    { claim: 'a name with a backslash', names: ['a\\b'], rule: 'backslash' },
    { claim: 'a name with a drive letter', names: ['C:x'], rule: 'drive-letter' },
    { claim: 'a Windows device name', names: ['aux.txt'], rule: 'device-name' },
    { claim: 'a name with a control character', names: ['a\x1b[2J'], rule: 'control' },
    { claim: 'a name that is not UTF-8', names: [Uint8Array.of(0x61, 0xff)], rule: 'not-utf8' },
    { claim: 'a name that occurs twice', names: ['a', 'a'], rule: 'duplicate' },
    { claim: 'a pair of names that differ in case', names: ['Readme', 'README'], rule: 'case-clash' },
    { claim: 'a pair of names that differ in Unicode normalization', names: ['\u00e9', 'e\u0301'], rule: 'case-clash' },
  ];
  for (const { claim, names, rule } of NAMES) {
    it(`fetchGit refuses ${claim} as a file and as a directory`, async (test) => {
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

  it('fetchGit refuses an unknown mode', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'x' });
    const commit = repository.commitEntries([{ mode: '20644', name: 'tty', id: repository.blob('') }]);
    assert.match(
      (await failureOf(fetchGitPack(test, repository.path, commit))).message,
      /neither a file nor a directory/,
    );
  });

  it('fetchGit writes unusual but safe names unchanged', async (test) => {
    const files = { 'ünï code.txt': '1', "it's": '2', 'a$(b)': '3', '-rf': '4', '.gitignore': '5', '😀': '6' };
    const { path } = createRepository(test, files);
    assert.deepEqual(
      (await fetchGitPack(test, path)).files,
      Object.entries(files)
        .map(([name, content]) => `644 ${name}: ${content}`)
        .sort(),
    );
  });
});

describe('decompression bombs in git trees', () => {
  const limits = (changes: Partial<Limits>) => ({ limits: { ...DEFAULT_LIMITS, ...changes } });

  it('fetchGit refuses exponentially nested trees at the entry limit', async (test) => {
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

  it('fetchGit refuses a file above the limit before it is unpacked, packed or loose', async (test) => {
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

  it('fetchGit refuses files above the total size limit', async (test) => {
    const { path } = createRepository(test, { a: 'a'.repeat(600), b: 'b'.repeat(600) });
    const error = await failureOf(fetchGitPack(test, path, undefined, limits({ unpackedBytes: 1000 })));
    assert.equal(error.code, 'INVALID_TREE_LIMIT');
  });
});

describe('readLocalCommit', () => {
  it('readLocalCommit returns a tree with the checksum of the checked-out directory without .git', async (test) => {
    const repository = createRepository(test, {
      'pack.yaml': 'ref: demo\nversion: 1.0.0\n',
      'actions/run.sh': { content: '#!/bin/sh\necho hi\n', executable: true },
      // Paths whose order differs by components, UTF-16 and bytes.
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
    const commitChecksum = formatDigest(directoryChecksum(tree));
    const checkout = join(temporaryDirectory(test), 'checkout');
    cpSync(repository.path, checkout, { recursive: true });
    assert.ok(existsSync(join(checkout, '.git')));
    assert.equal(formatDigest(directoryChecksum(directoryTree(checkout))), commitChecksum);
    rmSync(join(checkout, '.git'), { recursive: true });
    assert.equal(formatDigest(directoryChecksum(directoryTree(checkout))), commitChecksum);
    const { destination } = await fetchGitPack(test, repository.path, 'v1');
    assert.equal(formatDigest(directoryChecksum(directoryTree(destination))), commitChecksum);
  });

  it('readLocalCommit returns a tree with the checksum of the published test vector', async (test) => {
    const { path } = createRepository(test, {
      'pack.yaml': 'ref: demo\nversion: 1.0.0\n',
      'actions/run.sh': '#!/bin/sh\necho hi\n',
    });
    const { tree } = await readLocalCommit(path, undefined, DEFAULT_LIMITS);
    const want = 'sha256:612f2c04d5246ed330fa33c56fb35a9b60f94370aa530196d0626de764b544b7';
    assert.equal(formatDigest(directoryChecksum(tree)), want);
  });

  it('readLocalCommit returns files that can be read repeatedly', async (test) => {
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

  it('readLocalCommit uses the HEAD of a linked work tree', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'x' });
    const linked = join(temporaryDirectory(test), 'linked');
    repository.git('worktree', 'add', '--quiet', '-b', 'other', linked);
    const main = repository.commit({ 'pack.yaml': 'y' });
    assert.equal(await head(linked), repository.git('rev-parse', 'other'));
    assert.equal(await head(linked, 'main'), main);
  });

  it('readLocalCommit resolves a detached HEAD', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'x' });
    const old = repository.head();
    repository.commit({ 'pack.yaml': 'y' });
    repository.git('checkout', '--quiet', '--detach', old);
    assert.equal(await head(repository.path), old);
  });

  it("readLocalCommit finds a clone's remote-tracking branches by their short names", async (test) => {
    const { clone, side } = clonedRepository(test);
    assert.equal(await head(clone, 'side'), side);
    assert.equal(await head(clone, 'origin/side'), side);
  });

  it('readLocalCommit reads the tip of a shallow clone', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'x' });
    repository.commit({ 'pack.yaml': 'y' });
    const clone = join(temporaryDirectory(test), 'clone');
    repository.git('clone', '--quiet', '--depth=1', `file://${repository.path}`, clone);
    assert.equal(await head(clone), repository.head());
  });

  it('readLocalCommit refuses SHA-256 objects and other ref storage with the reason', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'x' });
    const modern = join(temporaryDirectory(test), 'modern');
    repository.git('init', '--quiet', '--object-format=sha256', modern);
    const refusal = await failureOf(head(modern));
    assert.match(refusal.message, /its object format is sha256/);
    assert.match(refusal.hint ?? '', /as a directory, without --ref-spec .*git archive -o pack.tar.gz HEAD/);
    repository.git('config', 'extensions.refStorage', 'reftable');
    assert.match((await failureOf(head(repository.path))).message, /its ref storage is reftable/);
  });
});

describe('damaged local repositories', () => {
  const looseObject = (repository: Repository, id: string) =>
    join(repository.path, '.git/objects', id.slice(0, 2), id.slice(2));

  it('fetchGit names a missing object', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'x' });
    const id = repository.git('rev-parse', 'HEAD:pack.yaml');
    rmSync(looseObject(repository, id));
    const error = await failureOf(fetchGitPack(test, repository.path));
    assert.equal(error.code, 'INVALID_GIT_OBJECT');
    assert.ok(error.message.includes(id));
  });

  it('fetchGit refuses an object whose content does not match its id', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'x' });
    const id = repository.git('rev-parse', 'HEAD:pack.yaml');
    const evil = repository.blob('y');
    rmSync(looseObject(repository, id));
    cpSync(looseObject(repository, evil), looseObject(repository, id));
    assert.match((await failureOf(fetchGitPack(test, repository.path))).message, /content that does not match its id/);
  });

  it('readLocalCommit returns correct files or an error for a corrupted packfile or index', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'x'.repeat(500), other: 'y'.repeat(500) });
    repository.commit({ 'pack.yaml': `${'x'.repeat(500)}more` });
    repository.pack();
    const directory = join(repository.path, '.git/objects/pack');
    const expected = (await fetchGitPack(test, repository.path)).files;
    for (const name of readdirSync(directory).filter((file) => /\.(pack|idx)$/.test(file))) {
      const file = join(directory, name);
      const bytes = readFileSync(file);
      await fc.assert(
        fc.asyncProperty(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), async (offset, change) => {
          const corrupted = Buffer.from(bytes);
          corrupted[offset] = (corrupted[offset] as number) ^ change;
          chmodSync(file, 0o644);
          writeFileSync(file, corrupted);
          try {
            const { tree } = await readLocalCommit(repository.path, undefined, DEFAULT_LIMITS);
            const files = tree.files.map((each) => `644 ${each.path}: ${contentOf(each)}`);
            assert.deepEqual(files.sort(), expected);
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
