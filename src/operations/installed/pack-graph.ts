/**
 * What the installed packs are to each other. Pure: the graph is handed in as the store has it, and any of its packs may
 * need what is not there, or something that leads back to itself, because `--skip-deps` and `--force` allow both.
 */
import { AttuneError } from '../../errors.ts';
import { type Constraint, parseConstraint, satisfies } from '../../resolver/constraint.ts';
import type { InstalledNode } from '../../store/installed.ts';

export type Graph = readonly InstalledNode[];

/** What one pack needs of another. */
export interface Need {
  readonly ref: string;
  readonly by: string;
  readonly range: string;
}

/**
 * Whether what is there will do, if anything is. What is there may be a prerelease where any version will do: nobody is asked to choose one.
 * A range that cannot be understood admits nothing.
 */
export function admits(range: string, version: string | undefined): boolean {
  if (version === undefined || range === '*') return version !== undefined;
  const constraint = readRange(range);
  return typeof constraint !== 'string' && satisfies(version, constraint);
}

/** Why a range cannot be understood, a sentence without its end; `undefined` where it can. */
export function rangeError(range: string): string | undefined {
  const constraint = range === '*' ? undefined : readRange(range);
  return typeof constraint === 'string' ? constraint : undefined;
}

function readRange(range: string): Constraint | string {
  try {
    return parseConstraint(range);
  } catch (error) {
    if (error instanceof AttuneError) return error.message.replace(/\.$/, '');
    throw error;
  }
}

/** `core ^1.0`, or `core` where any version will do. */
export function formatDependency({ ref, range }: Pick<Need, 'ref' | 'range'>): string {
  return range === '*' ? ref : `${ref} ${range}`;
}

/** What the installed packs need of these refs. By who needs it, then by what. */
export function needsOf(graph: Graph, refs: ReadonlySet<string>): Need[] {
  return graph.flatMap(({ ref: by, dependencies }) =>
    dependencies.filter(({ ref }) => refs.has(ref)).map(({ ref, range }) => ({ ref, by, range })),
  );
}

/** These refs and all that they need, directly or not, installed or not. */
export function withDependencies(graph: Graph, refs: Iterable<string>): Set<string> {
  const needs = new Map(graph.map(({ ref, dependencies }) => [ref, dependencies.map((need) => need.ref)]));
  return closure(refs, (ref) => needs.get(ref) ?? []);
}

/** These refs and all that need them, directly or not. */
export function withDependents(graph: Graph, refs: Iterable<string>): Set<string> {
  const dependents = new Map<string, string[]>();
  for (const { ref: by, dependencies } of graph) {
    for (const { ref } of dependencies) dependents.set(ref, [...(dependents.get(ref) ?? []), by]);
  }
  return closure(refs, (ref) => dependents.get(ref) ?? []);
}

/** A set goes on to what is added to it while it is walked through. */
function closure(refs: Iterable<string>, next: (ref: string) => readonly string[]): Set<string> {
  const reached = new Set(refs);
  for (const ref of reached) for (const other of next(ref)) reached.add(other);
  return reached;
}

/**
 * What came only because another pack needed it, and what no pack needs any more that was asked for. A pinned pack was
 * meant to be kept, so it stays, and so does what it needs.
 */
export function unneededPacks(graph: Graph): InstalledNode[] {
  const held = graph.filter(({ requested, pinned }) => requested || pinned).map(({ ref }) => ref);
  const needed = withDependencies(graph, held);
  return graph.filter(({ ref }) => !needed.has(ref));
}
