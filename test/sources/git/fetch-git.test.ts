import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { pathToFileURL } from 'node:url';
import { AttuneError } from '../../../src/errors.ts';
import type { GitRefType } from '../../../src/packs/provenance.ts';
import { silentReporter } from '../../../src/platform/reporter.ts';
import { SafeUrl } from '../../../src/platform/safe-url.ts';
import { findBranchTip, isGitRepository } from '../../../src/sources/git/fetch-git.ts';
import { objectId } from '../../../src/sources/git/objects/objects.ts';
import { createSourceTools, fetchGitPack, listFiles } from '../../support/git/fetching.ts';
import { createRepository, git, Repository } from '../../support/git/repository.ts';
import { type GitServerOptions, startGitServer } from '../../support/git/server.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const cleanups: (() => void | Promise<void>)[] = [];
/** Cleans up the resources that all tests of this file share. */
const shared = { after: (clean: () => void | Promise<void>) => void cleanups.push(clean) };
after(async () => {
  for (const clean of cleanups.reverse()) await clean();
});

/** A history with every kind of ref. `second` is not a tip, and `first` is the target of tags only. */
const history = createRepository(shared, { 'pack.yaml': 'first' });
const first = history.head();
history.annotatedTag('v1.0.0');
history.annotatedTag('file', 'HEAD:pack.yaml');
const second = history.commit({ 'pack.yaml': 'second' });
history.git('switch', '--quiet', '--create', 'feature/side');
const side = history.commit({ 'pack.yaml': 'side' });
history.tag('light');
history.tag('both', first);
history.branch('both', side);
history.git('switch', '--quiet', 'main');
const main = history.commit({ 'pack.yaml': 'main', 'actions/run.sh': { content: 'run', executable: true } });
const ids = { first, second, side, main };

interface Row {
  readonly claim: string;
  readonly refSpec: string | undefined;
  readonly type: GitRefType;
  readonly want: keyof typeof ids;
}

const FORMS: readonly Row[] = [
  { claim: 'no ref spec to the default branch', refSpec: undefined, type: 'branch', want: 'main' },
  { claim: 'HEAD to the default branch', refSpec: 'HEAD', type: 'branch', want: 'main' },
  { claim: 'a branch', refSpec: 'main', type: 'branch', want: 'main' },
  { claim: 'a branch with a slash', refSpec: 'feature/side', type: 'branch', want: 'side' },
  { claim: 'a lightweight tag', refSpec: 'light', type: 'tag', want: 'side' },
  { claim: 'an annotated tag to its commit', refSpec: 'v1.0.0', type: 'tag', want: 'first' },
  { claim: 'a name of both a branch and a tag to the tag', refSpec: 'both', type: 'tag', want: 'first' },
  { claim: 'a full name below refs/tags/', refSpec: 'refs/tags/both', type: 'tag', want: 'first' },
  { claim: 'a full name below refs/heads/', refSpec: 'refs/heads/both', type: 'branch', want: 'side' },
  { claim: 'a name below tags/', refSpec: 'tags/both', type: 'tag', want: 'first' },
  { claim: 'the id of a tip', refSpec: side, type: 'commit', want: 'side' },
  { claim: 'the id of a commit that only a tag leads to', refSpec: first, type: 'commit', want: 'first' },
  { claim: 'the id of a commit that is not a tip', refSpec: second, type: 'commit', want: 'second' },
  { claim: 'the id of a commit in upper case', refSpec: second.toUpperCase(), type: 'commit', want: 'second' },
  { claim: 'the first digits of a tip', refSpec: side.slice(0, 7), type: 'commit', want: 'side' },
  { claim: 'the first digits of a tagged commit', refSpec: first.slice(0, 8), type: 'commit', want: 'first' },
  {
    claim: 'the first digits of a commit that is not a tip',
    refSpec: second.slice(0, 12),
    type: 'commit',
    want: 'second',
  },
];

/** Branches, also one that has the name of a tag, with their tips. */
const TIPS: readonly [branch: string | undefined, want: keyof typeof ids][] = [
  [undefined, 'main'],
  ['HEAD', 'main'],
  ['main', 'main'],
  ['feature/side', 'side'],
  ['both', 'side'],
  ['heads/both', 'side'],
  ['refs/heads/both', 'side'],
];

type OpenRepository = (repository: Repository) => Promise<string> | string;

async function serve(repository: Repository, options: GitServerOptions = {}): Promise<string> {
  const bare = repository.bareCopy(`${repository.path}.git`);
  return `${(await startGitServer(shared, dirname(bare), options)).url}/${basename(bare)}`;
}

/** Locations of the same repository. */
const LOCATIONS: Readonly<Record<string, OpenRepository>> = {
  'a smart HTTP server': (repository) => serve(repository),
  'a server that sends tips only': (repository) => serve(repository, { tipsOnly: true }),
  'a work tree with loose objects': (repository) => repository.path,
  'a work tree with packed objects': (repository) => {
    const copy = new Repository(join(temporaryDirectory(shared), 'packed'));
    cpSync(repository.path, copy.path, { recursive: true });
    copy.pack();
    return copy.path;
  },
  'a bare repository': (repository) => repository.bareCopy(join(dirname(repository.path), 'bare')),
  'a file URL': (repository) => pathToFileURL(repository.bareCopy(`${repository.path}.git`)).href,
};

for (const [location, open] of Object.entries(LOCATIONS)) {
  describe(`fetchGit from ${location}`, () => {
    let url = '';
    before(async () => {
      url = await open(history);
    });

    for (const { claim, refSpec, type, want } of FORMS) {
      it(`fetchGit from ${location} resolves ${claim}`, async (test) => {
        const { provenance, files, archiveChecksum } = await fetchGitPack(test, url, refSpec);
        assert.equal(provenance.commit, ids[want]);
        assert.ok(files.includes(`644 pack.yaml: ${want}`));
        assert.deepEqual(
          [provenance.type, provenance.url, provenance.mirror, provenance.ref, provenance.refType, archiveChecksum],
          ['git', url, undefined, refSpec ?? null, type, undefined],
        );
      });
    }

    for (const [branch, want] of TIPS) {
      it(`findBranchTip in ${location} returns the tip of ${branch ?? 'the default branch'}`, async (test) => {
        assert.equal(await findBranchTip(new SafeUrl(url), branch, createSourceTools(test)), ids[want]);
      });
    }

    it(`findBranchTip in ${location}: a tag, a commit or an unknown name is an error that lists the branches`, async (test) => {
      for (const branch of ['light', 'refs/tags/both', 'tags/both', 'gone', main]) {
        await assert.rejects(findBranchTip(new SafeUrl(url), branch, createSourceTools(test)), (error) => {
          assert.ok(error instanceof AttuneError);
          assert.equal(error.code, 'NOT_FOUND_GIT_REF');
          assert.match(error.message, new RegExp(`There is no branch '${branch}' in .*; its branches: .*main`));
          assert.doesNotMatch(error.message, /: .*(light|v1)/);
          return true;
        });
      }
    });

    it(`fetchGit from ${location} warns about a name of a tag and a branch with different commits`, async (test) => {
      const warnings: string[] = [];
      const reporter = { ...silentReporter, warn: (text: string) => void warnings.push(text) };
      for (const refSpec of ['both', 'light', 'main', 'refs/tags/both']) {
        await fetchGitPack(test, url, refSpec, { reporter });
      }
      assert.equal(warnings.length, 1, warnings.join('\n'));
      assert.match(
        warnings[0]!,
        new RegExp(`'both' is both a tag \\(${first.slice(0, 12)}\\) and a branch \\(${side.slice(0, 12)}\\)`),
      );
    });

    it(`fetchGit from ${location} writes the commit's files with their modes and no .git`, async (test) => {
      const { files } = await fetchGitPack(test, url);
      assert.deepEqual(files, ['644 pack.yaml: main', '755 actions/run.sh: run']);
    });

    it(`fetchGit from ${location}: an unknown name is an error that lists the nearest names`, async (test) => {
      await assert.rejects(fetchGitPack(test, url, 'ligth'), {
        code: 'NOT_FOUND_GIT_REF',
        message: /'ligth' is not a branch, tag or commit of .*\nAvailable, nearest first:\n {2}light\n/,
      });
    });

    it(`fetchGit from ${location}: an unknown commit id is an error`, async (test) => {
      for (const commit of ['deadbeef', 'deadbeefdeadbeefdeadbeefdeadbeefdeadbeef']) {
        await assert.rejects(fetchGitPack(test, url, commit), { code: 'NOT_FOUND_GIT_REF' });
      }
    });

    it(`fetchGit from ${location}: fewer than seven digits are not a commit id`, async (test) => {
      const hint = 'Give at least 7 digits of a commit id.';
      await assert.rejects(fetchGitPack(test, url, main.slice(0, 6)), { code: 'NOT_FOUND_GIT_REF', hint });
    });

    it(`fetchGit from ${location}: an empty repository is reported as empty`, async (test) => {
      const empty = await open(createRepository(test));
      for (const refSpec of [undefined, 'main']) {
        await assert.rejects(fetchGitPack(test, empty, refSpec), { code: 'NOT_FOUND_GIT_COMMIT', message: /is empty/ });
      }
    });

    it(`fetchGit from ${location} refuses expressions and paths as ref specs`, async (test) => {
      for (const refSpec of ['HEAD~1', 'main^', '../../HEAD', 'main:pack.yaml', '-x', '', '/etc/passwd', 'a..b']) {
        await assert.rejects(fetchGitPack(test, url, refSpec), { code: 'INVALID_GIT_REF' }, refSpec);
      }
    });

    it(`fetchGit from ${location} refuses a tag of a file`, async (test) => {
      await assert.rejects(fetchGitPack(test, url, 'file'), {
        code: 'INVALID_GIT_REF',
        message: /does not lead to a commit/,
      });
    });
  });
}

describe('fetchGit with mirrors', () => {
  it('fetchGit uses a mirror and records the original URL', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'x' });
    repository.bareCopy(join(dirname(repository.path), 'demo.git'));
    const directory = pathToFileURL(dirname(repository.path)).href;
    const changes = { mirrors: { 'https://git.invalid/': `${directory}/` } };
    for (const url of ['https://git.invalid/demo.git', 'https://git.invalid/demo']) {
      const { provenance } = await fetchGitPack(test, url, undefined, changes);
      assert.equal(provenance.url, url);
      assert.equal(provenance.mirror, url.replace('https://git.invalid', directory));
    }
  });

  it('fetchGit accepts a mirror without the .git suffix of the URL', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'x' });
    const { path } = repository;
    const changes = { mirrors: { 'https://git.invalid/': `${dirname(path)}/` } };
    const { provenance } = await fetchGitPack(test, `https://git.invalid/${basename(path)}.git`, undefined, changes);
    assert.equal(provenance.commit, repository.head());
  });

  it('fetchGit neither records the user info of a URL nor sends it to a mirror', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'x' });
    repository.bareCopy(`${repository.path}.git`);
    const server = await startGitServer(test, dirname(repository.path));
    const changes = { mirrors: { 'https://git.invalid/': `${server.url}/` } };
    const { provenance } = await fetchGitPack(test, 'https://me:secret@git.invalid/repository.git', undefined, changes);
    assert.equal(provenance.url, 'https://git.invalid/repository.git');
    assert.equal(provenance.mirror, `${server.url}/repository.git`);
    assert.ok(server.requests.every(({ authorization }) => authorization === undefined));
  });
});

describe('fetchGit from unusable URLs and paths', () => {
  for (const url of ['git://example.invalid/x.git', 'ftp://example.invalid/x.git']) {
    it(`fetchGit refuses ${url} and suggests an alternative`, async (test) => {
      await assert.rejects(fetchGitPack(test, url), { code: 'NETWORK_GIT_TRANSPORT', hint: /Use the https URL/ });
    });
  }

  it('fetchGit refuses invalid URLs', async (test) => {
    for (const url of ['https://', 'http://[x/y.git', 'file://%zz/x.git']) {
      await assert.rejects(fetchGitPack(test, url), { code: 'INVALID_URL' }, url);
    }
  });

  it('fetchGit: a path without a repository is not found', async (test) => {
    const { scratch } = createSourceTools(test);
    await assert.rejects(fetchGitPack(test, scratch), { code: 'NOT_FOUND_GIT_REPOSITORY' });
    await assert.rejects(fetchGitPack(test, join(scratch, 'nothing')), { code: 'NOT_FOUND_GIT_REPOSITORY' });
  });
});

describe('isGitRepository', () => {
  it('isGitRepository recognizes a repository with one request', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'x' });
    repository.bareCopy(`${repository.path}.git`);
    const server = await startGitServer(test, dirname(repository.path));
    assert.equal(await isGitRepository(new SafeUrl(`${server.url}/repository.git`), createSourceTools(test)), true);
    assert.equal(await isGitRepository(new SafeUrl(`${server.url}/repository.git/`), createSourceTools(test)), true);
    assert.equal(server.requests.length, 2);
  });

  it('isGitRepository is false for a missing path and for a server that sends a page for every path', async (test) => {
    const intercept = (_: unknown, response: import('node:http').ServerResponse) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>');
      return true;
    };
    const page = await startGitServer(test, '/nonexistent', { intercept });
    const nothing = await startGitServer(test, '/nonexistent');
    assert.equal(await isGitRepository(new SafeUrl(`${page.url}/x`), createSourceTools(test)), false);
    assert.equal(await isGitRepository(new SafeUrl(`${nothing.url}/x`), createSourceTools(test)), false);
    assert.deepEqual([page.requests.length, nothing.requests.length], [1, 1]);
  });

  it('isGitRepository checks a local mirror', async (test) => {
    const { path } = createRepository(test, { 'pack.yaml': 'x' });
    const tools = createSourceTools(test, { mirrors: { 'https://git.invalid/': `${dirname(path)}/` } });
    assert.equal(await isGitRepository(new SafeUrl('https://git.invalid/repository'), tools), true);
    assert.equal(await isGitRepository(new SafeUrl('https://git.invalid/other'), tools), false);
  });
});

describe('commits with a common prefix', () => {
  /** Tries messages until two commits begin with the same seven digits. */
  function findCollision(tree: string): { texts: [string, string]; digits: string } {
    const seen = new Map<string, string>();
    for (let number = 0; ; number++) {
      const text = `tree ${tree}\nauthor A <a@b> 0 +0000\ncommitter A <a@b> 0 +0000\n\n${number}\n`;
      const digits = objectId('commit', Buffer.from(text)).slice(0, 7);
      const other = seen.get(digits);
      if (other !== undefined) return { texts: [other, text], digits };
      seen.set(digits, text);
    }
  }

  it('fetchGit: a prefix of several commits is an error that lists them, for tips and old commits', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'x' });
    const { texts, digits } = findCollision(repository.git('rev-parse', 'HEAD^{tree}'));
    const commits = texts.map((text) => git(repository.path, ['hash-object', '-t', 'commit', '-w', '--stdin'], text));
    const want = { code: 'INVALID_GIT_REF', facts: { commits: commits.toSorted() } };
    const check = async (url: string) =>
      assert.rejects(fetchGitPack(test, url, digits), (error) => {
        assert.ok(error instanceof AttuneError);
        assert.equal(error.code, want.code);
        assert.deepEqual((error.facts['commits'] as string[]).toSorted(), want.facts.commits);
        return true;
      });
    for (const [index, commit] of commits.entries()) repository.branch(`twin${index}`, commit);
    await check(repository.path);
    await check(await serve(repository));
    for (const index of commits.keys()) {
      const child = repository.git('commit-tree', 'HEAD^{tree}', '-p', `twin${index}`, '-m', 'child');
      repository.branch(`twin${index}`, child);
    }
    await check(await serve(repository));
  });
});

describe("fetchGit from a user's own work tree", () => {
  it('fetchGit does not change a work tree and ignores uncommitted files', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'committed', 'a.txt': 'a' });
    repository.write({ 'pack.yaml': 'being edited', 'untracked.txt': 'x' });
    repository.git('add', 'untracked.txt');
    const before = listFiles(repository.path);
    const { files } = await fetchGitPack(test, repository.path);
    assert.deepEqual(files, ['644 a.txt: a', '644 pack.yaml: committed']);
    assert.deepEqual(listFiles(repository.path), before);
  });
});
