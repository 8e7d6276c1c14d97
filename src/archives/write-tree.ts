import { dirname, join } from 'node:path';
import { exists, listDirectory, makeDirectory } from '../platform/files.ts';
import { NewFile } from '../platform/write-files.ts';
import type { EntrySink } from './archive.ts';

/**
 * Writes a tree below `root`, which must be fresh: not there yet, or an empty directory of ours that nobody else writes
 * to. Every directory below it is then one that we made, so that no link can lead a path elsewhere. Files are 0755 if
 * executable and 0644 otherwise; one that is already there is an error. Disposing closes what a failure left open.
 * @throws FileFault
 */
export function writeTree(root: string): EntrySink & Disposable {
  if (exists(root) && listDirectory(root).length > 0) throw new Error(`'${root}' is not a fresh directory`);
  makeDirectory(root);
  const made = new Set(['.']);
  let file: NewFile | undefined;
  const close = () => {
    file?.close();
    file = undefined;
  };
  return {
    begin(path, executable) {
      const parent = dirname(path);
      if (!made.has(parent)) makeDirectory(join(root, parent));
      made.add(parent);
      file = new NewFile(join(root, path), executable);
    },
    write: (chunk) => file?.write(chunk),
    end: close,
    [Symbol.dispose]: close,
  };
}
