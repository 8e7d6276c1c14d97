/**
 * A pack from a commit of a git repository: the repository is opened by whatever leads to it (git-transport), the commit
 * looked up, its files checked as a whole (git-tree), and only then written. What is written is what the commit says and
 * nothing besides: no `.git`, no work tree, no filters, no hooks, and nothing of a user's own repository is touched.
 *
 * isomorphic-git reads what a repository on this machine says of its branches, tags and settings. What servers say, packs
 * and objects are read by the modules beside this one, because everything in them is untrusted and has to be bounded
 * before it is unpacked, and because that is several times faster (docs/decisions/2026-11-22-git-objects.md).
 */
import { resolveMirror } from '../../config/mirrors.ts';
import type { SafeUrl } from '../../platform/safe-url.ts';
import type { FetchedSource, SourceRequest, SourceTools } from '../source.ts';
import { readCommitTree } from './commit-tree.ts';
import { findGitDirectories } from './local/local-repository.ts';
import { detectTransport, localPath, openRepository } from './open-repository.ts';
import { isGitServer } from './remote/http.ts';
import { writeCommit } from './write-commit.ts';

/**
 * @param destination a path in staging that does not exist yet
 * @throws UnknownGitRef and its like, UnsafeEntry, LimitExceeded, NetworkFault, GitHttpError, GitServerRefused,
 *   UnsupportedTransport, NoLocalRepository
 */
export async function fetchGit(
  request: Extract<SourceRequest, { kind: 'git' }>,
  destination: string,
  tools: SourceTools,
): Promise<FetchedSource> {
  const { url: asked } = request;
  const mirror = resolveMirror(asked, tools.mirrors, tools.variables);
  using activity = tools.reporter.activity(`Fetching ${asked}${mirror ? ` from ${mirror}` : ''}`);
  const repository = await openRepository(mirror ?? asked, { ...tools, activity });
  using found = await repository.find(request.refSpec);
  const { commit } = found;
  const tree = readCommitTree(found.objects, commit, repository.location, tools.limits);
  const total = tree.files.length;
  const written = writeCommit(tree, destination, (files) => activity.progress(files, total, 'files'));
  return {
    provenance: { type: 'git', url: `${asked}`, mirror: mirror && `${mirror}`, ref: request.refSpec ?? null, commit },
    archiveChecksum: undefined,
    written,
    kept: tools.cache && found.keep?.(),
  };
}

/**
 * Whether there is a git repository at an address, or at its mirror: a server is asked once.
 * @throws NetworkFault when nothing answers
 */
export async function isGitRepository(url: SafeUrl, tools: SourceTools): Promise<boolean> {
  const used = resolveMirror(url, tools.mirrors, tools.variables) ?? url;
  const transport = detectTransport(used);
  if (transport === 'local') return findGitDirectories(localPath(used)) !== undefined;
  return transport === 'http' && isGitServer(used, tools);
}
