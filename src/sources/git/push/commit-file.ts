import type { TreeObject } from 'isomorphic-git';
import { fileSystemForLibraries as fs } from '../../../platform/files/read.ts';

export interface Identity {
  readonly name: string;
  readonly email: string;
}

/** Returns the content of a file in a commit, or `undefined`. @param path with `/` between components */
export async function readCommittedFile(gitdir: string, commit: string, path: string): Promise<Uint8Array | undefined> {
  const { readBlob } = await import('isomorphic-git');
  try {
    return (await readBlob({ fs, gitdir, oid: commit, filepath: path })).blob;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'NotFoundError' || code === 'ObjectTypeError') return undefined;
    throw error;
  }
}

interface FileCommit {
  /** `undefined` for the first commit of a repository. */
  readonly parent: string | undefined;
  readonly path: string;
  readonly content: Uint8Array;
  readonly message: string;
  readonly author: Identity;
  readonly date: Date;
  /** The full name of the local ref that is set to the commit. */
  readonly ref: string;
}

/** Commits one file; all others stay as they are in the parent. @returns the id of the commit */
export async function commitFile(gitdir: string, change: FileCommit): Promise<string> {
  const git = await import('isomorphic-git');
  const { parent, path, content, message, author, date, ref } = change;
  const blob = await git.writeBlob({ fs, gitdir, blob: content });
  const root = parent === undefined ? undefined : (await git.readCommit({ fs, gitdir, oid: parent })).commit.tree;
  const tree = await replaceInTree(gitdir, root, path.split('/'), blob);
  const timestamp = Math.floor(date.getTime() / 1000);
  const person = { ...author, timestamp, timezoneOffset: 0 };
  const commit = { message: `${message}\n`, tree, parent: parent === undefined ? [] : [parent] };
  const oid = await git.writeCommit({ fs, gitdir, commit: { ...commit, author: person, committer: person } });
  await git.writeRef({ fs, gitdir, ref, value: oid, force: true });
  return oid;
}

/** Returns the id of a tree in which a path leads to a blob. @param tree `undefined` for an empty one */
async function replaceInTree(
  gitdir: string,
  tree: string | undefined,
  [name = '', ...rest]: readonly string[],
  blob: string,
): Promise<string> {
  const { readTree, writeTree } = await import('isomorphic-git');
  const entries: TreeObject = tree === undefined ? [] : (await readTree({ fs, gitdir, oid: tree })).tree;
  const present = entries.find((entry) => entry.path === name);
  const subtree = present?.type === 'tree' ? present.oid : undefined;
  const entry =
    rest.length === 0
      ? { mode: present?.type === 'blob' ? present.mode : '100644', path: name, oid: blob, type: 'blob' as const }
      : { mode: '040000', path: name, oid: await replaceInTree(gitdir, subtree, rest, blob), type: 'tree' as const };
  return writeTree({ fs, gitdir, tree: [...entries.filter((one) => one.path !== name), entry] });
}
