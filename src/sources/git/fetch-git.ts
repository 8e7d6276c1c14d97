/**
 * Fetches a pack from a commit of a git repository. The commit is resolved, its files are checked as a whole, and only then
 * written. The result contains the files of the commit alone: no `.git`, no work tree, no filters and no hooks. A local
 * repository of the user is never modified.
 *
 * isomorphic-git reads the branches, tags and configuration of local repositories. Server responses, packfiles and objects
 * are read by attune's own modules, because they are untrusted and must be bounded before they are unpacked, and because
 * that is several times faster (docs/decisions/2026-11-22-git-objects.md).
 */
import { resolveMirror } from '../../config/mirrors.ts';
import type { SafeUrl } from '../../platform/safe-url.ts';
import type { FetchedSource, SourceRequest, SourceTools } from '../source.ts';
import { readCommitTree } from './commit-tree.ts';
import { findGitDirectories } from './local/git-directories.ts';
import { detectTransport, localPath, openRepository } from './open-repository.ts';
import { isGitServer } from './remote/http.ts';
import { writeCommit } from './write-commit.ts';

/**
 * Fetches the files of a commit.
 * @param destination a path in staging that does not exist yet
 * @throws UnknownGitRef and related errors, UnsafeEntry, LimitExceeded, NetworkError, GitHttpError, GitServerRefused,
 *   UnsupportedTransport, NoLocalRepository
 */
export async function fetchGit(
  request: Extract<SourceRequest, { kind: 'git' }>,
  destination: string,
  tools: SourceTools,
): Promise<FetchedSource> {
  const { url: requested } = request;
  const mirror = resolveMirror(requested, tools.mirrors, tools.variables);
  using activity = tools.reporter.activity(`Fetching ${requested}${mirror ? ` from ${mirror}` : ''}`);
  const repository = await openRepository(mirror ?? requested, { ...tools, activity });
  using found = await repository.find(request.refSpec);
  const { commit } = found;
  if (found.warning !== undefined) tools.reporter.warn(found.warning);
  const tree = readCommitTree(found.objects, commit, repository.location, tools.limits);
  const total = tree.files.length;
  const written = writeCommit(tree, destination, (files) => activity.progress(files, total, 'files'));
  return {
    provenance: {
      type: 'git',
      url: `${requested}`,
      mirror: mirror && `${mirror}`,
      ref: request.refSpec ?? null,
      refType: found.refType,
      commit,
    },
    archiveChecksum: undefined,
    written,
    packfile: tools.cache && found.keep?.(),
  };
}

/**
 * Returns the id of the commit at the tip of a branch, which is not fetched.
 * @param branch `undefined` for the default branch
 * @throws UnknownBranch and related errors, NetworkError, GitHttpError, GitServerRefused, UnsupportedTransport
 */
export async function findBranchTip(url: SafeUrl, branch: string | undefined, tools: SourceTools): Promise<string> {
  const used = resolveMirror(url, tools.mirrors, tools.variables) ?? url;
  using activity = tools.reporter.activity(`Checking ${used}`);
  const repository = await openRepository(used, { ...tools, activity });
  return repository.tip(branch);
}

/**
 * Reports whether a URL, or its mirror, is a git repository. A server is contacted once.
 * @throws NetworkError when the server does not answer
 */
export async function isGitRepository(url: SafeUrl, tools: SourceTools): Promise<boolean> {
  const used = resolveMirror(url, tools.mirrors, tools.variables) ?? url;
  const transport = detectTransport(used);
  if (transport === 'local') return findGitDirectories(localPath(used)) !== undefined;
  return transport === 'http' && isGitServer(used, tools);
}
