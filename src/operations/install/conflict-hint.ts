import { AttuneError } from '../../errors.ts';
import type { NoSolution } from '../../resolver/pubgrub/explanation/no-solution.ts';
import type { Conflict, ConflictFact } from '../../resolver/pubgrub/model/problem.ts';

/** There is no plan, for what is installed stands in the way; the same words with another advice. */
class InstalledPackConflict extends AttuneError {
  constructor({ code, message, facts }: NoSolution, hint: string) {
    super(code, message, { facts, hint });
  }
}

/** @returns what to throw where nothing may move but what was asked for */
export function installConflict(error: NoSolution): AttuneError {
  const refs = heldInstalled(error);
  if (refs.length === 0) return error;
  const stays = `${refs.join(' and ')} ${refs.length === 1 ? 'stays' : 'stay'} as installed`;
  return new InstalledPackConflict(
    error,
    `${stays}; attune pack upgrade ${refs.join(' ')} may help, or ask for other versions.`,
  );
}

/** @returns what to throw where packs may move, but not back, and not without a registry */
export function upgradeConflict(error: NoSolution, installed: { has(ref: string): boolean }): AttuneError {
  const held = heldInstalled(error);
  if (held.length > 0) {
    return new InstalledPackConflict(
      error,
      `${held.join(' and ')} did not come from a registry that can be asked: install another version first, with --force.`,
    );
  }
  const above = refsOf(error, ({ kind, ref }) => kind === 'no-version' && installed.has(ref));
  if (above.length === 0) return error;
  const named = above.map((ref) => `${ref}@VERSION`).join(' ');
  return new InstalledPackConflict(error, `Nothing goes back for the sake of others: name it too, as in ${named}.`);
}

/** The packs that only their being installed keeps at their versions; none where a pin is the first thing to see to. */
function heldInstalled(error: NoSolution): readonly string[] {
  const pinned = refsOf(error, (fact) => fact.kind === 'held' && fact['as'] === 'pinned');
  return pinned.length > 0 ? [] : refsOf(error, ({ kind }) => kind === 'held');
}

function refsOf({ facts }: NoSolution, isMeant: (fact: ConflictFact) => boolean): readonly string[] {
  const conflicts = facts['conflicts'] as readonly Pick<Conflict, 'facts'>[];
  return [...new Set(conflicts.flatMap((conflict) => conflict.facts.filter(isMeant)).map(({ ref }) => ref))];
}
