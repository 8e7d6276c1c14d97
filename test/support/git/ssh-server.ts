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

/** Why there can be no ssh server here, for the `skip` of a test; `false` where there can. */
export const withoutSshServer: string | false = whyNot();

function whyNot(): string | false {
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
  /** Who runs the tests, and so who can log in. */
  readonly user: string;
  /** `user@127.0.0.1:port`, for URLs. */
  readonly authority: string;
  /** The private key that is let in. */
  readonly key: string;
  /**
   * The variables of a user whose ssh knows this server by the alias `pack-host`, too, and nothing of the machine's own
   * configuration, keys and agent.
   * @param lines more for the beginning of that user's configuration
   * @param key another one than that which is let in
   */
  variables(lines?: readonly string[], key?: string): Record<string, string>;
  /** Lets one more key in. @param key the path of the private one */
  letIn(key: string): void;
}

/** A pair of keys. @returns the path of the private one; the other has `.pub` after it */
export function createKey(directory: string, name: string, passphrase = ''): string {
  const path = join(directory, name);
  execFileSync(KEYGEN, ['-q', '-t', 'ed25519', '-N', passphrase, '-C', name, '-f', path]);
  return path;
}

/** A real sshd on a loopback port of its own, with a host key of its own, that lets in whoever runs the tests by key. */
export async function startSshServer(test: Cleaner): Promise<SshServer> {
  const directory = temporaryDirectory(test);
  const place = (name: string) => join(directory, name);
  const key = createKey(directory, 'user');
  const hostKey = readFileSync(`${createKey(directory, 'host')}.pub`, 'utf8')
    .split(' ')
    .slice(0, 2)
    .join(' ');
  writeFileSync(place('authorized'), readFileSync(`${key}.pub`));
  const port = await listen(test, (port) => serverConfiguration(port, place));
  const knownHosts = place('known_hosts');
  writeFileSync(knownHosts, `[127.0.0.1]:${port} ${hostKey}\n`);
  const user = userInfo().username;
  let configurations = 0;
  return {
    port,
    user,
    authority: `${user}@127.0.0.1:${port}`,
    key,
    letIn: (more) => appendFileSync(place('authorized'), readFileSync(`${more}.pub`)),
    variables(lines = [], used = key) {
      const file = place(`config-${configurations++}`);
      writeFileSync(file, [...lines, ...clientConfiguration(port, knownHosts, used), ''].join('\n'));
      return { PATH: process.env['PATH'] ?? '', HOME: directory, GIT_SSH_COMMAND: `ssh -F '${file}'` };
    },
  };
}

function serverConfiguration(port: number, place: (name: string) => string): string {
  return [
    `Port ${port}`,
    'ListenAddress 127.0.0.1',
    `HostKey ${place('host')}`,
    `AuthorizedKeysFile ${place('authorized')}`,
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

async function listen(test: Cleaner, configuration: (port: number) => string): Promise<number> {
  // As root it wants this directory, which a system without a running sshd may lack.
  if (process.geteuid?.() === 0) mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
  const file = join(temporaryDirectory(test), 'sshd_config');
  for (let tries = 0; ; tries++) {
    const port = await freePort();
    writeFileSync(file, configuration(port));
    const server = spawn(SSHD as string, ['-D', '-e', '-f', file], { stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    server.stderr.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
    if (await answers(server, port)) {
      test.after(() => end(server));
      return port;
    }
    await end(server);
    if (tries === 4) throw new Error(`sshd does not start: ${log}`);
  }
}

async function answers(server: ChildProcess, port: number): Promise<boolean> {
  for (let tries = 0; tries < 200 && server.exitCode === null; tries++) {
    if (await connects(port)) return true;
    await sleep(25);
  }
  return false;
}

function connects(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('data', () => resolve(true));
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
    socket.on('data', () => socket.destroy());
  });
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = new Promise((resolve) => server.once('exit', resolve));
  server.kill();
  await gone;
}

/** A loopback port where nobody listened a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
