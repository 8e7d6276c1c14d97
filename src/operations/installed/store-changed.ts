import { AttuneError } from '../../errors.ts';
import { dependenciesOn, type Graph } from './pack-graph.ts';

/** Another process changed facts in the store or in a file after this process planned a change with them. */
export class FactsChanged extends AttuneError {
  /** @param changed what was changed */
  constructor(changed: string, facts: Readonly<Record<string, unknown>>) {
    super(
      'STORE_CHANGED',
      `Another attune process changed ${changed} while this command was running. Nothing was changed.`,
      { facts, hint: 'Run the command again.' },
    );
  }
}

/** Another process changed packs in the store after this process planned a change of them. */
export class StoreChanged extends FactsChanged {
  constructor(refs: readonly string[]) {
    const names = refs.map((ref) => `'${ref}'`).join(', ');
    super(`${names}, or a dependency on ${refs.length === 1 ? 'it' : 'them'},`, { refs });
  }
}

/**
 * Runs an operation that plans a change, prepares it and commits it, and that throws FactsChanged if the plan no longer fits
 * once the locks are acquired. It then runs a second time on the new facts, which may refuse it.
 * @throws FactsChanged if the facts change again; the errors of the operation
 */
export async function replanIfChanged<T>(operation: () => Promise<T>): Promise<T> {
  try {
    return await operation();
  } catch (error) {
    if (!(error instanceof FactsChanged)) throw error;
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
  return JSON.stringify([
    node?.version,
    node?.checksum,
    sourceState(node),
    node?.pinned,
    dependenciesOn(graph, new Set([ref])),
  ]);
}

/** Returns the registry or the commit that a pack is compared with when it is upgraded. */
function sourceState(node: Graph[number] | undefined): unknown {
  return node && [node.registry, node.source_url, node.source_ref, node.source_commit];
}

function versionIn(graph: Graph, ref: string): string | undefined {
  return graph.find((one) => one.ref === ref)?.version;
}
