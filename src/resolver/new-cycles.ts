/** By ref, the refs that a pack needs. */
export type DependencyGraph = ReadonlyMap<string, readonly string[]>;

/** More of them say nothing new. */
const MOST = 50;

/**
 * The circles that a plan would make, those left out in which packs stand already: whoever has such packs installed has
 * to be able to upgrade them. Only a need that is new can close a new circle.
 * @param needs of all packs when the plan is done @param standing of the installed packs as they are now
 * @returns each a way that leads back to where it began, the first ref repeated at its end
 */
export function newCycles(needs: DependencyGraph, standing: DependencyGraph): string[][] {
  const circles = new Map<string, string[]>();
  for (const [by, refs] of needs) {
    for (const ref of refs) {
      if (circles.size === MOST || standing.get(by)?.includes(ref)) continue;
      const way = shortestWay(ref, by, needs);
      // A circle with two new needs in it is found from both.
      if (way) setOnce(circles, way.toSorted().join(' '), [by, ...way]);
    }
  }
  return [...circles.values()];
}

function shortestWay(from: string, to: string, needs: DependencyGraph): string[] | undefined {
  const cameFrom = new Map<string, string | undefined>([[from, undefined]]);
  // A map goes on to what is added to it while it is walked through.
  for (const ref of cameFrom.keys()) {
    if (ref === to) return wayTo(ref, cameFrom);
    for (const next of needs.get(ref) ?? []) setOnce(cameFrom, next, ref);
  }
  return undefined;
}

function wayTo(end: string, cameFrom: ReadonlyMap<string, string | undefined>): string[] {
  const way: string[] = [];
  for (let ref: string | undefined = end; ref !== undefined; ref = cameFrom.get(ref)) way.push(ref);
  return way.reverse();
}

function setOnce<V>(map: Map<string, V>, key: string, value: V): void {
  if (!map.has(key)) map.set(key, value);
}
