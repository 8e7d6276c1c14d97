import { dirname } from 'node:path';
import type { Limits } from '../../limits.ts';
import { fileSystemForLibraries as fs } from '../../platform/files/read.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import { findWorkTreeDirectories } from './local/git-directories.ts';
import { openLocalRepository } from './local/local-repository.ts';
import { EmptyRepository } from './refs.ts';

/** A git work tree and its state. */
export interface Checkout {
  /** The root of the work tree: the directory itself or one above it. */
  readonly root: string;
  /** The URL of the remote `origin`, without user info; `undefined` if there is none. */
  readonly origin: string | undefined;
  /** The id of the commit that is checked out; `undefined` before the first commit. */
  readonly commit: string | undefined;
}

/**
 * Finds the git work tree that contains a directory.
 * @param path absolute path of the directory
 * @returns `undefined` if the directory is not in a git work tree
 */
export async function findCheckout(path: string, limits: Limits): Promise<Checkout | undefined> {
  for (let root = path; ; root = dirname(root)) {
    const directories = findWorkTreeDirectories(root);
    if (directories !== undefined) return { root, ...(await describe(root, directories.common, limits)) };
    if (dirname(root) === root) return undefined;
  }
}

async function describe(root: string, gitdir: string, limits: Limits): Promise<Omit<Checkout, 'root'>> {
  const { getConfig } = await import('isomorphic-git');
  const origin: unknown = await getConfig({ fs, gitdir, path: 'remote.origin.url' });
  return {
    origin: typeof origin === 'string' ? `${new SafeUrl(origin)}` : undefined,
    commit: await headCommit(root, limits),
  };
}

async function headCommit(root: string, limits: Limits): Promise<string | undefined> {
  const repository = await openLocalRepository(root, limits);
  try {
    return (await repository.find(undefined)).commit;
  } catch (error) {
    if (error instanceof EmptyRepository) return undefined;
    throw error;
  }
}
