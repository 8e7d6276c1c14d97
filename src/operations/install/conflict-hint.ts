import { AttuneError } from '../../errors.ts';
import type { Conflict, ConflictFact, NoSolution } from '../../resolver/solver.ts';

/** A resolution conflict with installed packs: the message of NoSolution with a more specific hint. */
class InstalledPackConflict extends AttuneError {
  constructor({ code, message, facts }: NoSolution, hint: string) {
    super(code, message, { facts, hint });
  }
}

/**
 * Returns the error to throw when an installation, which changes only the requested packs, has no solution.
 * @param upgrades arguments of `pack upgrade` after which the installation is possible; empty if there are none
 */
export function installConflict(error: NoSolution, upgrades: readonly string[]): AttuneError {
  const refs = heldRefs(error);
  const skip = 'or install without dependencies with --skip-deps';
  if (isPinned(error)) return error;
  if (refs.length === 0) return new InstalledPackConflict(error, `${error.hint?.replace(/\.$/, '')}, ${skip}.`);
  const names = refs.join(' and ');
  const remedy =
    upgrades.length === 0
      ? `Request other versions, ${skip}.`
      : `Upgrade first with 'attune pack upgrade ${upgrades.join(' ')}', or request other versions.`;
  return new InstalledPackConflict(error, `An installation does not change the version of ${names}. ${remedy}`);
}

/**
 * Returns the error to throw when an upgrade, which downgrades no dependency and changes no pack without a registry,
 * has no solution.
 */
export function upgradeConflict(error: NoSolution, installed: { has(ref: string): boolean }): AttuneError {
  const held = heldRefs(error);
  if (held.length > 0) {
    return new InstalledPackConflict(
      error,
      `No configured registry provides ${held.join(' and ')}: install another version of ${held.length === 1 ? 'it' : 'them'} first.`,
    );
  }
  const above = refsWithFact(error, ({ kind, ref }) => kind === 'no-version' && installed.has(ref));
  if (above.length === 0) return error;
  const named = above.map((ref) => `${ref}@VERSION`).join(' ');
  return new InstalledPackConflict(
    error,
    `An upgrade does not downgrade other packs. To allow it, name them too, as in ${named}.`,
  );
}

/** Returns the packs that are fixed because they are installed; none if a pin, which takes precedence, is involved. */
function heldRefs(error: NoSolution): readonly string[] {
  return isPinned(error) ? [] : refsWithFact(error, ({ kind }) => kind === 'held');
}

function isPinned(error: NoSolution): boolean {
  return refsWithFact(error, (fact) => fact.kind === 'held' && fact['as'] === 'pinned').length > 0;
}

function refsWithFact({ facts }: NoSolution, matches: (fact: ConflictFact) => boolean): readonly string[] {
  const conflicts = facts['conflicts'] as readonly Pick<Conflict, 'facts'>[];
  return [...new Set(conflicts.flatMap((conflict) => conflict.facts.filter(matches)).map(({ ref }) => ref))];
}
