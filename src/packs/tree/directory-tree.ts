import { join, sep } from 'node:path';
import { oneLine } from '../../documents/problems.ts';
import { AttuneError } from '../../errors.ts';
import { FileChanged } from '../../platform/files/file-error.ts';
import { type DirectoryEntry, inspect, linkTarget, listDirectory, readChunks } from '../../platform/files/read.ts';
import { compareCodePoints } from './order.ts';
import type { FileTree, TreeFile } from './tree.ts';

interface TreeFault {
  readonly path: string;
  readonly reason: string;
}

/** A tree that holds what a pack cannot hold. */
export class InvalidPackTree extends AttuneError {
  constructor(location: string, faults: readonly TreeFault[]) {
    const lines = faults.map(({ path, reason }) => `  ${oneLine(`${path}: ${reason}`)}`);
    super('INVALID_PACK_TREE', [`'${location}' holds what a pack cannot hold:`, ...lines].join('\n'), {
      facts: { location, entries: faults },
      hint: 'Remove these entries, or put regular files with UTF-8 names in their place.',
    });
  }
}

/**
 * The files under a directory, in the order of SPEC section 4 and without anything named `.git`. The directory itself
 * may be a link; nothing in it may be one. Contents are read when they are asked for.
 * @throws InvalidPackTree naming every link, special file and name that is not UTF-8; FileError
 */
export function directoryTree(root: string): FileTree {
  const files: TreeFile[] = [];
  const faults: TreeFault[] = [];
  walk(root, '', files, faults);
  if (faults.length > 0)
    throw new InvalidPackTree(
      root,
      faults.toSorted((one, other) => compareCodePoints(one.path, other.path)),
    );
  return { location: root, files: files.sort((one, other) => compareCodePoints(one.path, other.path)) };
}

/**
 * The files that attune itself has just written below a root of its own, where nobody else can write: what is there is
 * known, and need not be looked at again. Contents are read when they are asked for.
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

function walk(root: string, prefix: string, files: TreeFile[], faults: TreeFault[]): void {
  const directory = join(root, prefix);
  const entries = listDirectory(directory);
  for (const entry of entries) {
    if (entry.name === '.git') continue;
    const path = `${prefix}${entry.name}`;
    const place = directory.endsWith(sep) ? directory + entry.name : directory + sep + entry.name;
    const reason = rejectionReason(place, entry, entries);
    if (reason !== undefined) faults.push({ path, reason });
    else if (entry.kind === 'directory') walk(root, `${path}/`, files, faults);
    else files.push(treeFile(place, path));
  }
}

function rejectionReason(path: string, entry: DirectoryEntry, siblings: readonly DirectoryEntry[]): string | undefined {
  if (!isUtf8Name(path, entry.name, siblings)) return 'its name is not UTF-8';
  if (entry.kind === 'link') return `a symbolic link to '${linkTarget(path)}'`;
  return entry.kind === 'special' ? 'a special file (a socket, a pipe or a device)' : undefined;
}

/** Bytes that are not UTF-8 were listed as U+FFFD, which is then the name of nothing, or of another entry. */
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
