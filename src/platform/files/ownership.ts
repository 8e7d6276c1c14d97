/**
 * Ownership of what root creates in a directory of another user, as with `sudo attune`. It is given to that user, who could
 * neither change nor remove it otherwise. A failure is ignored, because root may lack the capability, for example in a
 * container or on NFS.
 *
 * The other user may rename and link entries of the directory in the meantime. Therefore an owner is changed by descriptors
 * only: of files that were created exclusively, or that were reached from the directory without following a link.
 */
import * as fs from 'node:fs';
import { basename, dirname, join, relative, sep } from 'node:path';

type Owner = Pick<fs.Stats, 'uid' | 'gid'>;

const { O_RDONLY, O_DIRECTORY = 0, O_NOFOLLOW = 0 } = fs.constants;
/** Linux: opens the entry itself, also a link, without reading it. */
const O_PATH = 0x200000;

/** Gives a file that this process has created exclusively to the owner of its directory. */
export function giveNewFile(descriptor: number, directory: string): void {
  attemptAsRoot(() => {
    const owner = otherOwner(fs.statSync(directory));
    if (owner !== undefined) fs.fchownSync(descriptor, owner.uid, owner.gid);
  });
}

/**
 * Gives a directory that this process has created to the owner of its parent directory.
 * @param content the names of the entries that this process has created in it
 */
export function giveNewDirectory(path: string, content: readonly string[] = []): void {
  attemptAsRoot(() =>
    withDescriptor(dirname(path), O_DIRECTORY, (parent) => {
      const owner = otherOwner(fs.fstatSync(parent));
      if (owner === undefined) return;
      const entry = entryOf(parent, basename(path)) ?? path;
      withDescriptor(entry, O_DIRECTORY | O_NOFOLLOW, (directory) => {
        const unknown = fs.readdirSync(entry).filter((name) => !content.includes(name));
        if (fs.fstatSync(directory).uid === 0 && unknown.length === 0) fs.fchownSync(directory, owner.uid, owner.gid);
      });
    }),
  );
}

/**
 * Gives the entries of root in a tree to the owner of a directory that contains it. Only on Linux: other systems have no
 * paths that start at a descriptor, so root remains the owner there.
 * @param path a link, file or directory below `directory`
 * @param ofAllUsers also gives the entries of other users
 */
export function giveTree(directory: string, path: string, ofAllUsers = false): void {
  attemptAsRoot(() =>
    withDescriptor(directory, O_DIRECTORY, (descriptor) => {
      const owner = otherOwner(fs.fstatSync(descriptor));
      if (owner !== undefined) descend(descriptor, relative(directory, path).split(sep), { owner, ofAllUsers });
    }),
  );
}

interface Gift {
  readonly owner: Owner;
  readonly ofAllUsers: boolean;
}

function descend(parent: number, [name = '', ...rest]: readonly string[], gift: Gift): void {
  const entry = name === '' || name === '..' ? undefined : entryOf(parent, name);
  if (entry === undefined) return;
  if (rest.length === 0) give(parent, name, gift);
  else withDescriptor(entry, O_DIRECTORY | O_NOFOLLOW, (directory) => descend(directory, rest, gift));
}

function give(parent: number, name: string, gift: Gift): void {
  const { owner, ofAllUsers } = gift;
  const entry = entryOf(parent, name);
  if (entry === undefined) return;
  withDescriptor(entry, O_PATH | O_NOFOLLOW, (descriptor) => {
    const self = `/proc/self/fd/${descriptor}`;
    const stats = fs.fstatSync(descriptor);
    if (stats.isDirectory()) for (const child of fs.readdirSync(self)) give(descriptor, child, gift);
    // Another name of a file or link may be anywhere.
    const isUnique = stats.isDirectory() || ((stats.isFile() || stats.isSymbolicLink()) && stats.nlink === 1);
    if (isUnique && (stats.uid === 0 || ofAllUsers)) fs.chownSync(self, owner.uid, owner.gid);
  });
}

/**
 * Returns whether this process is root and the directory, or its nearest existing parent, belongs to another user. True for
 * a path that cannot be inspected, such as a link to itself.
 */
export function isOfOtherUser(directory: string): boolean {
  if (process.geteuid?.() !== 0) return false;
  try {
    const stats = fs.statSync(directory, { throwIfNoEntry: false });
    if (stats === undefined && dirname(directory) !== directory) return isOfOtherUser(dirname(directory));
    return stats !== undefined && otherOwner(stats) !== undefined;
  } catch {
    return true;
  }
}

/** Returns the owner of a directory if it is not root. */
function otherOwner({ uid, gid }: Owner): Owner | undefined {
  return uid === 0 ? undefined : { uid, gid };
}

/** Returns a path that starts at an open directory, which no other process can replace; `undefined` if there is none. */
function entryOf(directory: number, name: string): string | undefined {
  return process.platform === 'linux' ? join('/proc/self/fd', `${directory}`, name) : undefined;
}

function withDescriptor<T>(path: string, flags: number, use: (descriptor: number) => T): T {
  const descriptor = fs.openSync(path, O_RDONLY | flags);
  try {
    return use(descriptor);
  } finally {
    fs.closeSync(descriptor);
  }
}

function attemptAsRoot(work: () => void): void {
  if (process.geteuid?.() !== 0) return;
  try {
    work();
  } catch {
    // Root remains the owner.
  }
}
