/** The conditions under which a change of installed packs can be undone. All functions are pure. */
import type { HistoryEvent } from '../../store/history.ts';
import { admits, type Graph } from './pack-graph.ts';

/** A version that a pack is to get. */
export interface PlannedVersion {
  readonly ref: string;
  readonly version: string;
  /** `undefined` if they are unknown, because the release is not retained. */
  readonly dependencies: readonly { readonly ref: string; readonly range: string }[] | undefined;
}

/** Returns the events of other packs that the same command recorded; `events` are in their order. */
export function transactionPeers(event: HistoryEvent, events: readonly HistoryEvent[]): HistoryEvent[] {
  return events.filter(({ ref, at, by }) => ref !== event.ref && at === event.at && by === event.by);
}

/** Returns whether all dependencies on the planned versions, and all known dependencies of them, would be satisfied. */
export function satisfiesGraph(graph: Graph, planned: readonly PlannedVersion[]): boolean {
  const byRef = new Map(planned.map((one) => [one.ref, one]));
  const versions = new Map([...graph, ...planned].map(({ ref, version }) => [ref, version]));
  const others = graph.filter(({ ref }) => !byRef.has(ref));
  const dependents = others.flatMap(({ dependencies }) => dependencies.filter(({ ref }) => byRef.has(ref)));
  const own = planned.flatMap(({ ref, dependencies = [] }) =>
    dependencies.filter((dependency) => dependency.ref !== ref),
  );
  return [...dependents, ...own].every(({ ref, range }) => admits(range, versions.get(ref)));
}
