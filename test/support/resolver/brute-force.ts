import semver from 'semver';
import { parseRequirement } from '../../../src/packs/requirement.ts';
import { npmRange, parseConstraint, satisfies } from '../../../src/resolver/constraint.ts';
import type { Candidate, Problem } from '../../../src/resolver/pubgrub/model/problem.ts';
import { candidatesOf, type Universe } from './universe.ts';

/** By ref the version, of what is there. */
export type Assignment = ReadonlyMap<string, string>;

interface Option {
  readonly version: string;
  readonly needs: readonly Wish[];
  /** Somebody has to ask for it by a range. */
  readonly dormant: boolean;
}

interface Wish {
  readonly ref: string;
  readonly range: string | undefined;
  readonly holds: (version: string) => boolean;
}

/**
 * Every assignment in which all that is wanted is there, what is there is wanted, and a prerelease is asked for: written
 * as a definition, and tried out one by one.
 */
export function solutions(universe: Universe, problem: Problem): Assignment[] {
  const wishes = problem.roots.map(wishOf);
  const refs = [
    ...new Set([...Object.keys(universe), ...problem.roots.map(({ ref }) => ref), ...(problem.held?.keys() ?? [])]),
  ];
  const options = new Map(refs.map((ref) => [ref, optionsOf(ref, universe, problem)]));
  return combine(refs, options)
    .filter((chosen) => isSolution(chosen, wishes))
    .map((chosen) => new Map([...chosen].map(([ref, { version }]) => [ref, version])));
}

function combine(refs: readonly string[], options: ReadonlyMap<string, readonly Option[]>): Map<string, Option>[] {
  return refs.reduce<Map<string, Option>[]>(
    (all, ref) =>
      all.flatMap((chosen) => [chosen, ...options.get(ref)!.map((option) => new Map([...chosen, [ref, option]]))]),
    [new Map()],
  );
}

function isSolution(chosen: ReadonlyMap<string, Option>, wishes: readonly Wish[]): boolean {
  const all = [...wishes, ...[...chosen.values()].flatMap(({ needs }) => needs)];
  if (!all.every(({ ref, holds }) => chosen.has(ref) && holds(chosen.get(ref)!.version))) return false;
  const founded = new Set<string>();
  for (let before = -1; founded.size > before; ) {
    before = founded.size;
    const said = [...wishes, ...[...founded].flatMap((ref) => chosen.get(ref)!.needs)];
    for (const { ref } of said) {
      const { dormant, version } = chosen.get(ref)!;
      const asked = said.some((wish) => wish.ref === ref && wish.range !== undefined && wish.holds(version));
      if (!dormant || asked) founded.add(ref);
    }
  }
  return founded.size === chosen.size;
}

function optionsOf(ref: string, universe: Universe, problem: Problem): Option[] {
  if (problem.excluded?.has(ref)) return [];
  const given = problem.roots.find((root) => root.ref === ref && root.kind === 'given');
  if (given?.kind === 'given')
    return [{ version: given.version, needs: given.dependencies.map(needOf), dormant: false }];
  const held = problem.held?.get(ref);
  const listed = (candidatesOf(universe, ref) ?? []).filter((one) => isAllowed(one, problem, held?.version));
  const options = listed.map(({ version, dependencies }) => ({
    version,
    needs: dependencies.map(needOf),
    dormant: semver.prerelease(version) !== null && version !== held?.version,
  }));
  const others = options.filter(({ version }) => version !== held?.version || !held.dependencies);
  const atHand = held?.dependencies
    ? [{ version: held.version, needs: held.dependencies.map(needOf), dormant: false }]
    : [];
  const all = [...others, ...atHand];
  return held?.firm ? all.filter(({ version }) => version === held.version) : all;
}

function isAllowed(
  { version, yanked, publishedAt }: Candidate,
  { notAfter }: Problem,
  held: string | undefined,
): boolean {
  if (version === held) return true;
  return yanked === undefined && !(notAfter && publishedAt && publishedAt > notAfter);
}

function needOf(text: string): Wish {
  const { ref, range } = parseRequirement(text);
  if (range === '*') return { ref, range: undefined, holds: () => true };
  const constraint = parseConstraint(range);
  return { ref, range, holds: (version) => satisfies(version, constraint) };
}

function wishOf(root: Problem['roots'][number]): Wish {
  const { ref } = root;
  if (root.kind !== 'wanted' || root.range === undefined) return { ref, range: undefined, holds: () => true };
  const constraint = npmRange(root.range);
  return { ref, range: root.range, holds: (version) => satisfies(version, constraint) };
}
