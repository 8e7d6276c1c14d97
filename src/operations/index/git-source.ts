import { AttuneError } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import { formatDigest, sameDigest } from '../../packs/digest.ts';
import { readManifest } from '../../packs/manifest/manifest.ts';
import type { Pack } from '../../packs/pack.ts';
import { type Fingerprint, fingerprint } from '../../packs/tree/checksum.ts';
import { formatTreeDifference, treeDifference } from '../../packs/tree/difference.ts';
import { extractPackTree, findPackRoot } from '../../packs/tree/pack-root.ts';
import type { IndexSource } from '../../registry/index/format.ts';
import { readLocalCommit } from '../../sources/git/commit-tree.ts';
import { MissingObject } from '../../sources/git/objects/objects.ts';
import { isSameRepository } from '../../sources/git/public-url.ts';
import { commitDigits, EmptyRepository, UnknownGitRef } from '../../sources/git/refs.ts';
import { UnsupportedRepository } from '../../sources/git/repository.ts';
import type { EntryRequest, EntryRuntime } from './entry-request.ts';
import { type GitLocation, resolveGitLocation } from './git-location.ts';

type SourceRuntime = Pick<EntryRuntime, 'config' | 'environment' | 'processes' | 'reporter'>;

/** The commit contains something else than the pack, or contains it at a path where installations do not search. */
export class NotInstallableFromGit extends AttuneError {
  constructor({ manifest }: Pack, location: GitLocation, why: string) {
    super(
      'INVALID_GIT_SOURCE',
      `'${manifest.ref}' ${manifest.version} cannot be installed from ${location.ref} of ${location.url}: ${why}`,
      {
        facts: { ref: manifest.ref, version: manifest.version, git_url: location.url, git_ref: location.ref },
        hint: 'Commit the pack to the root of the repository, to pack/, or as the only top-level directory that contains a pack; or publish it as an archive (--archive-url).',
      },
    );
  }
}

/** A git source with the fingerprint of the files that its checksum covers. */
export interface GitSource {
  readonly source: IndexSource;
  readonly files: Fingerprint;
}

/**
 * Builds the git source of an entry from the requested URL and ref or, if no source was requested at all, from the
 * `origin` and the commit of the checkout that contains the pack. Nothing is fetched: the commit is read from the local
 * repository; if it does not exist there, the checksum is computed from the directory.
 * @returns `undefined` if only an archive was requested
 * @throws NoInstallSource, NotInstallableFromGit, InvalidSourceUrl, InvalidGitRef; UnsafeEntry for a commit with links,
 *   submodules or LFS pointers
 */
export async function buildGitSource(
  request: EntryRequest,
  pack: Pack,
  runtime: SourceRuntime,
): Promise<GitSource | undefined> {
  const requested = request.gitUrl !== undefined || request.gitRef !== undefined;
  if (!requested && request.archiveUrl !== undefined) return undefined;
  const { limits } = await runtime.config();
  const location = await resolveGitLocation(request, pack, limits, runtime);
  const own = fingerprint(pack.tree);
  const committed = await readCommittedFiles(location, pack, limits, runtime);
  if (committed === undefined) assertPackIsDiscoverable(location, pack);
  else warnAboutDifferences(own, committed, location, pack, runtime);
  const files = committed?.files ?? own;
  const ref = expandCommit(location.ref, committed?.commit) ?? location.ref;
  return { files, source: { type: 'git', url: location.url, ref, checksum: formatDigest(files.checksum) } };
}

/** Expands an abbreviated commit id: it may become ambiguous, and few servers resolve abbreviations. */
function expandCommit(ref: string, commit: string | undefined): string | undefined {
  const digits = commitDigits(ref);
  return digits !== undefined && commit?.startsWith(digits) ? commit : undefined;
}

interface CommittedFiles {
  readonly commit: string;
  readonly files: Fingerprint;
}

/** Reads the pack's files from the commit. Returns `undefined` if the commit is not available locally. */
async function readCommittedFiles(
  location: GitLocation,
  pack: Pack,
  limits: Limits,
  { reporter }: SourceRuntime,
): Promise<CommittedFiles | undefined> {
  const { checkout, ref, url } = location;
  if (checkout === undefined) {
    reporter.note('The pack is not in a git checkout: the git checksum is computed from the directory.');
    return undefined;
  }
  try {
    const { commit, refType, tree, warning } = await readLocalCommit(checkout.root, ref, limits);
    if (warning !== undefined) reporter.warn(warning);
    if (refType === 'branch') {
      reporter.warn(
        `'${ref}' is a branch: once it has another commit, its files no longer have the checksum of the entry. Record a tag or the commit ${commit} with --git-ref.`,
      );
    }
    return { commit, files: fingerprint(findPackInCommit({ commit, tree }, location, pack, limits)) };
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    // The checkout that contains the pack may be of another repository, whose commits do not concern the pack.
    const unrelated = checkout.origin !== undefined && !isOriginOfCheckout(location);
    if (!unrelated && !isCommitUnavailable(error)) throw error;
    reporter.warn(
      `${describeUnusableCommit(error, ref, checkout.root)}: the git checksum is computed from the directory. Make sure that '${ref}' of ${url} contains exactly these files.`,
    );
    return undefined;
  }
}

function describeUnusableCommit(error: AttuneError, ref: string, repository: string): string {
  if (error instanceof UnknownGitRef || error instanceof EmptyRepository) {
    return `The commit of '${ref}' is not in the git repository '${repository}'`;
  }
  return `The commit of '${ref}' in the git repository '${repository}' cannot be used (${error.message})`;
}

function findPackInCommit(
  { commit, tree }: Pick<Awaited<ReturnType<typeof readLocalCommit>>, 'commit' | 'tree'>,
  location: GitLocation,
  pack: Pack,
  limits: Limits,
): Pack['tree'] {
  const { ref, version } = pack.manifest;
  try {
    const found = extractPackTree(tree);
    const manifest = readManifest(found, limits);
    if (manifest.ref === ref && manifest.version === version) return found;
    throw new NotInstallableFromGit(
      pack,
      location,
      `the pack that an installation of commit ${commit} finds is '${manifest.ref}' ${manifest.version}.`,
    );
  } catch (error) {
    if (!(error instanceof AttuneError) || error instanceof NotInstallableFromGit) throw error;
    throw new NotInstallableFromGit(pack, location, error.message);
  }
}

function isCommitUnavailable(error: AttuneError): boolean {
  return [UnknownGitRef, EmptyRepository, MissingObject, UnsupportedRepository].some((kind) => error instanceof kind);
}

function isOriginOfCheckout({ checkout, url }: GitLocation): boolean {
  return checkout?.origin !== undefined && isSameRepository(url, checkout.origin, checkout.root);
}

/** Checks the pack's path in the checkout, which a future commit will have too. @throws NotInstallableFromGit */
function assertPackIsDiscoverable(location: GitLocation, pack: Pack): void {
  if (location.checkout === undefined || !isOriginOfCheckout(location)) return;
  try {
    if (findPackRoot(location.checkout.root) === pack.root) return;
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    throw new NotInstallableFromGit(pack, location, error.message);
  }
  throw new NotInstallableFromGit(pack, location, `an installation finds another pack before '${pack.root}'.`);
}

function warnAboutDifferences(
  own: Fingerprint,
  { commit, files }: CommittedFiles,
  { ref }: GitLocation,
  pack: Pack,
  { reporter }: SourceRuntime,
): void {
  if (sameDigest(own.checksum, files.checksum)) return;
  const name = ref === commit ? ref : `${ref} (${commit})`;
  const head = `The files in '${pack.root}' differ from those of commit ${name}; the git checksum is computed from the commit:`;
  reporter.warn([head, ...formatTreeDifference(treeDifference(own, files), 'the commit')].join('\n'));
}
