/** The dependencies of packs by ref. */
export type DependencyGraph = ReadonlyMap<string, readonly string[]>;

/** Further cycles add no information. */
const MAX_CYCLES = 50;

/**
 * Returns the dependency cycles that a plan would create. Cycles among the installed packs are ignored, so that these packs
 * can be upgraded; a new cycle contains at least one new dependency.
 * @param planned the dependencies of all packs after the plan @param installed those of the installed packs
 * @returns each cycle with its first ref repeated at the end
 */
export function newCycles(planned: DependencyGraph, installed: DependencyGraph): string[][] {
  const cycles = new Map<string, string[]>();
  for (const [dependent, refs] of planned) {
    for (const ref of refs) {
      if (cycles.size === MAX_CYCLES || installed.get(dependent)?.includes(ref)) continue;
      const path = shortestPath(ref, dependent, planned);
      // A cycle with two new dependencies is found from both.
      if (path) setOnce(cycles, path.toSorted().join(' '), [dependent, ...path]);
    }
  }
  return [...cycles.values()];
}

function shortestPath(from: string, to: string, graph: DependencyGraph): string[] | undefined {
  const previous = new Map<string, string | undefined>([[from, undefined]]);
  // Iteration includes keys that are added to the map during the loop.
  for (const ref of previous.keys()) {
    if (ref === to) return pathTo(ref, previous);
    for (const next of graph.get(ref) ?? []) setOnce(previous, next, ref);
  }
  return undefined;
}

function pathTo(end: string, previous: ReadonlyMap<string, string | undefined>): string[] {
  const path: string[] = [];
  for (let ref: string | undefined = end; ref !== undefined; ref = previous.get(ref)) path.push(ref);
  return path.reverse();
}

function setOnce<V>(map: Map<string, V>, key: string, value: V): void {
  if (!map.has(key)) map.set(key, value);
}
