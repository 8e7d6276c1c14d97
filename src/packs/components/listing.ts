/** Lists everything in the directory of a pack, valid or not, without following links or reading contents. */
import { join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import { type DirectoryEntry, inspect, linkTarget, listDirectory } from '../../platform/files/inspect.ts';
import { readChunks } from '../../platform/files/read.ts';
import { compareCodePoints } from '../tree/order.ts';
import type { TreeFile } from '../tree/tree.ts';

/** An entry that is not a readable regular file with a valid name. */
export interface Irregularity {
  readonly path: string;
  readonly kind: 'link' | 'special' | 'git' | 'name' | 'unreadable' | 'deep';
  readonly description: string;
}

export interface Listing {
  readonly root: string;
  /** By path, in the order of SPEC section 4. */
  readonly files: ReadonlyMap<string, TreeFile>;
  /** All directories but the root. */
  readonly directories: ReadonlySet<string>;
  readonly irregularities: readonly Irregularity[];
  /** Directories that hold generated or installed content and were not listed further. */
  readonly closed: readonly string[];
  /** True if listing stopped at the limit of entries. */
  readonly truncated: boolean;
}

/** Directories of interpreters and package managers. Their content is not part of a pack and may be huge. */
const CLOSED_DIRECTORIES: ReadonlySet<string> = new Set([
  '__pycache__',
  'node_modules',
  '.venv',
  'venv',
  '.pytest_cache',
  '.mypy_cache',
  '.ruff_cache',
  '.tox',
  '.nox',
  'htmlcov',
]);
const MAX_DEPTH = 100;

interface Found {
  readonly root: string;
  readonly limits: Limits;
  readonly files: TreeFile[];
  readonly directories: Set<string>;
  readonly irregularities: Irregularity[];
  readonly closed: string[];
  entries: number;
}

/** Lists a directory of a pack. An entry that cannot be listed is reported as an irregularity. @throws FileError for the root */
export function listPack(root: string, limits: Limits): Listing {
  const found: Found = {
    ...{ root, limits, files: [], directories: new Set<string>(), irregularities: [], closed: [] },
    entries: 0,
  };
  walk(found, '', listDirectory(root), 0);
  const files = found.files.sort((one, other) => compareCodePoints(one.path, other.path));
  const { directories, irregularities, closed } = found;
  return {
    root,
    files: new Map(files.map((file) => [file.path, file])),
    directories,
    irregularities: irregularities.sort((one, other) => compareCodePoints(one.path, other.path)),
    closed: closed.sort(compareCodePoints),
    truncated: found.entries > limits.entries,
  };
}

function walk(found: Found, prefix: string, entries: readonly DirectoryEntry[], depth: number): void {
  for (const entry of entries) {
    found.entries += 1;
    if (found.entries > found.limits.entries) return;
    if (prefix === '' && entry.name === '.git') continue;
    const path = `${prefix}${entry.name}`;
    try {
      add(found, path, entry, depth);
    } catch (error) {
      if (!(error instanceof AttuneError)) throw error;
      found.irregularities.push({ path, kind: 'unreadable', description: 'it cannot be read' });
    }
  }
}

function add(found: Found, path: string, { name, kind }: DirectoryEntry, depth: number): void {
  const absolutePath = join(found.root, path);
  const irregular = (type: Irregularity['kind'], description: string) =>
    found.irregularities.push({ path, kind: type, description });
  if (name === '.git') irregular('git', 'a git repository or submodule');
  else if (!name.isWellFormed() || (name.includes('\u{FFFD}') && inspect(absolutePath) === undefined)) {
    irregular('name', 'its name is not UTF-8');
  } else if (kind === 'link') irregular('link', `a symbolic link to '${linkTarget(absolutePath)}'`);
  else if (kind === 'special') irregular('special', 'a special file (a socket, a pipe or a device)');
  else if (kind === 'file') found.files.push(treeFile(absolutePath, path));
  else if (depth >= MAX_DEPTH) irregular('deep', `a directory more than ${MAX_DEPTH} levels deep`);
  else {
    found.directories.add(path);
    if (CLOSED_DIRECTORIES.has(name)) found.closed.push(path);
    else walk(found, `${path}/`, listDirectory(absolutePath), depth + 1);
  }
}

function treeFile(absolutePath: string, path: string): TreeFile {
  const status = inspect(absolutePath);
  return {
    path,
    size: status?.size ?? 0,
    executable: status?.executable ?? false,
    chunks: () => readChunks(absolutePath),
  };
}
