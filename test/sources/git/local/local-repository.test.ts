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
const SHOWN = ['644 a.txt: a', '644 pack.yaml: ref: demo\nversion: 1.0.0\n'];

/** A clone that has no objects of its own. */
function borrower(test: TestContext, from: Repository): Repository {
  const path = join(temporaryDirectory(test), 'borrower');
  git(from.path, ['clone', '--quiet', '--shared', from.path, path]);
  return new Repository(path);
}

const alternates = (repository: Repository) => join(repository.path, '.git/objects/info/alternates');

describe('shapes of local repositories', () => {
  const SHAPES: Readonly<Record<string, (test: TestContext, repository: Repository) => string>> = {
    'a work tree': (_, { path }) => path,
    'a work tree by its .git': (_, { path }) => join(path, '.git'),
    'a bare repository': (_, repository) => repository.bareCopy(`${repository.path}-bare`),
    'a bare repository without its .git ending': (_, repository) =>
      repository.bareCopy(`${repository.path}-other.git`).slice(0, -'.git'.length),
    'a file URL': (_, repository) => pathToFileURL(repository.path).href,
    'packed objects and packed refs': (_, repository) => {
      repository.pack();
      return repository.path;
    },
    'several packs and an index over all of them': (_, repository) => {
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
    'a submodule, whose .git is a file with a relative path': (test, repository) => {
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
    'a detached HEAD': (_, repository) => {
      const old = repository.head();
      repository.commit({ 'a.txt': 'newer' });
      repository.git('checkout', '--quiet', '--detach', old);
      return repository.path;
    },
    'borrowed objects': (test, repository) => borrower(test, repository).path,
    'objects that are borrowed from who borrows them': (test, repository) =>
      borrower(test, borrower(test, repository)).path,
    'objects borrowed by a relative path': (test, repository) => {
      const from = new Repository(join(temporaryDirectory(test), 'from'));
      cpSync(repository.path, from.path, { recursive: true });
      const path = join(from.path, '..', 'to');
      git(from.path, ['clone', '--quiet', '--shared', from.path, path]);
      const to = new Repository(path);
      writeFileSync(alternates(to), '# by hand\n\n../../../from/.git/objects\n');
      return path;
    },
    'objects borrowed by a quoted path': (test, repository) => {
      const from = join(temporaryDirectory(test), 'ä "b"');
      cpSync(repository.path, from, { recursive: true });
      const to = borrower(test, repository);
      writeFileSync(alternates(to), `"${from.replaceAll('"', '\\"').replaceAll('ä', '\\303\\244')}/.git/objects"\n`);
      return to.path;
    },
    'two that borrow from each other': (test, repository) => {
      const to = borrower(test, repository);
      writeFileSync(alternates(repository), `${to.path}/.git/objects\n${repository.path}/.git/objects\n`);
      return to.path;
    },
    'a repository that needs nothing of what it could borrow': (_, repository) => {
      writeFileSync(alternates(repository), '/nonexistent/objects\n/dev/null\n/etc/passwd\n/tmp\n');
      return repository.path;
    },
  };
  for (const [claim, make] of Object.entries(SHAPES)) {
    it(`${claim}`, async (test) => {
      const { files } = await fetchGitPack(test, make(test, createRepository(test, FILES)));
      assert.deepEqual(files, SHOWN);
    });
  }

  it('an unborn HEAD has no commit, and the branches that there are can be named', async (test) => {
    const repository = createRepository(test, FILES);
    repository.git('symbolic-ref', 'HEAD', 'refs/heads/unborn');
    const error = await failureOf(fetchGitPack(test, repository.path));
    assert.equal(error.code, 'NOT_FOUND_GIT_COMMIT');
    assert.deepEqual(error.facts['available'], ['main']);
    assert.deepEqual((await fetchGitPack(test, repository.path, 'main')).files, SHOWN);
  });
});

describe('repositories that lead nowhere', () => {
  it('what it borrows from is named when it is not there and something is missing', async (test) => {
    const to = borrower(test, createRepository(test, FILES));
    writeFileSync(alternates(to), '/nonexistent/one\n/nonexistent/two\n');
    const error = await failureOf(fetchGitPack(test, to.path));
    assert.equal(error.code, 'INVALID_GIT_REPOSITORY');
    assert.match(
      error.message,
      /borrows objects from .* is not there:\n {2}\/nonexistent\/one\n {2}\/nonexistent\/two$/,
    );
  });

  it('borrowing without end is refused', async (test) => {
    const repository = createRepository(test, FILES);
    const places = Array.from({ length: 60 }, () => temporaryDirectory(test));
    writeFileSync(alternates(repository), `${places.join('\n')}\n`);
    assert.match((await failureOf(fetchGitPack(test, repository.path))).message, /borrows objects from too many others/);
    for (const [at, place] of places.entries()) {
      mkdirSync(join(place, 'info'));
      writeFileSync(join(place, 'info/alternates'), `${places[at + 1] ?? place}\n`);
    }
    writeFileSync(alternates(repository), `${places[0]}\n`);
    assert.match((await failureOf(fetchGitPack(test, repository.path))).message, /borrows objects from too many others/);
  });

  it('an object that is borrowed is hashed like any other', async (test) => {
    const repository = createRepository(test, FILES);
    const to = borrower(test, repository);
    const loose = (id: string) => join(repository.path, '.git/objects', id.slice(0, 2), id.slice(2));
    const wrong = loose(repository.git('rev-parse', 'HEAD:a.txt'));
    rmSync(wrong);
    cpSync(loose(repository.blob('evil')), wrong);
    assert.match((await failureOf(fetchGitPack(test, to.path))).message, /does not have the content/);
  });

  it('refs that stand for each other are an error', async (test) => {
    const repository = createRepository(test, FILES);
    repository.git('symbolic-ref', 'refs/heads/one', 'refs/heads/two');
    writeFileSync(join(repository.path, '.git/refs/heads/two'), 'ref: refs/heads/one\n');
    assert.equal((await failureOf(fetchGitPack(test, repository.path, 'one'))).code, 'INVALID_GIT_REPOSITORY');
  });

  const ODD: Readonly<Record<string, string>> = {
    'a configuration': 'config',
    'a list of refs': 'packed-refs',
    'a branch': 'refs/heads/main',
    'a list of alternates': 'objects/info/alternates',
  };
  for (const [claim, path] of Object.entries(ODD)) {
    it(`${claim} that is a pipe is not waited for`, { skip: process.platform === 'win32' }, async (test) => {
      const repository = createRepository(test, FILES);
      const file = join(repository.path, '.git', path);
      rmSync(file, { force: true });
      execFileSync('mkfifo', [file]);
      assert.equal((await failureOf(fetchGitPack(test, repository.path))).code, 'INVALID_GIT_REPOSITORY');
    });
  }

  it('files that are far too large are not read', async (test) => {
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

  it('a .git file that leads to nothing is no repository', async (test) => {
    const directory = temporaryDirectory(test);
    for (const text of ['gitdir: /nonexistent\n', 'gitdir: .\n', 'nonsense', '', 'gitdir: /etc\n']) {
      writeFileSync(join(directory, '.git'), text);
      assert.equal((await failureOf(fetchGitPack(test, directory))).code, 'NOT_FOUND_GIT_REPOSITORY', text);
    }
  });
});

it('no git program is needed for a repository on this machine', async (test) => {
  const harness = createHarness(test);
  const repository = createRepository(test, FILES);
  const bare = repository.bareCopy(`${repository.path}.git`);
  const without = { PATH: '/nonexistent' };
  const install = (source: string, ...words: string[]) =>
    harness.attuneWith(without, 'pack', 'install', source, '--skip-tests', '--force', ...words);
  for (const source of [`git+${pathToFileURL(bare).href}`, bare, pathToFileURL(bare).href]) {
    const { status, stderr } = await install(source);
    assert.equal(status, 0, stderr);
  }
  const { status, stderr } = await install(repository.path, '--ref-spec', repository.head());
  assert.equal(status, 0, stderr);
});
