import { join } from 'node:path';
import { oneLine } from '../../documents/problems.ts';
import { AttuneError } from '../../errors.ts';
import { inspect, listDirectory } from '../../platform/files/inspect.ts';
import { MANIFEST } from '../manifest/types.ts';
import { compareCodePoints } from './order.ts';
import type { FileTree } from './tree.ts';

/** A directory or tree without a pack. */
export class NoPackRoot extends AttuneError {
  constructor(location: string) {
    const candidates = ['pack.yaml', 'pack/pack.yaml', '<directory>/pack.yaml', '<directory>/pack/pack.yaml'];
    super('INVALID_PACK', `There is no pack in '${location}': found none of ${candidates.join(', ')}.`, {
      facts: { directory: location, looked_for: candidates },
      hint: 'Use a directory with a pack.yaml at its root.',
    });
  }
}

/** A directory or tree with several packs. */
export class AmbiguousPackRoot extends AttuneError {
  constructor(location: string, candidates: readonly string[]) {
    const lines = candidates.map((candidate) => `  ${oneLine(candidate)}`);
    super('INVALID_PACK', [`There is more than one pack in '${location}':`, ...lines].join('\n'), {
      facts: { directory: location, candidates },
      hint: 'Use one of these directories.',
    });
  }
}

/**
 * Finds the pack in a directory (SPEC section 2): at its root, in `pack/`, or in the only top-level directory that has a
 * `pack.yaml` or a `pack/pack.yaml`.
 * @throws NoPackRoot, AmbiguousPackRoot, FileError
 */
export function findPackRoot(directory: string): string {
  return join(
    directory,
    choosePackRoot(
      directory,
      () => directoriesIn(directory),
      (path) => isPackDirectory(directory, path),
    ),
  );
}

/**
 * Returns the files of the pack in a tree, with paths relative to the pack. Uses the rule of `findPackRoot`.
 * @throws NoPackRoot, AmbiguousPackRoot
 */
export function extractPackTree(tree: FileTree): FileTree {
  const prefix = findPackPrefix(tree);
  if (prefix === '') return tree;
  const files = tree.files
    .filter(({ path }) => path.startsWith(prefix))
    .map((file) => ({ ...file, path: file.path.slice(prefix.length) }));
  return { location: tree.location, files };
}

/** Returns the path prefix of the pack in a tree: empty, or ending in `/`. @throws the errors of `extractPackTree` */
export function findPackPrefix(tree: FileTree): string {
  const paths = new Set(tree.files.map(({ path }) => path));
  const root = choosePackRoot(
    tree.location,
    () => topDirectories(paths),
    (path) => paths.has(path === '.' ? MANIFEST : `${path}/${MANIFEST}`),
  );
  return root === '.' ? '' : `${root}/`;
}

/** Applies the rule of `findPackRoot`. @param listTop lists the top-level directories, sorted @returns `.` or a path */
function choosePackRoot(
  location: string,
  listTop: () => readonly string[],
  hasManifest: (path: string) => boolean,
): string {
  const root = ['.', 'pack'].find(hasManifest);
  if (root !== undefined) return root;
  const candidates = listTop().flatMap((name) => [name, `${name}/pack`].find(hasManifest) ?? []);
  const [only, ...others] = candidates;
  if (only === undefined) throw new NoPackRoot(location);
  if (others.length > 0) throw new AmbiguousPackRoot(location, candidates);
  return only;
}

function directoriesIn(directory: string): string[] {
  const entries = listDirectory(directory).filter(({ kind, name }) => kind === 'directory' && name !== '.git');
  return entries.map(({ name }) => name).sort(compareCodePoints);
}

/** Links are not followed. A manifest that is a link counts, so that it is rejected by name later. */
function isPackDirectory(root: string, path: string): boolean {
  const parents = path === '.' ? [] : path.split('/').map((_, index, parts) => parts.slice(0, index + 1).join('/'));
  if (parents.some((parent) => inspect(join(root, parent))?.kind !== 'directory')) return false;
  const manifest = inspect(join(root, path, MANIFEST))?.kind;
  return manifest === 'file' || manifest === 'link';
}

function topDirectories(paths: Iterable<string>): string[] {
  const names = [...paths].filter((path) => path.includes('/')).map((path) => path.slice(0, path.indexOf('/')));
  return [...new Set(names)].sort(compareCodePoints);
}
