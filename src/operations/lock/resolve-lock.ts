import type { Lock } from '../../packs/lock/lock-file.ts';
import { mapConcurrently } from '../../platform/concurrency.ts';
import type { StagingArea } from '../../store/staging.ts';
import { planFromScratch } from '../install/plan-install.ts';
import { recordedDependencies } from '../install/recorded-dependencies.ts';
import type { Runtime } from '../runtime.ts';
import { stageEntry } from '../staging/stage-entry.ts';
import type { StagedPack } from '../staging/stage-pack.ts';
import { assertLockConsistent } from './lock-io.ts';

/** A pack whose content is here, and the registry that promised it, if one did. */
export interface LockedContent {
  readonly staged: StagedPack;
  readonly registry: string | undefined;
}

export interface ResolvedLock {
  readonly lock: Lock;
  /** Every pack of the lock, by ref. */
  readonly contents: ReadonlyMap<string, LockedContent>;
}

export interface ResolveLockOptions {
  /** The only registry to ask. */
  readonly registry?: string | undefined;
  /** Versions that are kept where they still fit. */
  readonly before: Lock | undefined;
  /** How many packs are fetched at a time. */
  readonly jobs: number;
}

/**
 * Works out what some wanted packs come to, as if nothing were installed, and fetches it: an index knows the checksum of
 * an archive and not of the files in it, and only the pack's own manifest says for certain what it needs.
 * @param wanted every ref once, ranges in npm's syntax
 * @throws what `planFromScratch` and `stageEntry` throw; InconsistentLock where index and manifest do not agree
 */
export async function resolveLock(
  wanted: readonly { readonly ref: string; readonly range: string | undefined }[],
  { registry, before, jobs }: ResolveLockOptions,
  area: StagingArea,
  runtime: Runtime,
): Promise<ResolvedLock> {
  runtime.reporter.step('Resolving');
  const locked = new Map(before?.packs.map(({ ref, version }) => [ref, version]));
  const planned = await planFromScratch(wanted, runtime, { registry, locked });
  const asked = new Set(wanted.map(({ ref }) => ref));
  const fetched = await mapConcurrently(planned, jobs, async ({ ref, version, from }) => {
    runtime.reporter.note(`Locking ${ref} ${version} (${from.registry})`);
    return { ref, registry: from.registry, staged: await stageEntry(from, false, area, runtime) };
  });
  const packs = fetched.map(({ ref, staged }) => ({
    ref,
    version: staged.pack.manifest.version,
    checksum: staged.fingerprint.checksum,
    requested: asked.has(ref),
    dependencies: recordedDependencies(staged.pack.manifest.dependencies),
  }));
  assertLockConsistent({ packs }, 'These packs need more than their registry says');
  return { lock: { packs }, contents: new Map(fetched.map((pack) => [pack.ref, pack])) };
}
