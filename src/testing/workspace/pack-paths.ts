import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { type EntryKind, inspect, listDirectory, realPath } from '../../platform/files/inspect.ts';

/** Returns the absolute path of a path that is relative to a pack; `undefined` if it points outside the pack. */
export function resolveInside(root: string, path: string): string | undefined {
  if (isAbsolute(path)) return undefined;
  const absolute = resolve(root, path);
  const back = relative(root, absolute);
  return back === '..' || back.startsWith(`..${sep}`) || isAbsolute(back) ? undefined : absolute;
}

/** Returns false for a path that leaves a directory through a link. @param root without links */
export function staysInside(root: string, path: string): boolean {
  return resolveInside(root, relative(root, realPath(path))) !== undefined;
}

/** Returns the kind of an entry of a pack. A link is not followed; a path outside the pack does not exist. */
export function kindInside(root: string, path: string): EntryKind | undefined {
  const absolute = resolveInside(root, path);
  return absolute === undefined ? undefined : inspect(absolute)?.kind;
}

/**
 * Lists the regular files below a directory, relative to it with `/`, sorted. Links are not followed.
 * @param excluded the name of directories that are not searched
 */
export function listFilesBelow(directory: string, excluded?: string): string[] {
  const found: string[] = [];
  const pending = [''];
  for (let parent = pending.pop(); parent !== undefined; parent = pending.pop()) {
    for (const { name, kind } of listDirectory(join(directory, parent))) {
      const path = parent === '' ? name : `${parent}/${name}`;
      if (kind === 'file') found.push(path);
      else if (kind === 'directory' && name !== excluded) pending.push(path);
    }
  }
  return found.sort();
}
