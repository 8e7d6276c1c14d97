import type { InstalledNode } from '../../store/installed.ts';
import type { Runtime } from '../runtime.ts';
import { NotInstalled } from './not-installed.ts';
import { admits, type Graph, unneededPacks, withDependencies, withDependents } from './pack-graph.ts';

export interface TreeRequest {
  /** Restricts the tree to this pack and its dependencies. */
  readonly ref: string | undefined;
  /** Restricts the tree to the packs that depend on this one, which may be a missing dependency. */
  readonly why: string | undefined;
}

/** The installed packs and the dependencies between them, as `pack tree` prints them (SPEC section 7). */
export interface PackTree {
  /** The roots of the drawing: requested packs, then those that no root reaches; with `why` that pack alone. */
  readonly roots: readonly string[];
  /** The pack that all others depend on, if one was named. */
  readonly why: string | null;
  readonly packs: readonly TreePack[];
}

export interface TreePack {
  readonly ref: string;
  readonly version: string;
  /** False for a pack that was installed only as a dependency. */
  readonly requested: boolean;
  readonly pinned: boolean;
  /** False if `pack autoremove` would uninstall it. */
  readonly needed: boolean;
  readonly requires: readonly TreeDependency[];
}

export interface TreeDependency {
  readonly ref: string;
  readonly range: string;
  /** The installed version; `null` if the dependency is missing. */
  readonly version: string | null;
  readonly satisfied: boolean;
}

/** Returns the dependency graph of the installed packs, or a part of it. @throws NotInstalled */
export async function packTree({ ref, why }: TreeRequest, runtime: Pick<Runtime, 'store'>): Promise<PackTree> {
  const graph = (await runtime.store()).graph();
  assertKnown(graph, ref, why);
  const dependencies = ref === undefined ? undefined : withDependencies(graph, [ref]);
  const dependents = why === undefined ? undefined : withDependents(graph, [why]);
  const isShown = (one: string) => one === why || ((dependencies?.has(one) ?? true) && (dependents?.has(one) ?? true));
  const unneeded = new Set(unneededPacks(graph).map((node) => node.ref));
  const versions = new Map(graph.map((node) => [node.ref, node.version]));
  const toTreePack = (node: InstalledNode): TreePack => ({
    ref: node.ref,
    version: node.version,
    requested: node.requested,
    pinned: node.pinned,
    needed: !unneeded.has(node.ref),
    requires: node.dependencies
      .filter((dependency) => isShown(dependency.ref))
      .map((one) => treeDependency(one, versions)),
  });
  return {
    roots: why !== undefined ? [why] : ref !== undefined ? [ref] : rootsOf(graph),
    why: why ?? null,
    packs: graph.filter((node) => isShown(node.ref)).map(toTreePack),
  };
}

/** Verifies that `ref` is installed and that `why` is installed or a dependency. @throws NotInstalled */
function assertKnown(graph: Graph, ref: string | undefined, why: string | undefined): void {
  const installed = graph.map((node) => node.ref);
  const known = new Set(installed);
  const needed = new Set(graph.flatMap(({ dependencies }) => dependencies.map((dependency) => dependency.ref)));
  const unknown = [
    ...(ref === undefined || known.has(ref) ? [] : [ref]),
    ...(why === undefined || known.has(why) || needed.has(why) ? [] : [why]),
  ];
  if (unknown.length > 0) throw new NotInstalled(unknown, installed);
}

function treeDependency(
  { ref, range }: { ref: string; range: string },
  versions: ReadonlyMap<string, string>,
): TreeDependency {
  const version = versions.get(ref);
  return { ref, range, version: version ?? null, satisfied: admits(range, version) };
}

/**
 * Returns roots from which every pack is reached: the requested packs, then remaining packs without dependents, then one
 * pack of each remaining cycle.
 */
function rootsOf(graph: Graph): string[] {
  const requested = graph.filter((node) => node.requested).map(({ ref }) => ref);
  const reached = withDependencies(graph, requested);
  const rest = graph.filter(({ ref }) => !reached.has(ref));
  const roots = [...requested];
  for (const { ref } of [...withoutDependents(rest), ...rest]) {
    if (reached.has(ref)) continue;
    roots.push(ref);
    for (const one of withDependencies(graph, [ref])) reached.add(one);
  }
  return roots;
}

function withoutDependents(nodes: Graph): InstalledNode[] {
  const needed = new Set(nodes.flatMap(({ dependencies }) => dependencies.map(({ ref }) => ref)));
  return nodes.filter(({ ref }) => !needed.has(ref));
}
