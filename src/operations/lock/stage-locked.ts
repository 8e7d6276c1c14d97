import { AttuneError } from '../../errors.ts';
import { formatDigest, sameDigest } from '../../packs/digest.ts';
import { type LockedPack, toLockEntry } from '../../packs/lock/lock-file.ts';
import type { LockedSource } from '../../packs/lock/locked-source.ts';
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
  const failures = new Map<LockedPack, AttuneError>();
  const staged = await mapConcurrently(steps, jobs, async (step) => {
    const { pack } = step;
    try {
      const content = contents.get(pack.ref) ?? (await fetchLocked(step, directory, area, runtime));
      assertLockedContent(pack, content);
      return content;
    } catch (error) {
      if (!(error instanceof AttuneError) || !isUnavailable(error)) throw error;
      failures.set(pack, error);
      return undefined;
    }
  });
  if (failures.size > 0) {
    throw new LockedPacksUnavailable(
      steps.flatMap(({ pack }) => (failures.has(pack) ? { pack, error: failures.get(pack)! } : [])),
    );
  }
  return staged.filter((content) => content !== undefined);
}

function isUnavailable({ family }: AttuneError): boolean {
  return family === 'NETWORK' || family === 'NOT_FOUND';
}

async function fetchLocked(
  { pack, before }: SyncStep,
  directory: string,
  area: StagingArea,
  runtime: Runtime,
): Promise<LockedContent> {
  const { ref, version, checksum, source } = pack;
  if (source !== undefined) return fetchSource({ ...pack, source }, directory, area, runtime);
  const restored = await restoreContent(checksum, area, runtime);
  if (restored !== undefined) return { staged: restored, registry: restored.origin.registry ?? undefined };
  const registries = await runtime.registries();
  // An installed pack stays bound to its registry.
  const bound = registries.chosen().find(({ name }) => name === before?.registry);
  const found = await registries.find(ref, { registry: bound?.name });
  const release = found?.versions.find((one) => one.version === version)?.release;
  if (found === undefined || release === undefined) throw new VersionNotPublished(pack, found);
  const registry = found.registry.name;
  runtime.reporter.note(`Fetching ${ref} ${version} (${registry})`, ref);
  return {
    staged: await stageEntry({ ref, version, registry, sources: release.installSources }, false, area, runtime),
    registry,
  };
}

async function fetchSource(
  { ref, version, checksum, source }: LockedPack & { readonly source: LockedSource },
  directory: string,
  area: StagingArea,
  runtime: Runtime,
): Promise<LockedContent> {
  const provenance = lockedProvenance(source, directory);
  const archiveChecksum = source.type === 'archive' ? source.checksum : undefined;
  const restored = await restoreContent(checksum, area, runtime, provenance);
  const sameArchive =
    restored?.archiveChecksum && archiveChecksum && sameDigest(restored.archiveChecksum, archiveChecksum);
  if (restored !== undefined && (source.type === 'git' || sameArchive)) {
    return { staged: restored, registry: undefined };
  }
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
