import semver from 'semver';
import { parseRequirement } from '../../../src/packs/requirement.ts';
import { npmRange, parseConstraint, satisfies } from '../../../src/resolver/constraint.ts';
import type { Candidate, Problem } from '../../../src/resolver/pubgrub/model/problem.ts';
import { candidatesOf, type Universe } from './universe.ts';

/** The selected versions by ref. */
export type Assignment = ReadonlyMap<string, string>;

interface Option {
  readonly version: string;
  readonly dependencies: readonly Requirement[];
  /** True if the version can only be chosen if a range requests it. */
  readonly isOptIn: boolean;
}

interface Requirement {
  readonly ref: string;
  readonly range: string | undefined;
  readonly matches: (version: string) => boolean;
}

/**
 * Returns every valid solution by testing all assignments against the definition: all requirements are satisfied, every
 * selected pack is required, and prereleases are requested.
 */
export function solutions(universe: Universe, problem: Problem): Assignment[] {
  const requirements = problem.roots.map(rootRequirement);
  const refs = [
    ...new Set([...Object.keys(universe), ...problem.roots.map(({ ref }) => ref), ...(problem.held?.keys() ?? [])]),
  ];
  const options = new Map(refs.map((ref) => [ref, optionsOf(ref, universe, problem)]));
  return combine(refs, options)
    .filter((chosen) => isSolution(chosen, requirements))
    .map((chosen) => new Map([...chosen].map(([ref, { version }]) => [ref, version])));
}

function combine(refs: readonly string[], options: ReadonlyMap<string, readonly Option[]>): Map<string, Option>[] {
  return refs.reduce<Map<string, Option>[]>(
    (all, ref) =>
      all.flatMap((chosen) => [chosen, ...options.get(ref)!.map((option) => new Map([...chosen, [ref, option]]))]),
    [new Map()],
  );
}

function isSolution(chosen: ReadonlyMap<string, Option>, requirements: readonly Requirement[]): boolean {
  const all = [...requirements, ...[...chosen.values()].flatMap(({ dependencies }) => dependencies)];
  if (!all.every(({ ref, matches }) => chosen.has(ref) && matches(chosen.get(ref)!.version))) return false;
  const justified = new Set<string>();
  for (let before = -1; justified.size > before; ) {
    before = justified.size;
    const active = [...requirements, ...[...justified].flatMap((ref) => chosen.get(ref)!.dependencies)];
    for (const { ref } of active) {
      const { isOptIn, version } = chosen.get(ref)!;
      const isRequested = active.some((one) => one.ref === ref && one.range !== undefined && one.matches(version));
      if (!isOptIn || isRequested) justified.add(ref);
    }
  }
  return justified.size === chosen.size;
}

function optionsOf(ref: string, universe: Universe, problem: Problem): Option[] {
  if (problem.excluded?.has(ref)) return [];
  const given = problem.roots.find((root) => root.ref === ref && root.kind === 'given');
  if (given?.kind === 'given')
    return [{ version: given.version, dependencies: given.dependencies.map(dependencyOf), isOptIn: false }];
  const held = problem.held?.get(ref);
  const listed = (candidatesOf(universe, ref) ?? []).filter((one) => isAllowed(one, ref, problem, held?.version));
  const options = listed.map(({ version, dependencies }) => ({
    version,
    dependencies: dependencies.map(dependencyOf),
    isOptIn: semver.prerelease(version) !== null && version !== held?.version,
  }));
  const others = options.filter(({ version }) => version !== held?.version || !held.dependencies);
  const installed = held?.dependencies
    ? [{ version: held.version, dependencies: held.dependencies.map(dependencyOf), isOptIn: false }]
    : [];
  const all = [...others, ...installed];
  return held?.required ? all.filter(({ version }) => version === held.version) : all;
}

function isAllowed(
  { version, yanked, publishedAt }: Candidate,
  ref: string,
  { notAfter, roots }: Problem,
  held: string | undefined,
): boolean {
  if (version === held) return true;
  const isExact = roots.some((root) => root.ref === ref && root.kind === 'requested' && semver.valid(root.range ?? ''));
  return (yanked === undefined || isExact) && !(notAfter && publishedAt && publishedAt > notAfter);
}

function dependencyOf(text: string): Requirement {
  const { ref, range } = parseRequirement(text);
  if (range === '*') return { ref, range: undefined, matches: () => true };
  const constraint = parseConstraint(range);
  return { ref, range, matches: (version) => satisfies(version, constraint) };
}

function rootRequirement(root: Problem['roots'][number]): Requirement {
  const { ref } = root;
  if (root.kind !== 'requested' || root.range === undefined) return { ref, range: undefined, matches: () => true };
  const constraint = npmRange(root.range);
  return { ref, range: root.range, matches: (version) => satisfies(version, constraint) };
}
