import { distance } from 'fastest-levenshtein';
import { AttuneError } from '../../errors.ts';
import type { GitRefType } from '../../packs/provenance.ts';

/** A ref spec that matches no branch, tag or commit of the repository. */
export class UnknownGitRef extends AttuneError {
  /**
   * @param names full names of the branches and tags in the repository
   * @param serverMessage the server's reason for not sending the commit
   */
  constructor(refSpec: string, repository: string, names: readonly string[], serverMessage?: string) {
    const available = nearestNames(refSpec, names);
    const list = available.map((name) => `\n  ${name}`).join('');
    const more = names.length > available.length ? `\n  and ${names.length - available.length} more` : '';
    const reason = serverMessage === undefined ? '' : ` (the server said: ${serverMessage})`;
    super(
      'NOT_FOUND_GIT_REF',
      `'${refSpec}' is not a branch, tag or commit of ${repository}${reason}.${list && `\nAvailable, nearest first:${list}${more}`}`,
      {
        facts: { git_ref: refSpec, repository, available },
        hint: /^[0-9a-f]{1,6}$/i.test(refSpec)
          ? 'Give at least 7 digits of a commit id.'
          : 'Name a branch, a tag or a commit id with --ref-spec. Prefix a name with refs/heads/ or refs/tags/ to select its kind.',
      },
    );
  }
}

/** A branch that was deleted or renamed. */
export class UnknownBranch extends AttuneError {
  /** @param names full names of the branches and tags in the repository */
  constructor(branch: string, repository: string, names: readonly string[]) {
    const available = nearestNames(
      branch,
      names.filter((name) => !name.startsWith('refs/tags/')),
    );
    const list = available.length === 0 ? '' : `; its branches: ${available.join(', ')}`;
    super('NOT_FOUND_GIT_REF', `There is no branch '${branch}' in ${repository}${list}.`, {
      facts: { git_ref: branch, repository, available },
      hint: 'Install the pack from another branch with --ref-spec BRANCH --force.',
    });
  }
}

/** A prefix that several commits share. */
export class AmbiguousCommit extends AttuneError {
  constructor(prefix: string, repository: string, ids: readonly string[]) {
    super('INVALID_GIT_REF', `'${prefix}' matches ${ids.length} commits of ${repository}:\n  ${ids.join('\n  ')}`, {
      facts: { git_ref: prefix, repository, commits: ids },
      hint: 'Give more digits of the commit id.',
    });
  }
}

/** A ref that leads to a tree or a blob. */
export class NotACommit extends AttuneError {
  constructor(refSpec: string, repository: string) {
    super('INVALID_GIT_REF', `'${refSpec}' of ${repository} does not lead to a commit.`, {
      facts: { git_ref: refSpec, repository },
      hint: 'Name a branch, a commit, or a tag of a commit.',
    });
  }
}

class InvalidGitRef extends AttuneError {
  constructor(refSpec: string) {
    super('INVALID_GIT_REF', `'${refSpec}' is not a valid name of a branch, a tag or a commit.`, {
      facts: { git_ref: refSpec },
      hint: 'Give the commit id: expressions such as HEAD~1 or main@{1} are not supported.',
    });
  }
}

export class EmptyRepository extends AttuneError {
  constructor(repository: string, names: readonly string[]) {
    super(
      'NOT_FOUND_GIT_COMMIT',
      names.length === 0
        ? `The git repository ${repository} is empty: it has no commit.`
        : `The default branch of ${repository} has no commit.`,
      {
        facts: { repository, available: nearestNames('', names) },
        hint: names.length === 0 ? 'Push the pack to it first.' : 'Name another branch with --ref-spec.',
      },
    );
  }
}

const MAX_LISTED = 20;

function nearestNames(refSpec: string, names: readonly string[]): string[] {
  return names
    .map((name) => name.replace(/^refs\/(heads|tags|remotes)\//, ''))
    .map((name) => ({ name, edits: distance(refSpec, name) }))
    .sort((a, b) => a.edits - b.edits)
    .slice(0, MAX_LISTED)
    .map(({ name }) => name);
}

/** Verifies the rules of git-check-ref-format that exclude paths and expressions. @throws InvalidGitRef */
export function checkRefSpec(refSpec: string): void {
  if (refSpec === '' || /^[-/.]|\.\.|\/\/|\/$|\/\.|@\{|[\0-\x20\x7f~^:?*[\\]/.test(refSpec)) {
    throw new InvalidGitRef(refSpec);
  }
}

/** Returns the full names that a name may stand for, in git's order of precedence: tags before branches. */
export function refCandidates(refSpec: string): string[] {
  if (refSpec === 'HEAD') return ['HEAD'];
  if (refSpec.startsWith('refs/')) return [refSpec];
  const full = /^(heads|tags)\//.test(refSpec) ? [`refs/${refSpec}`] : [];
  return [`refs/tags/${refSpec}`, `refs/heads/${refSpec}`, ...full];
}

/** Returns the full names that the name of a branch may stand for. */
export function branchCandidates(branch: string): string[] {
  return refCandidates(branch).filter((name) => !name.startsWith('refs/tags/'));
}

/** Returns the type of a ref by its full name. Every named ref that is not a tag may move, and counts as a branch. */
export function refTypeOf(name: string): GitRefType {
  return name.startsWith('refs/tags/') ? 'tag' : 'branch';
}

/**
 * Returns a warning if a name is that of a tag, which is used, and of a branch with another commit.
 * @param tag the commit of the tag @param branch the commit of the branch
 */
export function ambiguityWarning(
  refSpec: string,
  repository: string,
  tag: string | undefined,
  branch: string | undefined,
): string | undefined {
  if (tag === undefined || branch === undefined || tag === branch) return undefined;
  return (
    `'${refSpec}' is both a tag (${tag.slice(0, 12)}) and a branch (${branch.slice(0, 12)}) of ${repository}. ` +
    `The tag is used; give refs/heads/${refSpec} for the branch.`
  );
}

/** Returns the 7 to 40 digits of a commit id in lower case; `undefined` for anything else. */
export function commitDigits(refSpec: string): string | undefined {
  return /^[0-9a-f]{7,40}$/i.test(refSpec) ? refSpec.toLowerCase() : undefined;
}
