import { dirname, join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { LOCK_FILE, type Lock } from '../../packs/lock/lock-file.ts';
import { type ListedPack, readPackList } from '../../packs/lock/pack-list.ts';
import { npmRange, satisfies } from '../../resolver/constraint.ts';
import type { StagingArea } from '../../store/staging.ts';
import { admits } from '../installed/pack-graph.ts';
import type { Runtime } from '../runtime.ts';
import { assertLockConsistent, readInputFile, readLockFile, readLockFileIfPresent } from './lock-io.ts';
import { isPackList, StaleLock } from './lock-packs.ts';
import { type LockedContent, resolveLock } from './resolve-lock.ts';

export interface TargetRequest {
  /** A lock, or a list of packs (.yaml), as it was typed. */
  readonly file: string;
  /** The lock has to be there and to fit; nothing is resolved. */
  readonly locked: boolean;
  readonly jobs: number;
}

/** What a machine is to become. */
export interface SyncTarget {
  readonly lock: Lock;
  readonly lockFile: string;
  /** The lock is not written yet. */
  readonly fresh: boolean;
  /** What is in staging already, by ref. */
  readonly contents: ReadonlyMap<string, LockedContent>;
}

class NoLock extends AttuneError {
  constructor(lockFile: string, list: string) {
    super('NOT_FOUND_LOCK', `There is no lock '${lockFile}' for '${list}', and --locked allows none to be made.`, {
      facts: { path: lockFile, list },
      hint: `Write it with: attune pack lock ${list} --output ${lockFile}`,
    });
  }
}

/**
 * Reads what a machine is to become: a lock as it is; for a list of packs the lock beside it, if that fits, else what the
 * list comes to now, with what of the lock still fits.
 * @throws NoLock, StaleLock, InconsistentLock, LockInputNotFound, and what reading and `resolveLock` throw
 */
export async function readTarget(request: TargetRequest, area: StagingArea, runtime: Runtime): Promise<SyncTarget> {
  const { file, locked, jobs } = request;
  const nothing = new Map<string, LockedContent>();
  if (!isPackList(file)) {
    const lock = readLockFile(file, runtime);
    assertLockConsistent(lock, `The lock '${file}' does not hold together`);
    return { lock, lockFile: file, fresh: false, contents: nothing };
  }
  const { limits } = await runtime.config();
  const wanted = readPackList(readInputFile(file, runtime.environment), file, limits);
  const lockFile = join(dirname(file), LOCK_FILE);
  const before = readLockFileIfPresent(lockFile, runtime);
  const misfits = before === undefined ? [] : lockMismatches(before, wanted);
  if (before !== undefined && misfits.length === 0) return { lock: before, lockFile, fresh: false, contents: nothing };
  if (locked && before === undefined) throw new NoLock(lockFile, file);
  if (locked)
    throw new StaleLock(lockFile, misfits, `Write it anew with: attune pack lock ${file} --output ${lockFile}`);
  return { ...(await resolveLock(wanted, { before, jobs }, area, runtime)), lockFile, fresh: true };
}

/** What of a lock does not fit to a list, a line each: what is wanted and not in it, what is in it and not wanted. */
export function lockMismatches({ packs }: Lock, wanted: readonly ListedPack[]): string[] {
  const locked = new Map(packs.map((pack) => [pack.ref, pack]));
  const ranges = new Map(wanted.map(({ ref, range }) => [ref, range]));
  const missing = wanted.flatMap(({ ref, range }) => {
    const pack = locked.get(ref);
    if (pack === undefined) return [`${ref} is wanted and not in it`];
    const fits = range === undefined || satisfies(pack.version, npmRange(range));
    return fits ? [] : [`${ref} ${range} is wanted, and ${pack.version} is in it`];
  });
  const marks = packs
    .filter(({ ref, requested }) => requested !== ranges.has(ref))
    .map(({ ref, requested }) =>
      requested ? `${ref} is asked for in it and not wanted` : `${ref} is wanted, and only needed in it`,
    );
  const reached = new Set(ranges.keys());
  // A set goes on to what is added to it while it is walked through.
  for (const ref of reached) for (const need of locked.get(ref)?.dependencies ?? []) reached.add(need.ref);
  const idle = packs
    .filter(({ ref, requested }) => !requested && !reached.has(ref))
    .map(({ ref }) => `nothing needs ${ref}, which is in it`);
  const unmet = packs.flatMap((pack) =>
    pack.dependencies
      .filter(({ ref, range }) => !admits(range, locked.get(ref)?.version))
      .map(({ ref, range }) => `${pack.ref} needs ${ref} ${range}, and ${locked.get(ref)?.version} is in it`),
  );
  return [...missing, ...marks, ...idle, ...unmet];
}
