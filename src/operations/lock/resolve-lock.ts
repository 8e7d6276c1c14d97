import type { Lock } from '../../packs/lock/lock-file.ts';
import { mapConcurrently } from '../../platform/concurrency.ts';
import type { StagingArea } from '../../store/staging.ts';
import { recordedDependencies } from '../install/check-dependencies.ts';
import { planFromScratch } from '../install/plan-install.ts';
import { warnAboutYanked } from '../install/warn-about-yanked.ts';
import type { Runtime } from '../runtime.ts';
import { stageEntry } from '../staging/stage-entry.ts';
import type { StagedPack } from '../staging/staged-content.ts';
import { assertLockConsistent } from './lock-io.ts';

/** A staged pack of a lock, and the registry that lists it. */
export interface LockedContent {
  readonly staged: StagedPack;
  /** `undefined` for a pack without a registry. */
  readonly registry: string | undefined;
}

export interface ResolvedLock {
  readonly lock: Lock;
  /** Every pack of the lock by ref. */
  readonly contents: ReadonlyMap<string, LockedContent>;
}

export interface ResolveLockOptions {
  /** The only registry to query. */
  readonly registry?: string | undefined;
  /** A lock whose versions are preferred where they still match. */
  readonly previous: Lock | undefined;
  /** The number of packs that are fetched concurrently. */
  readonly jobs: number;
}

/**
 * Resolves refs and ranges to a lock, as if no pack were installed, and fetches the packs: an index has the checksum of
 * an archive but not of its files, and only the pack's manifest is authoritative for its dependencies.
 * @param listed every ref once, ranges in npm's syntax
 * @throws what `planFromScratch` and `stageEntry` throw; InconsistentLock if index and manifest disagree
 */
export async function resolveLock(
  listed: readonly { readonly ref: string; readonly range: string | undefined }[],
  { registry, previous, jobs }: ResolveLockOptions,
  area: StagingArea,
  runtime: Runtime,
): Promise<ResolvedLock> {
  runtime.reporter.step('Resolving');
  const locked = new Map(previous?.packs.map(({ ref, version }) => [ref, version]));
  const planned = await planFromScratch(listed, runtime, { registry, locked });
  warnAboutYanked(planned, runtime.reporter);
  const requested = new Set(listed.map(({ ref }) => ref));
  const fetched = await mapConcurrently(planned, jobs, async ({ ref, version, from }) => {
    runtime.reporter.note(`Locking ${ref} ${version} (${from.registry})`, ref);
    return { ref, registry: from.registry, staged: await stageEntry(from, false, area, runtime) };
  });
  const packs = fetched.map(({ ref, staged }) => ({
    ref,
    version: staged.pack.manifest.version,
    checksum: staged.fingerprint.checksum,
    requested: requested.has(ref),
    dependencies: recordedDependencies(staged.pack.manifest.dependencies),
  }));
  assertLockConsistent({ packs }, 'The manifests of these packs have other dependencies than their registry entries');
  return { lock: { packs }, contents: new Map(fetched.map((pack) => [pack.ref, pack])) };
}
