import compare from 'semver/functions/compare.js';
import { formatDigest } from '../../packs/digest.ts';
import type { Lock, LockedPack } from '../../packs/lock/lock-file.ts';
import { installOrder } from '../../resolver/install-order.ts';
import type { InstalledNode } from '../../store/installed.ts';
import type { RetainedRelease } from '../../store/releases/kept-releases.ts';
import type { Graph } from '../installed/pack-graph.ts';

/**
 * What becomes of a pack. `marked` is there already and from now on counts, or no longer counts, as asked for;
 * `reinstalled` has the same version and other files.
 */
export type SyncAction = 'installed' | 'upgraded' | 'downgraded' | 'reinstalled' | 'marked' | 'unchanged';

export interface SyncStep {
  readonly pack: LockedPack;
  readonly before: InstalledNode | undefined;
  readonly action: SyncAction;
  /** A release that the store still has of it, where it is another than the current one. */
  readonly kept: RetainedRelease | undefined;
}

export interface SyncPlan {
  /** Each after what it needs. */
  readonly steps: readonly SyncStep[];
  /** What is installed and not locked. */
  readonly removed: readonly InstalledNode[];
}

/** What has to be done so that these are the packs of a lock, and no others. Pure. */
export function planSync({ packs }: Lock, graph: Graph, kept: readonly RetainedRelease[]): SyncPlan {
  const installed = new Map(graph.map((node) => [node.ref, node]));
  const locked = new Map(packs.map((pack) => [pack.ref, pack]));
  const needs = new Map(packs.map(({ ref, dependencies }) => [ref, dependencies.map((need) => need.ref)]));
  const { order } = installOrder([...locked.keys()].sort(), needs);
  return {
    steps: order.map((ref) => stepFor(locked.get(ref)!, installed.get(ref), kept)),
    removed: graph.filter(({ ref }) => !locked.has(ref)),
  };
}

function stepFor(pack: LockedPack, before: InstalledNode | undefined, kept: readonly RetainedRelease[]): SyncStep {
  const action = actionFor(pack, before);
  const isThere = action === 'unchanged' || action === 'marked';
  return { pack, before, action, kept: isThere ? undefined : kept.find((release) => holds(release, pack)) };
}

function actionFor(pack: LockedPack, before: InstalledNode | undefined): SyncAction {
  if (before === undefined) return 'installed';
  if (holds(before, pack)) return before.requested === pack.requested ? 'unchanged' : 'marked';
  const order = compare(pack.version, before.version);
  if (order === 0) return 'reinstalled';
  return order > 0 ? 'upgraded' : 'downgraded';
}

type Content = Pick<InstalledNode, 'ref' | 'version' | 'checksum'>;

function holds(there: Content, { ref, version, checksum }: LockedPack): boolean {
  return there.ref === ref && there.version === version && there.checksum === formatDigest(checksum);
}
