import { AttuneError } from '../../errors.ts';
import type { ObjectStore } from './objects/objects.ts';

/** A commit that was looked up, with a store that has all of its files until it is disposed of. */
export interface FoundCommit extends Disposable {
  /** 40 hexadecimal digits. */
  readonly commit: string;
  readonly objects: ObjectStore;
  /**
   * Leaves the pack that came from a server in scratch, where it is all of this commit and nothing else; no object can be
   * had then any more.
   * @returns where it is
   */
  keep?(): string | undefined;
}

/** A repository, however it is reached. */
export interface GitRepository {
  /** Where it is, for messages: no user info. */
  readonly location: string;
  /**
   * @param refSpec a branch, a tag or a commit id; `undefined` for the default branch
   * @throws UnknownGitRef, AmbiguousCommit, NotACommit, InvalidGitRef, EmptyRepository
   */
  find(refSpec: string | undefined): Promise<FoundCommit>;
}

/** A repository of a kind that attune does not read. */
export class UnsupportedRepository extends AttuneError {
  constructor(location: string, why: string, hint = 'Make an ordinary clone of it (git clone) and use that.') {
    super('INVALID_GIT_REPOSITORY', `Cannot read the git repository ${location}: ${why}.`, {
      facts: { repository: location, reason: why },
      hint,
    });
  }
}
