/**
 * Runs every script of docs/cicd.md against a git forge on loopback, and fails for a script that was not run. `NOT_RUN`
 * lists the exceptions with their reasons.
 */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, type TestContext, test } from 'node:test';
import { blockOf, blocksOf, CICD, githubJobs, githubStep, gitlabJobs, jenkinsSteps } from '../support/docs/document.ts';
import { type CommandResult, type Forge, startForge } from '../support/docs/forge.ts';
import { Ledger } from '../support/docs/ledger.ts';
import { ACTIONS, INSTALL, REGISTRY_TOKEN, Runners } from '../support/docs/runners.ts';
import { git, Repository } from '../support/git/repository.ts';
import { createCertificates } from '../support/http/tls.ts';
import { packFiles } from '../support/registry/server.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const PUBLISH = '.github/workflows/publish.yml';
const PROPOSE = '.github/workflows/publish.yml, another last step';
const PACKS = '.github/workflows/packs.yml';
const VALIDATE = '.github/workflows/validate.yml';
const MERGE = '.github/workflows/merge.yml';
const GITLAB = '.gitlab-ci.yml';
const GITLAB_REGISTRY = '.gitlab-ci.yml of the registry';
const SCRIPT = 'publish-pack.sh DIRECTORY: publishes the pack in a git checkout.';
const MIRROR = 'mirror-registry.sh INDEX_URL DIRECTORY: copies an index, and the GitHub repositories that it names.';

/** The scripts of the document that are not run, with the reasons. */
const NOT_RUN: Readonly<Record<string, string>> = {
  'In a checkout of attune':
    'builds the package of attune, which the test replaces by a wrapper of the program under test on the PATH',
  'Jenkinsfile > Install attune': 'installs attune',
};

/** Blocks without scripts. The mirror test loads the configuration with attune. */
const NO_SCRIPT = ['settings.yaml'];

const ledger = new Ledger();
const certificates = createCertificates({ after });
const compiled = temporaryDirectory({ after });

const hello = (version: string, test = 'exit 0') => packFiles({ ref: 'hello', version, test });
const TESTED = { ref: 'hello', version: '1.0.0' };

interface Harness {
  readonly forge: Forge;
  readonly runners: Runners;
}

/** Starts a forge with the pack `hello` 1.0.0 and an empty index. */
async function harness(t: TestContext): Promise<Harness> {
  const forge = await startForge(t, certificates, compiled);
  for (const name of ['acme/hello', 'acme/packs', 'acme/registry']) forge.createRepository(name);
  forge.grant(REGISTRY_TOKEN, 'acme/registry');
  forge.push('acme/hello', hello(TESTED.version), `v${TESTED.version}`);
  forge.push('acme/registry', { 'index.json': emptyIndex(forge) });
  return { forge, runners: new Runners(t, forge, ledger) };
}

function emptyIndex({ url }: Forge): string {
  const identity = { registry_name: 'Acme Packs', registry_url: `${url}/acme/registry`, version: '1.0' };
  return `${JSON.stringify({ ...identity, last_updated: '2026-01-02T03:04:05Z', packs: [] }, null, 2)}\n`;
}

function assertSucceeded({ status, log }: CommandResult): void {
  assert.equal(status, 0, log);
}

interface Entry {
  ref: string;
  version: string;
  install_sources: { type: string; url: string; ref?: string; checksum: string }[];
}

function readEntries(forge: Forge): Entry[] {
  return JSON.parse(forge.show('acme/registry', 'index.json')).packs;
}

/** Asserts that a pack can be installed from the registry. The pipelines have already validated the index. */
async function assertInstallable(forge: Forge, ref: string, version: string): Promise<void> {
  const env = { ATTUNE_REGISTRY_INDICES: `${forge.url}/raw/acme/registry/main/index.json` };
  const ran = await forge.run('attune', ['pack', 'install', `${ref}@${version}`], { cwd: forge.root, env });
  assertSucceeded(ran);
  assert.match(ran.log, new RegExp(`Pack '${ref}' installed`));
}

function clone(forge: Forge, name: string, tag?: string): string {
  const path = join(forge.root, `clone-of-${name.replace('/', '-')}`);
  git(forge.root, ['clone', '--quiet', forge.bare(name), path]);
  git(path, ['remote', 'set-url', 'origin', `${forge.url}/${name}`]);
  if (tag !== undefined) git(path, ['checkout', '--quiet', '--detach', tag]);
  return path;
}

describe('docs/cicd.md', { concurrency: 3 }, () => {
  test('manual setup: a new registry with its first pack can be installed from', async (t) => {
    const forge = await startForge(t, certificates, compiled);
    for (const name of ['acme/hello', 'acme/registry']) forge.createRepository(name);
    const runners = new Runners(t, forge, ledger);
    const commit = forge.push('acme/hello', hello('1.0.0'));
    const registry = join(forge.root, 'registry');
    git(forge.root, ['clone', '--quiet', forge.bare('acme/registry'), registry]);
    git(forge.root, ['clone', '--quiet', forge.bare('acme/hello'), join(forge.root, 'hello')]);
    const identity = {
      GIT_AUTHOR_NAME: 'Ada',
      GIT_AUTHOR_EMAIL: 'a@b.c',
      GIT_COMMITTER_NAME: 'Ada',
      GIT_COMMITTER_EMAIL: 'a@b.c',
    };
    assertSucceeded(await runners.shell('In the clone of acme/registry', registry, [], identity));
    assert.deepEqual(
      readEntries(forge).map(({ ref, install_sources: [source] }) => [ref, source?.type, source?.ref]),
      [['hello', 'git', commit]],
    );
    const shown = await runners.shell('In the clone of acme/hello', join(forge.root, 'hello'));
    assertSucceeded(shown);
    assert.match(shown.log, /"ref": "hello"/);
    const installed = await runners.shell('On any machine', forge.root);
    assertSucceeded(installed);
    assert.match(installed.log, /Pack 'hello' installed/);
  });

  test('GitHub: a tag publishes a pack despite a concurrent push, and a second run changes nothing', async (t) => {
    const { forge, runners } = await harness(t);
    const sha = forge.git('acme/hello', 'rev-parse', 'v1.0.0^{commit}');
    const event = { repository: 'acme/hello', sha, tag: 'v1.0.0' };
    forge.overtakeNextPush('acme/registry');
    assertSucceeded(await runners.github(PUBLISH, 'publish', event));
    assert.equal(forge.commits('acme/registry'), 3, 'the initial commit, the concurrent one and this one');
    const [entry] = readEntries(forge);
    assert.deepEqual(
      entry?.install_sources.map(({ type, url, ref }) => ({ type, url, ref })),
      [
        { type: 'git', url: `${forge.url}/acme/hello.git`, ref: sha },
        { type: 'archive', url: `${forge.url}/acme/hello/releases/download/v1.0.0/hello-1.0.0.tar.gz`, ref: undefined },
      ],
    );
    await assertInstallable(forge, 'hello', '1.0.0');

    assertSucceeded(await runners.github(PUBLISH, 'publish', event));
    assert.equal(forge.commits('acme/registry'), 3);
  });

  test('GitHub: a tag that differs from the version in pack.yaml publishes nothing', async (t) => {
    const { forge, runners } = await harness(t);
    const sha = forge.git('acme/hello', 'rev-parse', 'v1.0.0^{commit}');
    const ran = await runners.github(PUBLISH, 'publish', { repository: 'acme/hello', sha, tag: 'v2.0.0' });
    assert.equal(ran.failed, 'Compare the tag with pack.yaml', ran.log);
    assert.deepEqual(readEntries(forge), []);
  });

  test('GitHub: a pack with failing tests is not published', async (t) => {
    const { forge, runners } = await harness(t);
    const sha = forge.push('acme/hello', hello('1.1.0', 'exit 1'), 'v1.1.0');
    const ran = await runners.github(PUBLISH, 'publish', { repository: 'acme/hello', sha, tag: 'v1.1.0' });
    assert.deepEqual([ran.failed, ran.status], ['Test the pack', 8], ran.log);
    assert.deepEqual(readEntries(forge), []);
    assert.equal(existsSync(join(forge.root, 'files')), false);
  });

  test('GitHub: a pull request proposes a pack, and one that changes a published version fails the check', async (t) => {
    const { forge, runners } = await harness(t);
    const sha = forge.git('acme/hello', 'rev-parse', 'v1.0.0^{commit}');
    const lastStep = githubStep(blockOf(PROPOSE));
    const propose = () =>
      runners.github(PUBLISH, 'publish', { repository: 'acme/hello', sha, tag: 'v1.0.0' }, lastStep);
    const check = (branch: string) => {
      const event = { repository: 'acme/registry', sha: forge.git('acme/registry', 'rev-parse', branch), base: 'main' };
      return runners.github(VALIDATE, 'validate', event);
    };
    assertSucceeded(await propose());
    assertSucceeded(await propose());
    assert.ok(existsSync(join(forge.root, 'pulls', 'acme', 'registry', 'publish-hello-1.0.0')));
    assert.deepEqual(readEntries(forge), [], 'the pack is only in the pull request');
    assertSucceeded(await check('publish-hello-1.0.0'));

    forge.git('acme/registry', 'branch', '--force', 'main', 'publish-hello-1.0.0');
    const moved = forge.push('acme/hello', { 'README.md': 'The same version with different content.\n' });
    const tampered = join(forge.root, 'tampered');
    git(forge.root, ['clone', '--quiet', forge.bare('acme/registry'), tampered]);
    const pack = clone(forge, 'acme/hello');
    const args = ['--git-url', `${forge.url}/acme/hello.git`, '--git-ref', moved];
    const index = join(tampered, 'index.json');
    assertSucceeded(await forge.attune('pack', 'index-update', '--index', index, '--update', pack, ...args));
    new Repository(tampered).commit({}, 'tampered');
    git(tampered, ['push', '--quiet', 'origin', 'HEAD:tampered']);
    const refused = await check('tampered');
    assert.deepEqual([refused.failed, refused.status], ['Check that published versions are unchanged', 7], refused.log);
  });

  test('GitHub: all packs of a repository are tested, and a tag publishes one of them', async (t) => {
    const { forge, runners } = await harness(t);
    const put = (ref: string, version: string) =>
      Object.entries(packFiles({ ref, version, test: 'exit 0' })).map(([path, text]) => [`packs/${ref}/${path}`, text]);
    const files = Object.fromEntries([...put('hello', '1.0.0'), ...put('world', '0.2.0')]);
    const sha = forge.push('acme/packs', files, 'world-v0.2.0');
    const event = { repository: 'acme/packs', sha, tag: 'world-v0.2.0' };
    const tested = await runners.github(PACKS, 'test', event);
    assertSucceeded(tested);
    assert.match(tested.log, /hello 1\.0\.0[\s\S]*world 0\.2\.0/);
    forge.overtakeNextPush('acme/registry');
    assertSucceeded(await runners.github(PACKS, 'publish', event));
    assertSucceeded(await runners.github(PACKS, 'publish', event));
    assert.equal(forge.commits('acme/registry'), 3);
    assert.deepEqual(
      readEntries(forge).map(({ ref, version, install_sources: [source] }) => [ref, version, source?.url]),
      [['world', '0.2.0', `${forge.url}/acme/packs/releases/download/world-v0.2.0/world-0.2.0.tar.gz`]],
    );
    await assertInstallable(forge, 'world', '0.2.0');
    const wrong = await runners.github(PACKS, 'publish', { ...event, tag: 'world-v0.3.0' });
    assert.equal(wrong.failed, 'Publish the archive, once', wrong.log);
    const failing = { 'packs/hello/tests/run.sh': '#!/bin/sh\nexit 1\n' };
    const broken = await runners.github(PACKS, 'test', {
      repository: 'acme/packs',
      sha: forge.push('acme/packs', failing),
    });
    assert.deepEqual([broken.failed, broken.status], ['Test every pack', 8], broken.log);
    assert.match(broken.log, /world 0\.2\.0/);
  });

  test('GitHub: the nightly merge adds the packs of all reachable teams and skips an unreachable one', async (t) => {
    const { forge, runners } = await harness(t);
    forge.grant('job-token', 'acme/registry');
    const team = join(forge.directory('team'), 'index.json');
    const commit = forge.git('acme/hello', 'rev-parse', 'main');
    const args = ['--git-url', `${forge.url}/acme/hello.git`, '--git-ref', commit];
    const identity = ['--create', '--registry-name', 'Team A', '--registry-url', `${forge.url}/team-a`];
    assertSucceeded(
      await forge.attune('pack', 'index-update', '--index', team, ...identity, clone(forge, 'acme/hello'), ...args),
    );
    forge.serve('team-a/index.json', readFileSync(team, 'utf8'));
    const event = { repository: 'acme/registry', sha: forge.git('acme/registry', 'rev-parse', 'main') };
    const ran = await runners.github(MERGE, 'merge', event);
    assertSucceeded(ran);
    assert.match(ran.log, /::warning::\S+\/team-b\/index\.json could not be downloaded/);
    assert.equal(JSON.parse(forge.show('acme/registry', 'index.json')).registry_name, 'Acme Packs');
    await assertInstallable(forge, 'hello', '1.0.0');
    assertSucceeded(await runners.github(MERGE, 'merge', event));
    assert.equal(forge.commits('acme/registry'), 2, 'a second run changes nothing');
  });

  test('GitLab: a tag publishes a pack with its archive, and the registry pipeline validates the index', async (t) => {
    const { forge, runners } = await harness(t);
    const sha = forge.git('acme/hello', 'rev-parse', 'v1.0.0^{commit}');
    const checkout = clone(forge, 'acme/hello', 'v1.0.0');
    git(checkout, [
      'remote',
      'set-url',
      'origin',
      `${forge.url.replace('//', '//gitlab-ci-token:secret@')}/acme/hello.git`,
    ]);
    const variables = {
      CI_PROJECT_URL: `${forge.url}/acme/hello`,
      CI_PROJECT_PATH: 'acme/hello',
      CI_PROJECT_ID: '7',
      CI_API_V4_URL: `${forge.url}/api/v4`,
      CI_JOB_TOKEN: 'job-token',
      CI_COMMIT_SHA: sha,
      CI_COMMIT_TAG: 'v1.0.0',
      REGISTRY_TOKEN,
    };
    assertSucceeded(await runners.gitlab(GITLAB, 'test', checkout, variables));
    forge.overtakeNextPush('acme/registry');
    const first = await runners.gitlab(GITLAB, 'publish', checkout, variables);
    assertSucceeded(first);
    assertSucceeded(await runners.gitlab(GITLAB, 'publish', checkout, variables));
    assert.equal(forge.commits('acme/registry'), 3);
    assert.deepEqual(
      readEntries(forge)[0]?.install_sources.map(({ url }) => url),
      [`${forge.url}/acme/hello.git`, `${forge.url}/api/v4/projects/7/packages/generic/hello/1.0.0/hello-1.0.0.tar.gz`],
    );
    assert.equal(first.log.includes(REGISTRY_TOKEN), false);
    await assertInstallable(forge, 'hello', '1.0.0');

    const registry = clone(forge, 'acme/registry');
    const base = { CI_MERGE_REQUEST_DIFF_BASE_SHA: git(registry, ['rev-parse', 'HEAD~1']) };
    assertSucceeded(await runners.gitlab(GITLAB_REGISTRY, 'validate', registry, base));
    assertSucceeded(await runners.gitlab(GITLAB_REGISTRY, 'sources', registry, {}));
    const wrong = await runners.gitlab(GITLAB, 'publish', checkout, { ...variables, CI_COMMIT_TAG: 'v9.0.0' });
    assert.match(wrong.log, /The tag is v9\.0\.0, but pack\.yaml has version 1\.0\.0\./);
    assert.equal(wrong.status, 1);
  });

  test('Jenkins: a tag publishes a pack, and the token is in neither the log nor the clone', async (t) => {
    const { forge, runners } = await harness(t);
    const checkout = clone(forge, 'acme/hello', 'v1.0.0');
    const temporary = forge.directory('workspace@tmp');
    const variables = { TAG_NAME: 'v1.0.0', WORKSPACE_TMP: temporary, REGISTRY_TOKEN };
    forge.overtakeNextPush('acme/registry');
    const first = await runners.jenkins('Jenkinsfile', checkout, variables);
    assertSucceeded(first);
    assert.equal(forge.commits('acme/registry'), 3);
    assert.equal(first.log.includes(REGISTRY_TOKEN), false);
    assert.equal(readFileSync(join(temporary, 'registry', '.git', 'config'), 'utf8').includes(REGISTRY_TOKEN), false);
    await assertInstallable(forge, 'hello', '1.0.0');
    const wrong = await runners.jenkins('Jenkinsfile', checkout, { ...variables, TAG_NAME: 'v9.0.0' });
    assert.equal(wrong.status, 1);
    assert.match(wrong.log, /pack\.yaml has version 1\.0\.0/);
  });

  test('shell script: only a commit that is tagged and pushed is published', async (t) => {
    const { forge, runners } = await harness(t);
    const pack = clone(forge, 'acme/hello');
    const env = {
      PACK_URL: `${forge.url}/acme/hello.git`,
      REGISTRY: `${forge.url}/acme/registry.git`,
      REGISTRY_TOKEN,
    };
    const publish = () => runners.shell(SCRIPT, forge.root, [pack], env);
    forge.overtakeNextPush('acme/registry');
    assertSucceeded(await publish());
    assert.equal(forge.commits('acme/registry'), 3);
    await assertInstallable(forge, 'hello', '1.0.0');

    const local = new Repository(pack);
    local.write({ 'README.md': 'not committed\n' });
    const dirty = await publish();
    assert.equal(dirty.status, 1);
    assert.match(dirty.log, /Commit your changes first/);
    local.commit({}, 'not pushed');
    const untagged = await publish();
    assert.equal(untagged.status, 1);
    assert.match(untagged.log, /Tag this commit v1\.0\.0 and push the tag first/);
    assert.equal(forge.commits('acme/registry'), 3);
  });

  test('mirror script: a machine without a network can install from the mirror', async (t) => {
    const { forge, runners } = await harness(t);
    const index = join(forge.directory('first'), 'index.json');
    const args = [
      '--git-url',
      `${forge.url}/acme/hello.git`,
      '--git-ref',
      forge.git('acme/hello', 'rev-parse', 'main'),
    ];
    const identity = ['--create', '--registry-name', 'Acme', '--registry-url', forge.url];
    assertSucceeded(
      await forge.attune('pack', 'index-update', '--index', index, ...identity, clone(forge, 'acme/hello'), ...args),
    );
    forge.push('acme/registry', { 'index.json': readFileSync(index) });
    const url = `${forge.url}/raw/acme/registry/main/index.json`;
    for (const _ of ['once', 'again']) assertSucceeded(await runners.shell(MIRROR, forge.root, [url, forge.mirror]));

    writeFileSync(join(forge.directory('config'), 'settings.yaml'), forge.local(blockOf('settings.yaml').text));
    const installed = await runners.shell('Behind the air gap', forge.root);
    assertSucceeded(installed);
    assert.match(installed.log, /Pack 'hello' installed/);
  });
});

/** Publishes the pack `hello` with one script of the document. @param version of the tag */
type Publisher = (harness: Harness, pack: { readonly sha: string; readonly version: string }) => Promise<CommandResult>;

const PUBLISHERS: Readonly<Record<string, Publisher>> = {
  'GitHub: publish': ({ runners }, { sha, version }) =>
    runners.github(PUBLISH, 'publish', { repository: 'acme/hello', sha, tag: `v${version}` }),
  'GitHub: pull request': ({ runners }, { sha, version }) =>
    runners.github(
      PUBLISH,
      'publish',
      { repository: 'acme/hello', sha, tag: `v${version}` },
      githubStep(blockOf(PROPOSE)),
    ),
  'GitHub: one of several packs': ({ forge, runners }, { sha, version }) => {
    const manifest = forge.git('acme/hello', 'show', `${sha}:pack.yaml`);
    const commit = forge.push('acme/packs', { 'packs/hello/pack.yaml': manifest }, `hello-v${version}`);
    return runners.github(PACKS, 'publish', { repository: 'acme/packs', sha: commit, tag: `hello-v${version}` });
  },
  GitLab: ({ forge, runners }, { sha, version }) =>
    runners.gitlab(GITLAB, 'publish', checkedOut(forge, sha), {
      CI_PROJECT_URL: `${forge.url}/acme/hello`,
      CI_PROJECT_PATH: 'acme/hello',
      CI_PROJECT_ID: '7',
      CI_API_V4_URL: `${forge.url}/api/v4`,
      CI_JOB_TOKEN: 'job-token',
      CI_COMMIT_SHA: sha,
      CI_COMMIT_TAG: `v${version}`,
      REGISTRY_TOKEN,
    }),
  Jenkins: ({ forge, runners }, { sha, version }) =>
    runners.jenkins('Jenkinsfile', checkedOut(forge, sha), {
      TAG_NAME: `v${version}`,
      WORKSPACE_TMP: forge.directory('workspace@tmp'),
      REGISTRY_TOKEN,
    }),
  'shell script': ({ forge, runners }, { sha }) =>
    runners.shell(SCRIPT, forge.root, [checkedOut(forge, sha)], {
      PACK_URL: `${forge.url}/acme/hello.git`,
      REGISTRY: `${forge.url}/acme/registry.git`,
      REGISTRY_TOKEN,
    }),
};

function checkedOut(forge: Forge, commit: string): string {
  const checkout = clone(forge, 'acme/hello');
  git(checkout, ['checkout', '--quiet', '--detach', commit]);
  return checkout;
}

interface Fault {
  readonly claim: string;
  /** The version of the tag that is published; 1.0.0 by default. */
  readonly version?: string;
  /** Prepares the forge. @returns the commit to publish, by default that of the tag v1.0.0 */
  readonly prepare?: (forge: Forge) => string | undefined;
  readonly log: RegExp;
}

const FAULTS: readonly Fault[] = [
  {
    claim: 'a broken manifest is reported with its line',
    version: '1.1.0',
    prepare: (forge) => forge.push('acme/hello', { 'pack.yaml': 'ref: hello\nversion: [1.1.0\n' }, 'v1.1.0'),
    log: /^Error: [\s\S]*pack\.yaml:\d+:\d+/m,
  },
  {
    claim: 'a tag that differs from pack.yaml is named',
    version: '1.1.0',
    prepare: (forge) => {
      const commit = forge.push('acme/hello', { 'README.md': 'Changed.\n' }, 'v1.1.0');
      return commit;
    },
    log: /The tag is \S*v1\.1\.0, but pack\.yaml has version:? 1\.0\.0|Tag this commit v1\.0\.0 and push the tag first/,
  },
  {
    claim: 'the reason of a refused push is shown',
    prepare: (forge) => {
      forge.protect('acme/registry');
      return undefined;
    },
    log: /remote: The branch main is protected\.[\s\S]*pre-receive hook declined/,
  },
  {
    claim: 'a silent server is given up on',
    prepare: (forge) => {
      forge.silence(/\/acme\/registry(\.git)?\//);
      return undefined;
    },
    log: /Operation too slow\. Less than 1000 bytes\/sec transferred the last 2 seconds/,
  },
];

describe('docs/cicd.md: failures', { concurrency: 2 }, () => {
  for (const [name, publish] of Object.entries(PUBLISHERS)) {
    for (const { claim, version = '1.0.0', prepare, log } of FAULTS) {
      test(`${name}: ${claim}, and nothing is published`, async (t) => {
        const started = await harness(t);
        const { forge } = started;
        const sha = prepare?.(forge) ?? forge.git('acme/hello', 'rev-parse', 'v1.0.0^{commit}');
        const ran = await publish(started, { sha, version });
        assert.notEqual(ran.status, 0, ran.log);
        assert.match(ran.log, log);
        assert.equal(ran.log.includes(REGISTRY_TOKEN), false, 'the log has no token');
        assert.deepEqual(readEntries(forge), []);
      });
    }
  }

  test('GitHub: the nightly merge leaves out a team whose server is silent', async (t) => {
    const { forge, runners } = await harness(t);
    forge.grant('job-token', 'acme/registry');
    forge.silence(/^\/team-a\//);
    const event = { repository: 'acme/registry', sha: forge.git('acme/registry', 'rev-parse', 'main') };
    const ran = await runners.github(MERGE, 'merge', event);
    assert.match(ran.log, /Operation too slow[\s\S]*::warning::\S+\/team-a\/index\.json could not be downloaded/);
  });
});

test('docs/cicd.md: every script was run or is a listed exception', () => {
  const blocks = blocksOf(CICD).filter(({ title }) => !NO_SCRIPT.includes(title));
  const untitled = blocks.filter(({ title }) => title === '');
  assert.deepEqual(untitled, [], 'every block must begin with a comment that names it');
  const steps = blocks.flatMap((block) => {
    if (block.language === 'sh') return [block.title];
    if (block.language === 'groovy') return jenkinsSteps(block).map(({ id }) => id);
    if (block.title.startsWith('.gitlab-ci.yml')) return gitlabJobs(block).map(({ id }) => id);
    if (block.title === PROPOSE) return [githubStep(block).id];
    if (block.title.startsWith('.github/')) {
      return githubJobs(block).flatMap((job) => job.steps.filter(({ run }) => run !== INSTALL).map(({ id }) => id));
    }
    return [`unknown block: ${block.language} ${block.title}`];
  });
  // runners.ts replaces these marketplace actions and fails for any other action.
  const scripts = steps.filter((id) => !ACTIONS.some((action) => id.endsWith(`> ${action}`)));
  assert.deepEqual(ledger.audit(scripts, Object.keys(NOT_RUN)), { missing: [], stale: [] });
});
