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
import { replanIfChanged, StoreChanged } from './store-changed.ts';

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
  return { dry_run: true, ...plan(request, (await runtime.store()).graph()) };
}

/**
 * Uninstalls packs: all of them, or none. The plan is made again under the writer lock, and approved again if it differs.
 * @param approve confirms the packs to be uninstalled; throws if the user declines
 * @throws NotInstalled, PackStillRequired, StoreChanged
 */
export async function uninstallPacks(
  request: UninstallRequest,
  approve: (packs: readonly UninstalledPack[]) => Promise<void>,
  runtime: Pick<Runtime, 'store'>,
): Promise<UninstallReceipt> {
  const store = await runtime.store();
  const receipt = await replanIfChanged(async () => {
    const approved = plan(request, store.graph());
    await approve(approved.packs);
    return store.write<UninstallReceipt>((writer) => {
      const outcome = plan(request, writer.graph());
      const added = outcome.packs.filter(({ ref }) => !approved.packs.some((pack) => pack.ref === ref));
      if (added.length > 0) throw new StoreChanged(added.map(({ ref }) => ref));
      writer.uninstall(outcome.packs.map(({ ref }) => ref));
      return { success: true, ...outcome };
    });
  });
  store.environments().removeAllOf(receipt.packs.map(({ ref }) => ref));
  return receipt;
}

function plan({ refs, force, withDependents: all }: UninstallRequest, graph: Graph): UninstallOutcome {
  const installed = new Set(graph.map(({ ref }) => ref));
  const missing = [...new Set(refs)].filter((ref) => !installed.has(ref));
  if (missing.length > 0) throw new NotInstalled(missing, [...installed]);
  const removed = all ? withDependents(graph, refs) : new Set(refs);
  if (!force) assertNotRequired(graph, removed);
  return outcomeOf(graph, removed, new Set(refs));
}

function assertNotRequired(graph: Graph, removed: ReadonlySet<string>): void {
  const edges = dependenciesOn(graph, withDependents(graph, removed)).filter(({ by }) => !removed.has(by));
  if (edges.length > 0) throw new PackStillRequired(edges);
}

function outcomeOf(graph: Graph, removed: ReadonlySet<string>, named: ReadonlySet<string>): UninstallOutcome {
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
