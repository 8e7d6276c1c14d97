import SemVer from 'semver/classes/semver.js';
import compareBuild from 'semver/functions/compare-build.js';
import parseVersion from 'semver/functions/parse.js';
import type { Candidate, Held } from './model/problem.ts';
import { isPrerelease } from './model/version-set.ts';

/** A version that can be chosen, or could be but for what bars it. */
export interface Choice<C extends Candidate> {
  readonly version: SemVer;
  readonly dependencies: readonly string[];
  /** `undefined` for what is at hand: given, or held. */
  readonly candidate: C | undefined;
  /** It is taken before any other, and nothing bars it. */
  readonly held: boolean;
  readonly barred: PassedOver | undefined;
}

export type PassedOver = { readonly version: string } & (
  | { readonly why: 'yanked'; readonly reason: string }
  | { readonly why: 'too-new'; readonly publishedAt: Date }
);

/** The versions that there are of one pack. */
export interface Pool<C extends Candidate> {
  readonly ref: string;
  /** Ascending, one of each precedence. */
  readonly choices: readonly Choice<C>[];
  /** There are no versions but these. Not so where a held one was at hand and no registry has been asked. */
  readonly complete: boolean;
  /** No registry has the pack, and it is not at hand either. */
  readonly missing: boolean;
}

export interface PoolRules {
  readonly held: Held | undefined;
  readonly notAfter: Date | undefined;
}

export function poolOfOne<C extends Candidate>(ref: string, only: Choice<C>, complete: boolean): Pool<C> {
  return { ref, choices: [only], complete, missing: false };
}

/** What is not in a registry but at hand. */
export function choiceAtHand<C extends Candidate>(
  version: string,
  dependencies: readonly string[],
  held: boolean,
): Choice<C> {
  return { version: new SemVer(version), dependencies, candidate: undefined, held, barred: undefined };
}

/** @param atHand the held version where it is, which then is no registry's */
export function poolOfAll<C extends Candidate>(
  ref: string,
  listed: readonly C[] | undefined,
  atHand: Choice<C> | undefined,
  rules: PoolRules,
): Pool<C> {
  const choices = (listed ?? []).flatMap((candidate) => choiceOf(candidate, rules) ?? []);
  if (atHand) choices.push(atHand);
  choices.sort((one, other) => one.version.compare(other.version) || better(one, other));
  const distinct = choices.filter(({ version }, at) => at === 0 || version.compare(choices[at - 1]!.version) !== 0);
  return { ref, choices: distinct, complete: true, missing: listed === undefined && !atHand };
}

/** Builds of one version: what is at hand, what is held, what may be chosen, then the highest build. */
function better<C extends Candidate>(one: Choice<C>, other: Choice<C>): number {
  return (
    Number(other.candidate === undefined) - Number(one.candidate === undefined) ||
    Number(one.barred !== undefined) - Number(other.barred !== undefined) ||
    compareBuild(other.version, one.version)
  );
}

/** `undefined` for a version that is none: it satisfies nothing. */
function choiceOf<C extends Candidate>(candidate: C, { held, notAfter }: PoolRules): Choice<C> | undefined {
  const version = parseVersion(candidate.version);
  if (version === null) return undefined;
  const isHeld = held !== undefined && version.compare(held.version) === 0;
  const barred = isHeld ? undefined : whyBarred(candidate, notAfter);
  return { version, dependencies: candidate.dependencies, candidate, held: isHeld, barred };
}

function whyBarred({ version, yanked, publishedAt }: Candidate, notAfter: Date | undefined): PassedOver | undefined {
  if (yanked !== undefined) return { version, why: 'yanked', reason: yanked };
  const tooNew = notAfter !== undefined && publishedAt !== undefined && publishedAt > notAfter;
  return tooNew ? { version, why: 'too-new', publishedAt } : undefined;
}

/** Nobody takes it who does not ask for it. */
export function isDormant<C extends Candidate>({ version, held, candidate }: Choice<C>): boolean {
  return isPrerelease(version) && !held && candidate !== undefined;
}
