import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { appendFileSync, cpSync, mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import { createHarness } from '../../../support/attune.ts';
import { failureOf } from '../../../support/failure.ts';
import { fetchGitPack } from '../../../support/git/fetching.ts';
import { createRepository, git, Repository } from '../../../support/git/repository.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

const FILES = { 'pack.yaml': 'ref: demo\nversion: 1.0.0\n', 'a.txt': 'a' };
const LISTED = ['644 a.txt: a', '644 pack.yaml: ref: demo\nversion: 1.0.0\n'];

/** Creates a clone that uses the objects of the original as alternates. */
function createSharedClone(test: TestContext, from: Repository): Repository {
  const path = join(temporaryDirectory(test), 'clone');
  git(from.path, ['clone', '--quiet', '--shared', from.path, path]);
  return new Repository(path);
}

const alternatesFile = (repository: Repository) => join(repository.path, '.git/objects/info/alternates');

describe('fetchGit from a local repository', () => {
  const REPOSITORIES: Readonly<Record<string, (test: TestContext, repository: Repository) => string>> = {
    'a work tree': (_, { path }) => path,
    'the .git of a work tree': (_, { path }) => join(path, '.git'),
    'a bare repository': (_, repository) => repository.bareCopy(`${repository.path}-bare`),
    'the path of a bare repository without its .git suffix': (_, repository) =>
      repository.bareCopy(`${repository.path}-other.git`).slice(0, -'.git'.length),
    'a file URL': (_, repository) => pathToFileURL(repository.path).href,
    'a repository with packed objects and packed refs': (_, repository) => {
      repository.pack();
      return repository.path;
    },
    'a repository with several packfiles and a multi-pack index': (_, repository) => {
      repository.pack();
      repository.commit({ 'other.txt': 'x' });
      rmSync(join(repository.path, 'other.txt'));
      repository.commit({});
      repository.git('repack', '-dq');
      repository.git('multi-pack-index', 'write');
      const packs = readdirSync(join(repository.path, '.git/objects/pack')).filter((name) => name.endsWith('.pack'));
      assert.equal(packs.length, 2);
      return repository.path;
    },
    'a linked work tree': (test, repository) => {
      const linked = join(temporaryDirectory(test), 'linked');
      repository.git('worktree', 'add', '--quiet', '--detach', linked);
      return linked;
    },
    'a submodule, whose .git file contains a relative path': (test, repository) => {
      const outer = createRepository(test, { x: 'x' });
      outer.git('submodule', '--quiet', 'add', repository.path, 'inner');
      return join(outer.path, 'inner');
    },
    'a shallow clone': (test, repository) => {
      repository.commit({ 'a.txt': 'older' });
      repository.commit(FILES);
      const clone = join(temporaryDirectory(test), 'shallow');
      repository.git('clone', '--quiet', '--depth=1', pathToFileURL(repository.path).href, clone);
      return clone;
    },
    'a repository with a detached HEAD': (_, repository) => {
      const old = repository.head();
      repository.commit({ 'a.txt': 'newer' });
      repository.git('checkout', '--quiet', '--detach', old);
      return repository.path;
    },
    'a shared clone': (test, repository) => createSharedClone(test, repository).path,
    'a shared clone of a shared clone': (test, repository) =>
      createSharedClone(test, createSharedClone(test, repository)).path,
    'a repository with an alternate given by a relative path': (test, repository) => {
      const from = new Repository(join(temporaryDirectory(test), 'from'));
      cpSync(repository.path, from.path, { recursive: true });
      const path = join(from.path, '..', 'to');
      git(from.path, ['clone', '--quiet', '--shared', from.path, path]);
      const to = new Repository(path);
      writeFileSync(alternatesFile(to), '# by hand\n\n../../../from/.git/objects\n');
      return path;
    },
    'a repository with an alternate given by a quoted path': (test, repository) => {
      const from = join(temporaryDirectory(test), 'ä "b"');
      cpSync(repository.path, from, { recursive: true });
      const to = createSharedClone(test, repository);
      writeFileSync(
        alternatesFile(to),
        `"${from.replaceAll('"', '\\"').replaceAll('ä', '\\303\\244')}/.git/objects"\n`,
      );
      return to.path;
    },
    'a repository that is an alternate of its own alternate': (test, repository) => {
      const to = createSharedClone(test, repository);
      writeFileSync(alternatesFile(repository), `${to.path}/.git/objects\n${repository.path}/.git/objects\n`);
      return to.path;
    },
    'a complete repository with missing alternates': (_, repository) => {
      writeFileSync(alternatesFile(repository), '/nonexistent/objects\n/dev/null\n/etc/passwd\n/tmp\n');
      return repository.path;
    },
  };
  for (const [claim, make] of Object.entries(REPOSITORIES)) {
    it(`fetchGit reads ${claim}`, async (test) => {
      const { files } = await fetchGitPack(test, make(test, createRepository(test, FILES)));
      assert.deepEqual(files, LISTED);
    });
  }

  it('fetchGit: an unborn HEAD has no commit, and existing branches can be requested', async (test) => {
    const repository = createRepository(test, FILES);
    repository.git('symbolic-ref', 'HEAD', 'refs/heads/unborn');
    const error = await failureOf(fetchGitPack(test, repository.path));
    assert.equal(error.code, 'NOT_FOUND_GIT_COMMIT');
    assert.deepEqual(error.facts['available'], ['main']);
    assert.deepEqual((await fetchGitPack(test, repository.path, 'main')).files, LISTED);
  });
});

describe('fetchGit from a damaged local repository', () => {
  it('fetchGit names missing alternates if an object is missing', async (test) => {
    const to = createSharedClone(test, createRepository(test, FILES));
    writeFileSync(alternatesFile(to), '/nonexistent/one\n/nonexistent/two\n');
    const error = await failureOf(fetchGitPack(test, to.path));
    assert.equal(error.code, 'INVALID_GIT_REPOSITORY');
    assert.match(
      error.message,
      /borrows objects from .* are missing:\n {2}\/nonexistent\/one\n {2}\/nonexistent\/two$/,
    );
  });

  it('fetchGit refuses too many or too deeply nested alternates', async (test) => {
    const repository = createRepository(test, FILES);
    const directories = Array.from({ length: 60 }, () => temporaryDirectory(test));
    writeFileSync(alternatesFile(repository), `${directories.join('\n')}\n`);
    assert.match(
      (await failureOf(fetchGitPack(test, repository.path))).message,
      /borrows objects from too many others/,
    );
    for (const [index, directory] of directories.entries()) {
      mkdirSync(join(directory, 'info'));
      writeFileSync(join(directory, 'info/alternates'), `${directories[index + 1] ?? directory}\n`);
    }
    writeFileSync(alternatesFile(repository), `${directories[0]}\n`);
    assert.match(
      (await failureOf(fetchGitPack(test, repository.path))).message,
      /borrows objects from too many others/,
    );
  });

  it('fetchGit verifies the hash of an object from an alternate', async (test) => {
    const repository = createRepository(test, FILES);
    const to = createSharedClone(test, repository);
    const looseObject = (id: string) => join(repository.path, '.git/objects', id.slice(0, 2), id.slice(2));
    const replaced = looseObject(repository.git('rev-parse', 'HEAD:a.txt'));
    rmSync(replaced);
    cpSync(looseObject(repository.blob('evil')), replaced);
    assert.match((await failureOf(fetchGitPack(test, to.path))).message, /content that does not match its id/);
  });

  it('fetchGit refuses a cycle of symbolic refs', async (test) => {
    const repository = createRepository(test, FILES);
    repository.git('symbolic-ref', 'refs/heads/one', 'refs/heads/two');
    writeFileSync(join(repository.path, '.git/refs/heads/two'), 'ref: refs/heads/one\n');
    assert.equal((await failureOf(fetchGitPack(test, repository.path, 'one'))).code, 'INVALID_GIT_REPOSITORY');
  });

  const FIFOS: Readonly<Record<string, string>> = {
    'the configuration': 'config',
    'the packed refs': 'packed-refs',
    'a branch': 'refs/heads/main',
    'the list of alternates': 'objects/info/alternates',
  };
  for (const [claim, path] of Object.entries(FIFOS)) {
    it(`fetchGit refuses a FIFO in place of ${claim} without blocking`, {
      skip: process.platform === 'win32',
    }, async (test) => {
      const repository = createRepository(test, FILES);
      const file = join(repository.path, '.git', path);
      rmSync(file, { force: true });
      execFileSync('mkfifo', [file]);
      assert.equal((await failureOf(fetchGitPack(test, repository.path))).code, 'INVALID_GIT_REPOSITORY');
    });
  }

  it('fetchGit refuses an index and packed refs that are too large without reading them', async (test) => {
    const repository = createRepository(test, FILES);
    repository.pack();
    const packs = join(repository.path, '.git/objects/pack');
    const index = readdirSync(packs).find((name) => name.endsWith('.idx')) as string;
    execFileSync('chmod', ['644', join(packs, index)]);
    truncateSync(join(packs, index), 2 ** 40);
    assert.equal((await failureOf(fetchGitPack(test, repository.path))).code, 'INVALID_GIT_OBJECT');
    const other = createRepository(test, FILES);
    appendFileSync(join(other.path, '.git/packed-refs'), '');
    truncateSync(join(other.path, '.git/packed-refs'), 2 ** 40);
    assert.equal((await failureOf(fetchGitPack(test, other.path))).code, 'INVALID_GIT_REPOSITORY');
  });

  it('fetchGit: a .git file with an invalid path is not a repository', async (test) => {
    const directory = temporaryDirectory(test);
    for (const text of ['gitdir: /nonexistent\n', 'gitdir: .\n', 'nonsense', '', 'gitdir: /etc\n']) {
      writeFileSync(join(directory, '.git'), text);
      assert.equal((await failureOf(fetchGitPack(test, directory))).code, 'NOT_FOUND_GIT_REPOSITORY', text);
    }
  });
});

it('pack install from a local repository does not require a git program', async (test) => {
  const harness = createHarness(test);
  const repository = createRepository(test, FILES);
  const bare = repository.bareCopy(`${repository.path}.git`);
  const withoutGit = { PATH: '/nonexistent' };
  const install = (source: string, ...args: string[]) =>
    harness.attuneWith(withoutGit, 'pack', 'install', source, '--skip-tests', '--force', ...args);
  for (const source of [`git+${pathToFileURL(bare).href}`, bare, pathToFileURL(bare).href]) {
    const { status, stderr } = await install(source);
    assert.equal(status, 0, stderr);
  }
  const { status, stderr } = await install(repository.path, '--ref-spec', repository.head());
  assert.equal(status, 0, stderr);
});
