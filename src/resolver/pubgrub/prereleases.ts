import type { Catalogue } from './catalog.ts';
import { type Incompatibility, incompatibility } from './model/incompatibility.ts';
import type { Candidate } from './model/problem.ts';
import { isIn, type Term } from './model/term.ts';
import { VersionSet } from './model/version-set.ts';
import type { Choice, Pool } from './pool.ts';

/** A pack that has to be there, and of which only prereleases would do that no chosen pack asks for. */
export interface Stuck<C extends Candidate> {
  readonly pool: Pool<C>;
  readonly versions: VersionSet;
  readonly dormant: readonly Choice<C>[];
}

/**
 * Why packs cannot have the versions that are left for them, when everything else is decided: nobody asks for a
 * prerelease of them.
 *
 * Somebody else might, had other versions been chosen, so that this is true only of what has been chosen: of those
 * packs, that is, which have a version that asks, or that needs a pack which is not there now and might ask. As long as
 * none of these versions is chosen, whoever is needed is among the packs that are there, and none of them asks.
 * @param canCome whether a pack that is not there could be, if it were needed
 */
export function unasked<C extends Candidate>(
  stuck: readonly Stuck<C>[],
  chosen: ReadonlyMap<string, Choice<C>>,
  catalogue: Catalogue<C>,
  canCome: (ref: string) => boolean,
): Incompatibility {
  const byRef = new Map(stuck.map((one) => [one.pool.ref, one]));
  const mayMatter = (choice: Choice<C>) =>
    !choice.barred &&
    catalogue.needsOf(choice).needs.some(({ ref, range, versions }) => {
      const waiting = byRef.get(ref);
      if (!waiting) return !chosen.has(ref) && canCome(ref);
      return range !== undefined && waiting.dormant.some(({ version }) => versions.contains(version));
    });
  const others = [...chosen].flatMap(([ref, choice]) => termFor(catalogue.known(ref), choice, mayMatter) ?? []);
  const packs = stuck.map(({ pool, dormant }) => ({
    ref: pool.ref,
    prereleases: dormant.map(({ version }) => version.version),
  }));
  return incompatibility([...stuck.map(({ pool, versions }) => isIn(pool.ref, versions)), ...others], {
    kind: 'unasked',
    ref: packs[0]!.ref,
    packs,
  });
}

/** That a pack has none of the versions that matter; `undefined` where it has no such version. */
function termFor<C extends Candidate>(
  pool: Pool<C> | undefined,
  choice: Choice<C>,
  mayMatter: (choice: Choice<C>) => boolean,
): Term | undefined {
  if (!pool?.complete) return pool && isIn(pool.ref, VersionSet.exactly(choice.version));
  const matter = pool.choices.filter(mayMatter);
  if (matter.length === 0) return undefined;
  const versions = matter.reduce((sum, { version }) => sum.union(VersionSet.exactly(version)), VersionSet.NONE);
  return isIn(pool.ref, versions.complement());
}
