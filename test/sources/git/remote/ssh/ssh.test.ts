import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_LIMITS } from '../../../../../src/limits.ts';
import { systemProcesses } from '../../../../../src/platform/processes/processes.ts';
import { type Reporter, silentReporter } from '../../../../../src/platform/reporter.ts';
import { failureOf } from '../../../../support/failure.ts';
import { fetchGitPack } from '../../../../support/git/fetching.ts';
import { createRepository, git, type Repository } from '../../../../support/git/repository.ts';
import {
  createKey,
  findFreePort,
  type SshServer,
  startSshServer,
  sshServerSkipReason,
} from '../../../../support/git/ssh-server.ts';
import { temporaryDirectory } from '../../../../support/temporary.ts';

interface History {
  readonly repository: Repository;
  readonly first: string;
  readonly second: string;
  readonly tag: string;
}

/** Two commits on `main`, one more on `side`, an annotated tag of the first and a light one of the second. */
function createHistory(): History {
  const repository = createRepository({ after }, { 'pack.yaml': 'one', 'run.sh': { content: '#', executable: true } });
  const first = repository.head();
  const tag = repository.annotatedTag('v1');
  repository.commit({ 'pack.yaml': 'two' });
  const second = repository.commit({ 'pack.yaml': 'three' });
  repository.tag('light');
  repository.git('checkout', '--quiet', '-b', 'side');
  repository.commit({ 'pack.yaml': 'side' });
  repository.git('checkout', '--quiet', 'main');
  return { repository, first, second, tag };
}

describe('a real sshd', { skip: sshServerSkipReason }, async () => {
  const server: SshServer = await startSshServer({ after });
  const { repository, first, second, tag } = createHistory();
  const variables = server.variables();
  const url = `ssh://${server.authority}${repository.path}`;
  const run = '755 run.sh: #';
  const closed = await findFreePort();

  describe('serves', () => {
    const beforeLast = repository.git('rev-parse', 'main~1');
    for (const { claim, refSpec, want, commit } of [
      { claim: 'HEAD', refSpec: undefined, want: 'three', commit: second },
      { claim: 'a branch', refSpec: 'side', want: 'side', commit: repository.git('rev-parse', 'side') },
      { claim: 'a tag', refSpec: 'light', want: 'three', commit: second },
      { claim: 'an annotated tag', refSpec: 'v1', want: 'one', commit: first },
      { claim: "an annotated tag's own id", refSpec: tag, want: 'one', commit: first },
      { claim: 'the commit of a tip', refSpec: second, want: 'three', commit: second },
      { claim: 'a commit that is no tip, by way of the history', refSpec: beforeLast, want: 'two', commit: beforeLast },
      { claim: 'a few digits of one', refSpec: beforeLast.slice(0, 9), want: 'two', commit: beforeLast },
    ]) {
      it(claim, async (test) => {
        const { files, provenance } = await fetchGitPack(test, url, refSpec, { variables });
        assert.deepEqual(files, [`644 pack.yaml: ${want}`, run]);
        const ref = refSpec ?? null;
        assert.deepEqual(provenance, { type: 'git', url, mirror: undefined, ref, commit });
      });
    }

    it('a commit that is no tip at once where the server allows that', async (test) => {
      const path = repository.bareCopy(join(temporaryDirectory(test), 'open.git'));
      git(path, ['config', 'uploadpack.allowReachableSHA1InWant', 'true']);
      const notes: string[] = [];
      const reporter: Reporter = { ...silentReporter, note: (text) => notes.push(text) };
      const open = `ssh://${server.authority}${path}`;
      const { provenance } = await fetchGitPack(test, open, beforeLast, { variables, reporter });
      assert.equal(provenance.commit, beforeLast);
      assert.deepEqual(notes, []);
    });

    it('the short form of an address, by an alias in the configuration of the user', async (test) => {
      const short = `${server.user}@pack-host:${repository.path}`;
      const { files, provenance } = await fetchGitPack(test, short, undefined, { variables });
      assert.deepEqual(files, ['644 pack.yaml: three', run]);
      assert.equal(provenance.url, short);
    });

    it('a path with spaces, quotes and what else a shell would read', async (test) => {
      const name = `it's "a" $(touch ran) !x; & b\\c.git`;
      const path = repository.bareCopy(join(temporaryDirectory(test), name));
      const escaped = `ssh://${server.authority}${encodeURI(dirname(path))}/${encodeURIComponent(name)}`;
      for (const address of [escaped, `pack-host:${path}`]) {
        assert.equal((await fetchGitPack(test, address, undefined, { variables })).provenance.commit, second, address);
      }
      assert.equal(existsSync(join(dirname(path), 'ran')), false);
    });

    it('through another host that the configuration of the user jumps over', async (test) => {
      const lines = ['Host inner', '  HostName 127.0.0.1', `  Port ${server.port}`, '  ProxyJump pack-host'];
      const inner = `${server.user}@inner:${repository.path}`;
      const { provenance } = await fetchGitPack(test, inner, undefined, { variables: server.variables(lines) });
      assert.equal(provenance.commit, second);
    });

    it('a program of another name, which is asked for the options that it takes', async (test) => {
      const wrapper = join(temporaryDirectory(test), 'wrapper');
      writeFileSync(wrapper, `#!/bin/sh\nexec ${variables['GIT_SSH_COMMAND']} "$@"\n`, { mode: 0o755 });
      const { GIT_SSH_COMMAND: _, ...others } = variables;
      const changes = { variables: { ...others, GIT_SSH: wrapper } };
      assert.equal((await fetchGitPack(test, url, undefined, changes)).provenance.commit, second);
    });

    it('what a mirror stands for', async (test) => {
      const mirrors = { 'https://git.invalid/': `ssh://${server.authority}${dirname(repository.path)}/` };
      const { provenance } = await fetchGitPack(test, 'https://git.invalid/repository', undefined, { variables, mirrors });
      assert.deepEqual([provenance.url, provenance.mirror], ['https://git.invalid/repository', url]);
    });

    it('with progress in bytes', async (test) => {
      const seen: [number, string][] = [];
      const reporter: Reporter = {
        ...silentReporter,
        activity: () => ({ progress: (done, _, unit) => seen.push([done, unit]), [Symbol.dispose]() {} }),
      };
      await fetchGitPack(test, url, undefined, { variables, reporter });
      assert.ok(seen.length > 0 && (seen[0]?.[0] ?? 0) > 0 && seen[0]?.[1] === 'bytes', JSON.stringify(seen));
    });
  });

  describe('and what goes wrong is told', () => {
    const told = async (test: TestContext, address: string, environment: Record<string, string>, refSpec?: string) =>
      failureOf(fetchGitPack(test, address, refSpec, { variables: environment }));

    it('a host whose key is not known, which is not accepted', async (test) => {
      const known = join(temporaryDirectory(test), 'known');
      const error = await told(test, url, server.variables(['Host *', `  UserKnownHostsFile ${known}`]));
      assert.equal(error.code, 'NETWORK_HOST_KEY');
      assert.match(error.message, /the key of the host is not known\.\nssh said:\n.*Host key verification failed/s);
      assert.ok(error.hint?.includes(`ssh-keyscan -p ${server.port} 127.0.0.1`), error.hint);
      assert.equal(existsSync(known), false);
    });

    it('a host whose key has changed', async (test) => {
      const directory = temporaryDirectory(test);
      const other = readFileSync(`${createKey(directory, 'other')}.pub`, 'utf8')
        .split(' ')
        .slice(0, 2)
        .join(' ');
      writeFileSync(join(directory, 'known'), `[127.0.0.1]:${server.port} ${other}\n`);
      const lines = ['Host *', `  UserKnownHostsFile ${join(directory, 'known')}`];
      const error = await told(test, url, server.variables(lines));
      assert.equal(error.code, 'NETWORK_HOST_KEY');
      assert.match(error.message, /is not the one that is known for it/);
      assert.ok(error.hint?.includes(`ssh-keygen -R '[127.0.0.1]:${server.port}'`), error.hint);
    });

    it('a key that is not let in', async (test) => {
      const key = createKey(temporaryDirectory(test), 'stranger');
      const strange = server.variables([], key);
      const error = await told(test, url, strange);
      assert.equal(error.code, 'NETWORK_AUTH');
      assert.match(error.message, /does not accept the login\.\nssh said:\n.*Permission denied \(publickey\)/s);
      assert.match(error.hint ?? '', /ssh -v -p \d+ .*ssh-add/);
    });

    for (const { claim, address, code, message } of [
      {
        claim: 'a port where nobody listens',
        address: `ssh://127.0.0.1:${closed}/x`,
        code: 'NETWORK_UNREACHABLE',
        message: /the connection was refused/,
      },
      {
        claim: 'a host that nobody knows',
        address: 'git@host.invalid:x',
        code: 'NETWORK_UNREACHABLE',
        message: /the name of the host is not known/,
      },
      {
        claim: 'a repository that is not there',
        address: `ssh://${server.authority}/no/such/repository`,
        code: 'NETWORK_NO_REPOSITORY',
        message: /there is no repository at this address.*\nssh said:\n {2}fatal: '\/no\/such\/repository'/s,
      },
    ]) {
      it(claim, async (test) => {
        const error = await told(test, address, variables);
        assert.equal(error.code, code);
        assert.match(error.message, message);
        assert.ok(error.message.includes(address) && error.hint, error.message);
      });
    }

    it('a ref that is not there, with those that are', async (test) => {
      const error = await told(test, url, variables, 'sidd');
      assert.equal(error.code, 'NOT_FOUND_GIT_REF');
      assert.match(error.message, /\n {2}side\n/);
    });

    it('a repository without a commit', async (test) => {
      const empty = createRepository(test);
      const error = await told(test, `ssh://${server.authority}${empty.path}`, variables);
      assert.equal(error.code, 'NOT_FOUND_GIT_COMMIT');
    });

    it('more bytes than an archive may have', async (test) => {
      const limits = { ...DEFAULT_LIMITS, archiveBytes: 99 };
      assert.equal((await failureOf(fetchGitPack(test, url, undefined, { variables, limits }))).code, 'INVALID_GIT_SIZE');
    });
  });
});

/** A program in place of ssh, which says its process id and what it was given in files beside it. */
function standIn(test: TestContext, body: string, name = 'ssh'): { variables: Record<string, string>; at: string } {
  const at = temporaryDirectory(test);
  const program = join(at, name);
  writeFileSync(
    program,
    `#!/bin/sh\nhere='${at}'\nprintf '%s\\n' "$@" > "$here/words"\necho $$ > "$here/pid"\n${body}\n`,
    {
      mode: 0o755,
    },
  );
  return { at, variables: { PATH: process.env['PATH'] ?? '', GIT_SSH: program } };
}

async function isGone(file: string): Promise<boolean> {
  const pid = readFileSync(file, 'utf8').trim();
  const lives = () => {
    try {
      return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    } catch {
      return false;
    }
  };
  for (let tries = 0; tries < 100 && lives(); tries++) await sleep(20);
  return !lives();
}

describe('nothing is run', () => {
  for (const url of [
    'ssh://-oProxyCommand=touch%20ran/y',
    'ssh://git@-oProxyCommand=touch%20ran/y',
    '-oProxyCommand=touch ran@host:path',
    '-x@host:path',
    'host:-x',
    'ssh://host/a%0ab',
    'ssh://host/a%00b',
    'ssh://git:s3cret@host/x',
  ]) {
    it(`for ${url}`, async (test) => {
      const { variables, at } = standIn(test, 'touch "$here/ran"');
      assert.equal((await failureOf(fetchGitPack(test, url, undefined, { variables }))).code, 'INVALID_URL');
      await sleep(20);
      assert.equal(existsSync(join(at, 'words')), false);
    });
  }

  it('offline', async (test) => {
    const { variables, at } = standIn(test, 'touch "$here/ran"');
    for (const more of [{}, { GIT_SSH_COMMAND: 'no-such-program' }]) {
      const changes = { processes: systemProcesses({ offline: true }), variables: { ...variables, ...more } };
      assert.equal((await failureOf(fetchGitPack(test, 'git@host.example:x', undefined, changes))).code, 'NETWORK_OFFLINE');
    }
    assert.equal(existsSync(join(at, 'words')), false);
  });
});

describe('a program in place of ssh', () => {
  const serves = (path: string) => `git-upload-pack '${path}'`;

  it('is given options, a host and one command, as git does it', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'x' });
    const { variables, at } = standIn(test, `exec ${serves(repository.path)}`);
    await fetchGitPack(test, "ssh://git@host.example:2222/it's", undefined, { variables });
    const words = readFileSync(join(at, 'words'), 'utf8').trimEnd().split('\n');
    assert.deepEqual(words.slice(-3), ['--', 'git@host.example', `git-upload-pack '/it'\\''s'`]);
    assert.deepEqual(words.slice(words.indexOf('-p'), -3), ['-p', '2222']);
  });

  it('may be a line for the shell, with variables and quotes in it', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'x' });
    const { variables, at } = standIn(test, `echo "$ASKED" > "$here/asked"\nexec ${serves(repository.path)}`, 's s h');
    const line = `ASKED="a b" '${at}/s s h' -F none`;
    const changes = { variables: { ...variables, GIT_SSH_COMMAND: line, GIT_SSH_VARIANT: 'ssh' } };
    await fetchGitPack(test, 'git@host.example:x', undefined, changes);
    assert.equal(readFileSync(join(at, 'asked'), 'utf8'), 'a b\n');
    assert.match(readFileSync(join(at, 'words'), 'utf8'), /^-F\nnone\n/);
  });

  it('that does not know the options of OpenSSH is given none', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'x' });
    const body = `case "$1" in -*) exit 1;; esac\nexec ${serves(repository.path)}`;
    const { variables, at } = standIn(test, body, 'carrier');
    await fetchGitPack(test, 'git@host.example:x', undefined, { variables });
    assert.equal(readFileSync(join(at, 'words'), 'utf8'), "git@host.example\ngit-upload-pack 'x'\n");
    const error = await failureOf(fetchGitPack(test, 'ssh://git@host.example:22/x', undefined, { variables }));
    assert.equal(error.code, 'NETWORK_SSH_PROGRAM');
  });

  it('ends by itself when nothing that the repository has is wanted', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'x' });
    const body = `${serves(repository.path)} 2> "$here/errors"; echo $? > "$here/status"`;
    const { variables, at } = standIn(test, body);
    const error = await failureOf(fetchGitPack(test, 'git@host.example:x', 'nothing', { variables }));
    assert.equal(error.code, 'NOT_FOUND_GIT_REF');
    assert.equal(readFileSync(join(at, 'status'), 'utf8'), '0\n');
    assert.equal(readFileSync(join(at, 'errors'), 'utf8'), '');
  });

  for (const { claim, body } of [
    { claim: 'after it has advertised', body: `printf '%s' "$advertisement"; sleep 60 & sleep 60` },
    { claim: 'before it has said anything', body: `trap '' TERM; sleep 60; sleep 60` },
  ]) {
    it(`that hangs ${claim} is ended, and whatever it has started`, { timeout: 15_000 }, async (test) => {
      const id = 'a'.repeat(40);
      const ref = `${id} HEAD\\0side-band-64k shallow\\n`;
      const size = (id.length + ' HEAD\0side-band-64k shallow\n'.length + 4).toString(16).padStart(4, '0');
      const hanging = body.replace(`printf '%s' "$advertisement"`, `printf '${size}${ref}0000'`);
      const { variables, at } = standIn(test, `sleep 61 & echo $! > "$here/other"\n${hanging}`);
      const began = performance.now();
      const error = await failureOf(fetchGitPack(test, 'git@host.example:x', undefined, { variables, timeoutMs: 600 }));
      assert.equal(error.code, 'NETWORK_TIMEOUT');
      assert.match(error.message, /git@host\.example:x: it sent no response within 0\.6 s/);
      assert.ok(performance.now() - began < 10_000);
      for (const name of ['pid', 'other']) assert.ok(await isGone(join(at, name)), name);
    });
  }

  for (const { claim, body, code, message } of [
    {
      claim: 'cannot be found',
      body: undefined,
      code: 'NETWORK_SSH_PROGRAM',
      message: /the program 'no-such-ssh' cannot be started \(no-such-ssh was not found on the PATH\)/,
    },
    {
      claim: 'reaches a host without git',
      body: `echo 'bash: line 1: git-upload-pack: command not found' >&2; exit 127`,
      code: 'NETWORK_NOT_GIT',
      message: /the host has no git/,
    },
    {
      claim: 'reaches a git host that has no such repository',
      body: `echo 'ERROR: Repository not found.' >&2; exit 1`,
      code: 'NETWORK_NO_REPOSITORY',
      message: /none that this account may see\.\nssh said:\n {2}ERROR: Repository not found\.$/,
    },
    {
      claim: 'reaches a git host that does not allow it',
      body: `echo 'FATAL: R any pack ada DENIED by fallthru' >&2; exit 1`,
      code: 'NETWORK_AUTH',
      message: /the server does not allow it/,
    },
    {
      claim: 'does not get through in time',
      body: `echo 'ssh: connect to host h port 22: Connection timed out' >&2; exit 255`,
      code: 'NETWORK_TIMEOUT',
      message: /the connection timed out/,
    },
    {
      claim: 'is cut off',
      body: `echo 'kex_exchange_identification: Connection closed by remote host' >&2; exit 255`,
      code: 'NETWORK_UNREACHABLE',
      message: /the connection was cut/,
    },
    {
      claim: 'fails in words that nobody foresaw',
      body: `echo 'out of cheese' >&2; exit 255`,
      code: 'NETWORK_SSH',
      message: /ended with status 255 before the repository was there\.\nssh said:\n {2}out of cheese$/,
    },
    {
      claim: 'ends without a word',
      body: 'exit 3',
      code: 'NETWORK_GIT_REFUSED',
      message: /ended with status 3 before the repository was there\.$/,
    },
    {
      claim: 'closes its output and goes on',
      body: 'exec >&-; sleep 60',
      code: 'NETWORK_GIT_REFUSED',
      message: /ended by SIGTERM before the repository was there/,
    },
    {
      claim: 'reaches a shell that greets',
      body: `echo 'Welcome to host!'; sleep 5`,
      code: 'INVALID_GIT_OBJECT',
      message: /not in git's protocol: it begins with "Welcome to host!/,
    },
    {
      claim: 'reaches a server that says why not',
      body: `printf '0017ERR go away, please'; sleep 5`,
      code: 'NETWORK_GIT_REFUSED',
      message: /go away, please/,
    },
  ]) {
    it(`that ${claim} is an error that says so`, async (test) => {
      const variables =
        body === undefined
          ? { PATH: process.env['PATH'] ?? '', GIT_SSH: 'no-such-ssh' }
          : standIn(test, body).variables;
      const changes = { variables, timeoutMs: 2000 };
      const error = await failureOf(fetchGitPack(test, 'git@host.example:x', undefined, changes));
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
      assert.ok(error.hint);
    });
  }

  it('may say as much as it likes on standard error: the end of it is told', async (test) => {
    const { variables } = standIn(
      test,
      'i=0; while [ $i -lt 3000 ]; do echo "noise $i"; i=$((i+1)); done >&2; exit 255',
    );
    const { message } = await failureOf(fetchGitPack(test, 'git@host.example:x', undefined, { variables }));
    assert.ok(message.length < 1000 && message.endsWith('noise 2999'), message);
  });

  it('that dies of a commit without saying so in the protocol leads to the history, too', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'old' });
    const old = repository.head();
    repository.commit({ 'pack.yaml': 'new' });
    // The first time, what comes after the advertisement is lost, as it was with git before 2.20.
    const body = [
      'if [ -e "$here/again" ]; then',
      `  exec ${serves(repository.path)}`,
      'fi',
      ': > "$here/again"',
      `git-upload-pack --advertise-refs '${repository.path}'; cat > /dev/null`,
      `echo 'fatal: git upload-pack: not our ref ${old}' >&2; exit 128`,
    ].join('\n');
    const { variables } = standIn(test, body);
    const { files } = await fetchGitPack(test, 'git@host.example:x', old, { variables });
    assert.deepEqual(files, ['644 pack.yaml: old']);
  });
});
