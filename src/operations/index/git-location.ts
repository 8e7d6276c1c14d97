import { AttuneError } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import type { Pack } from '../../packs/pack.ts';
import { type Checkout, findCheckout } from '../../sources/git/checkout.ts';
import { publicGitUrl } from '../../sources/git/public-url.ts';
import { checkRefSpec } from '../../sources/git/refs.ts';
import { UnsupportedRepository } from '../../sources/git/repository.ts';
import type { Runtime } from '../runtime.ts';
import type { EntryRequest } from './build-index-entry.ts';
import { readSourceUrl } from './source-url.ts';

/** Where a git source is. */
export interface GitPlace {
  /** As the entry will have it. */
  readonly url: string;
  /** A tag, a branch or a commit. */
  readonly ref: string;
  /** The checkout that the pack is in. */
  readonly checkout: Checkout | undefined;
}

export class NoSource extends AttuneError {
  constructor(pack: Pack, why: string) {
    const { ref } = pack.manifest;
    super('USAGE', `The entry of '${ref}' needs at least one source, and none can be found out: ${why}.`, {
      facts: { ref, path: pack.root, reason: why },
      hint: 'Say where the pack can be had: --git-url URL (with --git-ref), --archive-url URL (with --archive-file), or both.',
    });
  }
}

/**
 * What was asked for, else the `origin` of the checkout that the pack is in, with what was asked for there or the commit
 * that is checked out.
 * @throws NoSource, InvalidSourceUrl, InvalidGitRef
 */
export async function findGitPlace(
  request: EntryRequest,
  pack: Pack,
  limits: Limits,
  runtime: Pick<Runtime, 'environment' | 'reporter'>,
): Promise<GitPlace> {
  if (request.gitUrl === undefined) return placeOfCheckout(await findCheckout(pack.root, limits), request, pack);
  const { url, refSpec } = readSourceUrl('git', request.gitUrl, request.gitRef, runtime);
  const ref = refSpec ?? `v${pack.manifest.version}`;
  checkRefSpec(ref);
  return { url, ref, checkout: await checkoutIfReadable(pack, limits, runtime.reporter) };
}

function placeOfCheckout(checkout: Checkout | undefined, { gitRef }: EntryRequest, pack: Pack): GitPlace {
  if (checkout === undefined) throw new NoSource(pack, `'${pack.root}' is in no git checkout`);
  const { root, origin, commit } = checkout;
  if (origin === undefined) throw new NoSource(pack, `the git repository '${root}' has no remote 'origin'`);
  const url = publicGitUrl(origin, root);
  // The origin itself stays out of the message: what cannot be read as a URL may have a password anywhere.
  if (url === undefined) throw new NoSource(pack, `the 'origin' of '${root}' is no address that others can fetch from`);
  const ref = gitRef ?? commit;
  if (ref === undefined) throw new NoSource(pack, `the git repository '${root}' has no commit yet`);
  checkRefSpec(ref);
  return { url, ref, checkout };
}

async function checkoutIfReadable(
  pack: Pack,
  limits: Limits,
  reporter: Runtime['reporter'],
): Promise<Checkout | undefined> {
  try {
    return await findCheckout(pack.root, limits);
  } catch (error) {
    if (!(error instanceof UnsupportedRepository)) throw error;
    reporter.warn(`${error.message} The git checksum is that of the directory.`);
    return undefined;
  }
}
