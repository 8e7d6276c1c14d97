import compareBuild from 'semver/functions/compare-build.js';
import { formatDigest } from '../../packs/digest.ts';
import type { Lock, LockedPack } from '../../packs/lock/lock-file.ts';
import { installOrder } from '../../resolver/install-order.ts';
import type { InstalledNode } from '../../store/installed.ts';
import type { RetainedRelease } from '../../store/releases/retained-releases.ts';
import type { Graph } from '../installed/pack-graph.ts';

/**
 * The change of a pack. `marked`: the content stays and only the `requested` mark changes. `reinstalled`: the version
 * stays and the files change.
 */
export type SyncAction = 'installed' | 'upgraded' | 'downgraded' | 'reinstalled' | 'marked' | 'unchanged';

export interface SyncStep {
  readonly pack: LockedPack;
  readonly before: InstalledNode | undefined;
  readonly action: SyncAction;
  /** A retained release with the locked content, if the installed release has other content. */
  readonly retained: RetainedRelease | undefined;
}

export interface SyncPlan {
  /** Dependencies precede their dependents. */
  readonly steps: readonly SyncStep[];
  /** Installed packs that are not locked. */
  readonly removed: readonly InstalledNode[];
}

/** Plans the changes after which exactly the packs of a lock are installed. Pure. */
export function planSync({ packs }: Lock, graph: Graph, retained: readonly RetainedRelease[]): SyncPlan {
  const installed = new Map(graph.map((node) => [node.ref, node]));
  const locked = new Map(packs.map((pack) => [pack.ref, pack]));
  const edges = new Map(packs.map(({ ref, dependencies }) => [ref, dependencies.map((dependency) => dependency.ref)]));
  const { order } = installOrder([...locked.keys()].sort(), edges);
  return {
    steps: order.map((ref) => stepFor(locked.get(ref)!, installed.get(ref), retained)),
    removed: graph.filter(({ ref }) => !locked.has(ref)),
  };
}

function stepFor(pack: LockedPack, before: InstalledNode | undefined, releases: readonly RetainedRelease[]): SyncStep {
  const action = actionFor(pack, before);
  const hasContent = action === 'unchanged' || action === 'marked';
  const retained = hasContent ? undefined : releases.find((release) => matchesLock(release, pack));
  return { pack, before, action, retained };
}

function actionFor(pack: LockedPack, before: InstalledNode | undefined): SyncAction {
  if (before === undefined) return 'installed';
  if (matchesLock(before, pack)) return before.requested === pack.requested ? 'unchanged' : 'marked';
  const order = compareBuild(pack.version, before.version);
  if (order === 0) return 'reinstalled';
  return order > 0 ? 'upgraded' : 'downgraded';
}

function matchesLock(
  release: Pick<InstalledNode, 'ref' | 'version' | 'checksum'>,
  { ref, version, checksum }: LockedPack,
): boolean {
  return release.ref === ref && release.version === version && release.checksum === formatDigest(checksum);
}
