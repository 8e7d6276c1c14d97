/** Compares directories of work trees with an earlier commit. Nothing is written. */
import { dirname, join, posix, relative, sep } from 'node:path';
import { AttuneError } from '../../../errors.ts';
import type { Limits } from '../../../limits.ts';
import { findWorkTreeDirectories, type GitDirectories } from '../local/git-directories.ts';
import { openLocalRepository } from '../local/local-repository.ts';
import { type ObjectStore, readObject, treeOfCommit } from '../objects/objects.ts';
import { ancestorOf, splitAncestry } from './ancestry.ts';
import { committedFiles, findTree } from './committed-files.ts';
import { differsFromTree } from './work-tree-changes.ts';

/** A directory that is not below a `.git`. */
class NoWorkTree extends AttuneError {
  constructor(directory: string) {
    super('NOT_FOUND_GIT_REPOSITORY', `'${directory}' is not in a git work tree, so its changes are unknown.`, {
      facts: { path: directory },
      hint: 'Name directories of a git checkout, or omit --changed-since.',
    });
  }
}

interface WorkTree {
  readonly root: string;
  readonly directories: GitDirectories;
}

interface Tools {
  readonly limits: Limits;
  /** Reports a ref that is both a tag and a branch. */
  warn(text: string): void;
}

/** The differences between the work trees and an earlier commit. */
export class ChangesSince {
  readonly #refSpec: string;
  readonly #tools: Tools;
  readonly #commits = new Map<string, Promise<Commits>>();

  /** @param refSpec a branch, a tag or a commit id, with `~N` or `^` for an ancestor */
  constructor(refSpec: string, tools: Tools) {
    this.#refSpec = refSpec;
    this.#tools = tools;
  }

  /**
   * Reports whether a directory has a file that differs from the commit, is missing, or is new and not ignored by git. Files
   * that are committed, staged or not yet added count alike.
   * @param directory absolute and without links
   * @throws NoWorkTree; UnknownGitRef and related errors; the errors of the object store
   */
  async has(directory: string): Promise<boolean> {
    const { workTree, path, commits } = await this.#locate(directory);
    const [before, now] = [commits.before, commits.head].map((tree) => findTree(commits.objects, tree, path));
    // Equal trees have equal ids, so only the work tree can differ.
    return before !== now || differsFromTree({ ...commits, ...workTree, path, tree: now, limits: this.#tools.limits });
  }

  /**
   * Returns the files with a name that the commit has in a directory and below it, by the path of their directory.
   * @throws the errors of `has`
   */
  async committedFiles(directory: string, name: string): Promise<Map<string, Buffer>> {
    const { path, commits } = await this.#locate(directory);
    const tree = findTree(commits.objects, commits.before, path);
    if (tree === undefined) return new Map();
    const found = [...committedFiles(commits.objects, tree)].filter(
      ([file, { mode }]) => posix.basename(file) === name && mode.startsWith('100'),
    );
    return new Map(
      found.map(([file, { id }]) => [join(directory, posix.dirname(file)), readObject(commits.objects, 'blob', id)]),
    );
  }

  async #locate(directory: string): Promise<{ workTree: WorkTree; path: string; commits: Commits }> {
    const workTree = findWorkTree(directory);
    const { root } = workTree;
    const commits = this.#commits.get(root) ?? openCommits(root, this.#refSpec, this.#tools);
    this.#commits.set(root, commits);
    return { workTree, path: relative(root, directory).split(sep).join('/'), commits: await commits };
  }
}

function findWorkTree(directory: string): WorkTree {
  for (let root = directory; ; root = dirname(root)) {
    const directories = findWorkTreeDirectories(root);
    if (directories !== undefined) return { root, directories };
    if (dirname(root) === root) throw new NoWorkTree(directory);
  }
}

interface Commits {
  readonly objects: ObjectStore;
  /** The id of the tree of the requested commit. */
  readonly before: string;
  /** The id of the tree of HEAD. */
  readonly head: string;
}

async function openCommits(root: string, refSpec: string, { limits, warn }: Tools): Promise<Commits> {
  const repository = await openLocalRepository(root, limits);
  const { name, steps } = splitAncestry(refSpec);
  try {
    const found = await repository.find(name);
    if (found.warning !== undefined) warn(found.warning);
    const { objects } = found;
    const before = ancestorOf(objects, found.commit, steps, root);
    const head = await repository.tip(undefined);
    return { objects, before: treeOfCommit(objects, before), head: treeOfCommit(objects, head) };
  } catch (error) {
    if (!(error instanceof AttuneError) || error.code !== 'NOT_FOUND_GIT_REF') throw error;
    throw new AttuneError(error.code, error.message, { facts: error.facts, hint: FETCH_HINT, cause: error });
  }
}

const FETCH_HINT =
  "Fetch it first: git fetch origin REF. A shallow clone has only the last commit; in CI, check out the whole history (GitHub Actions: 'fetch-depth: 0').";
