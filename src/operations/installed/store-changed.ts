import { AttuneError } from '../../errors.ts';
import { dependenciesOn, type Graph } from './pack-graph.ts';

/** Another process changed packs in the store after this process planned a change of them. */
export class StoreChanged extends AttuneError {
  constructor(refs: readonly string[]) {
    const names = refs.map((ref) => `'${ref}'`).join(', ');
    const them = refs.length === 1 ? 'it' : 'them';
    super(
      'STORE_CHANGED',
      `Another attune process changed ${names}, or a dependency on ${them}, while this command was running. Nothing was changed.`,
      { facts: { refs }, hint: 'Run the command again.' },
    );
  }
}

/**
 * Runs an operation that plans a change, prepares it and commits it, and that throws StoreChanged if the store no longer
 * fits the plan once the writer lock is acquired. It then runs a second time on the new facts, which may refuse it.
 * @throws StoreChanged if the facts change again; the errors of the operation
 */
export async function replanIfChanged<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    if (!(error instanceof StoreChanged)) throw error;
    return operation();
  }
}

/** The installed packs that a plan depends on. */
export interface PlanFacts {
  /** The installed packs when the plan was made. */
  readonly graph: Graph;
  /** The refs of the packs that the plan changes. */
  readonly changing: ReadonlySet<string>;
  /** The refs of the dependencies of these packs. */
  readonly dependencies?: ReadonlySet<string>;
}

/**
 * Verifies that a plan still fits the installed packs: the packs that it changes, their pins, the dependencies of
 * installed packs on them, and the versions of their own dependencies. Other packs may have changed.
 * @throws StoreChanged that names every changed pack
 */
export function assertPlanCurrent({ graph, changing, dependencies = new Set() }: PlanFacts, now: Graph): void {
  const changed = [
    ...[...changing].filter((ref) => changeState(ref, graph) !== changeState(ref, now)),
    ...[...dependencies].filter((ref) => versionIn(graph, ref) !== versionIn(now, ref)),
  ];
  if (changed.length > 0) throw new StoreChanged([...new Set(changed)].sort());
}

/** Serializes what a change of a pack depends on, for comparison. */
function changeState(ref: string, graph: Graph): string {
  const node = graph.find((one) => one.ref === ref);
  return JSON.stringify([node?.version, node?.checksum, node?.pinned, dependenciesOn(graph, new Set([ref]))]);
}

function versionIn(graph: Graph, ref: string): string | undefined {
  return graph.find((one) => one.ref === ref)?.version;
}
