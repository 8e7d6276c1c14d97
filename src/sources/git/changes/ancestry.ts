import { AttuneError } from '../../../errors.ts';
import { type ObjectStore, readObject } from '../objects/objects.ts';

/** An ancestor that the repository does not have. */
class NoAncestor extends AttuneError {
  constructor(commit: string, repository: string, reason: string) {
    super(
      'NOT_FOUND_GIT_COMMIT',
      `The repository ${repository} has no ancestor of ${commit.slice(0, 12)}: ${reason}.`,
      {
        facts: { commit, repository },
        hint: "Name a later commit, or fetch the whole history: git fetch --unshallow (GitHub Actions: 'fetch-depth: 0').",
      },
    );
  }
}

/** Which parent to follow, from 1; one number for each step. */
type Steps = readonly number[];

const MAX_STEPS = 10_000;

/** Splits `main~2^2` into the name `main` and the steps to its ancestor (gitrevisions): first, first, second parent. */
export function splitAncestry(refSpec: string): { readonly name: string; readonly steps: Steps } {
  const [, name = '', suffix = ''] = /^(.*?)((?:[~^]\d{0,4})*)$/s.exec(refSpec) ?? [];
  const steps = [...suffix.matchAll(/([~^])(\d*)/g)].flatMap(([, sign, digits = '']) => {
    const amount = digits === '' ? 1 : Number(digits);
    if (sign === '~') return Array.from({ length: amount }, () => 1);
    return amount === 0 ? [] : [amount];
  });
  return { name, steps: steps.slice(0, MAX_STEPS) };
}

/** Returns the ancestor of a commit. @throws NoAncestor, the errors of the store */
export function ancestorOf(objects: ObjectStore, commit: string, steps: Steps, repository: string): string {
  let current = commit;
  for (const step of steps) {
    const parents = parentsOf(readObject(objects, 'commit', current));
    const parent = parents[step - 1];
    if (parent === undefined) {
      throw new NoAncestor(current, repository, parents.length === 0 ? 'it is the first' : `it has no parent ${step}`);
    }
    if (objects.stat(parent) === undefined) throw new NoAncestor(current, repository, 'the clone is shallow');
    current = parent;
  }
  return current;
}

function parentsOf(commit: Buffer): string[] {
  const [header = ''] = commit.toString('latin1').split('\n\n', 1);
  return [...header.matchAll(/^parent ([0-9a-f]{40})$/gm)].map(([, id = '']) => id);
}
