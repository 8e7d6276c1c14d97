import { type ReleaseUse, releaseUse, superfluousReleases } from '../../store/releases/retention.ts';
import type { Runtime } from '../runtime.ts';
import type { PruneRequest } from './prune-cache.ts';

export interface PrunedRelease {
  readonly ref: string;
  readonly version: string;
  readonly bytes: number;
  /** ISO 8601, UTC. */
  readonly installed_at: string;
  readonly why: 'beyond keep_releases' | 'not installed';
}

/**
 * Removes kept releases that nothing needs: see `superfluousReleases`.
 * @throws WriterBusy, DatabaseFault
 */
export async function pruneReleases(
  { olderThanMs, dryRun }: Pick<PruneRequest, 'olderThanMs' | 'dryRun'>,
  runtime: Pick<Runtime, 'store' | 'config' | 'clock'>,
): Promise<PrunedRelease[]> {
  const store = await runtime.store();
  const { keepReleases: keep } = await runtime.config();
  const installedBefore =
    olderThanMs === undefined ? new Date(8.64e15) : new Date(runtime.clock.now().getTime() - olderThanMs);
  const choose = (releases: readonly ReleaseUse[]) => superfluousReleases(releases, { keep, installedBefore });
  const planned = choose(await store.look(releaseUse));
  // A store that has nothing to give is not written to, nor made.
  if (dryRun || planned.length === 0) return planned.map(receipt);
  return (await store.write((writer) => writer.dropReleases(choose))).map(receipt);
}

function receipt({ ref, version, bytes, installed_at, behind }: ReleaseUse): PrunedRelease {
  return { ref, version, bytes, installed_at, why: behind === null ? 'not installed' : 'beyond keep_releases' };
}
