import { join, resolve } from 'node:path';
import { AttuneError } from '../../../errors.ts';
import type { Limits } from '../../../limits.ts';
import { exists, fileSystemForLibraries as fs, inspectTarget, readStart } from '../../../platform/files/read.ts';
import { type ObjectStore, peelToCommit } from '../objects/objects.ts';
import {
  AmbiguousCommit,
  checkRefSpec,
  commitDigits,
  EmptyRepository,
  NotACommit,
  refCandidates,
  UnknownGitRef,
} from '../refs.ts';
import { type FoundCommit, type GitRepository, UnsupportedRepository } from '../repository.ts';
import { openLocalObjects } from './local-objects.ts';

class NoLocalRepository extends AttuneError {
  constructor(path: string) {
    super('NOT_FOUND_GIT_REPOSITORY', `There is no git repository at '${path}'.`, {
      facts: { path },
      hint: 'Name a work tree that has a .git, or a bare repository.',
    });
  }
}

/** Where the parts of a repository are. They are two places only for a linked work tree. */
export interface GitDirectories {
  /** What holds this work tree's own HEAD. */
  readonly own: string;
  /** What holds objects, branches, tags and the configuration. */
  readonly common: string;
}

/** Whether a directory is itself a git directory: a bare repository, or the `.git` of a work tree. */
function isGitDirectory(path: string): boolean {
  return (
    inspectTarget(join(path, 'HEAD'))?.kind === 'file' &&
    (exists(join(path, 'commondir')) ||
      (inspectTarget(join(path, 'objects'))?.kind === 'directory' && exists(join(path, 'refs'))))
  );
}

/** @param path a work tree or a bare repository, without or with its `.git` ending */
export function findGitDirectories(path: string): GitDirectories | undefined {
  const other = /\.git\/*$/.test(path) ? path.replace(/\.git\/*$/, '') : `${path}.git`;
  return ofWorkTree(path) ?? directoriesAt(path) ?? ofWorkTree(other) ?? directoriesAt(other);
}

/** @param path the root of a work tree */
export function ofWorkTree(path: string): GitDirectories | undefined {
  return directoriesAt(join(path, '.git'));
}

function directoriesAt(path: string): GitDirectories | undefined {
  const own = inspectTarget(path)?.kind === 'file' ? linkedDirectory(path) : path;
  return own !== undefined && isGitDirectory(own) ? { own, common: commonDirectory(own) } : undefined;
}

/** The `.git` of a linked work tree or a submodule is a file that says where the directory is. */
function linkedDirectory(file: string): string | undefined {
  const target = /^gitdir: (.+)$/m.exec(readStart(file, 4096).toString('utf8'))?.[1];
  return target === undefined ? undefined : resolve(file, '..', target.trim());
}

function commonDirectory(own: string): string {
  const file = join(own, 'commondir');
  if (inspectTarget(file)?.kind !== 'file') return own;
  return resolve(own, readStart(file, 4096).toString('utf8').trim());
}

/**
 * A repository on this machine, which is only ever read. isomorphic-git looks up its branches and tags.
 * @throws NoLocalRepository, UnsupportedRepository
 */
export async function openLocalRepository(path: string, limits: Limits): Promise<GitRepository> {
  const directories = findGitDirectories(path);
  if (directories === undefined) throw new NoLocalRepository(path);
  await refuseUnreadable(path, directories.common);
  const objects = openLocalObjects(path, join(directories.common, 'objects'), limits);
  return { location: path, find: (refSpec) => new LocalSearch(path, directories, objects).find(refSpec) };
}

/** Of refs in one file; half a million of them. A library reads it whole. */
const LARGEST_FILE = 32 * 1024 * 1024;
/** A ref may stand for another one; git follows five, and the library counts each of them twice. */
const MOST_HOPS = 2 * 5 + 1;
const ID = /^[0-9a-f]{40}$/;

/** What the library would read for ever, or would take too much memory for, is not shown to it. */
async function refuseUnreadable(path: string, gitdir: string): Promise<void> {
  for (const name of ['config', 'packed-refs']) {
    const status = inspectTarget(join(gitdir, name));
    if (status !== undefined && (status.kind !== 'file' || status.size > LARGEST_FILE)) {
      throw new UnsupportedRepository(path, `its ${name} is no file that git has written`);
    }
  }
  const { getConfig } = await import('isomorphic-git');
  const setting = async (name: string) => String((await getConfig({ fs, gitdir, path: `extensions.${name}` })) ?? '');
  const format = await setting('objectformat');
  if (format !== '' && format !== 'sha1') throw new UnsupportedRepository(path, `its objects are ${format}`);
  const storage = await setting('refstorage');
  if (storage !== '' && storage !== 'files') throw new UnsupportedRepository(path, `its refs are kept as ${storage}`);
}

class LocalSearch {
  readonly #location: string;
  readonly #directories: GitDirectories;
  readonly #objects: ObjectStore;

  constructor(location: string, directories: GitDirectories, objects: ObjectStore) {
    this.#location = location;
    this.#directories = directories;
    this.#objects = objects;
  }

  async find(refSpec: string | undefined): Promise<FoundCommit> {
    if (refSpec !== undefined) checkRefSpec(refSpec);
    const id = await this.#resolve(refSpec ?? 'HEAD');
    if (id === undefined) {
      const names = await this.#names();
      if (refSpec === undefined || names.length === 0) throw new EmptyRepository(this.#location, names);
      throw new UnknownGitRef(refSpec, this.#location, names);
    }
    const commit = peelToCommit(this.#objects, id);
    if (commit === undefined) throw new NotACommit(refSpec ?? 'HEAD', this.#location);
    return { commit, objects: this.#objects, [Symbol.dispose]() {} };
  }

  async #resolve(refSpec: string): Promise<string | undefined> {
    const digits = commitDigits(refSpec);
    if (digits?.length !== 40) {
      const named = await this.#named(refSpec);
      if (named !== undefined) return named;
    }
    return digits === undefined ? undefined : this.#commitStarting(digits, refSpec);
  }

  async #named(refSpec: string): Promise<string | undefined> {
    const { resolveRef } = await import('isomorphic-git');
    const { own, common } = this.#directories;
    // A clone has most branches only as what it last saw of its origin.
    const remote = refSpec === 'HEAD' ? [] : [`refs/remotes/origin/${refSpec}`, `refs/remotes/${refSpec}`];
    const head = refSpec === 'HEAD' ? headOf(own) : undefined;
    if (head !== undefined && ID.test(head)) return head;
    if (head !== undefined) checkRefSpec(head);
    for (const ref of head === undefined ? [...refCandidates(refSpec), ...remote] : [head]) {
      const unreadable = new UnsupportedRepository(this.#location, `its ref ${ref} cannot be read`);
      const kind = inspectTarget(join(common, ref))?.kind;
      if (kind === 'special') throw unreadable;
      const id = await resolveRef({ fs, gitdir: common, ref, depth: MOST_HOPS }).catch((error: unknown) => {
        if (!isNotFound(error)) throw unreadable;
      });
      if (id === undefined) continue;
      if (!ID.test(id)) throw unreadable;
      return id;
    }
    return undefined;
  }

  #commitStarting(digits: string, refSpec: string): string | undefined {
    if (digits.length === 40) return this.#objects.measure(digits) && digits;
    const commits = this.#objects.idsWithPrefix(digits).filter((id) => this.#objects.measure(id)?.kind === 'commit');
    if (commits.length > 1) throw new AmbiguousCommit(refSpec, this.#location, commits);
    return commits[0];
  }

  async #names(): Promise<string[]> {
    const { listBranches, listTags } = await import('isomorphic-git');
    const gitdir = this.#directories.common;
    const [branches, remote, tags] = await Promise.all([
      listBranches({ fs, gitdir }),
      listBranches({ fs, gitdir, remote: 'origin' }),
      listTags({ fs, gitdir }),
    ]);
    return [...new Set([...branches, ...remote, ...tags])];
  }
}

/** What HEAD says: the full name of a branch, or the id of a commit. */
function headOf(gitdir: string): string {
  const text = readStart(join(gitdir, 'HEAD'), 4096).toString('utf8').trim();
  return text.replace(/^ref: */, '');
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'NotFoundError';
}
