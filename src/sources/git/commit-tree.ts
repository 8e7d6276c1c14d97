import { type GuardedEntry, TreeGuard, UnsafeEntry, ViolationList } from '../../archives/guard/tree-guard.ts';
import type { Limits } from '../../limits.ts';
import { compareCodePoints } from '../../packs/tree/order.ts';
import type { FileTree, TreeFile } from '../../packs/tree/tree.ts';
import { openLocalRepository } from './local/local-repository.ts';
import { MissingObject, type ObjectStore, readObject, treeEntries, treeOfCommit } from './objects/objects.ts';

const EXECUTABLE = '100755';
const DIRECTORY = /^0?40000$/;
const REGULAR = /^100[0-7]{3}$/;
const SUBMODULE = '160000';
const LINK = '120000';

/** A pointer is a small text file that begins so (git-lfs, docs/spec.md). */
const LFS_POINTER = 'version https://git-lfs.github.com/spec/';
const LARGEST_POINTER = 1024;

interface FoundFile {
  readonly path: string;
  readonly id: string;
  readonly size: number;
  readonly executable: boolean;
}

/**
 * The files of a commit, all of them checked before the first can be read (SPEC sections 5 and 9).
 *
 * @param location where the repository is, for messages
 * @throws UnsafeEntry naming every link, submodule, LFS pointer and unsafe path; LimitExceeded; what the store throws
 */
export function readCommitTree(objects: ObjectStore, commit: string, location: string, limits: Limits): FileTree {
  const walk = new TreeWalk(objects, `commit ${commit.slice(0, 12)} of ${location}`, limits);
  const files = walk.files(treeOfCommit(objects, commit));
  return { location: `${location} at ${commit}`, files: files.map((file) => treeFile(objects, file)) };
}

/**
 * The files of a commit of a repository on this machine, as they are in the commit and not in the work tree.
 *
 * @param repository a work tree with a `.git`, or a bare repository
 * @param refSpec as for `--ref-spec`; `undefined` for HEAD
 * @throws NoLocalRepository, UnknownGitRef and its like, and what `readCommitTree` throws
 */
export async function readLocalCommit(
  repository: string,
  refSpec: string | undefined,
  limits: Limits,
): Promise<{ readonly commit: string; readonly tree: FileTree }> {
  const { location, find } = await openLocalRepository(repository, limits);
  const { commit, objects } = await find(refSpec);
  return { commit, tree: readCommitTree(objects, commit, location, limits) };
}

function treeFile(objects: ObjectStore, { path, id, size, executable }: FoundFile): TreeFile {
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
  readonly #what: string;
  readonly #guard: TreeGuard;
  readonly #offences: ViolationList;
  readonly #found: FoundFile[] = [];

  constructor(objects: ObjectStore, what: string, limits: Limits) {
    this.#objects = objects;
    this.#what = what;
    this.#guard = new TreeGuard(limits, what);
    this.#offences = new ViolationList(what);
  }

  files(root: string): FoundFile[] {
    // A list of what is left to do in place of recursion: how deep a tree goes is the repository's to choose.
    const left = [{ prefix: '', id: root }];
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      const { prefix } = next;
      for (const { mode, name, id } of treeEntries(next.id, readObject(this.#objects, 'tree', next.id))) {
        const path = this.#offences.gather(() => this.#accept(prefix, mode, name, id));
        if (path !== undefined && DIRECTORY.test(mode)) left.push({ prefix: `${path}/`, id });
      }
    }
    this.#offences.throwIfAny();
    // Git compares a directory's name as if it ended in `/`; a tree of files is sorted by the whole path.
    return this.#found.toSorted((one, other) => compareCodePoints(one.path, other.path));
  }

  #accept(prefix: string, mode: string, name: Buffer, id: string): string {
    const text = name.toString('utf8');
    const path = prefix + text;
    // The guard looks at whole paths and would not see that these are no names of one entry.
    if (text === '' || text === '.' || text.includes('/')) throw this.#unsafe(path, 'name', 'is not a single name');
    if (mode === SUBMODULE) throw this.#unsafe(path, 'submodule', 'is a submodule');
    const type = typeOf(mode);
    if (type !== 'file') return this.#guard.accept({ path, type });
    const size = this.#sizeOf(id);
    const safe = this.#guard.accept({ path, type, size });
    if (this.#isPointer(id, size)) throw this.#unsafe(path, 'lfs-pointer', 'is a Git LFS pointer, not the file itself');
    this.#found.push({ path: safe, id, size, executable: mode === EXECUTABLE });
    return safe;
  }

  #sizeOf(id: string): number {
    const measured = this.#objects.measure(id);
    if (measured === undefined) throw new MissingObject('blob', id);
    return measured.size;
  }

  #isPointer(id: string, size: number): boolean {
    if (size < LFS_POINTER.length || size > LARGEST_POINTER) return false;
    return readObject(this.#objects, 'blob', id).toString('latin1', 0, LFS_POINTER.length) === LFS_POINTER;
  }

  #unsafe(entry: string, rule: string, why: string): UnsafeEntry {
    return new UnsafeEntry(this.#what, [{ entry, rule, why }]);
  }
}

function typeOf(mode: string): GuardedEntry['type'] {
  if (DIRECTORY.test(mode)) return 'directory';
  if (mode === LINK) return 'link';
  return REGULAR.test(mode) ? 'file' : 'special';
}
