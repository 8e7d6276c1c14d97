import type { Candidate, Held, Outcome, Problem, Root } from '../../../src/resolver/pubgrub/model/problem.ts';
import { resolveSteps } from '../../../src/resolver/pubgrub/resolve.ts';

/**
 * By ref and version, what it needs. A version that ends in `!` is yanked; one that ends in `'` was published
 * yesterday, all others long ago.
 */
export type Universe = Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;

export const TODAY = new Date('2026-03-10T00:00:00Z');
const YESTERDAY = new Date('2026-03-09T00:00:00Z');
const LONG_AGO = new Date('2025-01-01T00:00:00Z');

export interface Case {
  readonly universe?: Universe;
  /** `slack`, `slack@^1`; `slack 1.0.0 <- core, net@^1` is given with what it needs; `slack!` is kept. */
  readonly ask: readonly string[];
  /** `core: '1.0.0'` is preferred, `'1.0.0 firm'` is pinned; installed and without needs. `'1.0.0 locked'`, `'1.0.0 locked firm'` are a registry's. */
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

export function problemOf({ ask, held = {}, policy }: Case): Problem {
  return {
    roots: ask.map(rootOf),
    held: new Map(Object.entries(held).map(([ref, text]) => [ref, heldOf(text)])),
    ...policy,
  };
}

function rootOf(text: string): Root {
  if (text.endsWith('!')) return { kind: 'kept', ref: text.slice(0, -1) };
  const [, given, version, needs] = /^([^\s@]+) (\S+)(?: <- (.*))?$/.exec(text) ?? [];
  if (given !== undefined && version !== undefined) {
    return { kind: 'given', ref: given, version, dependencies: needs?.split(', ') ?? [] };
  }
  const [ref = '', range] = text.split(/@(.*)/s);
  return { kind: 'wanted', ref, range };
}

function heldOf(text: string): Held {
  const [version = '', ...words] = text.split(' ');
  const firm = words.includes('firm');
  if (words.includes('locked')) return { version, as: 'locked', firm };
  return { version, as: firm ? 'pinned' : 'installed', firm, dependencies: [] };
}

/** @returns also the refs that were asked for, in order */
export function solveCase(one: Case): { outcome: Outcome<Candidate>; asked: string[] } {
  const asked: string[] = [];
  const asking = resolveSteps<Candidate>(problemOf(one));
  let step = asking.next();
  while (!step.done) {
    asked.push(step.value);
    step = asking.next(candidatesOf(one.universe ?? {}, step.value));
  }
  return { outcome: step.value, asked };
}

/** `core 1.0.0`, in the order of the plan; the lines of all conflicts where there is no solution. */
export function told(one: Case): string[] {
  const { outcome } = solveCase(one);
  if (outcome.solved) return outcome.packs.map(({ ref, version }) => `${ref} ${version}`);
  return outcome.conflicts.flatMap(({ lines }) => lines);
}
