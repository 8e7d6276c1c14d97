/** The rules for prereleases: they are chosen only if a requirement of a chosen version requests them. */
import type { Catalog } from './catalog.ts';
import { type Dependency, type Incompatibility, incompatibility } from './model/incompatibility.ts';
import type { Candidate, Root } from './model/problem.ts';
import { positiveTerm, type Term } from './model/term.ts';
import { VersionSet } from './model/version-set.ts';
import { versionsInRange } from './parse-dependencies.ts';
import type { Choice, Pool } from './pool.ts';

/** The versions of each pack that ranges request: those of the user, and those of the decided versions. */
export class RequestedVersions {
  readonly #byUser = new Map<string, VersionSet>();
  /** By the ref of the dependency, then by the ref of the dependent. */
  readonly #byPacks = new Map<string, Map<string, { version: string; versions: VersionSet }>>();

  constructor(roots: readonly Root[]) {
    for (const root of roots) {
      if (root.kind !== 'requested' || root.range === undefined) continue;
      const before = this.#byUser.get(root.ref) ?? VersionSet.NONE;
      this.#byUser.set(root.ref, before.union(versionsInRange(root.range)));
    }
  }

  /** Adds the dependencies of a decided version. They replace those of an earlier version on the same packs. */
  add(ref: string, version: string, dependencies: readonly Dependency[]): void {
    for (const dependency of dependencies) {
      if (dependency.range === undefined) continue;
      const dependents = this.#byPacks.get(dependency.ref) ?? new Map();
      const before = dependents.get(ref);
      const versions = before?.version === version ? before.versions.union(dependency.versions) : dependency.versions;
      this.#byPacks.set(dependency.ref, dependents.set(ref, { version, versions }));
    }
  }

  /** @param isDecided whether a pack is currently decided to have this version; undone decisions request nothing */
  of(ref: string, isDecided: (ref: string, version: string) => boolean): VersionSet {
    let sum = this.#byUser.get(ref) ?? VersionSet.NONE;
    for (const [dependent, { version, versions }] of this.#byPacks.get(ref) ?? []) {
      if (isDecided(dependent, version)) sum = sum.union(versions);
    }
    return sum;
  }
}

/** A required pack of which only prereleases match that no chosen version requests. */
export interface PrereleaseOnlyPack<C extends Candidate> {
  readonly pool: Pool<C>;
  readonly versions: VersionSet;
  readonly prereleases: readonly Choice<C>[];
}

/**
 * Returns the incompatibility that excludes the remaining versions of packs when everything else is decided: no
 * requirement requests their prereleases.
 *
 * Other decisions could request a prerelease, so the incompatibility has to contain the decisions that matter: those of
 * packs with a version that requests one of the prereleases, or that depends on a pack which is not selected and might
 * request one. As long as none of these versions is chosen, all dependencies are selected packs, and none requests a
 * prerelease.
 * @param canBeSelected whether a pack that is not selected could be, if it were a dependency
 */
export function prereleaseIncompatibility<C extends Candidate>(
  blocked: readonly PrereleaseOnlyPack<C>[],
  chosen: ReadonlyMap<string, Choice<C>>,
  catalog: Catalog<C>,
  canBeSelected: (ref: string) => boolean,
): Incompatibility {
  const byRef = new Map(blocked.map((one) => [one.pool.ref, one]));
  const mayMatter = (choice: Choice<C>) =>
    !choice.ineligible &&
    catalog.dependenciesOf(choice).dependencies.some(({ ref, range, versions }) => {
      const pack = byRef.get(ref);
      if (!pack) return !chosen.has(ref) && canBeSelected(ref);
      return range !== undefined && pack.prereleases.some(({ version }) => versions.contains(version));
    });
  const others = [...chosen].flatMap(([ref, choice]) => termFor(catalog.known(ref), choice, mayMatter) ?? []);
  const packs = blocked.map(({ pool, prereleases }) => ({
    ref: pool.ref,
    prereleases: prereleases.map(({ version }) => version.version),
  }));
  return incompatibility([...blocked.map(({ pool, versions }) => positiveTerm(pool.ref, versions)), ...others], {
    kind: 'prerelease-only',
    ref: packs[0]!.ref,
    packs,
  });
}

/** Returns the term that a pack has none of the versions that matter; `undefined` if it has no such version. */
function termFor<C extends Candidate>(
  pool: Pool<C> | undefined,
  choice: Choice<C>,
  mayMatter: (choice: Choice<C>) => boolean,
): Term | undefined {
  if (!pool?.complete) return pool && positiveTerm(pool.ref, VersionSet.exactly(choice.version));
  const relevant = pool.choices.filter(mayMatter);
  if (relevant.length === 0) return undefined;
  const versions = relevant.reduce((sum, { version }) => sum.union(VersionSet.exactly(version)), VersionSet.NONE);
  return positiveTerm(pool.ref, versions.complement());
}
