import { AttuneError } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import type { Pack } from '../../packs/pack.ts';
import { type Checkout, findCheckout } from '../../sources/git/checkout.ts';
import { toPublicGitUrl } from '../../sources/git/public-url.ts';
import { checkRefSpec } from '../../sources/git/refs.ts';
import { UnsupportedRepository } from '../../sources/git/repository.ts';
import type { Runtime } from '../runtime.ts';
import type { EntryRequest } from './entry-request.ts';
import { parseSourceUrl } from './source-url.ts';

/** The repository and ref of a git source. */
export interface GitLocation {
  /** The URL that the entry will record. */
  readonly url: string;
  /** A tag, branch or commit. */
  readonly ref: string;
  /** The checkout that contains the pack. */
  readonly checkout: Checkout | undefined;
}

export class NoInstallSource extends AttuneError {
  constructor(pack: Pack, why: string) {
    const { ref } = pack.manifest;
    super('USAGE', `The entry of '${ref}' requires at least one source, and none could be determined: ${why}.`, {
      facts: { ref, path: pack.root, reason: why },
      hint: 'Pass where the pack is published: --git-url URL (with --git-ref), --archive-url URL (with --archive-file), or both.',
    });
  }
}

/**
 * Returns the requested repository and ref. Without a requested URL, the location is the `origin` of the checkout that
 * contains the pack, with the requested ref or the checked-out commit.
 * @throws NoInstallSource, InvalidSourceUrl, InvalidGitRef
 */
export async function resolveGitLocation(
  request: EntryRequest,
  pack: Pack,
  limits: Limits,
  runtime: Pick<Runtime, 'environment' | 'reporter'>,
): Promise<GitLocation> {
  if (request.gitUrl === undefined) return locationOfCheckout(await findCheckout(pack.root, limits), request, pack);
  const { url, refSpec } = parseSourceUrl('git', request.gitUrl, request.gitRef, runtime);
  const ref = refSpec ?? `v${pack.manifest.version}`;
  checkRefSpec(ref);
  return { url, ref, checkout: await checkoutIfReadable(pack, limits, runtime.reporter) };
}

function locationOfCheckout(checkout: Checkout | undefined, { gitRef }: EntryRequest, pack: Pack): GitLocation {
  if (checkout === undefined) throw new NoInstallSource(pack, `'${pack.root}' is not in a git checkout`);
  const { root, origin, commit } = checkout;
  if (origin === undefined) throw new NoInstallSource(pack, `the git repository '${root}' has no remote 'origin'`);
  const url = toPublicGitUrl(origin, root);
  // The message does not quote the origin: in text that is not a valid URL, a password cannot be located and redacted.
  if (url === undefined)
    throw new NoInstallSource(pack, `the 'origin' of '${root}' is not a URL that others can fetch from`);
  const ref = gitRef ?? commit;
  if (ref === undefined) throw new NoInstallSource(pack, `the git repository '${root}' has no commit yet`);
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
    reporter.warn(`${error.message} The git checksum is computed from the directory.`);
    return undefined;
  }
}
