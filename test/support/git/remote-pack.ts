import { join } from 'node:path';
import { type PackPlan, packFiles } from '../registry/server.ts';
import { temporaryDirectory } from '../temporary.ts';
import { createRepository, git, type Repository } from './repository.ts';
import { type GitServer, type GitServerOptions, startGitServer } from './server.ts';

interface Cleaner {
  after(clean: () => void | Promise<void>): void;
}

/** A pack in a repository on a git server. */
export interface RemotePack {
  /** The author's work tree, on the branch `main`. */
  readonly repository: Repository;
  readonly server: GitServer;
  /** The URL of the repository on the server. */
  readonly url: string;
  /** Commits a version of the pack to the current branch and pushes all branches and tags. @returns the commit's id */
  publish(plan: Omit<PackPlan, 'ref'>): string;
  /** Makes the branches and tags on the server those of the work tree, also by deleting and by forcing. */
  push(): void;
  /** Deletes the commits on the server that no branch or tag leads to. */
  prune(): void;
}

/** Starts a git server (`git http-backend`) with a repository that contains a pack. */
export async function startRemotePack(
  test: Cleaner,
  plan: PackPlan,
  options: GitServerOptions = {},
): Promise<RemotePack> {
  const root = temporaryDirectory(test);
  const repository = createRepository(test, packFiles(plan));
  const bare = repository.bareCopy(join(root, `${plan.ref}.git`));
  const server = await startGitServer(test, root, options);
  const push = () => {
    repository.git('push', '--quiet', '--force', '--mirror', bare);
  };
  return {
    repository,
    server,
    url: `${server.url}/${plan.ref}.git`,
    push,
    prune: () => {
      git(bare, ['gc', '--quiet', '--prune=now']);
    },
    publish(next) {
      const commit = repository.commit(packFiles({ ref: plan.ref, ...next }), next.version);
      push();
      return commit;
    },
  };
}
