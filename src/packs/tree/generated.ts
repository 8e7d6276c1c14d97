/**
 * Detects what interpreters write next to code (SPEC section 4). An installed pack is used in place, so these files appear in
 * its directory without a change of the pack.
 */
import type { FileTree } from './tree.ts';

const CACHE_DIRECTORIES: ReadonlySet<string> = new Set(['__pycache__', '.pytest_cache']);
const BYTE_CODE = '.pyc';

/** Returns whether interpreters write files with this path. A path that ends in `/` is that of a directory. */
export function isGenerated(path: string): boolean {
  return path.endsWith(BYTE_CODE) || isInCacheDirectory(path);
}

/**
 * Returns whether an interpreter may have written the file after the installation. Byte code that the pack itself contains is
 * written again when its source has another modification time; without its source it is part of the pack.
 * @param recorded the paths of the files that were installed
 */
export function isWrittenLater(path: string, recorded: ReadonlySet<string>): boolean {
  if (!isGenerated(path)) return false;
  return !recorded.has(path) || isInCacheDirectory(path) || recorded.has(path.slice(0, -1));
}

/** Returns a tree without the files that interpreters write. */
export function withoutGenerated({ location, files }: FileTree): FileTree {
  return { location, files: files.filter(({ path }) => !isGenerated(path)) };
}

function isInCacheDirectory(path: string): boolean {
  return path
    .split('/')
    .slice(0, -1)
    .some((name) => CACHE_DIRECTORIES.has(name));
}
