import { AttuneError } from '../../errors.ts';
import type { InstalledNode } from '../../store/installed.ts';
import type { Runtime } from '../runtime.ts';
import { NotInstalled } from './not-installed.ts';
import {
  type DependencyEdge,
  dependenciesOn,
  formatDependency,
  type Graph,
  unneededPacks,
  withDependents,
} from './pack-graph.ts';

export interface UninstallRequest {
  readonly refs: readonly string[];
  /** Uninstalls packs that other packs need, and leaves those with missing dependencies. */
  readonly force: boolean;
  /** Also uninstalls all packs that depend on the named ones. */
  readonly withDependents: boolean;
}

interface UninstallOutcome {
  /** The named packs first. */
  readonly packs: readonly UninstalledPack[];
  /** Remaining packs that then have missing dependencies. */
  readonly broken: readonly string[];
  /** Remaining dependencies that no pack needs any more, which `pack autoremove` uninstalls. */
  readonly no_longer_needed: readonly string[];
}

export interface UninstalledPack {
  readonly ref: string;
  readonly version: string;
  readonly action: 'uninstalled';
  /** The uninstalled pack that it depends on; `null` for a named pack. */
  readonly needs: string | null;
}

/** The packs that `uninstallPacks` would uninstall. */
export interface UninstallPlan extends UninstallOutcome {
  readonly dry_run: true;
}

export interface UninstallReceipt extends UninstallOutcome {
  readonly success: true;
}

export class PackStillRequired extends AttuneError {
  /** @param needs all dependencies of remaining packs, direct and transitive */
  constructor(needs: readonly DependencyEdge[]) {
    const lines = needs.map((edge) => `  ${edge.by} needs ${formatDependency(edge)}`);
    super('DEPENDENCY_STILL_NEEDED', ['Cannot uninstall packs that other packs need:', ...lines].join('\n'), {
      facts: { needs },
      hint: 'Uninstall those packs as well with --with-dependents, or leave them broken with --force.',
    });
  }
}

/** Plans an uninstallation without changing anything. @throws NotInstalled, PackStillRequired */
export async function planUninstall(
  request: UninstallRequest,
  runtime: Pick<Runtime, 'store'>,
): Promise<UninstallPlan> {
  const graph = (await runtime.store()).graph();
  const installed = new Set(graph.map(({ ref }) => ref));
  const missing = [...new Set(request.refs)].filter((ref) => !installed.has(ref));
  if (missing.length > 0) throw new NotInstalled(missing, [...installed]);
  const removed = request.withDependents ? withDependents(graph, request.refs) : new Set(request.refs);
  if (!request.force) assertNotRequired(graph, removed);
  return { dry_run: true, ...outcome(graph, removed, new Set(request.refs)) };
}

/**
 * Uninstalls the packs of a plan: all of them, or none. Verifies again that no remaining pack depends on them.
 * @throws PackStillRequired
 */
export async function uninstallPacks(
  plan: UninstallPlan,
  { force }: Pick<UninstallRequest, 'force'>,
  runtime: Pick<Runtime, 'store'>,
): Promise<UninstallReceipt> {
  const store = await runtime.store();
  const receipt = await store.write<UninstallReceipt>((writer) => {
    const graph = writer.graph();
    const removed = new Set(plan.packs.map(({ ref }) => ref));
    if (!force) assertNotRequired(graph, removed);
    writer.uninstall([...removed]);
    const named = plan.packs.filter(({ needs }) => needs === null).map(({ ref }) => ref);
    return { success: true, ...outcome(graph, removed, new Set(named)) };
  });
  store.environments().removeAllOf(receipt.packs.map(({ ref }) => ref));
  return receipt;
}

function assertNotRequired(graph: Graph, removed: ReadonlySet<string>): void {
  const edges = dependenciesOn(graph, withDependents(graph, removed)).filter(({ by }) => !removed.has(by));
  if (edges.length > 0) throw new PackStillRequired(edges);
}

function outcome(graph: Graph, removed: ReadonlySet<string>, named: ReadonlySet<string>): UninstallOutcome {
  const remaining = graph.filter(({ ref }) => !removed.has(ref));
  const byRef = new Map(graph.map((node) => [node.ref, node]));
  const packs = [...removed].flatMap((ref) => byRef.get(ref) ?? []);
  return {
    packs: packs.map((node) => ({
      ref: node.ref,
      version: node.version,
      action: 'uninstalled',
      needs: named.has(node.ref) ? null : removedDependency(node, removed),
    })),
    broken: [...new Set(dependenciesOn(remaining, removed).map(({ by }) => by))],
    no_longer_needed: unneededPacks(remaining).map(({ ref }) => ref),
  };
}

function removedDependency({ dependencies }: InstalledNode, removed: ReadonlySet<string>): string | null {
  return dependencies.find(({ ref }) => removed.has(ref))?.ref ?? null;
}
