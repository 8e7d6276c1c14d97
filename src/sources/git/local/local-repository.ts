import { join } from 'node:path';
import { AttuneError } from '../../../errors.ts';
import type { Limits } from '../../../limits.ts';
import type { GitRefType } from '../../../packs/provenance.ts';
import { inspectTarget } from '../../../platform/files/inspect.ts';
import { fileSystemForLibraries as fs, readStart } from '../../../platform/files/read.ts';
import { type ObjectStore, peelToCommit } from '../objects/objects.ts';
import {
  AmbiguousCommit,
  ambiguityWarning,
  branchCandidates,
  checkRefSpec,
  commitDigits,
  EmptyRepository,
  NotACommit,
  refCandidates,
  refTypeOf,
  UnknownBranch,
  UnknownGitRef,
} from '../refs.ts';
import { type FoundCommit, type GitRepository, UnsupportedObjectFormat, UnsupportedRepository } from '../repository.ts';
import { findGitDirectories, type GitDirectories } from './git-directories.ts';
import { openLocalObjects } from './local-objects.ts';

class NoLocalRepository extends AttuneError {
  constructor(path: string) {
    super('NOT_FOUND_GIT_REPOSITORY', `There is no git repository at '${path}'.`, {
      facts: { path },
      hint: 'Name a work tree that has a .git, or a bare repository.',
    });
  }
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
  const finder = new CommitFinder(path, directories, objects);
  return { location: path, find: (refSpec) => finder.find(refSpec), tip: (branch) => finder.tip(branch) };
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

interface ResolvedRef {
  readonly id: string;
  readonly type: GitRefType;
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
    const ref = await this.#resolve(refSpec ?? 'HEAD');
    if (ref === undefined) {
      const names = await this.#refNames();
      if (refSpec === undefined || names.length === 0) throw new EmptyRepository(this.#location, names);
      throw new UnknownGitRef(refSpec, this.#location, names);
    }
    const commit = this.#commitOf(ref, refSpec ?? 'HEAD');
    const warning = refSpec === undefined ? undefined : await this.#findAmbiguity(refSpec);
    return { commit, refType: ref.type, objects: this.#objects, warning, [Symbol.dispose]() {} };
  }

  async tip(branch = 'HEAD'): Promise<string> {
    checkRefSpec(branch);
    const ref = await (branch === 'HEAD' ? this.#resolveHead() : this.#resolveNames(branchCandidates(branch), branch));
    if (ref !== undefined) return this.#commitOf(ref, branch);
    if (branch === 'HEAD') throw new EmptyRepository(this.#location, await this.#refNames());
    throw new UnknownBranch(branch, this.#location, await this.#branchNames());
  }

  /** @throws NotACommit */
  #commitOf({ id }: ResolvedRef, refSpec: string): string {
    const commit = peelToCommit(this.#objects, id);
    if (commit === undefined) throw new NotACommit(refSpec, this.#location);
    return commit;
  }

  async #resolve(refSpec: string): Promise<ResolvedRef | undefined> {
    if (refSpec === 'HEAD') return this.#resolveHead();
    const digits = commitDigits(refSpec);
    if (digits?.length !== 40) {
      const ref = await this.#resolveNames(refCandidates(refSpec), refSpec);
      if (ref !== undefined) return ref;
    }
    const id = digits === undefined ? undefined : this.#resolveDigits(digits, refSpec);
    return id === undefined ? undefined : { id, type: 'commit' };
  }

  async #resolveHead(): Promise<ResolvedRef | undefined> {
    const head = readHead(this.#directories.own);
    if (ID.test(head)) return { id: head, type: 'branch' };
    checkRefSpec(head);
    const id = await this.#readRef(this.#directories.common, head);
    return id === undefined ? undefined : { id, type: 'branch' };
  }

  async #resolveNames(names: readonly string[], refSpec: string): Promise<ResolvedRef | undefined> {
    // A clone has most branches only as remote-tracking branches of its origin.
    for (const ref of [...names, `refs/remotes/origin/${refSpec}`, `refs/remotes/${refSpec}`]) {
      const id = await this.#readRef(this.#directories.common, ref);
      if (id !== undefined) return { id, type: refTypeOf(ref) };
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
    const { listTags } = await import('isomorphic-git');
    const tags = await listTags({ fs, gitdir: this.#directories.common });
    return [...new Set([...(await this.#branchNames()), ...tags])];
  }

  async #branchNames(): Promise<string[]> {
    const { listBranches } = await import('isomorphic-git');
    const gitdir = this.#directories.common;
    const branches = await listBranches({ fs, gitdir });
    return [...new Set([...branches, ...(await listBranches({ fs, gitdir, remote: 'origin' }))])];
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
