import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { makeDirectory } from '../../platform/files/entries.ts';
import { inspect, listDirectory } from '../../platform/files/inspect.ts';
import { readChunks } from '../../platform/files/read.ts';
import { NewFile } from '../../platform/files/write.ts';

/**
 * Copies a pack, modes included, so that its tests may write where they like. `.git` stays behind, and so does what is
 * neither a file nor a directory: a link could lead back into the pack, which the tests must not change.
 * @param root absolute and without links
 * @returns what was left out, relative to the root
 * @throws FileError, FileChanged
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

/** The absolute path of something that a manifest names relative to the pack; `undefined` where it leads out of it. */
export function pathInside(root: string, path: string): string | undefined {
  if (isAbsolute(path)) return undefined;
  const absolute = resolve(root, path);
  const back = relative(root, absolute);
  return back === '..' || back.startsWith(`..${sep}`) || isAbsolute(back) ? undefined : absolute;
}
