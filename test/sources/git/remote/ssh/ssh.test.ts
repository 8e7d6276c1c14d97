import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, describe, it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DEFAULT_LIMITS } from '../../../../../src/limits.ts';
import { systemProcesses } from '../../../../../src/platform/processes/processes.ts';
import type { Processes } from '../../../../../src/platform/processes/types.ts';
import { type Reporter, silentReporter } from '../../../../../src/platform/reporter.ts';
import { SafeUrl } from '../../../../../src/platform/safe-url.ts';
import { findBranchTip } from '../../../../../src/sources/git/fetch-git.ts';
import { failureOf } from '../../../../support/failure.ts';
import { createSourceTools, fetchGitPack } from '../../../../support/git/fetching.ts';
import { createRepository, git, type Repository } from '../../../../support/git/repository.ts';
import {
  createKey,
  findFreePort,
  type SshServer,
  sshServerSkipReason,
  startSshServer,
} from '../../../../support/git/ssh-server.ts';
import { temporaryDirectory } from '../../../../support/temporary.ts';

interface History {
  readonly repository: Repository;
  readonly first: string;
  readonly second: string;
  readonly tag: string;
}

/** Creates commits on `main` and `side`, an annotated tag of the first commit and a lightweight tag of the last on `main`. */
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

describe('fetchGit over ssh from sshd', { skip: sshServerSkipReason }, async () => {
  const server: SshServer = await startSshServer({ after });
  const { repository, first, second, tag } = createHistory();
  const variables = server.variables();
  const url = `ssh://${server.authority}${repository.path}`;
  const run = '755 run.sh: #';
  const closedPort = await findFreePort();

  describe('fetchGit over ssh', () => {
    const beforeLast = repository.git('rev-parse', 'main~1');
    for (const { claim, refSpec, want, commit } of [
      { claim: 'HEAD', refSpec: undefined, want: 'three', commit: second },
      { claim: 'a branch', refSpec: 'side', want: 'side', commit: repository.git('rev-parse', 'side') },
      { claim: 'a tag', refSpec: 'light', want: 'three', commit: second },
      { claim: 'an annotated tag', refSpec: 'v1', want: 'one', commit: first },
      { claim: "an annotated tag's own id", refSpec: tag, want: 'one', commit: first },
      { claim: 'the id of a tip', refSpec: second, want: 'three', commit: second },
      { claim: 'the id of a commit in the history', refSpec: beforeLast, want: 'two', commit: beforeLast },
      {
        claim: 'the first digits of a commit in the history',
        refSpec: beforeLast.slice(0, 9),
        want: 'two',
        commit: beforeLast,
      },
    ]) {
      it(`fetchGit over ssh fetches ${claim}`, async (test) => {
        const { files, provenance } = await fetchGitPack(test, url, refSpec, { variables });
        assert.deepEqual(files, [`644 pack.yaml: ${want}`, run]);
        const ref = refSpec ?? null;
        assert.deepEqual(
          { ...provenance, refType: undefined },
          { type: 'git', url, mirror: undefined, ref, refType: undefined, commit },
        );
      });
    }

    it('findBranchTip over ssh returns the tip of a branch, and an unknown branch is an error', async (test) => {
      const tools = createSourceTools(test, { variables });
      assert.equal(await findBranchTip(new SafeUrl(url), undefined, tools), second);
      assert.equal(await findBranchTip(new SafeUrl(url), 'side', tools), repository.git('rev-parse', 'side'));
      await assert.rejects(findBranchTip(new SafeUrl(url), 'light', tools), { code: 'NOT_FOUND_GIT_REF' });
    });

    it('fetchGit over ssh fetches a commit in the history alone if the server allows it', async (test) => {
      const path = repository.bareCopy(join(temporaryDirectory(test), 'open.git'));
      git(path, ['config', 'uploadpack.allowReachableSHA1InWant', 'true']);
      const notes: string[] = [];
      const reporter: Reporter = { ...silentReporter, note: (text) => notes.push(text) };
      const open = `ssh://${server.authority}${path}`;
      const { provenance } = await fetchGitPack(test, open, beforeLast, { variables, reporter });
      assert.equal(provenance.commit, beforeLast);
      assert.deepEqual(notes, []);
    });

    it("fetchGit over ssh accepts the scp form with an alias from the user's configuration", async (test) => {
      const short = `${server.user}@pack-host:${repository.path}`;
      const { files, provenance } = await fetchGitPack(test, short, undefined, { variables });
      assert.deepEqual(files, ['644 pack.yaml: three', run]);
      assert.equal(provenance.url, short);
    });

    it('fetchGit over ssh accepts a path with spaces, quotes and shell syntax', async (test) => {
      const name = `it's "a" $(touch ran) !x; & b\\c.git`;
      const path = repository.bareCopy(join(temporaryDirectory(test), name));
      const escaped = `ssh://${server.authority}${encodeURI(dirname(path))}/${encodeURIComponent(name)}`;
      for (const address of [escaped, `pack-host:${path}`]) {
        assert.equal((await fetchGitPack(test, address, undefined, { variables })).provenance.commit, second, address);
      }
      assert.equal(existsSync(join(dirname(path), 'ran')), false);
    });

    it("fetchGit over ssh uses a jump host from the user's configuration", async (test) => {
      const lines = ['Host inner', '  HostName 127.0.0.1', `  Port ${server.port}`, '  ProxyJump pack-host'];
      const inner = `${server.user}@inner:${repository.path}`;
      const { provenance } = await fetchGitPack(test, inner, undefined, { variables: server.variables(lines) });
      assert.equal(provenance.commit, second);
    });

    it('fetchGit over ssh detects that a program of another name accepts the options of OpenSSH', async (test) => {
      const wrapper = join(temporaryDirectory(test), 'wrapper');
      writeFileSync(wrapper, `#!/bin/sh\nexec ${variables['GIT_SSH_COMMAND']} "$@"\n`, { mode: 0o755 });
      const { GIT_SSH_COMMAND: _, ...others } = variables;
      const changes = { variables: { ...others, GIT_SSH: wrapper } };
      assert.equal((await fetchGitPack(test, url, undefined, changes)).provenance.commit, second);
    });

    it('fetchGit over ssh uses a mirror', async (test) => {
      const mirrors = { 'https://git.invalid/': `ssh://${server.authority}${dirname(repository.path)}/` };
      const { provenance } = await fetchGitPack(test, 'https://git.invalid/repository', undefined, {
        variables,
        mirrors,
      });
      assert.deepEqual([provenance.url, provenance.mirror], ['https://git.invalid/repository', url]);
    });

    it('fetchGit over ssh reports progress in bytes', async (test) => {
      const seen: [number, string][] = [];
      const reporter: Reporter = {
        ...silentReporter,
        activity: () => ({ progress: (done, _, unit) => seen.push([done, unit]), [Symbol.dispose]() {} }),
      };
      await fetchGitPack(test, url, undefined, { variables, reporter });
      assert.ok(seen.length > 0 && (seen[0]?.[0] ?? 0) > 0 && seen[0]?.[1] === 'bytes', JSON.stringify(seen));
    });
  });

  describe('fetchGit over ssh: errors', () => {
    const errorFor = async (
      test: TestContext,
      address: string,
      environment: Record<string, string>,
      refSpec?: string,
    ) => failureOf(fetchGitPack(test, address, refSpec, { variables: environment }));

    it('fetchGit over ssh refuses an unknown host key and does not store it', async (test) => {
      const known = join(temporaryDirectory(test), 'known');
      const error = await errorFor(test, url, server.variables(['Host *', `  UserKnownHostsFile ${known}`]));
      assert.equal(error.code, 'NETWORK_HOST_KEY');
      assert.match(error.message, /the host key is not known\.\nOutput of ssh:\n.*Host key verification failed/s);
      assert.ok(error.hint?.includes(`ssh-keyscan -p ${server.port} 127.0.0.1`), error.hint);
      assert.equal(existsSync(known), false);
    });

    it('fetchGit over ssh refuses a changed host key', async (test) => {
      const directory = temporaryDirectory(test);
      const other = readFileSync(`${createKey(directory, 'other')}.pub`, 'utf8')
        .split(' ')
        .slice(0, 2)
        .join(' ');
      writeFileSync(join(directory, 'known'), `[127.0.0.1]:${server.port} ${other}\n`);
      const lines = ['Host *', `  UserKnownHostsFile ${join(directory, 'known')}`];
      const error = await errorFor(test, url, server.variables(lines));
      assert.equal(error.code, 'NETWORK_HOST_KEY');
      assert.match(error.message, /the host key differs from the known one/);
      assert.ok(error.hint?.includes(`ssh-keygen -R '[127.0.0.1]:${server.port}'`), error.hint);
    });

    it('fetchGit over ssh reports a key that is not authorized', async (test) => {
      const key = createKey(temporaryDirectory(test), 'unauthorized');
      const error = await errorFor(test, url, server.variables([], key));
      assert.equal(error.code, 'NETWORK_AUTH');
      assert.match(error.message, /the host rejected the login\.\nOutput of ssh:\n.*Permission denied \(publickey\)/s);
      assert.match(error.hint ?? '', /ssh -v -p \d+ .*ssh-add/);
    });

    for (const { claim, address, code, message } of [
      {
        claim: 'a closed port',
        address: `ssh://127.0.0.1:${closedPort}/x`,
        code: 'NETWORK_UNREACHABLE',
        message: /the connection was refused/,
      },
      {
        claim: 'an unknown host name',
        address: 'git@host.invalid:x',
        code: 'NETWORK_UNREACHABLE',
        message: /the host name cannot be resolved/,
      },
      {
        claim: 'a missing repository',
        address: `ssh://${server.authority}/no/such/repository`,
        code: 'NETWORK_NO_REPOSITORY',
        message: /there is no repository at this address.*\nOutput of ssh:\n {2}fatal: '\/no\/such\/repository'/s,
      },
    ]) {
      it(`fetchGit over ssh reports ${claim} with ${code}`, async (test) => {
        const error = await errorFor(test, address, variables);
        assert.equal(error.code, code);
        assert.match(error.message, message);
        assert.ok(error.message.includes(address) && error.hint, error.message);
      });
    }

    it('fetchGit over ssh reports an unknown ref with the available ones', async (test) => {
      const error = await errorFor(test, url, variables, 'sidd');
      assert.equal(error.code, 'NOT_FOUND_GIT_REF');
      assert.match(error.message, /\n {2}side\n/);
    });

    it('fetchGit over ssh reports a repository without a commit', async (test) => {
      const empty = createRepository(test);
      const error = await errorFor(test, `ssh://${server.authority}${empty.path}`, variables);
      assert.equal(error.code, 'NOT_FOUND_GIT_COMMIT');
    });

    it('fetchGit over ssh refuses a packfile above the archive size limit', async (test) => {
      const limits = { ...DEFAULT_LIMITS, archiveBytes: 99 };
      assert.equal(
        (await failureOf(fetchGitPack(test, url, undefined, { variables, limits }))).code,
        'INVALID_GIT_SIZE',
      );
    });
  });
});

interface FakeSsh {
  readonly variables: Record<string, string>;
  /** The directory of the files `args` and `pid`, which the program writes. */
  readonly directory: string;
}

/** Creates a program that replaces ssh, and writes its arguments and its process id to files. */
function createFakeSsh(test: TestContext, body: string, name = 'ssh'): FakeSsh {
  const directory = temporaryDirectory(test);
  const program = join(directory, name);
  writeFileSync(
    program,
    `#!/bin/sh\nhere='${directory}'\nprintf '%s\\n' "$@" > "$here/args"\necho $$ > "$here/pid"\n${body}\n`,
    {
      mode: 0o755,
    },
  );
  return { directory, variables: { PATH: process.env['PATH'] ?? '', GIT_SSH: program } };
}

const EXIT_DEADLINE_MS = 60_000;

/** Waits until the process whose id is in a file has ended. A process that was ended before it wrote the file has none. */
async function waitForExit(file: string): Promise<void> {
  if (!existsSync(file)) return;
  const pid = readFileSync(file, 'utf8').trim();
  const isRunning = () => {
    try {
      return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
    } catch {
      return false;
    }
  };
  const deadline = performance.now() + EXIT_DEADLINE_MS;
  while (isRunning()) {
    assert.ok(performance.now() < deadline, `process ${pid} of ${file} is still running`);
    await sleep(20);
  }
}

/** Replaces the programs of a fetch, and records the commands that it would start. */
function recordCommands(): { processes: Processes; commands: string[] } {
  const commands: string[] = [];
  const connect: Processes['connect'] = async ({ command }) => {
    commands.push(command);
    throw new Error('a program was started');
  };
  return { processes: { ...systemProcesses({ offline: false }), connect }, commands };
}

describe('fetchGit over ssh starts no program', () => {
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
    it(`fetchGit over ssh starts no program for ${url}`, async (test) => {
      const { processes, commands } = recordCommands();
      assert.equal((await failureOf(fetchGitPack(test, url, undefined, { processes }))).code, 'INVALID_URL');
      assert.deepEqual(commands, []);
    });
  }

  it('fetchGit over ssh starts no program if attune is offline', async (test) => {
    const { variables, directory } = createFakeSsh(test, 'touch "$here/ran"');
    for (const more of [{}, { GIT_SSH_COMMAND: 'no-such-program' }]) {
      const changes = { processes: systemProcesses({ offline: true }), variables: { ...variables, ...more } };
      assert.equal(
        (await failureOf(fetchGitPack(test, 'git@host.example:x', undefined, changes))).code,
        'NETWORK_OFFLINE',
      );
    }
    assert.equal(existsSync(join(directory, 'args')), false);
  });
});

describe('fetchGit over ssh with another program', () => {
  const uploadPack = (path: string) => `git-upload-pack '${path}'`;

  it('fetchGit over ssh passes options, a host and one command to the program, like git', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'x' });
    const { variables, directory } = createFakeSsh(test, `exec ${uploadPack(repository.path)}`);
    await fetchGitPack(test, "ssh://git@host.example:2222/it's", undefined, { variables });
    const args = readFileSync(join(directory, 'args'), 'utf8').trimEnd().split('\n');
    assert.deepEqual(args.slice(-3), ['--', 'git@host.example', `git-upload-pack '/it'\\''s'`]);
    assert.deepEqual(args.slice(args.indexOf('-p'), -3), ['-p', '2222']);
  });

  it('fetchGit over ssh runs GIT_SSH_COMMAND in a shell, with variables and quotes', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'x' });
    const { variables, directory } = createFakeSsh(
      test,
      `echo "$VALUE" > "$here/value"\nexec ${uploadPack(repository.path)}`,
      's s h',
    );
    const line = `VALUE="a b" '${directory}/s s h' -F none`;
    const changes = { variables: { ...variables, GIT_SSH_COMMAND: line, GIT_SSH_VARIANT: 'ssh' } };
    await fetchGitPack(test, 'git@host.example:x', undefined, changes);
    assert.equal(readFileSync(join(directory, 'value'), 'utf8'), 'a b\n');
    assert.match(readFileSync(join(directory, 'args'), 'utf8'), /^-F\nnone\n/);
  });

  it('fetchGit over ssh passes no options to a program that does not accept those of OpenSSH', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'x' });
    const body = `case "$1" in -*) exit 1;; esac\nexec ${uploadPack(repository.path)}`;
    const { variables, directory } = createFakeSsh(test, body, 'carrier');
    await fetchGitPack(test, 'git@host.example:x', undefined, { variables });
    assert.equal(readFileSync(join(directory, 'args'), 'utf8'), "git@host.example\ngit-upload-pack 'x'\n");
    const error = await failureOf(fetchGitPack(test, 'ssh://git@host.example:22/x', undefined, { variables }));
    assert.equal(error.code, 'NETWORK_SSH_PROGRAM');
  });

  it('fetchGit over ssh ends a session without a request cleanly', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'x' });
    const body = `${uploadPack(repository.path)} 2> "$here/errors"; echo $? > "$here/status"`;
    const { variables, directory } = createFakeSsh(test, body);
    const error = await failureOf(fetchGitPack(test, 'git@host.example:x', 'nothing', { variables }));
    assert.equal(error.code, 'NOT_FOUND_GIT_REF');
    assert.equal(readFileSync(join(directory, 'status'), 'utf8'), '0\n');
    assert.equal(readFileSync(join(directory, 'errors'), 'utf8'), '');
  });

  for (const { claim, body } of [
    { claim: 'after its advertisement', body: `printf '%s' "$advertisement"; sleep 60 & sleep 60` },
    { claim: 'before its advertisement and ignores SIGTERM', body: `trap '' TERM; sleep 60; sleep 60` },
  ]) {
    it(`fetchGit over ssh ends a program that hangs ${claim}, and its child processes`, async (test) => {
      const id = 'a'.repeat(40);
      const ref = `${id} HEAD\\0side-band-64k shallow\\n`;
      const size = (id.length + ' HEAD\0side-band-64k shallow\n'.length + 4).toString(16).padStart(4, '0');
      const hanging = body.replace(`printf '%s' "$advertisement"`, `printf '${size}${ref}0000'`);
      const { variables, directory } = createFakeSsh(test, `sleep 61 & echo $! > "$here/other"\n${hanging}`);
      const error = await failureOf(fetchGitPack(test, 'git@host.example:x', undefined, { variables, timeoutMs: 600 }));
      assert.equal(error.code, 'NETWORK_TIMEOUT');
      assert.match(error.message, /git@host\.example:x: it sent no response within 0\.6 s/);
      for (const name of ['pid', 'other']) await waitForExit(join(directory, name));
    });
  }

  for (const { claim, body, code, message } of [
    {
      claim: 'a missing program',
      body: undefined,
      code: 'NETWORK_SSH_PROGRAM',
      message: /the program 'no-such-ssh' cannot be started \(no-such-ssh was not found on the PATH\)/,
    },
    {
      claim: 'a host without git',
      body: `echo 'bash: line 1: git-upload-pack: command not found' >&2; exit 127`,
      code: 'NETWORK_NOT_GIT',
      message: /git is not installed on the host/,
    },
    {
      claim: 'a git host without the repository',
      body: `echo 'ERROR: Repository not found.' >&2; exit 1`,
      code: 'NETWORK_NO_REPOSITORY',
      message: /this account may not see it\.\nOutput of ssh:\n {2}ERROR: Repository not found\.$/,
    },
    {
      claim: 'a git host that denies access',
      body: `echo 'FATAL: R any pack ada DENIED by fallthru' >&2; exit 1`,
      code: 'NETWORK_AUTH',
      message: /the server denied access/,
    },
    {
      claim: 'a connection timeout of ssh',
      body: `echo 'ssh: connect to host h port 22: Connection timed out' >&2; exit 255`,
      code: 'NETWORK_TIMEOUT',
      message: /the connection timed out/,
    },
    {
      claim: 'a connection that the host closes',
      body: `echo 'kex_exchange_identification: Connection closed by remote host' >&2; exit 255`,
      code: 'NETWORK_UNREACHABLE',
      message: /the connection was closed/,
    },
    {
      claim: 'an unknown error of ssh',
      body: `echo 'out of cheese' >&2; exit 255`,
      code: 'NETWORK_SSH',
      message: /exited with status 255 before it sent the repository\.\nOutput of ssh:\n {2}out of cheese$/,
    },
    {
      claim: 'a program that exits without output',
      body: 'exit 3',
      code: 'NETWORK_GIT_REFUSED',
      message: /exited with status 3 before it sent the repository\.$/,
    },
    {
      claim: 'a program that closes its output and continues',
      body: 'exec >&-; sleep 60',
      code: 'NETWORK_GIT_REFUSED',
      message: /was ended by SIGTERM before it sent the repository/,
    },
    {
      claim: 'a shell that prints a greeting',
      body: `echo 'Welcome to host!'; sleep 5`,
      code: 'INVALID_GIT_OBJECT',
      message: /does not follow the git protocol: it begins with "Welcome to host!/,
    },
    {
      claim: 'an error message in the git protocol',
      body: `printf '0017ERR go away, please'; sleep 5`,
      code: 'NETWORK_GIT_REFUSED',
      message: /go away, please/,
    },
  ]) {
    it(`fetchGit over ssh reports ${claim} with ${code}`, async (test) => {
      const variables =
        body === undefined
          ? { PATH: process.env['PATH'] ?? '', GIT_SSH: 'no-such-ssh' }
          : createFakeSsh(test, body).variables;
      const error = await failureOf(fetchGitPack(test, 'git@host.example:x', undefined, { variables }));
      assert.equal(error.code, code, error.message);
      assert.match(error.message, message);
      assert.ok(error.hint);
    });
  }

  it('fetchGit over ssh shows the end of a long standard error', async (test) => {
    const { variables } = createFakeSsh(
      test,
      'i=0; while [ $i -lt 3000 ]; do echo "noise $i"; i=$((i+1)); done >&2; exit 255',
    );
    const { message } = await failureOf(fetchGitPack(test, 'git@host.example:x', undefined, { variables }));
    assert.ok(message.length < 1000 && message.endsWith('noise 2999'), message);
  });

  it('fetchGit over ssh fetches the history if the server refuses a commit on standard error only', async (test) => {
    const repository = createRepository(test, { 'pack.yaml': 'old' });
    const old = repository.head();
    repository.commit({ 'pack.yaml': 'new' });
    // At first, the error after the advertisement is missing from the protocol, like in git before 2.20.
    const body = [
      'if [ -e "$here/again" ]; then',
      `  exec ${uploadPack(repository.path)}`,
      'fi',
      ': > "$here/again"',
      `git-upload-pack --advertise-refs '${repository.path}'; cat > /dev/null`,
      `echo 'fatal: git upload-pack: not our ref ${old}' >&2; exit 128`,
    ].join('\n');
    const { variables } = createFakeSsh(test, body);
    const { files } = await fetchGitPack(test, 'git@host.example:x', old, { variables });
    assert.deepEqual(files, ['644 pack.yaml: old']);
  });
});
