import { AttuneError } from '../../errors.ts';
import type { InstalledNode } from '../../store/installed.ts';
import type { Runtime } from '../runtime.ts';
import { NotInstalled } from './not-installed.ts';
import { formatDependency, type Graph, type Need, needsOf, unneededPacks, withDependents } from './pack-graph.ts';

export interface UninstallRequest {
  readonly refs: readonly string[];
  /** Also what other packs need, which are left without it. */
  readonly force: boolean;
  /** And with them all that need them. */
  readonly withDependents: boolean;
}

interface UninstallOutcome {
  /** What was named comes first. */
  readonly packs: readonly UninstalledPack[];
  /** Packs that stay and then lack something. */
  readonly broken: readonly string[];
  /** Packs that came for others and that nothing needs then: what `pack autoremove` takes away. */
  readonly no_longer_needed: readonly string[];
}

export interface UninstalledPack {
  readonly ref: string;
  readonly version: string;
  readonly action: 'uninstalled';
  /** What it goes with because it needs it; `null` for what was named. */
  readonly needs: string | null;
}

/** What would be done; `uninstallPacks` does it. */
export interface UninstallPlan extends UninstallOutcome {
  readonly dry_run: true;
}

export interface UninstallReceipt extends UninstallOutcome {
  readonly success: true;
}

export class PackStillRequired extends AttuneError {
  /** @param needs all that stands in the way, directly or not */
  constructor(needs: readonly Need[]) {
    const lines = needs.map((need) => `  ${need.by} needs ${formatDependency(need)}`);
    super('DEPENDENCY_STILL_NEEDED', ['Cannot uninstall what other packs need:', ...lines].join('\n'), {
      facts: { needs },
      hint: 'Uninstall those packs as well with --with-dependents, or leave them broken with --force.',
    });
  }
}

/** Works out what goes. Nothing is changed. @throws NotInstalled, PackStillRequired */
export async function planUninstall(
  request: UninstallRequest,
  runtime: Pick<Runtime, 'store'>,
): Promise<UninstallPlan> {
  const graph = (await runtime.store()).graph();
  const installed = new Set(graph.map(({ ref }) => ref));
  const missing = [...new Set(request.refs)].filter((ref) => !installed.has(ref));
  if (missing.length > 0) throw new NotInstalled(missing, [...installed]);
  const going = request.withDependents ? withDependents(graph, request.refs) : new Set(request.refs);
  if (!request.force) refuseNeeded(graph, going);
  return { dry_run: true, ...outcome(graph, going, new Set(request.refs)) };
}

/**
 * Takes the packs of a plan away, all of them or none. What came to need one of them since is in the way again.
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
    const going = new Set(plan.packs.map(({ ref }) => ref));
    if (!force) refuseNeeded(graph, going);
    writer.uninstall([...going]);
    const named = plan.packs.filter(({ needs }) => needs === null).map(({ ref }) => ref);
    return { success: true, ...outcome(graph, going, new Set(named)) };
  });
  store.environments().forget(receipt.packs.map(({ ref }) => ref));
  return receipt;
}

function refuseNeeded(graph: Graph, going: ReadonlySet<string>): void {
  const inTheWay = needsOf(graph, withDependents(graph, going)).filter(({ by }) => !going.has(by));
  if (inTheWay.length > 0) throw new PackStillRequired(inTheWay);
}

function outcome(graph: Graph, going: ReadonlySet<string>, named: ReadonlySet<string>): UninstallOutcome {
  const staying = graph.filter(({ ref }) => !going.has(ref));
  const byRef = new Map(graph.map((node) => [node.ref, node]));
  const packs = [...going].flatMap((ref) => byRef.get(ref) ?? []);
  return {
    packs: packs.map((node) => ({
      ref: node.ref,
      version: node.version,
      action: 'uninstalled',
      needs: named.has(node.ref) ? null : whatItNeeds(node, going),
    })),
    broken: [...new Set(needsOf(staying, going).map(({ by }) => by))],
    no_longer_needed: unneededPacks(staying).map(({ ref }) => ref),
  };
}

function whatItNeeds({ dependencies }: InstalledNode, going: ReadonlySet<string>): string | null {
  return dependencies.find(({ ref }) => going.has(ref))?.ref ?? null;
}
