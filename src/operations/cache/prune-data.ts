/** Removes releases and test environments from the data directory that are no longer needed. */
import { type StoredEnvironment, unusedEnvironments } from '../../store/environments/stored-environments.ts';
import { prunableReleases, type ReleaseUsage, releaseUsage } from '../../store/releases/retention.ts';
import type { Runtime } from '../runtime.ts';

export interface DataPruneRequest {
  /** Only prune data that was not used for this long. */
  readonly olderThanMs: number | undefined;
  readonly dryRun: boolean;
}

export interface PrunedRelease {
  readonly ref: string;
  readonly version: string;
  readonly bytes: number;
  /** ISO 8601, UTC. */
  readonly installed_at: string;
  readonly why: 'beyond keep_releases' | 'not installed';
}

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
  /** Environments that were not removed because a process is using them. */
  readonly inUse: readonly PrunedEnvironment[];
}

/**
 * Removes the stored releases that `prunableReleases` selects.
 * @throws WriterBusy, DatabaseError
 */
export async function pruneReleases(
  { olderThanMs, dryRun }: DataPruneRequest,
  runtime: Pick<Runtime, 'store' | 'config' | 'clock'>,
): Promise<PrunedRelease[]> {
  const store = await runtime.store();
  const { keepReleases: keep } = await runtime.config();
  const installedBefore =
    olderThanMs === undefined ? new Date(8.64e15) : new Date(runtime.clock.now().getTime() - olderThanMs);
  const choose = (releases: readonly ReleaseUsage[]) => prunableReleases(releases, { keep, installedBefore });
  const planned = choose(await store.query(releaseUsage));
  // Without anything to prune, the store is neither created nor written to.
  if (dryRun || planned.length === 0) return planned.map(toPrunedRelease);
  return (await store.write((writer) => writer.dropReleases(choose))).map(toPrunedRelease);
}

function toPrunedRelease({ ref, version, bytes, installed_at, behind }: ReleaseUsage): PrunedRelease {
  return { ref, version, bytes, installed_at, why: behind === null ? 'not installed' : 'beyond keep_releases' };
}

/**
 * Removes the environments that `unusedEnvironments` selects, or all of them. They can be rebuilt.
 * @throws FileError
 */
export async function pruneEnvironments(
  { olderThanMs, all, dryRun }: DataPruneRequest & { readonly all: boolean },
  runtime: Pick<Runtime, 'store' | 'clock'>,
): Promise<PrunedEnvironments> {
  const store = await runtime.store();
  const environments = store.environments();
  const stored = environments.list();
  const installed = new Set(store.versions().keys());
  const usedBefore = olderThanMs === undefined ? undefined : new Date(runtime.clock.now().getTime() - olderThanMs);
  const unused = all ? stored : unusedEnvironments(stored, { installed, usedBefore });
  const { removed, inUse } = dryRun ? { removed: unused, inUse: [] } : environments.remove(unused);
  return { removed: removed.map(toPrunedEnvironment), inUse: inUse.map(toPrunedEnvironment) };
}

function toPrunedEnvironment({ ref, kind, digest, bytes, usedAt }: StoredEnvironment): PrunedEnvironment {
  return { ref, kind, digest, bytes, used_at: usedAt.toISOString() };
}
