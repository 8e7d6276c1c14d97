export interface InstallOrder {
  /** Every pack after all those that it needs. */
  readonly order: readonly string[];
  /** Each a way that leads back to where it began, the first ref repeated at its end; empty where all is well. */
  readonly cycles: readonly (readonly string[])[];
}

/** More of them say nothing new, and in a graph made for it there are as many as there are edges. */
const MAX_CYCLES = 50;

/**
 * Sorts packs so that each comes after what it needs, otherwise in the order given. A depth-first walk, without
 * recursion: how long a chain of dependencies is, is up to whoever wrote the index.
 * @param needs by ref, the refs that it needs; those that are not in the map themselves are left out
 */
export function installOrder(refs: Iterable<string>, needs: ReadonlyMap<string, readonly string[]>): InstallOrder {
  const done = new Set<string>();
  const cycles: string[][] = [];
  /** The way to where the walk is, and at each place the needs that are still to be looked at. */
  const way: { ref: string; left: Iterator<string> }[] = [];
  const onWay = new Set<string>();
  const enter = (ref: string) => {
    const itsNeeds = needs.get(ref);
    if (!itsNeeds || done.has(ref)) return;
    way.push({ ref, left: itsNeeds.values() });
    onWay.add(ref);
  };
  for (const start of refs) {
    enter(start);
    for (let here = way.at(-1); here; here = way.at(-1)) {
      const next = here.left.next();
      if (next.done) {
        way.pop();
        onWay.delete(here.ref);
        done.add(here.ref);
      } else if (!onWay.has(next.value)) {
        enter(next.value);
      } else if (cycles.length < MAX_CYCLES) {
        const refsOnWay = way.map(({ ref }) => ref);
        cycles.push([...refsOnWay.slice(refsOnWay.indexOf(next.value)), next.value]);
      }
    }
  }
  return { order: [...done], cycles };
}
