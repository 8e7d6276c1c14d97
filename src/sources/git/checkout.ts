import { dirname } from 'node:path';
import type { Limits } from '../../limits.ts';
import { fileSystemForLibraries as fs } from '../../platform/files/read.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import { ofWorkTree, openLocalRepository } from './local/local-repository.ts';
import { EmptyRepository } from './refs.ts';

/** What a directory is a checkout of. */
export interface Checkout {
  /** The work tree's root: the directory itself or one above it. */
  readonly root: string;
  /** The URL of the remote `origin`, without user info; `undefined` where there is none. */
  readonly origin: string | undefined;
  /** The commit that is checked out; `undefined` before the first one. */
  readonly commit: string | undefined;
}

/** @param path an absolute path of a directory; `undefined` comes back where it is in no git work tree */
export async function findCheckout(path: string, limits: Limits): Promise<Checkout | undefined> {
  for (let root = path; ; root = dirname(root)) {
    const directories = ofWorkTree(root);
    if (directories !== undefined) return { root, ...(await describe(root, directories.common, limits)) };
    if (dirname(root) === root) return undefined;
  }
}

async function describe(root: string, gitdir: string, limits: Limits): Promise<Omit<Checkout, 'root'>> {
  const { getConfig } = await import('isomorphic-git');
  const origin: unknown = await getConfig({ fs, gitdir, path: 'remote.origin.url' });
  return {
    origin: typeof origin === 'string' ? `${new SafeUrl(origin)}` : undefined,
    commit: await head(root, limits),
  };
}

async function head(root: string, limits: Limits): Promise<string | undefined> {
  const repository = await openLocalRepository(root, limits);
  try {
    return (await repository.find(undefined)).commit;
  } catch (error) {
    if (error instanceof EmptyRepository) return undefined;
    throw error;
  }
}
