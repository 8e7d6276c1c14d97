import { join, resolve } from 'node:path';
import { AttuneError } from '../../../errors.ts';
import type { Limits } from '../../../limits.ts';
import { exists, inspectTarget } from '../../../platform/files/inspect.ts';
import { fileSystemForLibraries as fs, readStart } from '../../../platform/files/read.ts';
import { type ObjectStore, peelToCommit } from '../objects/objects.ts';
import {
  AmbiguousCommit,
  ambiguityWarning,
  checkRefSpec,
  commitDigits,
  EmptyRepository,
  NotACommit,
  refCandidates,
  UnknownGitRef,
} from '../refs.ts';
import { type FoundCommit, type GitRepository, UnsupportedObjectFormat, UnsupportedRepository } from '../repository.ts';
import { openLocalObjects } from './local-objects.ts';

class NoLocalRepository extends AttuneError {
  constructor(path: string) {
    super('NOT_FOUND_GIT_REPOSITORY', `There is no git repository at '${path}'.`, {
      facts: { path },
      hint: 'Name a work tree that has a .git, or a bare repository.',
    });
  }
}

/** The directories of a repository, which differ only for a linked work tree. */
export interface GitDirectories {
  /** Contains the HEAD of this work tree. */
  readonly own: string;
  /** Contains objects, branches, tags and the configuration. */
  readonly common: string;
}

/** Reports whether a directory is a git directory: a bare repository, or the `.git` of a work tree. */
function isGitDirectory(path: string): boolean {
  return (
    inspectTarget(join(path, 'HEAD'))?.kind === 'file' &&
    (exists(join(path, 'commondir')) ||
      (inspectTarget(join(path, 'objects'))?.kind === 'directory' && exists(join(path, 'refs'))))
  );
}

/** Finds the directories of a repository. @param path a work tree or a bare repository, with or without its `.git` suffix */
export function findGitDirectories(path: string): GitDirectories | undefined {
  const alternative = /\.git\/*$/.test(path) ? path.replace(/\.git\/*$/, '') : `${path}.git`;
  return (
    findWorkTreeDirectories(path) ??
    directoriesAt(path) ??
    findWorkTreeDirectories(alternative) ??
    directoriesAt(alternative)
  );
}

/** Finds the directories of a work tree. @param path the root of the work tree */
export function findWorkTreeDirectories(path: string): GitDirectories | undefined {
  return directoriesAt(join(path, '.git'));
}

function directoriesAt(path: string): GitDirectories | undefined {
  const own = inspectTarget(path)?.kind === 'file' ? linkedDirectory(path) : path;
  return own !== undefined && isGitDirectory(own) ? { own, common: commonDirectory(own) } : undefined;
}

/** Reads the `.git` file of a linked work tree or a submodule, which contains the path of the git directory. */
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
 * Opens a local repository, which is never written to. isomorphic-git resolves its branches and tags.
 * @throws NoLocalRepository, UnsupportedRepository
 */
export async function openLocalRepository(path: string, limits: Limits): Promise<GitRepository> {
  const directories = findGitDirectories(path);
  if (directories === undefined) throw new NoLocalRepository(path);
  await checkSupported(path, directories.common);
  const objects = openLocalObjects(path, join(directories.common, 'objects'), limits);
  return { location: path, find: (refSpec) => new CommitFinder(path, directories, objects).find(refSpec) };
}

/** The largest file of refs, about half a million of them, since isomorphic-git reads it as a whole. */
const MAX_FILE_BYTES = 32 * 1024 * 1024;
/** Git follows five symbolic refs; isomorphic-git counts each of them twice. */
const MAX_REF_DEPTH = 2 * 5 + 1;
const ID = /^[0-9a-f]{40}$/;

/** Refuses files that isomorphic-git would read without end or with too much memory, and unsupported formats. */
async function checkSupported(path: string, gitdir: string): Promise<void> {
  for (const name of ['config', 'packed-refs']) {
    const status = inspectTarget(join(gitdir, name));
    if (status !== undefined && (status.kind !== 'file' || status.size > MAX_FILE_BYTES)) {
      throw new UnsupportedRepository(path, `its ${name} is not a file written by git`);
    }
  }
  const { getConfig } = await import('isomorphic-git');
  const setting = async (name: string) => String((await getConfig({ fs, gitdir, path: `extensions.${name}` })) ?? '');
  const format = await setting('objectformat');
  if (format !== '' && format !== 'sha1') throw new UnsupportedObjectFormat(path, format);
  const storage = await setting('refstorage');
  if (storage !== '' && storage !== 'files') throw new UnsupportedRepository(path, `its ref storage is ${storage}`);
}

class CommitFinder {
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
      const names = await this.#refNames();
      if (refSpec === undefined || names.length === 0) throw new EmptyRepository(this.#location, names);
      throw new UnknownGitRef(refSpec, this.#location, names);
    }
    const commit = peelToCommit(this.#objects, id);
    if (commit === undefined) throw new NotACommit(refSpec ?? 'HEAD', this.#location);
    const warning = refSpec === undefined ? undefined : await this.#findAmbiguity(refSpec);
    return { commit, objects: this.#objects, warning, [Symbol.dispose]() {} };
  }

  async #resolve(refSpec: string): Promise<string | undefined> {
    const digits = commitDigits(refSpec);
    if (digits?.length !== 40) {
      const id = await this.#resolveName(refSpec);
      if (id !== undefined) return id;
    }
    return digits === undefined ? undefined : this.#resolveDigits(digits, refSpec);
  }

  async #resolveName(refSpec: string): Promise<string | undefined> {
    const { own, common } = this.#directories;
    // A clone has most branches only as remote-tracking branches of its origin.
    const remote = refSpec === 'HEAD' ? [] : [`refs/remotes/origin/${refSpec}`, `refs/remotes/${refSpec}`];
    const head = refSpec === 'HEAD' ? readHead(own) : undefined;
    if (head !== undefined && ID.test(head)) return head;
    if (head !== undefined) checkRefSpec(head);
    for (const ref of head === undefined ? [...refCandidates(refSpec), ...remote] : [head]) {
      const id = await this.#readRef(common, ref);
      if (id !== undefined) return id;
    }
    return undefined;
  }

  async #findAmbiguity(refSpec: string): Promise<string | undefined> {
    if (commitDigits(refSpec)?.length === 40) return undefined;
    const commitOf = async (name: string) => {
      const id = await this.#readRef(this.#directories.common, name);
      return id === undefined ? undefined : peelToCommit(this.#objects, id);
    };
    const tag = await commitOf(`refs/tags/${refSpec}`);
    const branch = (await commitOf(`refs/heads/${refSpec}`)) ?? (await commitOf(`refs/remotes/origin/${refSpec}`));
    return ambiguityWarning(refSpec, this.#location, tag, branch);
  }

  async #readRef(gitdir: string, ref: string): Promise<string | undefined> {
    const { resolveRef } = await import('isomorphic-git');
    const unreadable = new UnsupportedRepository(this.#location, `its ref ${ref} cannot be read`);
    if (inspectTarget(join(gitdir, ref))?.kind === 'special') throw unreadable;
    const id = await resolveRef({ fs, gitdir, ref, depth: MAX_REF_DEPTH }).catch((error: unknown) => {
      if (!isNotFound(error)) throw unreadable;
    });
    if (id === undefined) return undefined;
    if (!ID.test(id)) throw unreadable;
    return id;
  }

  #resolveDigits(digits: string, refSpec: string): string | undefined {
    if (digits.length === 40) return this.#objects.stat(digits) && digits;
    const commits = this.#objects.idsWithPrefix(digits).filter((id) => this.#objects.stat(id)?.kind === 'commit');
    if (commits.length > 1) throw new AmbiguousCommit(refSpec, this.#location, commits);
    return commits[0];
  }

  async #refNames(): Promise<string[]> {
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

/** Returns the content of HEAD: the full name of a branch, or the id of a commit. */
function readHead(gitdir: string): string {
  const text = readStart(join(gitdir, 'HEAD'), 4096).toString('utf8').trim();
  return text.replace(/^ref: */, '');
}

function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'NotFoundError';
}
