import { AttuneError } from '../../errors.ts';
import { fileSystemForLibraries as fs } from '../../platform/files/read.ts';
import type { SafeUrl } from '../../platform/safe-url.ts';
import { findWorkTreeDirectories } from '../../sources/git/local/git-directories.ts';
import { RefMoved } from '../../sources/git/push/errors.ts';
import { Remote } from '../../sources/git/push/remote.ts';
import type { Runtime } from '../runtime.ts';
import { pushTools, repositoryUrl } from './push-tools.ts';
import type { ReleaseCheckout } from './work-tree.ts';

class TagElsewhereAtOrigin extends AttuneError {
  constructor(tag: string, origin: SafeUrl) {
    super('INVALID_TAG', `The tag '${tag}' of ${origin} is at another commit than the one that is checked out.`, {
      facts: { tag, origin: `${origin}` },
      hint: 'Increase the version in pack.yaml: a published tag never moves.',
    });
  }
}

/**
 * Creates the tag of a version, and pushes it to `origin`. A tag that exists at the same commit stays.
 * @returns a sentence for each thing that was done
 * @throws TagElsewhereAtOrigin, PushRefused; the errors of the connection
 */
export async function publishTag(
  { root, commit, tag }: ReleaseCheckout,
  runtime: Pick<Runtime, 'config' | 'environment' | 'http' | 'processes' | 'reporter'>,
): Promise<string[]> {
  const gitdir = findWorkTreeDirectories(root)?.common;
  if (gitdir === undefined) return [];
  const { writeRef, getConfig } = await import('isomorphic-git');
  const ref = `refs/tags/${tag.name}`;
  if (!tag.exists) await writeRef({ fs, gitdir, ref, value: commit });
  const origin: unknown = await getConfig({ fs, gitdir, path: 'remote.origin.url' });
  if (typeof origin !== 'string') return [`the tag '${tag.name}' was created`];
  const url = repositoryUrl(origin, root, runtime);
  runtime.reporter.step(`Pushing the tag ${tag.name} to ${url}`);
  try {
    await new Remote(url, gitdir, await pushTools(runtime)).push(ref, ref);
  } catch (error) {
    throw error instanceof RefMoved ? new TagElsewhereAtOrigin(tag.name, url) : error;
  }
  return [`the tag '${tag.name}' was pushed to ${url}`];
}
