import { distance } from 'fastest-levenshtein';
import { AttuneError } from '../../errors.ts';

/** A name that the repository does not have. */
export class UnknownGitRef extends AttuneError {
  /** @param names full names of the branches and tags there are */
  constructor(refSpec: string, repository: string, names: readonly string[], why?: string) {
    const known = nearest(refSpec, names);
    const list = known.map((name) => `\n  ${name}`).join('');
    const more = names.length > known.length ? `\n  and ${names.length - known.length} more` : '';
    const because = why === undefined ? '' : ` (the server said: ${why})`;
    super(
      'NOT_FOUND_GIT_REF',
      `'${refSpec}' is no branch, tag or commit of ${repository}${because}.${list && `\nIt has, nearest first:${list}${more}`}`,
      {
        facts: { git_ref: refSpec, repository, available: known },
        hint: /^[0-9a-f]{1,6}$/i.test(refSpec)
          ? 'A commit id needs at least 7 digits.'
          : 'Name a branch, a tag or a commit id with --ref-spec; refs/heads/ or refs/tags/ before a name says which.',
      },
    );
  }
}

export class AmbiguousCommit extends AttuneError {
  constructor(prefix: string, repository: string, ids: readonly string[]) {
    super('INVALID_GIT_REF', `'${prefix}' stands for ${ids.length} commits of ${repository}:\n  ${ids.join('\n  ')}`, {
      facts: { git_ref: prefix, repository, commits: ids },
      hint: 'Give more digits of the one that is meant.',
    });
  }
}

export class NotACommit extends AttuneError {
  constructor(refSpec: string, repository: string) {
    super('INVALID_GIT_REF', `'${refSpec}' of ${repository} leads to no commit.`, {
      facts: { git_ref: refSpec, repository },
      hint: 'Name a branch, a commit, or a tag of a commit.',
    });
  }
}

class InvalidGitRef extends AttuneError {
  constructor(refSpec: string) {
    super('INVALID_GIT_REF', `'${refSpec}' cannot be the name of a branch, a tag or a commit.`, {
      facts: { git_ref: refSpec },
      hint: 'Expressions such as HEAD~1 or main@{1} are not understood: give the commit id.',
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
        facts: { repository, available: nearest('', names) },
        hint: names.length === 0 ? 'Push the pack to it first.' : 'Name another branch with --ref-spec.',
      },
    );
  }
}

const LISTED = 20;

function nearest(refSpec: string, names: readonly string[]): string[] {
  const short = (name: string) => name.replace(/^refs\/(heads|tags|remotes)\//, '');
  return names
    .map((name) => ({ name: short(name), far: distance(refSpec, short(name)) }))
    .sort((one, other) => one.far - other.far)
    .slice(0, LISTED)
    .map(({ name }) => name);
}

/** Rules of git-check-ref-format that keep a name from being a path or an expression. @throws InvalidGitRef */
export function checkRefSpec(refSpec: string): void {
  if (refSpec === '' || /^[-/.]|\.\.|\/\/|\/$|\/\.|@\{|[\0-\x20\x7f~^:?*[\\]/.test(refSpec))
    throw new InvalidGitRef(refSpec);
}

/** The full names that a name may stand for, in the order in which they are tried: a branch comes before a tag. */
export function refCandidates(refSpec: string): string[] {
  if (refSpec === 'HEAD') return ['HEAD'];
  if (refSpec.startsWith('refs/')) return [refSpec];
  const full = /^(heads|tags)\//.test(refSpec) ? [`refs/${refSpec}`] : [];
  return [`refs/heads/${refSpec}`, `refs/tags/${refSpec}`, ...full];
}

/** The digits of a commit id, 7 to 40 and in lower case; `undefined` for anything else. */
export function commitDigits(refSpec: string): string | undefined {
  return /^[0-9a-f]{7,40}$/i.test(refSpec) ? refSpec.toLowerCase() : undefined;
}
