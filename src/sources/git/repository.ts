import { AttuneError } from '../../errors.ts';
import type { GitRefType } from '../../packs/provenance.ts';
import type { ObjectStore } from './objects/objects.ts';

/** A resolved commit, with a store that contains all of its files until it is disposed. */
export interface FoundCommit extends Disposable {
  /** 40 hexadecimal digits. */
  readonly commit: string;
  /** What the ref spec is. */
  readonly refType: GitRefType;
  readonly objects: ObjectStore;
  /** Names the commits of a tag and a branch of the same name. */
  readonly warning?: string | undefined;
  /**
   * Leaves the packfile that a server sent in scratch, if it contains exactly this commit. No object can be requested
   * afterwards.
   * @returns the path of the packfile
   */
  keep?(): string | undefined;
}

/** A local or remote repository. */
export interface GitRepository {
  /** The path or URL of the repository, for messages, without user info. */
  readonly location: string;
  /**
   * Resolves a ref spec to a commit.
   * @param refSpec a branch, a tag or a commit id; `undefined` for the default branch
   * @throws UnknownGitRef, AmbiguousCommit, NotACommit, InvalidGitRef, EmptyRepository
   */
  find(refSpec: string | undefined): Promise<FoundCommit>;
  /**
   * Returns the id of the commit at the tip of a branch, without fetching it.
   * @param branch its name, full or not; `undefined` for the default branch
   * @throws UnknownBranch, EmptyRepository, InvalidGitRef
   */
  tip(branch: string | undefined): Promise<string>;
}

/** A repository with features that attune does not support. */
export class UnsupportedRepository extends AttuneError {
  constructor(location: string, why: string, hint = 'Make an ordinary clone of it (git clone) and use the clone.') {
    super('INVALID_GIT_REPOSITORY', `Cannot read the git repository ${location}: ${why}.`, {
      facts: { repository: location, reason: why },
      hint,
    });
  }
}

/** A repository whose object ids are not SHA-1. A clone of it has the same object format, so cloning does not help. */
export class UnsupportedObjectFormat extends UnsupportedRepository {
  constructor(location: string, format: string) {
    super(
      location,
      `its object format is ${format}, and attune reads sha1 only`,
      "Name a work tree of it as a directory, without --ref-spec ('git clone' makes one); or publish the pack as an archive ('git archive -o pack.tar.gz HEAD').",
    );
  }
}
