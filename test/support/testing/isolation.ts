import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import type { TestReport } from '../../../src/packs/test-report.ts';
import type { FileView } from '../../../src/testing/confinement/isolation/file-view.ts';
import { runCommand } from '../attune.ts';
import { temporaryDirectory } from '../temporary.ts';
import type { IsolatedRun } from './isolated-run.ts';

/** A user without an entry in the user database; `undefined` is the user of the tests. */
export const NOBODY = { uid: 65534, gid: 65534 };
export type TestUser = typeof NOBODY | undefined;
export type Mechanism = IsolatedRun['mechanism'];

const PROBES: Readonly<Record<Mechanism, readonly string[]>> = {
  bwrap: [
    'bwrap',
    '--unshare-user',
    '--unshare-net',
    '--ro-bind',
    '/',
    '/',
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    'true',
  ],
  unshare: [
    'unshare',
    '--user',
    '--map-root-user',
    '--mount',
    '--net',
    '--pid',
    '--fork',
    'mount',
    '-t',
    'tmpfs',
    'x',
    '/mnt',
  ],
};

/** Returns the reason why a mechanism cannot be tested as a user; false if it can. */
export function cannotIsolate(mechanism: Mechanism, user: TestUser): string | false {
  const [command = '', ...args] = [...asUser(user), ...PROBES[mechanism]];
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return status === 0 ? false : `needs ${mechanism}: ${stderr?.trim() || 'not installed'}`;
}

/** Returns the start of a command line that runs as a user. */
export function asUser(user: TestUser): string[] {
  if (user === undefined || process.geteuid?.() !== 0) return [];
  return ['setpriv', '--reuid', `${user.uid}`, '--regid', `${user.gid}`, '--clear-groups'];
}

/** A machine with a home, the directories of attune and a pack, all of which belong to one user. */
export interface Machine {
  readonly root: string;
  readonly home: string;
  readonly user: TestUser;
  /** Writes a file of the user. */
  write(path: string, content: string): string;
  /** Runs the tests of the pack. */
  run(
    mechanism: Mechanism,
    more?: Partial<IsolatedRun>,
    variables?: Readonly<Record<string, string>>,
  ): Promise<IsolatedReport>;
}

export type IsolatedReport = TestReport & { readonly view: FileView };

export const SECRET = 'the private key of the user';

export function createMachine(test: TestContext, user: TestUser, files: Readonly<Record<string, string>>): Machine {
  const root = temporaryDirectory(test);
  chmodSync(root, 0o755);
  const write = (path: string, content: string) => {
    const absolute = join(root, path);
    mkdirSync(dirname(absolute), { recursive: true });
    writeFileSync(absolute, content);
    chmodSync(absolute, content.startsWith('#!') ? 0o755 : 0o644);
    return absolute;
  };
  write('home/.ssh/id_ed25519', SECRET);
  write('data/attune.db', SECRET);
  write('cache/index.json', SECRET);
  write('config/settings.yaml', SECRET);
  for (const [path, content] of Object.entries(files)) write(`pack/${path}`, content);
  const home = join(root, 'home');
  return {
    root,
    home,
    user,
    write,
    async run(mechanism, more = {}, variables = {}) {
      const workspace = join(root, 'data', 'staging', '1');
      mkdirSync(workspace, { recursive: true });
      if (user !== undefined && process.geteuid?.() === 0) own(root, user);
      const request: IsolatedRun = {
        ...{ mechanism, pack: join(root, 'pack'), workspace, homes: [home] },
        protectedDirectories: ['data', 'cache', 'config'].map((name) => join(root, name)),
        ...more,
      };
      const program = [process.execPath, join(import.meta.dirname, 'isolated-run.ts'), JSON.stringify(request)];
      const env = { PATH: '/usr/local/bin:/usr/bin:/bin', HOME: home, ...variables };
      const { stdout, stderr, status } = await runCommand([...asUser(user), ...program], root, env);
      assert.equal(status, 0, stderr);
      return JSON.parse(stdout);
    },
  };
}

function own(path: string, { uid, gid }: { uid: number; gid: number }): void {
  const stats = lstatSync(path);
  if (stats.isSymbolicLink()) return;
  // Hard links share the owner of the programs of the machine.
  if (!(stats.isFile() && stats.nlink > 1)) chownSync(path, uid, gid);
  if (stats.isDirectory()) for (const name of readdirSync(path)) own(join(path, name), { uid, gid });
}

/** Returns the IDs of running processes whose command line contains a text. A zombie has no command line. */
export function runningWith(text: string): string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(text);
    } catch {
      return false;
    }
  });
}

/** Starts a TCP server on all addresses that counts its connections. */
export async function countingServer(
  test: TestContext,
  path?: string,
): Promise<{ port: number; connections(): number }> {
  let count = 0;
  const server = createServer((socket) => {
    count += 1;
    socket.destroy();
  });
  await new Promise<void>((resolve) =>
    path === undefined ? server.listen(0, '0.0.0.0', resolve) : server.listen(path, resolve),
  );
  test.after(() => server.close());
  const address = server.address();
  return { port: typeof address === 'object' && address ? address.port : 0, connections: () => count };
}

/** Installs a Python that works only where its directory is visible: the prefix is derived from the program's path. */
export function installPython(prefix: string): void {
  const { stdout } = spawnSync('/usr/bin/python3', ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], {
    encoding: 'utf8',
  });
  const version = stdout.trim();
  mkdirSync(join(prefix, 'bin'), { recursive: true });
  mkdirSync(join(prefix, 'lib'), { recursive: true });
  cpSync(`/usr/bin/python${version}`, join(prefix, 'bin', `python${version}`));
  symlinkSync(`python${version}`, join(prefix, 'bin', 'python3'));
  symlinkSync(`/usr/lib/python${version}`, join(prefix, 'lib', `python${version}`));
}

/** Installs the Node of the tests. */
export function installNode(prefix: string): void {
  mkdirSync(join(prefix, 'bin'), { recursive: true });
  try {
    linkSync(process.execPath, join(prefix, 'bin', 'node'));
  } catch {
    cpSync(process.execPath, join(prefix, 'bin', 'node'));
  }
}
