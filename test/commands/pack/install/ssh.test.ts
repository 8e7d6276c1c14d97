import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { contentsOf, createCliHarness, installedPacks } from '../../../support/cli.ts';
import { createRepository } from '../../../support/git/repository.ts';
import { createKey, sshServerSkipReason, startSshServer } from '../../../support/git/ssh-server.ts';
import { runOnTerminal, withoutTerminal } from '../../../support/processes/pseudo-terminal.ts';
import { gitSource, packFiles, writeRegistry } from '../../../support/registry/server.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

suite('install: ssh', { skip: sshServerSkipReason }, async () => {
  const server = await startSshServer({ after });
  const files = packFiles({ ref: 'demo', version: '1.2.0' });
  const repository = createRepository({ after }, files);
  const commit = repository.head();
  repository.annotatedTag('v1.2.0');
  const ssh = server.variables();
  const short = `${server.user}@pack-host:${repository.path}`;
  const url = `ssh://${server.authority}${repository.path}`;

  for (const { title, args, recorded, ref } of [
    { title: 'an scp-like address', args: [short], recorded: short, ref: null },
    { title: 'a URL', args: [url, '--ref-spec', 'v1.2.0'], recorded: url, ref: 'v1.2.0' },
    { title: 'a URL in the syntax of npm', args: [`git+${url}#${commit}`], recorded: url, ref: commit },
  ]) {
    test(`${title} installs a pack and is recorded with its user name`, async (t) => {
      const harness = createCliHarness(t, ssh);
      const { status, document, stderr } = await harness.json('pack', 'install', ...args);
      assert.equal(status, 0, stderr);
      assert.equal(stderr, '');
      assert.deepEqual(document.packs[0].source, { type: 'git', url: recorded, ref, commit });
      const shown = (await harness.json('pack', 'show', 'demo')).document;
      assert.partialDeepStrictEqual(JSON.parse(JSON.stringify(shown)), { ref: 'demo', version: '1.2.0' });
      assert.ok(JSON.stringify(shown).includes(JSON.stringify(recorded).slice(1, -1)));
    });
  }

  test('an index entry may have an ssh source', async (t) => {
    const index = writeRegistry(temporaryDirectory(t), [
      { ref: 'demo', version: '1.2.0', sources: [gitSource(url, commit, files)] },
    ]);
    const harness = createCliHarness(t, { ...ssh, ATTUNE_REGISTRY_INDICES: index });
    const { status, document, stderr } = await harness.json('pack', 'install', 'demo');
    assert.equal(status, 0, stderr);
    assert.equal(document.packs[0].source.url, url);
  });

  test('index-entry of a checkout with an ssh remote has an https source', async (t) => {
    const harness = createCliHarness(t, ssh);
    const checkout = createRepository(t, files);
    checkout.git('remote', 'add', 'origin', 'git@git.example:org/demo.git');
    const { status, document, stderr } = await harness.json('pack', 'index-entry', checkout.path);
    assert.equal(status, 0, stderr);
    assert.equal(document.install_sources[0].url, 'https://git.example/org/demo.git');
  });

  test('an unknown host key exits 9, and nothing is installed', async (t) => {
    const known = join(temporaryDirectory(t), 'known');
    const harness = createCliHarness(t, server.variables(['Host *', `  UserKnownHostsFile ${known}`]));
    const { status, stdout, stderr } = await harness.attune('pack', 'install', short);
    assert.deepEqual([status, stdout], [9, '']);
    assert.match(stderr, /the host key is not known[\s\S]*Host key verification failed[\s\S]*ssh-keyscan/);
    assert.deepEqual(await installedPacks(harness), []);
  });

  test('a password in the URL is refused and not printed', async (t) => {
    const harness = createCliHarness(t, ssh);
    const secret = url.replace('@', ':S3cret@');
    for (const format of [[], ['--json']]) {
      const { status, stdout, stderr } = await harness.attune('pack', 'install', secret, ...format);
      assert.equal(status, 3);
      assert.match(stdout + stderr, /contains a password/);
      assert.doesNotMatch(stdout + stderr, /S3cret/);
    }
    assert.doesNotMatch(JSON.stringify(contentsOf(join(harness.data, '..'))), /S3cret/);
  });

  test('an address that looks like an option of ssh is refused', async (t) => {
    const harness = createCliHarness(t, ssh);
    for (const args of [['ssh://-oProxyCommand=touch%20ran/y'], ['--', '-oProxyCommand=touch$IFS"ran"@host:path']]) {
      const { status } = await harness.attune('pack', 'install', ...args);
      assert.ok(status === 2 || status === 3, `${args} ${status}`);
    }
    assert.deepEqual(contentsOf(harness.directory), {});
  });

  suite('on a terminal', { skip: withoutTerminal }, () => {
    const installOnTerminal = (
      t: { after(clean: () => void): void },
      variables: Record<string, string>,
      answer: [question: RegExp, answer: string],
    ) => {
      const harness = createCliHarness(t);
      const env = {
        ...variables,
        ATTUNE_DATA_DIR: harness.data,
        ATTUNE_CONFIG_DIR: harness.config,
        ATTUNE_CACHE_DIR: temporaryDirectory(t),
        TERM: 'dumb',
      };
      return runOnTerminal(['pack', 'install', short], { cwd: harness.directory, env, answer });
    };

    for (const { answer, status, message } of [
      { answer: 'no', status: 9, message: /the host key is not known/ },
      { answer: 'yes', status: 0, message: /'demo' installed successfully/ },
    ]) {
      test(`ssh prompts for an unknown host key, and '${answer}' is passed to ssh`, async (t) => {
        const known = join(temporaryDirectory(t), 'known');
        const variables = server.variables(['Host *', `  UserKnownHostsFile ${known}`]);
        const run = await installOnTerminal(t, variables, [/continue connecting.*\? $/, answer]);
        assert.equal(run.status, status, run.output);
        assert.match(run.output, message);
      });
    }

    test('ssh prompts for the passphrase of a key', async (t) => {
      const key = createKey(temporaryDirectory(t), 'locked', 'open sesame');
      server.authorizeKey(key);
      const run = await installOnTerminal(t, server.variables([], key), [/passphrase for key .*: $/, 'open sesame']);
      assert.equal(run.status, 0, run.output);
      assert.doesNotMatch(run.output, /open sesame/);
    });

    test('without a terminal a key with a passphrase exits 9 without a prompt', async (t) => {
      const key = createKey(temporaryDirectory(t), 'locked', 'open sesame');
      server.authorizeKey(key);
      const askpass = join(temporaryDirectory(t), 'askpass');
      writeFileSync(askpass, `#!/bin/sh\n: > '${askpass}.ran'\necho 'open sesame'\n`, { mode: 0o755 });
      const askpassVariables = { DISPLAY: ':0', SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' };
      const harness = createCliHarness(t, { ...server.variables([], key), ...askpassVariables });
      const { status, document } = await harness.json('pack', 'install', short);
      assert.deepEqual([status, document.error.code], [9, 'NETWORK_AUTH']);
      assert.match(document.error.hint, /ssh-add/);
      assert.equal(existsSync(`${askpass}.ran`), false);
    });
  });
});
