import { MANIFEST } from '../manifest/manifest.ts';
import { compareCodePoints } from './order.ts';
import { AmbiguousPackRoot, NoPackRoot } from './pack-root.ts';
import type { FileTree } from './tree.ts';

/**
 * The pack in a tree that may be in no directory: `findPackRoot`'s rule (SPEC section 2) over paths.
 * @returns the pack's own files, by their paths in the pack
 * @throws NoPackRoot, AmbiguousPackRoot
 */
export function extractPackTree(tree: FileTree): FileTree {
  const place = findPackPrefix(tree);
  if (place === '') return tree;
  const files = tree.files
    .filter(({ path }) => path.startsWith(place))
    .map((file) => ({ ...file, path: file.path.slice(place.length) }));
  return { location: tree.location, files };
}

/** Where the pack begins in a tree: empty, or ends in `/`. @throws like `extractPackTree` */
export function findPackPrefix(tree: FileTree): string {
  const paths = new Set(tree.files.map(({ path }) => path));
  const packAt = (...places: string[]) => places.find((place) => paths.has(`${place}${MANIFEST}`));
  const root = packAt('', 'pack/');
  if (root !== undefined) return root;
  const candidates = topDirectories(paths).flatMap((name) => packAt(`${name}/`, `${name}/pack/`) ?? []);
  const [only, ...others] = candidates;
  if (only === undefined) throw new NoPackRoot(tree.location);
  if (others.length === 0) return only;
  throw new AmbiguousPackRoot(
    tree.location,
    candidates.map((candidate) => candidate.slice(0, -1)),
  );
}

function topDirectories(paths: Iterable<string>): string[] {
  const names = [...paths].filter((path) => path.includes('/')).map((path) => path.slice(0, path.indexOf('/')));
  return [...new Set(names)].sort(compareCodePoints);
}
