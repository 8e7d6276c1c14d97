export interface InstallOrder {
  /** Every pack after its dependencies. */
  readonly order: readonly string[];
  /** The dependency cycles, each with its first ref repeated at the end. */
  readonly cycles: readonly (readonly string[])[];
}

/** Further cycles add no information, and a hostile graph has as many cycles as edges. */
const MAX_CYCLES = 50;

/**
 * Sorts packs after their dependencies, otherwise in the given order. The depth-first traversal is not recursive, because
 * the depth of a graph depends on the index.
 * @param dependencies the dependencies by ref; refs that are not keys of the map are omitted
 */
export function installOrder(
  refs: Iterable<string>,
  dependencies: ReadonlyMap<string, readonly string[]>,
): InstallOrder {
  const done = new Set<string>();
  const cycles: string[][] = [];
  /** The packs from the start to the current one, each with its unvisited dependencies. */
  const path: { ref: string; remaining: Iterator<string> }[] = [];
  const onPath = new Set<string>();
  const enter = (ref: string) => {
    const own = dependencies.get(ref);
    if (!own || done.has(ref)) return;
    path.push({ ref, remaining: own.values() });
    onPath.add(ref);
  };
  for (const start of refs) {
    enter(start);
    for (let current = path.at(-1); current; current = path.at(-1)) {
      const next = current.remaining.next();
      if (next.done) {
        path.pop();
        onPath.delete(current.ref);
        done.add(current.ref);
      } else if (!onPath.has(next.value)) {
        enter(next.value);
      } else if (cycles.length < MAX_CYCLES) {
        const refsOnPath = path.map(({ ref }) => ref);
        cycles.push([...refsOnPath.slice(refsOnPath.indexOf(next.value)), next.value]);
      }
    }
  }
  return { order: [...done], cycles };
}
