import { join, sep } from 'node:path';
import { oneLine } from '../../documents/problems.ts';
import { AttuneError } from '../../errors.ts';
import { FileChanged } from '../../platform/files/file-error.ts';
import { type DirectoryEntry, inspect, linkTarget, listDirectory } from '../../platform/files/inspect.ts';
import { readChunks } from '../../platform/files/read.ts';
import { runAtOnce, type Steps } from '../../platform/interruptible.ts';
import { compareCodePoints } from './order.ts';
import type { FileTree, TreeFile } from './tree.ts';

interface InvalidEntry {
  readonly path: string;
  readonly reason: string;
}

/** A tree with entries that a pack cannot contain. */
export class InvalidPackTree extends AttuneError {
  constructor(location: string, entries: readonly InvalidEntry[]) {
    const lines = entries.map(({ path, reason }) => `  ${oneLine(`${path}: ${reason}`)}`);
    super('INVALID_PACK_TREE', [`'${location}' has entries that a pack cannot contain:`, ...lines].join('\n'), {
      facts: { location, entries },
      hint: 'Remove these entries, or replace them with regular files that have UTF-8 names.',
    });
  }
}

/** Decides whether an entry belongs to a tree. @param path relative to the root */
type EntryFilter = (path: string, kind: DirectoryEntry['kind']) => boolean;

/**
 * Lists the files of a directory in the order of SPEC section 4, without anything named `.git`. The directory itself may
 * be a link, but it must not contain links. Contents are read on demand.
 * @param includes entries that it does not accept are left out, whatever they are; directories with all their entries
 * @throws InvalidPackTree that names every link, special file and name that is not UTF-8; FileError
 */
export function directoryTree(root: string, includes?: EntryFilter): FileTree {
  return runAtOnce(directoryTreeSteps(root, includes));
}

/** Lists the files of a directory like `directoryTree`, in steps. */
export function* directoryTreeSteps(root: string, includes: EntryFilter = () => true): Steps<FileTree> {
  const walk = new Walk(root, includes);
  yield* walk.enter('');
  if (walk.invalid.length > 0) throw new InvalidPackTree(root, walk.invalid.sort(byPath));
  return { location: root, files: walk.files.sort(byPath) };
}

function byPath(one: { readonly path: string }, other: { readonly path: string }): number {
  return compareCodePoints(one.path, other.path);
}

/**
 * Returns the tree of files that attune itself has just written to a private directory, without listing the directory
 * again. Contents are read on demand.
 * @param files in the order of SPEC section 4
 */
export function writtenTree(root: string, files: readonly Omit<TreeFile, 'chunks'>[]): FileTree {
  return {
    location: root,
    files: files.map(({ path, size, executable }) => ({
      path,
      size,
      executable,
      chunks: () => readChunks(join(root, path)),
    })),
  };
}

class Walk {
  readonly files: TreeFile[] = [];
  readonly invalid: InvalidEntry[] = [];
  readonly #root: string;
  readonly #includes: EntryFilter;

  constructor(root: string, includes: EntryFilter) {
    this.#root = root;
    this.#includes = includes;
  }

  /** @param prefix the path of a directory, with a trailing `/` unless it is the root */
  *enter(prefix: string): Steps<void> {
    const directory = join(this.#root, prefix);
    const entries = listDirectory(directory);
    for (const entry of entries) {
      yield;
      if (entry.name === '.git') continue;
      const path = `${prefix}${entry.name}`;
      if (!this.#includes(path, entry.kind)) continue;
      const absolutePath = directory.endsWith(sep) ? directory + entry.name : directory + sep + entry.name;
      const reason = rejectionReason(absolutePath, entry, entries);
      if (reason !== undefined) this.invalid.push({ path, reason });
      else if (entry.kind === 'directory') yield* this.enter(`${path}/`);
      else this.files.push(treeFile(absolutePath, path));
    }
  }
}

function rejectionReason(path: string, entry: DirectoryEntry, siblings: readonly DirectoryEntry[]): string | undefined {
  if (!isUtf8Name(path, entry.name, siblings)) return 'its name is not UTF-8';
  if (entry.kind === 'link') return `a symbolic link to '${linkTarget(path)}'`;
  return entry.kind === 'special' ? 'a special file (a socket, a pipe or a device)' : undefined;
}

/** Detects names that are not UTF-8. They are listed with U+FFFD, and that name does not exist or is another entry's. */
function isUtf8Name(path: string, name: string, siblings: readonly DirectoryEntry[]): boolean {
  if (!name.isWellFormed()) return false;
  if (!name.includes('\u{FFFD}')) return true;
  return inspect(path) !== undefined && siblings.filter((sibling) => sibling.name === name).length === 1;
}

function treeFile(absolutePath: string, path: string): TreeFile {
  const status = inspect(absolutePath);
  if (status?.kind !== 'file') throw new FileChanged(absolutePath);
  return { path, size: status.size, executable: status.executable, chunks: () => readChunks(absolutePath) };
}
