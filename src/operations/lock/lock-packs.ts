import { AttuneError } from '../../errors.ts';
import { parseDigest } from '../../packs/digest.ts';
import { InvalidLock, type Lock, type LockEntry, type LockedPack, toLockEntry } from '../../packs/lock/lock-file.ts';
import type { LockedSource } from '../../packs/lock/locked-source.ts';
import { type ListedPack, readPackList } from '../../packs/lock/pack-list.ts';
import { parseReference } from '../../packs/reference.ts';
import type { Reporter } from '../../platform/reporter.ts';
import type { InstalledNode } from '../../store/installed.ts';
import { assertDistinct, ContradictoryRequest } from '../install/install-request.ts';
import type { Runtime } from '../runtime.ts';
import {
  assertLockConsistent,
  directoryOfLock,
  lockFileMatches,
  readInputFile,
  readLockFileIfPresent,
  type WrittenLock,
  writeLockFile,
} from './lock-io.ts';
import { lockedSource } from './locked-sources.ts';
import { resolveLock } from './resolve-lock.ts';

export interface LockRequest {
  /** Registry references and paths of pack lists; empty for the installed packs. */
  readonly sources: readonly string[];
  /** As typed. */
  readonly output: string;
  /** Only verifies that the lock is up to date. */
  readonly check: boolean;
  readonly dryRun: boolean;
  /** Resolves to the newest versions, regardless of the versions in the existing lock. */
  readonly upgrade: boolean;
  /** The only registry to query. */
  readonly registry: string | undefined;
  readonly jobs: number;
}

export type LockReceipt = ({ readonly success: true } | { readonly dry_run: true }) & {
  readonly lock_file: string;
  readonly packs: readonly LockEntry[];
  readonly action: 'written' | 'unchanged';
  readonly warnings: readonly string[];
};

/** A lock file differs from what its sources resolve to. */
export class StaleLock extends AttuneError {
  /** @param lines the differences */
  constructor(name: string, lines: readonly string[], hint: string) {
    super(
      'INVALID_LOCK_STALE',
      [`The lock '${name}' is out of date:`, ...lines.map((line) => `  ${line}`)].join('\n'),
      {
        facts: { path: name, differences: lines },
        hint,
      },
    );
  }
}

/**
 * Writes a lock of the installed packs, or of what references and pack lists resolve to.
 * @throws StaleLock with `check`; InconsistentLock, LockNotWritten, and what reading lists and `resolveLock` throw
 */
export async function lockPacks(request: LockRequest, runtime: Runtime): Promise<LockReceipt> {
  const { output, sources } = request;
  const resolved = sources.length === 0 ? undefined : await lockSources(request, runtime);
  const create = (reporter: Reporter) => resolved ?? lockInstalled(output, runtime, reporter);
  const { lock, action } = request.check
    ? assertUpToDate(output, await create(runtime.reporter), runtime)
    : await writeLockFile(output, create, runtime, request);
  const sorted = lock.packs.toSorted((one, other) => (one.ref < other.ref ? -1 : 1));
  return {
    ...(request.dryRun ? { dry_run: true } : { success: true }),
    lock_file: output,
    packs: sorted.map(toLockEntry),
    action,
    warnings: runtime.reporter.warnings,
  };
}

/** @throws StaleLock */
function assertUpToDate(output: string, lock: Lock, runtime: Runtime): WrittenLock {
  if (lockFileMatches(output, lock, runtime)) return { lock, action: 'unchanged' };
  const changes = lockChanges(readPreviousLock(output, runtime), lock);
  throw new StaleLock(output, changes, 'Update it by running the command without --check.');
}

async function lockInstalled(output: string, runtime: Runtime, reporter: Reporter): Promise<Lock> {
  const graph = (await runtime.store()).graph();
  const directory = directoryOfLock(output, runtime);
  const lock = { packs: graph.map((pack) => toLockedPack(pack, lockedSource(pack, directory, reporter))) };
  assertLockConsistent(lock, 'The installed packs have unsatisfied dependencies');
  return lock;
}

function toLockedPack(pack: InstalledNode, source: LockedSource | undefined): LockedPack {
  const { ref, version, checksum, requested, dependencies } = pack;
  return { ref, version, checksum: parseDigest(checksum), source, requested, dependencies };
}

async function lockSources({ sources, output, upgrade, ...options }: LockRequest, runtime: Runtime): Promise<Lock> {
  const { limits } = await runtime.config();
  const listed = sources.flatMap((source) =>
    isPackList(source)
      ? readPackList(readInputFile(source, runtime.environment), source, limits)
      : [parseRegistryReference(source, runtime)],
  );
  assertDistinct(
    listed.map(({ ref }) => ref),
    'SOURCE',
  );
  const store = await runtime.store();
  using area = store.stage({ dryRun: true });
  const previous = upgrade ? undefined : readPreviousLock(output, runtime);
  return (await resolveLock(listed, { ...options, previous }, area, runtime)).lock;
}

/** Returns whether an argument names a pack list rather than a lock file or a reference. */
export function isPackList(argument: string): boolean {
  return /\.ya?ml$/i.test(argument);
}

function parseRegistryReference(argument: string, { environment }: Runtime): ListedPack {
  const reference = parseReference(argument, { refSpec: undefined, type: undefined, windows: environment.windows });
  if (reference.kind === 'registry') return reference;
  throw new ContradictoryRequest(
    'Only packs of a registry and pack lists (.yaml) can be locked; an argument is a path or a URL.',
    "Install that pack first, then lock the installed packs with 'attune pack lock'.",
  );
}

/** Reads the existing lock. An invalid one is ignored with a warning, so that the command can repair it. */
function readPreviousLock(output: string, runtime: Runtime): Lock | undefined {
  try {
    return readLockFileIfPresent(output, runtime);
  } catch (error) {
    if (!(error instanceof AttuneError && (error instanceof InvalidLock || error.family === 'INVALID'))) throw error;
    runtime.reporter.warn(`The lock '${output}' cannot be read; its versions are ignored.`);
    return undefined;
  }
}

/** Returns the changes from one lock to another, one line each. */
function lockChanges(from: Lock | undefined, to: Lock): string[] {
  if (from === undefined) return ['there is no readable lock'];
  const old = new Map(from.packs.map((pack) => [pack.ref, pack]));
  const newRefs = new Set(to.packs.map(({ ref }) => ref));
  const lines = to.packs.flatMap((pack) => {
    const before = old.get(pack.ref);
    if (before === undefined) return [`${pack.ref} ${pack.version} would be added`];
    if (before.version !== pack.version) {
      return [`${pack.ref} would change from ${before.version} to ${pack.version}`];
    }
    const same = JSON.stringify(toLockEntry(before)) === JSON.stringify(toLockEntry(pack));
    return same ? [] : [`the entry of ${pack.ref} ${pack.version} would change`];
  });
  const removed = from.packs.filter(({ ref }) => !newRefs.has(ref)).map(({ ref }) => `${ref} would be removed`);
  const all = [...lines, ...removed];
  return all.length > 0 ? all : ['only its formatting would change'];
}
