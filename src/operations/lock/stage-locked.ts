import { AttuneError } from '../../errors.ts';
import { formatDigest, parseDigest, sameDigest } from '../../packs/digest.ts';
import { type LockedPack, toLockEntry } from '../../packs/lock/lock-file.ts';
import type { LockedSource } from '../../packs/lock/locked-source.ts';
import type { DeclaredRequirements } from '../../packs/manifest/types.ts';
import { mapConcurrently } from '../../platform/concurrency.ts';
import type { FoundPack } from '../../registry/lookup/registries.ts';
import type { StagingArea } from '../../store/staging.ts';
import type { Runtime } from '../runtime.ts';
import { restoreContent } from '../staging/cached-content.ts';
import { stageEntry } from '../staging/stage-entry.ts';
import { stagePack } from '../staging/stage-pack.ts';
import { lockedProvenance, lockedRequest } from './locked-sources.ts';
import type { SyncStep } from './plan-sync.ts';
import type { LockedContent } from './resolve-lock.ts';
import type { SyncTarget } from './sync-target.ts';

/** The fetched content has another checksum, ref or version than the lock. */
class LockedContentMismatch extends AttuneError {
  constructor({ ref, version, checksum }: LockedPack, { staged, registry }: LockedContent) {
    const { manifest } = staged.pack;
    const expected = formatDigest(checksum);
    const actual = formatDigest(staged.fingerprint.checksum);
    const { url } = staged.provenance;
    const source = registry === undefined ? url : `the registry '${registry}'`;
    const isNamedPack = manifest.ref === ref && manifest.version === version;
    const reason = isNamedPack
      ? `The files of ${ref} ${version} from ${source} do not match the lock:`
      : `The lock lists ${ref} ${version}, but the content is ${manifest.ref} ${manifest.version}:`;
    super('INTEGRITY_LOCK', `${reason}\n  locked: ${expected}\n  actual: ${actual}`, {
      facts: { ref, version, registry: registry ?? null, url, expected, actual },
      hint: 'A published version was replaced, or the lock was edited. Contact the publisher; if the change is intended, lock the pack again.',
    });
  }
}

interface Failure {
  readonly pack: LockedPack;
  readonly error: AttuneError;
}

/** Locked packs that no source provides. */
class LockedPacksUnavailable extends AttuneError {
  constructor(failures: readonly Failure[]) {
    const isNetwork = failures.some(({ error }) => error.family === 'NETWORK');
    const lines = failures.map(
      ({ pack, error }) => `  ${pack.ref} ${pack.version}: ${error.message.replace(/\n/g, '\n  ')}`,
    );
    super(
      isNetwork ? 'NETWORK_LOCKED' : 'NOT_FOUND_LOCKED',
      ['These locked packs are neither in the store nor in the cache, and cannot be downloaded:', ...lines].join('\n'),
      {
        facts: {
          packs: failures.map(({ pack, error }) => ({
            ...toLockEntry(pack),
            code: error.code,
            message: error.message,
          })),
        },
        hint: isNetwork
          ? 'Check the network, or copy the cache (ATTUNE_CACHE_DIR) of a machine that has these packs.'
          : failures.some(({ pack }) => pack.source !== undefined)
            ? 'Lock versions that still exist, or copy the cache (ATTUNE_CACHE_DIR) of a machine that has these packs.'
            : "Add a registry that has them with 'attune registry add NAME URL', or copy the cache of a machine that has them.",
        cause: failures[0]?.error,
      },
    );
  }
}

class VersionNotPublished extends AttuneError {
  constructor({ ref, version }: LockedPack, found: FoundPack | undefined) {
    const reason =
      found === undefined
        ? 'no registry has the pack, and the lock names no other source'
        : `the registry '${found.registry.name}' has the pack, but not this version`;
    super('NOT_FOUND_VERSION', `${reason}.`, { facts: { ref, version } });
  }
}

/**
 * Stages locked packs from the cache, or else from their locked sources, or else from exactly that version in a registry,
 * yanked or not. Verifies that each has the locked checksum.
 * @param directory the directory of the lock
 * @param contents packs that are already in staging, by ref
 * @returns the packs in the order of `steps`
 * @throws LockedContentMismatch; LockedPacksUnavailable that names every such pack; what `stageEntry` throws
 */
export async function stageLocked(
  steps: readonly SyncStep[],
  { contents, directory }: Pick<SyncTarget, 'contents' | 'directory'>,
  jobs: number,
  area: StagingArea,
  runtime: Runtime,
): Promise<LockedContent[]> {
  return fromEach(steps, jobs, async (step) => {
    const content = contents.get(step.pack.ref) ?? (await fetchLocked(step, directory, area, runtime));
    assertLockedContent(step.pack, content);
    return content;
  });
}

/**
 * Returns what is known of the requirements of locked packs without a download: from the cache, or else from the index of
 * the registry that has the version. Nothing is known of packs with another source.
 * @throws LockedContentMismatch; LockedPacksUnavailable that names every pack that no registry has; InvalidChecksum
 */
export async function knownRequirements(
  steps: readonly SyncStep[],
  { contents, directory }: Pick<SyncTarget, 'contents' | 'directory'>,
  jobs: number,
  area: StagingArea,
  runtime: Runtime,
): Promise<DeclaredRequirements[]> {
  return fromEach(steps, jobs, async (step) => {
    const content = contents.get(step.pack.ref) ?? (await restoreLocked(step.pack, directory, area, runtime));
    if (content !== undefined) {
      assertLockedContent(step.pack, content);
      return content.staged.pack.manifest;
    }
    if (step.pack.source !== undefined) return undefined;
    const { installSources, runtimeDeps, dependencies } = (await findLocked(step, runtime)).release;
    parseDigest(installSources[0]?.checksum ?? '');
    return { ref: step.pack.ref, runtimeDeps, dependencies };
  });
}

/** Returns the results for all packs. @throws LockedPacksUnavailable that names every pack that is unavailable */
async function fromEach<T>(
  steps: readonly SyncStep[],
  jobs: number,
  work: (step: SyncStep) => Promise<T | undefined>,
): Promise<T[]> {
  const failures = new Map<LockedPack, AttuneError>();
  const results = await mapConcurrently(steps, jobs, async (step) => {
    try {
      return await work(step);
    } catch (error) {
      if (!(error instanceof AttuneError) || !isUnavailable(error)) throw error;
      failures.set(step.pack, error);
      return undefined;
    }
  });
  if (failures.size > 0) {
    throw new LockedPacksUnavailable(
      steps.flatMap(({ pack }) => (failures.has(pack) ? { pack, error: failures.get(pack)! } : [])),
    );
  }
  return results.filter((result) => result !== undefined);
}

function isUnavailable({ family }: AttuneError): boolean {
  return family === 'NETWORK' || family === 'NOT_FOUND';
}

async function fetchLocked(
  step: SyncStep,
  directory: string,
  area: StagingArea,
  runtime: Runtime,
): Promise<LockedContent> {
  const { ref, version, source } = step.pack;
  const restored = await restoreLocked(step.pack, directory, area, runtime);
  if (restored !== undefined) return restored;
  if (source !== undefined) return fetchSource({ ...step.pack, source }, directory, area, runtime);
  const { registry, release } = await findLocked(step, runtime);
  runtime.reporter.note(`Fetching ${ref} ${version} (${registry})`, ref);
  return {
    staged: await stageEntry({ ref, version, registry, sources: release.installSources }, false, area, runtime),
    registry,
  };
}

/** Stages a locked pack from the cache. @returns `undefined` if it is not cached, or not as the archive that is locked */
async function restoreLocked(
  { checksum, source }: LockedPack,
  directory: string,
  area: StagingArea,
  runtime: Runtime,
): Promise<LockedContent | undefined> {
  const provenance = source && lockedProvenance(source, directory);
  const restored = await restoreContent(checksum, area, runtime, provenance);
  if (restored === undefined) return undefined;
  if (source === undefined) return { staged: restored, registry: restored.origin.registry ?? undefined };
  const isLocked =
    source.type === 'git' || (restored.archiveChecksum && sameDigest(restored.archiveChecksum, source.checksum));
  return isLocked ? { staged: restored, registry: undefined } : undefined;
}

/** Finds the locked version in the registry that the installed pack is bound to, or that has a new pack. */
async function findLocked(
  { pack, before }: SyncStep,
  runtime: Runtime,
): Promise<{ readonly registry: string; readonly release: FoundPack['versions'][number]['release'] }> {
  const registries = await runtime.registries();
  const bound = registries.chosen().find(({ name }) => name === before?.registry);
  const found = await registries.find(pack.ref, { registry: bound?.name });
  const release = found?.versions.find((one) => one.version === pack.version)?.release;
  if (found === undefined || release === undefined) throw new VersionNotPublished(pack, found);
  return { registry: found.registry.name, release };
}

async function fetchSource(
  { ref, version, source }: LockedPack & { readonly source: LockedSource },
  directory: string,
  area: StagingArea,
  runtime: Runtime,
): Promise<LockedContent> {
  const provenance = lockedProvenance(source, directory);
  const archiveChecksum = source.type === 'archive' ? source.checksum : undefined;
  runtime.reporter.note(`Fetching ${ref} ${version} (${provenance.url})`, ref);
  const staged = await stagePack(lockedRequest(source, directory), archiveChecksum, area, runtime, { ref });
  const { mirror } = staged.provenance;
  return { staged: { ...staged, provenance: { ...provenance, mirror } }, registry: undefined };
}

function assertLockedContent(pack: LockedPack, content: LockedContent): void {
  const { manifest } = content.staged.pack;
  const same = sameDigest(content.staged.fingerprint.checksum, pack.checksum);
  if (!same || manifest.ref !== pack.ref || manifest.version !== pack.version) {
    throw new LockedContentMismatch(pack, content);
  }
}
