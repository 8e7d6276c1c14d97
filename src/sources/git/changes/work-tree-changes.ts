import { join } from 'node:path';
import type { Limits } from '../../../limits.ts';
import { type EntryKind, inspect, linkTarget, listDirectory } from '../../../platform/files/inspect.ts';
import { fileSystemForLibraries as fs, readFile } from '../../../platform/files/read.ts';
import { supportsFileModes } from '../../../platform/files/write.ts';
import type { GitDirectories } from '../local/git-directories.ts';
import { type ObjectStore, objectId } from '../objects/objects.ts';
import { type CommittedFile, committedFiles } from './committed-files.ts';

interface Comparison {
  readonly objects: ObjectStore;
  /** The root of the work tree, absolute. */
  readonly root: string;
  readonly directories: GitDirectories;
  /** The compared directory, relative to the root, with `/`. */
  readonly path: string;
  /** The id of its committed tree; `undefined` if it has none. */
  readonly tree: string | undefined;
  readonly limits: Limits;
}

const LINK = '120000';
const SUBMODULE = '160000';
const EXECUTABLE = '100755';
/** What interpreters write next to code, which is no change of the pack. */
const GENERATED = /(^|\/)(__pycache__|\.pytest_cache)\/|\.pyc$/;

/** Reports whether the files of a directory differ from its committed tree. Untracked files that git ignores do not count. */
export async function differsFromTree(comparison: Comparison): Promise<boolean> {
  const { objects, root, path, tree, limits } = comparison;
  const directory = join(root, path);
  const committed = tree === undefined ? new Map<string, CommittedFile>() : committedFiles(objects, tree);
  for (const [file, expected] of committed) {
    if (isChanged(join(directory, file), expected, limits)) return true;
  }
  for (const file of filesBelow(directory)) {
    if (committed.has(file) || GENERATED.test(file)) continue;
    if (!(await isIgnored(path === '' ? file : `${path}/${file}`, comparison))) return true;
  }
  return false;
}

function isChanged(path: string, { id, mode }: CommittedFile, limits: Limits): boolean {
  const status = inspect(path);
  if (mode === SUBMODULE) return status !== undefined && status.kind !== 'directory';
  if (mode === LINK) return objectId('blob', Buffer.from(linkTarget(path) ?? '')) !== id;
  if (status?.kind !== 'file' || status.size > limits.fileBytes) return true;
  if (supportsFileModes && status.executable !== (mode === EXECUTABLE)) return true;
  const content = readFile(path);
  if (objectId('blob', content) === id) return false;
  // Git converts line endings of text on checkout where it is configured to (core.autocrlf, .gitattributes).
  const text = content.toString('latin1').replaceAll('\r\n', '\n');
  return objectId('blob', Buffer.from(text, 'latin1')) !== id;
}

/** Lists everything but directories below a directory, relative to it with `/`. Repositories inside it are left out. */
function* filesBelow(directory: string): Generator<string> {
  const pending = [''];
  for (let parent = pending.pop(); parent !== undefined; parent = pending.pop()) {
    const entries = listDirectory(join(directory, parent));
    if (parent !== '' && entries.some(({ name }) => name === '.git')) continue;
    for (const { name, kind } of entries) {
      if (name === '.git') continue;
      if (isSearched(name, kind)) pending.push(`${parent}${name}/`);
      else if (kind !== 'directory') yield `${parent}${name}`;
    }
  }
}

function isSearched(name: string, kind: EntryKind): boolean {
  return kind === 'directory' && name !== 'node_modules';
}

/** Applies .gitignore of each directory and info/exclude of the repository. */
async function isIgnored(filepath: string, { root, directories }: Comparison): Promise<boolean> {
  const git = await import('isomorphic-git');
  return git.isIgnored({ fs, dir: root, gitdir: directories.common, filepath });
}
