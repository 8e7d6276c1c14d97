import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, suite, test } from 'node:test';
import { programCommand } from '../../../support/attune.ts';
import { contentsOf, createCliHarness, installedPacks } from '../../../support/cli.ts';
import { createRepository } from '../../../support/git/repository.ts';
import { createKey, startSshServer, withoutSshServer } from '../../../support/git/ssh-server.ts';
import { gitSource, packFiles, writeRegistry } from '../../../support/registry/server.ts';
import { temporaryDirectory } from '../../../support/temporary.ts';

/** That of util-linux runs a command on a pseudo-terminal. */
const SCRIPT = 'script';
const withoutTerminal =
  !/util-linux/.test(spawnSync(SCRIPT, ['--version'], { encoding: 'utf8' }).stdout ?? '') && 'no script of util-linux';

suite('packs over ssh', { skip: withoutSshServer }, async () => {
  const server = await startSshServer({ after });
  const files = packFiles({ ref: 'demo', version: '1.2.0' });
  const repository = createRepository({ after }, files);
  const commit = repository.head();
  repository.annotatedTag('v1.2.0');
  const ssh = server.variables();
  const short = `${server.user}@pack-host:${repository.path}`;
  const url = `ssh://${server.authority}${repository.path}`;

  for (const { claim, words, recorded, ref } of [
    { claim: 'the short form', words: [short], recorded: short, ref: null },
    { claim: 'a URL', words: [url, '--ref-spec', 'v1.2.0'], recorded: url, ref: 'v1.2.0' },
    { claim: 'a URL in the form of npm', words: [`git+${url}#${commit}`], recorded: url, ref: commit },
  ]) {
    test(`${claim} installs a pack and is recorded with the name of the user`, async (t) => {
      const harness = createCliHarness(t, ssh);
      const { status, document, stderr } = await harness.json('pack', 'install', ...words);
      assert.equal(status, 0, stderr);
      assert.equal(stderr, '');
      assert.deepEqual(document.packs[0].source, { type: 'git', url: recorded, ref, commit });
      const shown = (await harness.json('pack', 'show', 'demo')).document;
      assert.partialDeepStrictEqual(JSON.parse(JSON.stringify(shown)), { ref: 'demo', version: '1.2.0' });
      assert.ok(JSON.stringify(shown).includes(JSON.stringify(recorded).slice(1, -1)));
    });
  }

  test('an entry of an index may lead to ssh', async (t) => {
    const index = writeRegistry(temporaryDirectory(t), [
      { ref: 'demo', version: '1.2.0', sources: [gitSource(url, commit, files)] },
    ]);
    const harness = createCliHarness(t, { ...ssh, ATTUNE_REGISTRY_INDICES: index });
    const { status, document, stderr } = await harness.json('pack', 'install', 'demo');
    assert.equal(status, 0, stderr);
    assert.equal(document.packs[0].source.url, url);
  });

  test('a checkout that came by ssh gets an entry that everybody can fetch', async (t) => {
    const harness = createCliHarness(t, ssh);
    const checkout = createRepository(t, files);
    checkout.git('remote', 'add', 'origin', 'git@git.example:org/demo.git');
    const { status, document, stderr } = await harness.json('pack', 'index-entry', checkout.path);
    assert.equal(status, 0, stderr);
    assert.equal(document.install_sources[0].url, 'https://git.example/org/demo.git');
  });

  test('a host that is not known is refused, and nothing is installed', async (t) => {
    const known = join(temporaryDirectory(t), 'known');
    const harness = createCliHarness(t, server.variables(['Host *', `  UserKnownHostsFile ${known}`]));
    const { status, stdout, stderr } = await harness.attune('pack', 'install', short);
    assert.deepEqual([status, stdout], [9, '']);
    assert.match(stderr, /the key of the host is not known[\s\S]*Host key verification failed[\s\S]*ssh-keyscan/);
    assert.deepEqual(await installedPacks(harness), []);
  });

  test('a password in the address is refused and shown nowhere', async (t) => {
    const harness = createCliHarness(t, ssh);
    const secret = url.replace('@', ':S3cret@');
    for (const format of [[], ['--json']]) {
      const { status, stdout, stderr } = await harness.attune('pack', 'install', secret, ...format);
      assert.equal(status, 3);
      assert.match(stdout + stderr, /holds a password/);
      assert.doesNotMatch(stdout + stderr, /S3cret/);
    }
    assert.doesNotMatch(JSON.stringify(contentsOf(join(harness.data, '..'))), /S3cret/);
  });

  test('what looks like an option is no address', async (t) => {
    const harness = createCliHarness(t, ssh);
    for (const words of [['ssh://-oProxyCommand=touch%20ran/y'], ['--', '-oProxyCommand=touch$IFS"ran"@host:path']]) {
      const { status } = await harness.attune('pack', 'install', ...words);
      assert.ok(status === 2 || status === 3, `${words} ${status}`);
    }
    assert.deepEqual(contentsOf(harness.directory), {});
  });

  suite('at a terminal', { skip: withoutTerminal }, () => {
    /** Runs a command line on a pseudo-terminal, where a question is given an answer. */
    const answered = (
      t: { after(clean: () => void): void },
      variables: Record<string, string>,
      [question, answer]: [RegExp, string],
    ): Promise<{ status: number | null; output: string }> => {
      const harness = createCliHarness(t);
      const words = [...programCommand(), 'pack', 'install', short].map((word) => `'${word}'`).join(' ');
      const env = {
        ...variables,
        ATTUNE_DATA_DIR: harness.data,
        ATTUNE_CONFIG_DIR: harness.config,
        ATTUNE_CACHE_DIR: temporaryDirectory(t),
        TERM: 'dumb',
        SHELL: '/bin/sh',
      };
      const child = spawn(SCRIPT, ['-qec', words, '/dev/null'], { env, timeout: 30_000 });
      let output = '';
      let asked = false;
      child.stdout.setEncoding('utf8').on('data', (text: string) => {
        output += text;
        if (asked || !question.test(output)) return;
        asked = true;
        child.stdin.write(`${answer}\n`);
      });
      return new Promise((resolve) => child.once('close', (status) => resolve({ status, output })));
    };

    for (const { answer, status, says } of [
      { answer: 'no', status: 9, says: /the key of the host is not known/ },
      { answer: 'yes', status: 0, says: /'demo' installed successfully/ },
    ]) {
      test(`ssh may ask whether a host is the right one, and a ${answer} is a ${answer}`, async (t) => {
        const known = join(temporaryDirectory(t), 'known');
        const variables = server.variables(['Host *', `  UserKnownHostsFile ${known}`]);
        const seen = await answered(t, variables, [/continue connecting.*\? $/, answer]);
        assert.equal(seen.status, status, seen.output);
        assert.match(seen.output, says);
      });
    }

    test('a key may have a passphrase', async (t) => {
      const key = createKey(temporaryDirectory(t), 'locked', 'open sesame');
      server.letIn(key);
      const seen = await answered(t, server.variables([], key), [/passphrase for key .*: $/, 'open sesame']);
      assert.equal(seen.status, 0, seen.output);
      assert.doesNotMatch(seen.output, /open sesame/);
    });

    test('without one, a key with a passphrase ends the connection and asks nobody', async (t) => {
      const key = createKey(temporaryDirectory(t), 'locked', 'open sesame');
      server.letIn(key);
      const askpass = join(temporaryDirectory(t), 'askpass');
      writeFileSync(askpass, `#!/bin/sh\n: > '${askpass}.ran'\necho 'open sesame'\n`, { mode: 0o755 });
      const asking = { DISPLAY: ':0', SSH_ASKPASS: askpass, SSH_ASKPASS_REQUIRE: 'force' };
      const harness = createCliHarness(t, { ...server.variables([], key), ...asking });
      const { status, document } = await harness.json('pack', 'install', short);
      assert.deepEqual([status, document.error.code], [9, 'NETWORK_AUTH']);
      assert.match(document.error.hint, /ssh-add/);
      assert.equal(existsSync(`${askpass}.ran`), false);
    });
  });
});
