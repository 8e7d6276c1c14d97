import { join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { TemporaryDirectory } from '../../platform/files/temporary-directory.ts';
import type { SafeUrl } from '../../platform/safe-url.ts';
import { commitFile, type Identity, readCommittedFile } from '../../sources/git/push/commit-file.ts';
import { PushRefused, RefMoved } from '../../sources/git/push/errors.ts';
import { Remote, type RemoteBranch } from '../../sources/git/push/remote.ts';
import type { Runtime } from '../runtime.ts';
import { pushTools, repositoryUrl } from './push-tools.ts';
import type { RegistryRepository } from './request.ts';

/** The number of pushes before a repository that keeps moving is an error. */
const MAX_ATTEMPTS = 10;
const BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 3000;
const LOCAL_REF = 'refs/heads/publish';

class KeepsMoving extends AttuneError {
  constructor(url: SafeUrl, branch: string) {
    super(
      'NETWORK_MOVED',
      `The branch '${branch}' of ${url} was changed by others during each of ${MAX_ATTEMPTS} attempts to push.`,
      { facts: { url: `${url}`, branch, attempts: MAX_ATTEMPTS }, hint: 'Run the command again.' },
    );
  }
}

/** A change of the index. */
export interface IndexChange {
  readonly before: Uint8Array | undefined;
  /** `undefined` if the index stays as it is. */
  readonly after: Uint8Array | undefined;
}

export interface RepositoryUpdate extends IndexChange {
  /** `undefined` if nothing was committed. */
  readonly commit: string | undefined;
  readonly branch: string;
}

interface UpdateOptions {
  readonly message: string;
  /** Determined before the first push only if there is something to commit. */
  readonly author: () => Promise<Identity>;
  /** Returns the new content of the index; called for each attempt. */
  readonly edit: (bytes: Uint8Array | undefined) => Uint8Array | undefined;
  /** Called once before the first push, when the change is known to be valid. */
  readonly beforePush: () => Promise<void>;
  readonly dryRun: boolean;
}

type RepositoryRuntime = Pick<Runtime, 'config' | 'environment' | 'http' | 'processes' | 'reporter' | 'clock'>;

/**
 * Changes the index in a git repository: fetches the branch into a private directory, edits the index, commits and pushes.
 * When the branch has moved, all of it is repeated on the new content, so that publishers at the same time lose nothing.
 * @throws KeepsMoving, PushRefused; the errors of the connection, of `edit`, `author` and `beforePush`
 */
export async function updateRepository(
  { url: text, branch, indexPath }: RegistryRepository,
  options: UpdateOptions,
  runtime: RepositoryRuntime,
): Promise<RepositoryUpdate> {
  const url = repositoryUrl(text, runtime.environment.workingDirectory, runtime);
  const tools = await pushTools(runtime);
  let prepared = false;
  let name = branch ?? '';
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    using temporary = new TemporaryDirectory((warning) => runtime.reporter.warn(warning));
    const gitdir = join(temporary.path, 'registry.git');
    const remote = new Remote(url, gitdir, tools);
    runtime.reporter.step(`Fetching ${url}`);
    const tip = await remote.fetch(branch);
    name = tip.ref.replace('refs/heads/', '');
    const before = tip.commit === undefined ? undefined : await readCommittedFile(gitdir, tip.commit, indexPath);
    const change = { before, after: options.edit(before), branch: name };
    if (options.dryRun) return { ...change, commit: undefined };
    if (!prepared) {
      if (change.after !== undefined) await options.author();
      await options.beforePush();
    }
    prepared = true;
    if (change.after === undefined) return { ...change, commit: undefined };
    const { message } = options;
    const author = await options.author();
    const file = { parent: tip.commit, path: indexPath, content: change.after, message, author };
    const commit = await commitFile(gitdir, { ...file, date: runtime.clock.now(), ref: LOCAL_REF });
    runtime.reporter.step(`Pushing to ${url}`);
    if (await pushed(remote, tip, commit, () => new Remote(url, join(temporary.path, 'tip.git'), tools))) {
      return { ...change, commit };
    }
    runtime.reporter.note(`${url} has changed in the meantime; trying again.`);
    await runtime.clock.sleep(Math.random() * Math.min(MAX_BACKOFF_MS, BACKOFF_MS * 2 ** attempt));
  }
  throw new KeepsMoving(url, name);
}

/**
 * Pushes a commit. After an error, the tip of the branch shows what happened: the response may be lost after the server has
 * updated the branch.
 * @param observer returns a remote that fetches the tip anew
 * @returns false if the branch has moved
 */
async function pushed(remote: Remote, tip: RemoteBranch, commit: string, observer: () => Remote): Promise<boolean> {
  try {
    await remote.push(LOCAL_REF, tip.ref);
    return true;
  } catch (error) {
    if (error instanceof RefMoved) return false;
    const now = await observer()
      .fetch(tip.commit === undefined ? undefined : tip.ref.replace('refs/heads/', ''))
      .catch(() => undefined);
    if (now === undefined) throw error;
    if (now.commit === commit) return true;
    if (error instanceof PushRefused && now.commit !== tip.commit) return false;
    throw error;
  }
}
