import { exists, listDirectory, makeDirectory } from '../platform/files/read.ts';
import { NewFile } from '../platform/files/write.ts';
import type { EntrySink } from './archive.ts';

/**
 * Writes a tree below `root`, which must be fresh: not there yet, or an empty directory of ours. Files are 0755 if
 * executable and 0644 otherwise. Disposing closes what a failure left open.
 *
 * No link can lead a path elsewhere: every directory below `root` is one that we made, as tree-guard.ts lets no link
 * through; a file is created only where nothing is, not even a link (`O_EXCL`); and the staging area around it is closed
 * to other users, so that nobody can put a link in a directory's place meanwhile.
 * @throws FileFault
 */
export function writeTree(root: string): EntrySink & Disposable {
  if (exists(root) && listDirectory(root).length > 0) throw new Error(`'${root}' is not a fresh directory`);
  makeDirectory(root);
  const made = new Set(['']);
  let file: NewFile | undefined;
  const close = () => {
    file?.close();
    file = undefined;
  };
  return {
    begin(path, executable) {
      const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')));
      if (!made.has(parent)) makeDirectory(`${root}/${parent}`);
      made.add(parent);
      file = new NewFile(`${root}/${path}`, executable);
    },
    write: (chunk) => file?.write(chunk),
    end: close,
    [Symbol.dispose]: close,
  };
}
