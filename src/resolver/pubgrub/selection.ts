import type { Candidate } from './model/problem.ts';
import type { VersionSet } from './model/version-set.ts';
import type { Choice, Pool } from './pool.ts';
import { isDormant } from './pool.ts';

/** What can be chosen of a pack, the best first. */
export interface Selection<C extends Candidate> {
  readonly free: readonly Choice<C>[];
  /** Prereleases, which can be chosen where somebody asks for them. */
  readonly dormant: readonly Choice<C>[];
}

export function select<C extends Candidate>(pool: Pool<C>, versions: VersionSet): Selection<C> {
  const inside = pool.choices.filter(({ version, barred }) => !barred && versions.contains(version)).sort(bestFirst);
  return { free: inside.filter((choice) => !isDormant(choice)), dormant: inside.filter(isDormant) };
}

export function bestFirst<C extends Candidate>(one: Choice<C>, other: Choice<C>): number {
  return Number(other.held) - Number(one.held) || other.version.compare(one.version);
}
