import { makeDirectory } from '../platform/files/entries.ts';
import { exists, listDirectory } from '../platform/files/inspect.ts';
import { NewFile } from '../platform/files/write.ts';
import type { EntrySink } from './archive.ts';

/**
 * Returns a sink that writes a tree below `root`, which must not exist or be an empty directory created by attune. Files
 * get mode 0755 if executable and 0644 otherwise. Disposing the sink closes a file that a failure left open.
 *
 * No link can redirect a path: every directory below `root` was created by this sink, because `TreeGuard` refuses links;
 * a file is created only where nothing exists, not even a link (`O_EXCL`); and the surrounding staging area is closed to
 * other users, so they cannot replace a directory by a link.
 * @throws FileError
 */
export function writeTree(root: string): EntrySink & Disposable {
  if (exists(root) && listDirectory(root).length > 0) throw new Error(`'${root}' is not an empty directory`);
  makeDirectory(root);
  const created = new Set(['']);
  let file: NewFile | undefined;
  const close = () => {
    file?.close();
    file = undefined;
  };
  return {
    begin(path, executable) {
      const parent = path.slice(0, Math.max(0, path.lastIndexOf('/')));
      if (!created.has(parent)) makeDirectory(`${root}/${parent}`);
      created.add(parent);
      file = new NewFile(`${root}/${path}`, executable ? 'executable' : undefined);
    },
    write: (chunk) => file?.write(chunk),
    end: close,
    [Symbol.dispose]: close,
  };
}
