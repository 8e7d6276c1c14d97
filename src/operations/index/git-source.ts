import { AttuneError } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import { formatDigest, sameDigest } from '../../packs/digest.ts';
import { readManifest } from '../../packs/manifest/manifest.ts';
import type { Pack } from '../../packs/pack.ts';
import { type Fingerprint, fingerprint } from '../../packs/tree/checksum.ts';
import { treeDifference } from '../../packs/tree/difference.ts';
import { findPackRoot } from '../../packs/tree/pack-root.ts';
import { packTreeIn } from '../../packs/tree/pack-root-in-tree.ts';
import type { IndexSource } from '../../registry/index/format.ts';
import { commitTree } from '../../sources/git/commit-tree.ts';
import { MissingObject } from '../../sources/git/objects/objects.ts';
import { sameRepository } from '../../sources/git/public-url.ts';
import { commitDigits, EmptyRepository, UnknownGitRef } from '../../sources/git/refs.ts';
import { UnsupportedRepository } from '../../sources/git/repository.ts';
import { differenceLines } from '../checksum/difference-lines.ts';
import type { Runtime } from '../runtime.ts';
import type { EntryRequest } from './build-index-entry.ts';
import { findGitPlace, type GitPlace } from './git-location.ts';

type EntryRuntime = Pick<Runtime, 'config' | 'environment' | 'reporter'>;

/** A commit that holds something else than the pack, or holds it where nobody looks. */
export class NotInstallableFromGit extends AttuneError {
  constructor({ manifest }: Pack, place: GitPlace, why: string) {
    super(
      'INVALID_GIT_SOURCE',
      `'${manifest.ref}' ${manifest.version} cannot be installed from ${place.ref} of ${place.url}: ${why}`,
      {
        facts: { ref: manifest.ref, version: manifest.version, git_url: place.url, git_ref: place.ref },
        hint: 'An installer looks at the root of the repository, in pack/, and in its one top-level directory that has a pack: commit the pack there, or publish it as an archive (--archive-url).',
      },
    );
  }
}

/** A source with the files that its checksum is made of. */
export interface GitSource {
  readonly source: IndexSource;
  readonly files: Fingerprint;
}

/**
 * The git source of an entry: what was asked for, or the `origin` and the commit of the checkout that the pack is in,
 * where no source was asked for at all. Nothing is fetched: a commit is looked up in the local repository, and where it
 * is not there the checksum is that of the directory.
 * @returns `undefined` where only an archive was asked for
 * @throws NoSource, NotInstallableFromGit, InvalidSourceUrl, InvalidGitRef; UnsafeEntry for a commit with links,
 *   submodules or LFS pointers
 */
export async function gitSource(
  request: EntryRequest,
  pack: Pack,
  runtime: EntryRuntime,
): Promise<GitSource | undefined> {
  const asked = request.gitUrl !== undefined || request.gitRef !== undefined;
  if (!asked && request.archiveUrl !== undefined) return undefined;
  const { limits } = await runtime.config();
  const place = await findGitPlace(request, pack, limits, runtime);
  const own = fingerprint(pack.tree);
  const committed = await committedFiles(place, pack, limits, runtime);
  if (committed === undefined) refuseHiddenPack(place, pack);
  else warnOfDifferences(own, committed, place, pack, runtime);
  const files = committed?.files ?? own;
  const ref = fullCommit(place.ref, committed?.commit) ?? place.ref;
  return { files, source: { type: 'git', url: place.url, ref, checksum: formatDigest(files.checksum) } };
}

/** The beginning of a commit id may come to stand for several, and few servers look one up by it. */
function fullCommit(ref: string, commit: string | undefined): string | undefined {
  const digits = commitDigits(ref);
  return digits !== undefined && commit?.startsWith(digits) ? commit : undefined;
}

interface CommittedFiles {
  readonly commit: string;
  readonly files: Fingerprint;
}

/** The pack's files as they are in the commit; `undefined` where the commit is not at hand. */
async function committedFiles(
  place: GitPlace,
  pack: Pack,
  limits: Limits,
  { reporter }: EntryRuntime,
): Promise<CommittedFiles | undefined> {
  const { checkout, ref, url } = place;
  if (checkout === undefined) {
    reporter.note('The pack is in no git checkout: the git checksum is that of the directory.');
    return undefined;
  }
  try {
    const { commit, tree } = await commitTree(checkout.root, ref, limits);
    return { commit, files: fingerprint(packOfCommit({ commit, tree }, place, pack, limits)) };
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    // The pack may lie in the checkout of something else, whose commits say nothing about it.
    const unrelated = checkout.origin !== undefined && !isRepositoryOf(place);
    if (!unrelated && !isOutOfReach(error)) throw error;
    reporter.warn(
      `${whyWithoutCommit(error, ref, checkout.root)}: the git checksum is that of the directory. Make sure that '${ref}' of ${url} holds exactly these files.`,
    );
    return undefined;
  }
}

function whyWithoutCommit(error: AttuneError, ref: string, repository: string): string {
  if (error instanceof UnknownGitRef || error instanceof EmptyRepository) {
    return `The commit of '${ref}' is not in the git repository '${repository}'`;
  }
  return `The commit of '${ref}' in the git repository '${repository}' cannot be used (${error.message})`;
}

function packOfCommit(
  { commit, tree }: Awaited<ReturnType<typeof commitTree>>,
  place: GitPlace,
  pack: Pack,
  limits: Limits,
): Pack['tree'] {
  const { ref, version } = pack.manifest;
  try {
    const found = packTreeIn(tree);
    const manifest = readManifest(found, limits);
    if (manifest.ref === ref && manifest.version === version) return found;
    throw new NotInstallableFromGit(
      pack,
      place,
      `commit ${commit} holds '${manifest.ref}' ${manifest.version} where an installer looks.`,
    );
  } catch (error) {
    if (!(error instanceof AttuneError) || error instanceof NotInstallableFromGit) throw error;
    throw new NotInstallableFromGit(pack, place, error.message);
  }
}

function isOutOfReach(error: AttuneError): boolean {
  return [UnknownGitRef, EmptyRepository, MissingObject, UnsupportedRepository].some((kind) => error instanceof kind);
}

function isRepositoryOf({ checkout, url }: GitPlace): boolean {
  return checkout?.origin !== undefined && sameRepository(url, checkout.origin, checkout.root);
}

/** A commit that is still to be made will hold the pack where it lies now. */
function refuseHiddenPack(place: GitPlace, pack: Pack): void {
  if (place.checkout === undefined || !isRepositoryOf(place)) return;
  try {
    if (findPackRoot(place.checkout.root) === pack.root) return;
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    throw new NotInstallableFromGit(pack, place, error.message);
  }
  throw new NotInstallableFromGit(pack, place, `an installer finds another pack than '${pack.root}' first.`);
}

function warnOfDifferences(
  own: Fingerprint,
  { commit, files }: CommittedFiles,
  { ref }: GitPlace,
  pack: Pack,
  { reporter }: EntryRuntime,
): void {
  if (sameDigest(own.checksum, files.checksum)) return;
  const name = ref === commit ? ref : `${ref} (${commit})`;
  const head = `The files in '${pack.root}' are not those of the commit ${name}, and the git checksum is the commit's:`;
  reporter.warn([head, ...differenceLines(treeDifference(own, files), 'the commit')].join('\n'));
}
