import { AttuneError } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import type { Pack } from '../../packs/pack.ts';
import { type Checkout, findCheckout } from '../../sources/git/checkout.ts';
import { httpsHost, isPublicHost, sshHostOf, toPublicGitUrl } from '../../sources/git/public-url.ts';
import { checkRefSpec } from '../../sources/git/refs.ts';
import { connectedHost } from '../../sources/git/remote/ssh/host-name.ts';
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

type LocationTools = Pick<Runtime, 'environment' | 'processes' | 'reporter'>;

/**
 * Returns the requested repository and ref. Without a requested URL, the location is the `origin` of the checkout that
 * contains the pack, with the requested ref or the checked-out commit.
 * @throws NoInstallSource, InvalidSourceUrl, InvalidGitRef
 */
export async function resolveGitLocation(
  request: EntryRequest,
  pack: Pack,
  limits: Limits,
  runtime: LocationTools,
): Promise<GitLocation> {
  if (request.gitUrl === undefined) {
    return locationOfCheckout(await findCheckout(pack.root, limits), request, pack, runtime);
  }
  const { url, refSpec } = parseSourceUrl('git', request.gitUrl, request.gitRef, runtime);
  const ref = refSpec ?? `v${pack.manifest.version}`;
  checkRefSpec(ref);
  return { url, ref, checkout: await checkoutIfReadable(pack, limits, runtime.reporter) };
}

async function locationOfCheckout(
  checkout: Checkout | undefined,
  { gitRef }: EntryRequest,
  pack: Pack,
  runtime: LocationTools,
): Promise<GitLocation> {
  if (checkout === undefined) throw new NoInstallSource(pack, `'${pack.root}' is not in a git checkout`);
  const { root, origin, commit } = checkout;
  if (origin === undefined) throw new NoInstallSource(pack, `the git repository '${root}' has no remote 'origin'`);
  const url = await publicUrl(origin, pack, root, runtime);
  // The message does not quote the origin: in text that is not a valid URL, a password cannot be located and redacted.
  if (url === undefined)
    throw new NoInstallSource(pack, `the 'origin' of '${root}' is not a URL that others can fetch from`);
  const ref = gitRef ?? commit;
  if (ref === undefined) throw new NoInstallSource(pack, `the git repository '${root}' has no commit yet`);
  checkRefSpec(ref);
  return { url, ref, checkout: { ...checkout, origin: url } };
}

/**
 * Returns the URL from which others can fetch, in which an alias of the user's ssh configuration is replaced by its host.
 * @throws NoInstallSource for a host that only the user can resolve
 */
async function publicUrl(
  origin: string,
  pack: Pack,
  root: string,
  { environment, processes, reporter }: LocationTools,
): Promise<string | undefined> {
  const url = toPublicGitUrl(origin, root);
  const host = sshHostOf(origin);
  if (url === undefined || host === undefined) return url;
  const tools = { processes, variables: environment.variables, workingDirectory: environment.workingDirectory };
  const connected = httpsHost((await connectedHost(host, tools)) ?? host);
  if (isPublicHost(host)) {
    if (connected.toLowerCase() === httpsHost(host).toLowerCase()) return url;
    const how = `your ssh configuration connects '${host}' to '${connected}'`;
    reporter.warn(`The entry names ${url}, but ${how}. If others cannot fetch from there, pass --git-url.`);
    return url;
  }
  if (!isPublicHost(connected)) {
    const why = `the host '${host}' of its 'origin' exists only in your network or ssh configuration`;
    throw new NoInstallSource(pack, why);
  }
  const resolved = new URL(url);
  resolved.host = connected;
  reporter.note(`The ssh alias '${host}' is recorded as ${connected}: ${resolved.href}`);
  return resolved.href;
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
