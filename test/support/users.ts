import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { programCommand, programPath, type Run, runCommand } from './attune.ts';
import { packFiles } from './registry/server.ts';
import { writeFiles } from './store.ts';
import { temporaryDirectory } from './temporary.ts';

/** A user of a test, who needs no entry in the user database. */
export interface User {
  readonly uid: number;
  readonly gid: number;
  /** Supplementary groups. */
  readonly groups?: readonly number[];
}

/** A group that shares a store. */
export const TEAM = 60000;
/** Two members of the group, whose own groups differ. */
export const ALICE: User = { uid: 54321, gid: 54321, groups: [TEAM] };
export const BOB: User = { uid: 54322, gid: 54322, groups: [TEAM] };
/** A user outside of the group. */
export const CAROL: User = { uid: 54323, gid: 54323 };
export const ROOT: User = { uid: 0, gid: 0 };

const SETPRIV = '/usr/bin/setpriv';

/** The reason to skip a test that runs programs as other users; false if it can run. */
export const NEEDS_ROOT =
  !(process.geteuid?.() === 0 && existsSync(SETPRIV)) && 'requires root and setpriv to run programs as other users';

/** Shared by all users, so that each of their programs starts faster. */
const compileCache = temporaryDirectory({ after });

/** Users of one machine, each with a home directory. */
export interface Users {
  /** Contains the packs of `pack` and the homes. */
  readonly root: string;
  /** Creates a directory. */
  directory(name: string, mode: number, owner: User): string;
  /** Creates the sources of a pack, or changes them. @returns its path */
  pack(ref: string, version?: string, dependencies?: readonly string[]): string;
  /** Runs a shell script in `root` as a user. */
  shell(user: User, script: string): void;
  /** Runs a command line as a user. */
  run(user: User, options: RunOptions, ...args: string[]): Promise<Run>;
}

export interface RunOptions {
  readonly data?: string;
  /** Octal, 022 by default. */
  readonly umask?: string;
  /** `HOME` is the user's by default. */
  readonly variables?: Readonly<Record<string, string>>;
  /** A directory that is mounted read-only, in a separate mount namespace, while the command runs. */
  readonly readOnly?: string;
  /** The start of a command line that runs the program, as the user. */
  readonly start?: readonly string[];
}

export function createUsers(test: { after(clean: () => void): void }): Users {
  const root = temporaryDirectory(test);
  chmodSync(root, 0o755);
  chmodSync(compileCache, 0o777);
  const directory: Users['directory'] = (name, mode, { uid, gid }) => {
    const path = join(root, name);
    mkdirSync(path, { recursive: true });
    chownSync(path, uid, gid);
    chmodSync(path, mode);
    return path;
  };
  return {
    root,
    directory,
    pack(ref, version = '1.0.0', dependencies = []) {
      const path = join(root, 'packs', `${ref}-${version}`);
      writeFiles(path, packFiles({ ref, version, dependencies, files: { 'lib/one.txt': version } }));
      return path;
    },
    shell(user, script) {
      const { status, stderr } = spawnSync(SETPRIV, [...privilegesOf(user), '/bin/sh', '-c', script], {
        encoding: 'utf8',
        cwd: root,
      });
      if (status !== 0) throw new Error(stderr);
    },
    run(user, { data, umask = '022', variables = {}, readOnly, start = [] }, ...args) {
      const home = directory(`home-${user.uid}`, 0o755, user);
      const script = `umask ${umask}; exec "$@"`;
      const command = [
        SETPRIV,
        ...privilegesOf(user),
        '/bin/sh',
        '-c',
        script,
        'sh',
        ...start,
        ...programCommand(),
        ...args,
      ];
      return runCommand([...(readOnly === undefined ? [] : mountReadOnly(readOnly)), ...command], root, {
        PATH: programPath(),
        HOME: home,
        ATTUNE_USER: `user-${user.uid}`,
        NODE_COMPILE_CACHE: compileCache,
        ATTUNE_DATA_DIR: data,
        ...variables,
      });
    },
  };
}

function privilegesOf({ uid, gid, groups = [] }: User): string[] {
  const supplementary = groups.length > 0 ? ['--groups', groups.join(',')] : ['--clear-groups'];
  return ['--reuid', `${uid}`, '--regid', `${gid}`, ...supplementary];
}

/** Returns the start of a command that sees a directory on a read-only file system. */
function mountReadOnly(directory: string): string[] {
  const script = 'mount --bind "$0" "$0" && mount -o remount,bind,ro "$0" && cd . && exec "$@"';
  return ['unshare', '--mount', '/bin/sh', '-c', script, directory];
}

/** Returns the reason to skip a test that mounts a directory read-only; false if it can run. */
export function needsMount(): string | false {
  if (NEEDS_ROOT) return NEEDS_ROOT;
  const directory = temporaryDirectory({ after });
  const [file = '', ...args] = [...mountReadOnly(directory), 'true'];
  return spawnSync(file, args).status !== 0 && 'requires the permission to mount';
}

/** Returns the entries of a tree with mode, owner, group, size and time: `664 54321:60000 attune.db 4096 1764000000000`. */
export function listingOf(directory: string): string[] {
  return entriesOf(directory).map((path) => {
    const { mode, uid, gid, size, mtimeMs } = lstatSync(join(directory, path));
    return `${(mode & 0o7777).toString(8)} ${uid}:${gid} ${path} ${size} ${mtimeMs}`;
  });
}

/** Returns the entries of a tree that a user does not own. */
export function foreignEntries(directory: string, { uid }: User): string[] {
  return entriesOf(directory).filter((path) => lstatSync(join(directory, path)).uid !== uid);
}

function entriesOf(directory: string): string[] {
  return ['.', ...readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort()];
}
