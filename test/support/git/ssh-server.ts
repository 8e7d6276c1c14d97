import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { temporaryDirectory } from '../temporary.ts';

interface Cleaner {
  after(clean: () => void | Promise<void>): void;
}

const KEYGEN = 'ssh-keygen';
const SSHD = ['/usr/sbin/sshd', '/usr/local/sbin/sshd', '/usr/local/bin/sshd', '/sbin/sshd'].find((path) =>
  existsSync(path),
);

/** The reason why no ssh server can be started, for the `skip` option of a test; `false` if one can be started. */
export const sshServerSkipReason: string | false = findSkipReason();

function findSkipReason(): string | false {
  if (SSHD === undefined) return 'this machine has no sshd (package openssh-server)';
  try {
    execFileSync(KEYGEN, ['--help'], { stdio: 'ignore' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 'this machine has no ssh-keygen';
  }
  return false;
}

export interface SshServer {
  readonly port: number;
  /** The user who runs the tests, who can log in. */
  readonly user: string;
  /** `user@127.0.0.1:port`, for URLs. */
  readonly authority: string;
  /** The path of the authorized private key. */
  readonly key: string;
  /**
   * Returns the environment of a user whose ssh configuration has this server's host key and the alias `pack-host`, and
   * ignores the machine's own configuration, keys and agent.
   * @param lines additional lines for the beginning of that configuration
   * @param key a private key that replaces the authorized one
   */
  variables(lines?: readonly string[], key?: string): Record<string, string>;
  /** Authorizes another key. @param key the path of the private key */
  authorizeKey(key: string): void;
}

/** Creates a key pair. @returns the path of the private key; the public key has the suffix `.pub` */
export function createKey(directory: string, name: string, passphrase = ''): string {
  const path = join(directory, name);
  execFileSync(KEYGEN, ['-q', '-t', 'ed25519', '-N', passphrase, '-C', name, '-f', path]);
  return path;
}

/** Starts a real sshd on a free loopback port, with a new host key, that accepts the user who runs the tests by key. */
export async function startSshServer(test: Cleaner): Promise<SshServer> {
  const directory = temporaryDirectory(test);
  const pathOf = (name: string) => join(directory, name);
  const key = createKey(directory, 'user');
  const hostKey = readFileSync(`${createKey(directory, 'host')}.pub`, 'utf8')
    .split(' ')
    .slice(0, 2)
    .join(' ');
  writeFileSync(pathOf('authorized'), readFileSync(`${key}.pub`));
  const port = await startSshd(test, (port) => serverConfiguration(port, pathOf));
  const knownHosts = pathOf('known_hosts');
  writeFileSync(knownHosts, `[127.0.0.1]:${port} ${hostKey}\n`);
  const user = userInfo().username;
  let configurations = 0;
  return {
    port,
    user,
    authority: `${user}@127.0.0.1:${port}`,
    key,
    authorizeKey: (added) => appendFileSync(pathOf('authorized'), readFileSync(`${added}.pub`)),
    variables(lines = [], used = key) {
      const file = pathOf(`config-${configurations++}`);
      writeFileSync(file, [...lines, ...clientConfiguration(port, knownHosts, used), ''].join('\n'));
      return { PATH: process.env['PATH'] ?? '', HOME: directory, GIT_SSH_COMMAND: `ssh -F '${file}'` };
    },
  };
}

function serverConfiguration(port: number, pathOf: (name: string) => string): string {
  return [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${pathOf('host')}`,
    `AuthorizedKeysFile ${pathOf('authorized')}`,
    'PidFile none',
    'UsePAM no',
    'StrictModes no',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin prohibit-password',
    'MaxStartups 100',
    '',
  ].join('\n');
}

function clientConfiguration(port: number, knownHosts: string, key: string): string[] {
  return [
    'Host pack-host',
    '  HostName 127.0.0.1',
    `  Port ${port}`,
    'Host *',
    `  UserKnownHostsFile ${knownHosts}`,
    '  GlobalKnownHostsFile /dev/null',
    `  IdentityFile ${key}`,
    '  IdentitiesOnly yes',
    '  IdentityAgent none',
  ];
}

async function startSshd(test: Cleaner, configuration: (port: number) => string): Promise<number> {
  // When run as root, sshd requires this directory, which exists only if the system runs sshd.
  if (process.geteuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const file = join(temporaryDirectory(test), 'sshd_config');
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort();
    writeFileSync(file, configuration(port));
    const server = spawn(SSHD as string, ['-D', '-e', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    server.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    if (await acceptsConnections(server, port)) {
      test.after(() => terminate(server));
      return port;
    }
    await terminate(server);
    if (attempt === 5) throw new Error(`sshd does not start: ${log}`);
  }
}

const START_DEADLINE_MS = 60_000;

/** Waits until the server sends its greeting; returns `false` if it exits before, for example because the port is in use. */
async function acceptsConnections(server: ChildProcess, port: number): Promise<boolean> {
  const deadline = performance.now() + START_DEADLINE_MS;
  while (server.exitCode === null && performance.now() < deadline) {
    if (await sendsGreeting(port)) return true;
    await sleep(25);
  }
  return false;
}

function sendsGreeting(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.on('data', () => socket.destroy());
  });
}

async function terminate(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const exited = new Promise((resolve) => server.once('exit', resolve));
  server.kill();
  await exited;
}

/** Returns a loopback port that is currently unused. */
export async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
