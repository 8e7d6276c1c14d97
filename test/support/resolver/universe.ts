import type { Candidate, HeldVersion, Outcome, Problem, Root } from '../../../src/resolver/pubgrub/model/problem.ts';
import { resolveSteps } from '../../../src/resolver/pubgrub/resolve.ts';

/**
 * The dependencies by ref and version. A version that ends in `!` is yanked; one that ends in `'` was published
 * yesterday, all others long ago.
 */
export type Universe = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

export const TODAY = new Date('2026-03-10T00:00:00Z');
const YESTERDAY = new Date('2026-03-09T00:00:00Z');
const LONG_AGO = new Date('2025-01-01T00:00:00Z');

export interface Case {
  readonly universe?: Universe;
  /** `slack` or `slack@^1` is requested; `slack 1.0.0 <- core, net@^1` is given with its dependencies; `slack!` is installed. */
  readonly roots: readonly string[];
  /**
   * `core: '1.0.0'` is installed without dependencies, `'1.0.0 required'` is also pinned. `'1.0.0 locked'` and
   * `'1.0.0 locked required'` are versions of a registry.
   */
  readonly held?: Readonly<Record<string, string>>;
  readonly policy?: Partial<Problem>;
}

export function candidatesOf(universe: Universe, ref: string): Candidate[] | undefined {
  const versions = Object.hasOwn(universe, ref) ? universe[ref] : undefined;
  return (
    versions &&
    Object.entries(versions).map(([name, dependencies]) => ({
      version: name.replace(/[!']$/, ''),
      dependencies,
      yanked: name.endsWith('!') ? 'broken' : undefined,
      publishedAt: name.endsWith("'") ? YESTERDAY : LONG_AGO,
    }))
  );
}

export function problemOf({ roots, held = {}, policy }: Case): Problem {
  return {
    roots: roots.map(rootOf),
    held: new Map(Object.entries(held).map(([ref, text]) => [ref, heldVersion(text)])),
    ...policy,
  };
}

function rootOf(text: string): Root {
  if (text.endsWith('!')) return { kind: 'installed', ref: text.slice(0, -1) };
  const [, given, version, dependencies] = /^([^\s@]+) (\S+)(?: <- (.*))?$/.exec(text) ?? [];
  if (given !== undefined && version !== undefined) {
    return { kind: 'given', ref: given, version, dependencies: dependencies?.split(', ') ?? [] };
  }
  const [ref = '', range] = text.split(/@(.*)/s);
  return { kind: 'requested', ref, range };
}

function heldVersion(text: string): HeldVersion {
  const [version = '', ...flags] = text.split(' ');
  const required = flags.includes('required');
  if (flags.includes('locked')) return { version, reason: 'locked', required };
  return { version, reason: required ? 'pinned' : 'installed', required, dependencies: [] };
}

/** Solves a case. @returns also the refs that were looked up, in order */
export function solveCase(one: Case): { outcome: Outcome<Candidate>; lookups: string[] } {
  const lookups: string[] = [];
  const steps = resolveSteps<Candidate>(problemOf(one));
  let step = steps.next();
  while (!step.done) {
    if (step.value !== undefined) lookups.push(step.value);
    step = steps.next(step.value === undefined ? undefined : candidatesOf(one.universe ?? {}, step.value));
  }
  return { outcome: step.value, lookups };
}

/** Returns `core 1.0.0` for each pack, in the order of the plan; the lines of all conflicts if there is no solution. */
export function outcomeLines(one: Case): string[] {
  const { outcome } = solveCase(one);
  if (outcome.solved) return outcome.packs.map(({ ref, version }) => `${ref} ${version}`);
  return outcome.conflicts.flatMap(({ lines }) => lines);
}
