import SemVer from 'semver/classes/semver.js';
import compareBuild from 'semver/functions/compare-build.js';
import parseVersion from 'semver/functions/parse.js';
import type { IneligibleVersion } from './model/incompatibility.ts';
import type { Candidate, HeldVersion } from './model/problem.ts';
import { isPrerelease, type VersionSet } from './model/version-set.ts';

/** A version of a pack that can be chosen unless it is ineligible. */
export interface Choice<C extends Candidate> {
  readonly version: SemVer;
  readonly dependencies: readonly string[];
  /** The candidate of a registry; `undefined` for a given or installed version. */
  readonly candidate: C | undefined;
  /** True if this is the held version, which is preferred and always eligible. */
  readonly held: boolean;
  /** Why the version must not be chosen. */
  readonly ineligible: IneligibleVersion | undefined;
}

/** The known versions of one pack. */
export interface Pool<C extends Candidate> {
  readonly ref: string;
  /** Ascending, with one choice for each precedence. */
  readonly choices: readonly Choice<C>[];
  /** True if these are all versions; false if only an installed one is known and no registry was queried. */
  readonly complete: boolean;
  /** True if no registry has the pack and it is neither given nor installed. */
  readonly missing: boolean;
}

export interface PoolRules {
  readonly held: HeldVersion | undefined;
  /** True if the user requested an exact version, which may be yanked. */
  readonly allowYanked: boolean;
  readonly notAfter: Date | undefined;
}

export function singleVersionPool<C extends Candidate>(ref: string, only: Choice<C>, complete: boolean): Pool<C> {
  return { ref, choices: [only], complete, missing: false };
}

/** Creates the choice of a given or installed version. */
export function localChoice<C extends Candidate>(
  version: string,
  dependencies: readonly string[],
  held: boolean,
): Choice<C> {
  return { version: new SemVer(version), dependencies, candidate: undefined, held, ineligible: undefined };
}

/** @param local the given or installed version, which takes precedence over the same version in a registry */
export function createPool<C extends Candidate>(
  ref: string,
  listed: readonly C[] | undefined,
  local: Choice<C> | undefined,
  rules: PoolRules,
): Pool<C> {
  const choices = (listed ?? []).flatMap((candidate) => choiceOf(candidate, rules) ?? []);
  if (local) choices.push(local);
  choices.sort((one, other) => one.version.compare(other.version) || compareBuilds(one, other));
  const distinct = choices.filter(({ version }, i) => i === 0 || version.compare(choices[i - 1]!.version) !== 0);
  return { ref, choices: distinct, complete: true, missing: listed === undefined && !local };
}

/** Orders builds of one version: local first, then eligible ones, those that are not yanked, and the highest build. */
function compareBuilds<C extends Candidate>(one: Choice<C>, other: Choice<C>): number {
  return (
    Number(other.candidate === undefined) - Number(one.candidate === undefined) ||
    Number(one.ineligible !== undefined) - Number(other.ineligible !== undefined) ||
    Number(isYanked(one)) - Number(isYanked(other)) ||
    compareBuild(other.version, one.version)
  );
}

function isYanked<C extends Candidate>({ candidate, held }: Choice<C>): boolean {
  return candidate?.yanked !== undefined && !held;
}

/** Returns `undefined` for an invalid version, which satisfies no range. */
function choiceOf<C extends Candidate>(candidate: C, rules: PoolRules): Choice<C> | undefined {
  const version = parseVersion(candidate.version);
  if (version === null) return undefined;
  const { held } = rules;
  const isHeld = held !== undefined && version.compare(held.version) === 0;
  const ineligible = isHeld ? undefined : whyIneligible(candidate, rules);
  return { version, dependencies: candidate.dependencies, candidate, held: isHeld, ineligible };
}

function whyIneligible(
  { version, yanked, publishedAt, newerInstalled }: Candidate,
  { notAfter, allowYanked }: PoolRules,
): IneligibleVersion | undefined {
  if (newerInstalled !== undefined) return { version, why: 'downgrade', installed: newerInstalled };
  if (yanked !== undefined && !allowYanked) return { version, why: 'yanked', reason: yanked };
  const tooNew = notAfter !== undefined && publishedAt !== undefined && publishedAt > notAfter;
  return tooNew ? { version, why: 'too-new', publishedAt } : undefined;
}

/** The versions of a pack that can be chosen, best first. */
export interface Selection<C extends Candidate> {
  readonly eligible: readonly Choice<C>[];
  /** Prereleases, which can only be chosen if a requirement requests them. */
  readonly prereleases: readonly Choice<C>[];
}

export function selectVersions<C extends Candidate>(pool: Pool<C>, versions: VersionSet): Selection<C> {
  const matching = pool.choices
    .filter(({ version, ineligible }) => !ineligible && versions.contains(version))
    .sort(bestFirst);
  return {
    eligible: matching.filter((choice) => !isOptInPrerelease(choice)),
    prereleases: matching.filter(isOptInPrerelease),
  };
}

export function bestFirst<C extends Candidate>(one: Choice<C>, other: Choice<C>): number {
  return Number(other.held) - Number(one.held) || other.version.compare(one.version);
}

/** Checks for a prerelease that can only be chosen if a requirement requests it. */
function isOptInPrerelease<C extends Candidate>({ version, held, candidate }: Choice<C>): boolean {
  return isPrerelease(version) && !held && candidate !== undefined;
}
