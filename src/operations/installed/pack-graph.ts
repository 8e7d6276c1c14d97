/**
 * The dependency graph of the installed packs. All functions are pure. Dependencies may be missing, and may form cycles,
 * because `--skip-deps` and `--force` allow both.
 */
import { AttuneError } from '../../errors.ts';
import { type Constraint, parseConstraint, satisfies } from '../../resolver/constraint.ts';
import type { InstalledNode } from '../../store/installed.ts';

export type Graph = readonly InstalledNode[];

/** A dependency of the pack `by` on the pack `ref`. */
export interface DependencyEdge {
  readonly ref: string;
  readonly by: string;
  readonly range: string;
}

/**
 * Returns whether a version satisfies a range. `*` admits every version, prereleases included, since no version is to be
 * chosen. A missing version satisfies nothing, and an invalid range admits nothing.
 */
export function admits(range: string, version: string | undefined): boolean {
  if (version === undefined || range === '*') return version !== undefined;
  const constraint = tryParseRange(range);
  return typeof constraint !== 'string' && satisfies(version, constraint);
}

/** Returns why a range is invalid, as a sentence without its full stop; `undefined` for a valid range. */
export function rangeError(range: string): string | undefined {
  const constraint = range === '*' ? undefined : tryParseRange(range);
  return typeof constraint === 'string' ? constraint : undefined;
}

/** Parses a range. @returns the message of the error, without its full stop, for an invalid range */
function tryParseRange(range: string): Constraint | string {
  try {
    return parseConstraint(range);
  } catch (error) {
    if (error instanceof AttuneError) return error.message.replace(/\.$/, '');
    throw error;
  }
}

/** Formats a dependency: `core ^1.0`, or `core` for any version. */
export function formatDependency({ ref, range }: Pick<DependencyEdge, 'ref' | 'range'>): string {
  return range === '*' ? ref : `${ref} ${range}`;
}

/** Returns the dependencies of installed packs on these refs, sorted by the dependent pack, then by ref. */
export function dependenciesOn(graph: Graph, refs: ReadonlySet<string>): DependencyEdge[] {
  return graph.flatMap(({ ref: by, dependencies }) =>
    dependencies.filter(({ ref }) => refs.has(ref)).map(({ ref, range }) => ({ ref, by, range })),
  );
}

/** Returns these refs and all their direct and transitive dependencies, installed or not. */
export function withDependencies(graph: Graph, refs: Iterable<string>): Set<string> {
  const edges = new Map(graph.map(({ ref, dependencies }) => [ref, dependencies.map((dependency) => dependency.ref)]));
  return closure(refs, (ref) => edges.get(ref) ?? []);
}

/** Returns these refs and all their direct and transitive dependents. */
export function withDependents(graph: Graph, refs: Iterable<string>): Set<string> {
  const dependents = new Map<string, string[]>();
  for (const { ref: by, dependencies } of graph) {
    for (const { ref } of dependencies) dependents.set(ref, [...(dependents.get(ref) ?? []), by]);
  }
  return closure(refs, (ref) => dependents.get(ref) ?? []);
}

function closure(refs: Iterable<string>, next: (ref: string) => readonly string[]): Set<string> {
  const reached = new Set(refs);
  // Iterating over a set also visits the elements that are added during the iteration.
  for (const ref of reached) for (const other of next(ref)) reached.add(other);
  return reached;
}

/**
 * Returns the packs that were installed as dependencies and that no requested pack needs any more. Pinned packs stay,
 * and so do their dependencies.
 */
export function unneededPacks(graph: Graph): InstalledNode[] {
  const roots = graph.filter(({ requested, pinned }) => requested || pinned).map(({ ref }) => ref);
  const needed = withDependencies(graph, roots);
  return graph.filter(({ ref }) => !needed.has(ref));
}
