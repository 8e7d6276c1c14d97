import type { InstalledNode } from '../../store/installed.ts';
import type { Runtime } from '../runtime.ts';
import { NotInstalled } from './not-installed.ts';
import { admits, type Graph, unneededPacks, withDependencies, withDependents } from './pack-graph.ts';

export interface TreeRequest {
  /** Only this pack and what it needs; all that is installed where it is left out. */
  readonly ref: string | undefined;
  /** Only what leads to this pack, which may also be one that is needed and missing. */
  readonly why: string | undefined;
}

/** The installed packs and what they need of each other, as the contract prints it (SPEC section 7). */
export interface PackTree {
  /** Where drawing begins: what was asked for, then what is left over; with `why` that pack alone. */
  readonly roots: readonly string[];
  /** The pack that everything in here leads to, if one was named. */
  readonly why: string | null;
  readonly packs: readonly TreePack[];
}

export interface TreePack {
  readonly ref: string;
  readonly version: string;
  /** False for a pack that came only because another needs it. */
  readonly requested: boolean;
  readonly pinned: boolean;
  /** False where `pack autoremove` would take it away. */
  readonly needed: boolean;
  readonly requires: readonly TreeNeed[];
}

export interface TreeNeed {
  readonly ref: string;
  readonly range: string;
  /** What is installed; `null` where nothing is. */
  readonly version: string | null;
  readonly satisfied: boolean;
}

/** The dependency graph of what is installed, or a part of it. @throws NotInstalled */
export async function packTree({ ref, why }: TreeRequest, runtime: Pick<Runtime, 'store'>): Promise<PackTree> {
  const graph = (await runtime.store()).graph();
  refuseUnknown(graph, ref, why);
  const below = ref === undefined ? undefined : withDependencies(graph, [ref]);
  const above = why === undefined ? undefined : withDependents(graph, [why]);
  const shown = (one: string) => one === why || ((below?.has(one) ?? true) && (above?.has(one) ?? true));
  const part = graph.filter((node) => shown(node.ref));
  const left = new Set(unneededPacks(graph).map((node) => node.ref));
  const versions = new Map(graph.map((node) => [node.ref, node.version]));
  return {
    roots: why !== undefined ? [why] : ref !== undefined ? [ref] : rootsOf(graph),
    why: why ?? null,
    packs: part.map(({ ref: own, version, requested, pinned, dependencies }) => ({
      ref: own,
      version,
      requested,
      pinned,
      needed: !left.has(own),
      requires: dependencies.filter((need) => shown(need.ref)).map((need) => treeNeed(need, versions)),
    })),
  };
}

function refuseUnknown(graph: Graph, ref: string | undefined, why: string | undefined): void {
  const installed = graph.map((node) => node.ref);
  const known = new Set(installed);
  const needed = new Set(graph.flatMap(({ dependencies }) => dependencies.map((need) => need.ref)));
  const unknown = [
    ...(ref === undefined || known.has(ref) ? [] : [ref]),
    ...(why === undefined || known.has(why) || needed.has(why) ? [] : [why]),
  ];
  if (unknown.length > 0) throw new NotInstalled(unknown, installed);
}

function treeNeed({ ref, range }: { ref: string; range: string }, versions: ReadonlyMap<string, string>): TreeNeed {
  const version = versions.get(ref);
  return { ref, range, version: version ?? null, satisfied: admits(range, version) };
}

/** Every pack is reached from one of these: what was asked for, then the tops of the rest, then of each circle one. */
function rootsOf(graph: Graph): string[] {
  const asked = graph.filter(({ requested }) => requested).map(({ ref }) => ref);
  const reached = withDependencies(graph, asked);
  const rest = graph.filter(({ ref }) => !reached.has(ref));
  const roots = [...asked];
  for (const { ref } of [...topsOf(rest), ...rest]) {
    if (reached.has(ref)) continue;
    roots.push(ref);
    for (const one of withDependencies(graph, [ref])) reached.add(one);
  }
  return roots;
}

function topsOf(nodes: Graph): InstalledNode[] {
  const needed = new Set(nodes.flatMap(({ dependencies }) => dependencies.map(({ ref }) => ref)));
  return nodes.filter(({ ref }) => !needed.has(ref));
}
