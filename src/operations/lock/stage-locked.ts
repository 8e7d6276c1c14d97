import { AttuneError } from '../../errors.ts';
import { formatDigest, sameDigest } from '../../packs/digest.ts';
import { type LockedPack, toLockEntry } from '../../packs/lock/lock-file.ts';
import { mapConcurrently } from '../../platform/concurrency.ts';
import type { FoundPack } from '../../registry/lookup/registries.ts';
import type { StagingArea } from '../../store/staging.ts';
import type { Runtime } from '../runtime.ts';
import { restoreContent } from '../staging/cached-content.ts';
import { stageEntry } from '../staging/stage-entry.ts';
import type { SyncStep } from './plan-sync.ts';
import type { LockedContent } from './resolve-lock.ts';

/** What was found under a locked pack's name is not what was locked. */
class LockedContentMismatch extends AttuneError {
  constructor({ ref, version, checksum }: LockedPack, { staged, registry }: LockedContent) {
    const { manifest } = staged.pack;
    const actual = formatDigest(staged.fingerprint.checksum);
    const place = registry === undefined ? staged.provenance.url : `the registry '${registry}'`;
    const same = manifest.ref === ref && manifest.version === version;
    const why = same
      ? `The files of ${ref} ${version} from ${place} are not those that were locked:`
      : `The lock calls this ${ref} ${version}, and it calls itself ${manifest.ref} ${manifest.version}:`;
    super('INTEGRITY_LOCK', `${why}\n  locked: ${formatDigest(checksum)}\n  actual: ${actual}`, {
      facts: {
        ref,
        version,
        registry: registry ?? null,
        url: staged.provenance.url,
        expected: formatDigest(checksum),
        actual,
      },
      hint: 'Somebody replaced a version that was published, or the lock was edited. Ask the publisher; if this is right, lock it anew.',
    });
  }
}

interface Failure {
  readonly pack: LockedPack;
  readonly why: AttuneError;
}

/** Locked packs that cannot be had, all of them. */
class LockedPacksUnavailable extends AttuneError {
  constructor(failures: readonly Failure[]) {
    const network = failures.some(({ why }) => why.family === 'NETWORK');
    const lines = failures.map(
      ({ pack, why }) => `  ${pack.ref} ${pack.version}: ${why.message.replace(/\n/g, '\n  ')}`,
    );
    super(
      network ? 'NETWORK_LOCKED' : 'NOT_FOUND_LOCKED',
      ['What is locked cannot be had; it is neither in the store nor in the cache, and:', ...lines].join('\n'),
      {
        facts: {
          packs: failures.map(({ pack, why }) => ({ ...toLockEntry(pack), code: why.code, message: why.message })),
        },
        hint: network
          ? 'Check the network, or bring the cache (ATTUNE_CACHE_DIR) of a machine that has these packs.'
          : 'Add a registry that has them with attune registry add, or bring the cache of a machine that has them.',
        cause: failures[0]?.why,
      },
    );
  }
}

class VersionNotPublished extends AttuneError {
  constructor({ ref, version }: LockedPack, found: FoundPack | undefined) {
    const why =
      found === undefined
        ? 'no registry has the pack'
        : `the registry '${found.registry.name}' has the pack and not this version`;
    super('NOT_FOUND_VERSION', `${why}.`, { facts: { ref, version } });
  }
}

/**
 * Brings locked packs into staging, by their digests: from the cache, else what a registry has as exactly that version,
 * yanked or not. What comes is what was locked, or nothing does.
 * @param contents what is in staging already, by ref
 * @returns in the same order
 * @throws LockedContentMismatch; LockedPacksUnavailable that names every pack that cannot be had; what `stageEntry` throws
 */
export async function stageLocked(
  steps: readonly SyncStep[],
  contents: ReadonlyMap<string, LockedContent>,
  jobs: number,
  area: StagingArea,
  runtime: Runtime,
): Promise<LockedContent[]> {
  const failures = new Map<LockedPack, AttuneError>();
  const staged = await mapConcurrently(steps, jobs, async (step) => {
    const { pack } = step;
    try {
      const content = contents.get(pack.ref) ?? (await contentOf(step, area, runtime));
      confirmLocked(pack, content);
      return content;
    } catch (error) {
      if (!(error instanceof AttuneError) || !isOutOfReach(error)) throw error;
      failures.set(pack, error);
      return undefined;
    }
  });
  if (failures.size > 0) {
    const inOrder = steps.flatMap(({ pack }) => (failures.has(pack) ? { pack, why: failures.get(pack)! } : []));
    throw new LockedPacksUnavailable(inOrder);
  }
  return staged.filter((content) => content !== undefined);
}

function isOutOfReach({ family }: AttuneError): boolean {
  return family === 'NETWORK' || family === 'NOT_FOUND';
}

async function contentOf({ pack, before }: SyncStep, area: StagingArea, runtime: Runtime): Promise<LockedContent> {
  const { ref, version, checksum } = pack;
  const restored = await restoreContent(checksum, area, runtime);
  if (restored !== undefined) return { staged: restored, registry: restored.origin.registry ?? undefined };
  const registries = await runtime.registries();
  // An installed pack stays bound to its registry.
  const bound = registries.chosen().find(({ name }) => name === before?.registry);
  const found = await registries.find(ref, { registry: bound?.name });
  const release = found?.versions.find((one) => one.version === version)?.release;
  if (found === undefined || release === undefined) throw new VersionNotPublished(pack, found);
  const registry = found.registry.name;
  runtime.reporter.note(`Fetching ${ref} ${version} (${registry})`);
  return {
    staged: await stageEntry({ ref, version, registry, sources: release.installSources }, false, area, runtime),
    registry,
  };
}

function confirmLocked(pack: LockedPack, content: LockedContent): void {
  const { manifest } = content.staged.pack;
  const same = sameDigest(content.staged.fingerprint.checksum, pack.checksum);
  if (!same || manifest.ref !== pack.ref || manifest.version !== pack.version) {
    throw new LockedContentMismatch(pack, content);
  }
}
