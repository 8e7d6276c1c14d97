import { join } from 'node:path';
import { makeDirectory } from '../../platform/files/entries.ts';
import { inspect, listDirectory } from '../../platform/files/inspect.ts';
import { readChunks } from '../../platform/files/read.ts';
import { NewFile } from '../../platform/files/write.ts';

/**
 * Copies a pack with its modes, so that the tests can write to the copy. `.git` is not copied, nor is anything other than
 * files and directories: a link could lead back into the pack, which the tests must not change.
 * @param root absolute and without links
 * @returns the excluded entries other than `.git`, relative to the root
 * @throws FileError, FileChanged
 */
export function copyPack(root: string, destination: string): string[] {
  const excluded: string[] = [];
  const directories = [''];
  for (let directory = directories.pop(); directory !== undefined; directory = directories.pop()) {
    makeDirectory(join(destination, directory));
    for (const { name, kind } of listDirectory(join(root, directory))) {
      const path = join(directory, name);
      if (name === '.git') continue;
      if (kind === 'directory') directories.push(path);
      else if (kind === 'file') copyFile(join(root, path), join(destination, path));
      else excluded.push(path);
    }
  }
  return excluded.sort();
}

/** Copies one file with its mode. @throws FileError, FileChanged */
export function copyFile(from: string, to: string): void {
  const file = new NewFile(to, inspect(from)?.executable ? 'executable' : undefined);
  try {
    for (const chunk of readChunks(from)) file.write(chunk);
  } finally {
    file.close();
  }
}
