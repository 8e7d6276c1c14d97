import { type KeptEnvironment, unusedEnvironments } from '../../store/environments/kept-environments.ts';
import type { Runtime } from '../runtime.ts';
import type { PruneRequest } from './prune-cache.ts';

export interface PrunedEnvironment {
  readonly ref: string;
  readonly kind: string;
  readonly digest: string;
  readonly bytes: number;
  /** ISO 8601, UTC. */
  readonly used_at: string;
}

export interface PrunedEnvironments {
  readonly removed: readonly PrunedEnvironment[];
  /** They stay: somebody uses them at the moment. */
  readonly inUse: readonly PrunedEnvironment[];
}

/**
 * Removes environments that nothing is likely to need: see `unusedEnvironments`. They can be built anew.
 * @throws FileFault
 */
export async function pruneEnvironments(
  { olderThanMs, all, dryRun }: Pick<PruneRequest, 'olderThanMs' | 'all' | 'dryRun'>,
  runtime: Pick<Runtime, 'store' | 'clock'>,
): Promise<PrunedEnvironments> {
  const store = await runtime.store();
  const environments = store.environments();
  const kept = environments.list();
  const installed = new Set(store.versions().keys());
  const usedBefore = olderThanMs === undefined ? undefined : new Date(runtime.clock.now().getTime() - olderThanMs);
  const unused = all ? kept : unusedEnvironments(kept, { installed, usedBefore });
  const { removed, inUse } = dryRun ? { removed: unused, inUse: [] } : environments.remove(unused);
  return { removed: removed.map(receipt), inUse: inUse.map(receipt) };
}

function receipt({ ref, kind, digest, bytes, usedAt }: KeptEnvironment): PrunedEnvironment {
  return { ref, kind, digest, bytes, used_at: usedAt.toISOString() };
}
