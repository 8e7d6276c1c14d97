import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { after } from 'node:test';
import { programCommand, programPath, type Run } from './attune.ts';
import { packFiles } from './registry/server.ts';
import { writeFiles } from './store.ts';
import { temporaryDirectory } from './temporary.ts';

/** A user of a test, who needs no entry in the user database. */
export interface User {
  readonly uid: number;
  readonly gid: number;
}

/** The group of the users below. */
export const TEAM = 60000;
export const ALICE: User = { uid: 54321, gid: TEAM };
export const BOB: User = { uid: 54322, gid: TEAM };
export const ROOT: User = { uid: 0, gid: 0 };

/** The reason to skip a test that runs programs as other users; false if it can run. */
export const NEEDS_ROOT = process.geteuid?.() !== 0 && 'requires root to run programs as other users';

/** Shared by all users, so that each of their programs starts faster. */
const compileCache = temporaryDirectory({ after });

/** Users of one machine, each with a home directory. */
export interface Users {
  /** Contains the packs of `pack` and the homes. */
  readonly root: string;
  home(user: User): string;
  /** Creates a directory. */
  directory(name: string, mode: number, owner: User): string;
  /** Creates the sources of a pack. @returns its path */
  pack(ref: string, version?: string): string;
  /** Runs a command line as a user. @param variables `HOME` is the user's by default */
  run(user: User, options: RunOptions, ...args: string[]): Run;
}

export interface RunOptions {
  readonly data?: string;
  /** Octal, 022 by default. */
  readonly umask?: string;
  readonly home?: string;
  readonly variables?: Readonly<Record<string, string>>;
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
  const home: Users['home'] = (user) => directory(`home-${user.uid}`, 0o755, user);
  return {
    root,
    home,
    directory,
    pack(ref, version = '1.0.0') {
      const path = join(root, 'packs', `${ref}-${version}`);
      writeFiles(path, packFiles({ ref, version, files: { 'lib/one.txt': version } }));
      return path;
    },
    run(user, { data, umask = '022', home: homeDirectory = home(user), variables = {} }, ...args) {
      const [command, ...programArgs] = programCommand();
      const script = `umask ${umask}; exec "$@"`;
      const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', script, 'sh', command, ...programArgs, ...args], {
        encoding: 'utf8',
        cwd: root,
        uid: user.uid,
        gid: user.gid,
        env: {
          PATH: programPath(),
          HOME: homeDirectory,
          NODE_COMPILE_CACHE: compileCache,
          ...(data === undefined ? {} : { ATTUNE_DATA_DIR: data }),
          ...variables,
        },
      });
      return { status, stdout, stderr };
    },
  };
}

/** Returns the paths of a tree below it, with the owner of each: `54321 packs/core`. */
export function ownersOf(directory: string, prefix = ''): string[] {
  return readdirSync(join(directory, prefix), { withFileTypes: true }).flatMap((entry) => {
    const path = join(prefix, entry.name);
    const line = `${lstatSync(join(directory, path)).uid} ${path}`;
    return entry.isDirectory() ? [line, ...ownersOf(directory, path)] : [line];
  });
}
