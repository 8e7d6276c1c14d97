import { dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import {
  inspect,
  linkTarget,
  listDirectory,
  makeDirectory,
  NewFile,
  readChunks,
  replaceLink,
} from '../platform/files.ts';

/**
 * Copies a pack, modes included, so that its tests may write where they like. `.git` stays behind. An installed pack has
 * no links; a directory that somebody works in may (`node_modules/.bin`): those that stay inside are made again.
 * @param root absolute and without links
 * @returns links that lead out of the pack, and entries that are no files, relative to the root: they were left out
 * @throws FileFault, FileChanged
 */
export function copyPack(root: string, destination: string): string[] {
  const leftOut: string[] = [];
  const directories = [''];
  for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
    makeDirectory(join(destination, directory));
    for (const { name, kind } of listDirectory(join(root, directory))) {
      const path = join(directory, name);
      if (name === '.git') continue;
      if (kind === 'directory') directories.push(path);
      else if (kind === 'file') copyFile(join(root, path), join(destination, path));
      else if (kind === 'link' && staysInside(root, path)) copyLink(join(root, path), join(destination, path));
      else leftOut.push(path);
    }
  }
  return leftOut.sort();
}

function copyFile(from: string, to: string): void {
  const file = new NewFile(to, inspect(from)?.executable ?? false);
  try {
    for (const chunk of readChunks(from)) file.write(chunk);
  } finally {
    file.close();
  }
}

/** Written relative and leading nowhere above the root; where it finally leads through other links is of no concern. */
function staysInside(root: string, path: string): boolean {
  const target = linkTarget(join(root, path)) ?? '';
  return !isAbsolute(target) && pathInside(root, join(dirname(path), target)) !== undefined;
}

function copyLink(from: string, to: string): void {
  replaceLink(to, linkTarget(from) ?? '');
}

/** The absolute path of something that a manifest names relative to the pack; `undefined` where it leads out of it. */
export function pathInside(root: string, path: string): string | undefined {
  if (isAbsolute(path)) return undefined;
  const absolute = resolve(root, path);
  const back = relative(root, absolute);
  return back === '..' || back.startsWith(`..${sep}`) || isAbsolute(back) ? undefined : absolute;
}
