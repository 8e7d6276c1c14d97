import { UnsafeEntry, ViolationList } from '../../archives/guard/errors.ts';
import { type GuardedEntry, TreeGuard } from '../../archives/guard/tree-guard.ts';
import type { Limits } from '../../limits.ts';
import type { GitRefType } from '../../packs/provenance.ts';
import { compareCodePoints } from '../../packs/tree/order.ts';
import type { FileTree, TreeFile } from '../../packs/tree/tree.ts';
import { openLocalRepository } from './local/local-repository.ts';
import { MissingObject, type ObjectStore, readObject, treeEntries, treeOfCommit } from './objects/objects.ts';

const EXECUTABLE = '100755';
const DIRECTORY = /^0?40000$/;
const REGULAR = /^100[0-7]{3}$/;
const SUBMODULE = '160000';
const LINK = '120000';

/** The beginning of a Git LFS pointer, which is a small text file (git-lfs, docs/spec.md). */
const LFS_POINTER = 'version https://git-lfs.github.com/spec/';
const MAX_POINTER_BYTES = 1024;

interface CommittedFile {
  readonly path: string;
  readonly id: string;
  readonly size: number;
  readonly executable: boolean;
}

/**
 * Returns the files of a commit, all of which are checked before the first can be read (SPEC sections 5 and 9).
 *
 * @param location the repository's path or URL, for messages
 * @throws UnsafeEntry naming every link, submodule, LFS pointer and unsafe path; LimitExceeded; the errors of the store
 */
export function readCommitTree(objects: ObjectStore, commit: string, location: string, limits: Limits): FileTree {
  const walk = new TreeWalk(objects, `commit ${commit.slice(0, 12)} of ${location}`, limits);
  const files = walk.files(treeOfCommit(objects, commit));
  return { location: `${location} at ${commit}`, files: files.map((file) => toTreeFile(objects, file)) };
}

interface LocalCommit {
  readonly commit: string;
  /** The kind of the ref that led to the commit. */
  readonly refType: GitRefType;
  readonly tree: FileTree;
  readonly warning?: string | undefined;
}

/**
 * Returns the files of a commit in a local repository, independent of the state of its work tree.
 *
 * @param repository a work tree with a `.git`, or a bare repository
 * @param refSpec as for `--ref-spec`; `undefined` for HEAD
 * @throws NoLocalRepository, UnknownGitRef and related errors, the errors of `readCommitTree`
 */
export async function readLocalCommit(
  repository: string,
  refSpec: string | undefined,
  limits: Limits,
): Promise<LocalCommit> {
  const { location, find } = await openLocalRepository(repository, limits);
  const { commit, refType, objects, warning } = await find(refSpec);
  return { commit, refType, tree: readCommitTree(objects, commit, location, limits), warning };
}

function toTreeFile(objects: ObjectStore, { path, id, size, executable }: CommittedFile): TreeFile {
  return {
    path,
    size,
    executable,
    *chunks() {
      yield readObject(objects, 'blob', id);
    },
  };
}

class TreeWalk {
  readonly #objects: ObjectStore;
  readonly #label: string;
  readonly #guard: TreeGuard;
  readonly #violations: ViolationList;
  readonly #files: CommittedFile[] = [];

  constructor(objects: ObjectStore, label: string, limits: Limits) {
    this.#objects = objects;
    this.#label = label;
    this.#guard = new TreeGuard(limits, label);
    this.#violations = new ViolationList(label);
  }

  files(root: string): CommittedFile[] {
    // A work list instead of recursion, because an untrusted repository determines the depth of the tree.
    const remaining = [{ prefix: '', id: root }];
    for (let next = remaining.pop(); next !== undefined; next = remaining.pop()) {
      const { prefix } = next;
      for (const { mode, name, id } of treeEntries(next.id, readObject(this.#objects, 'tree', next.id))) {
        const path = this.#violations.collect(() => this.#accept(prefix, mode, name, id));
        if (path !== undefined && DIRECTORY.test(mode)) remaining.push({ prefix: `${path}/`, id });
      }
    }
    this.#violations.throwIfAny();
    // Git sorts a directory as if its name ended in `/`; a `FileTree` is sorted by whole paths.
    return this.#files.toSorted((a, b) => compareCodePoints(a.path, b.path));
  }

  #accept(prefix: string, mode: string, name: Buffer, id: string): string {
    const text = name.toString('utf8');
    const path = prefix + text;
    // The guard checks whole paths, in which these would look like several components.
    if (text === '' || text === '.' || text.includes('/')) throw this.#unsafe(path, 'name', 'is not a single name');
    if (mode === SUBMODULE) throw this.#unsafe(path, 'submodule', 'is a submodule');
    const type = typeFromMode(mode);
    if (type !== 'file') return this.#guard.accept({ path, type });
    const size = this.#sizeOf(id);
    const safePath = this.#guard.accept({ path, type, size });
    if (this.#isPointer(id, size)) throw this.#unsafe(path, 'lfs-pointer', 'is a Git LFS pointer, not the file itself');
    this.#files.push({ path: safePath, id, size, executable: mode === EXECUTABLE });
    return safePath;
  }

  #sizeOf(id: string): number {
    const info = this.#objects.stat(id);
    if (info === undefined) throw new MissingObject('blob', id);
    return info.size;
  }

  #isPointer(id: string, size: number): boolean {
    if (size < LFS_POINTER.length || size > MAX_POINTER_BYTES) return false;
    return readObject(this.#objects, 'blob', id).toString('latin1', 0, LFS_POINTER.length) === LFS_POINTER;
  }

  #unsafe(entry: string, rule: string, why: string): UnsafeEntry {
    return new UnsafeEntry(this.#label, [{ entry, rule, why }]);
  }
}

function typeFromMode(mode: string): GuardedEntry['type'] {
  if (DIRECTORY.test(mode)) return 'directory';
  if (mode === LINK) return 'link';
  return REGULAR.test(mode) ? 'file' : 'special';
}
