import { dirname, join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { LOCK_FILE, type Lock, type LockedPack, readLock } from '../../packs/lock/lock-file.ts';
import { type ListedPack, PACK_LIST_FILE, readPackList } from '../../packs/lock/pack-list.ts';
import { inspectTarget } from '../../platform/files/inspect.ts';
import { quoteForShell } from '../../platform/shell-quote.ts';
import { npmRange, satisfies } from '../../resolver/constraint.ts';
import type { StagingArea } from '../../store/staging.ts';
import { admits } from '../installed/pack-graph.ts';
import type { Runtime } from '../runtime.ts';
import {
  assertLockConsistent,
  directoryOfLock,
  readInputFile,
  readLockFile,
  readLockFileIfPresent,
  removeLockRemains,
} from './lock-io.ts';
import { isPackList, StaleLock } from './lock-packs.ts';
import { type LockedContent, resolveLock } from './resolve-lock.ts';
import { isLock, type StreamedInput } from './streamed-input.ts';

export interface TargetRequest {
  /**
   * The path of a lock file or a pack list (.yaml) as typed, `-` for standard input, or a pipe; `undefined` for the file in
   * the working directory.
   */
  readonly file: string | undefined;
  /** Requires an up-to-date lock file instead of resolving the pack list. */
  readonly locked: boolean;
  readonly jobs: number;
}

/** The lock that the machine is synced to. */
export interface SyncTarget {
  readonly lock: Lock;
  /** `undefined` if the lock or the list came from a stream, next to which there is no file. */
  readonly lockFile: string | undefined;
  /** The directory that relative paths in the lock refer to. */
  readonly directory: string;
  /** True if the lock was resolved now and is not written yet. */
  readonly fresh: boolean;
  /** Packs that are already in staging, by ref. */
  readonly contents: ReadonlyMap<string, LockedContent>;
}

class NothingToSync extends AttuneError {
  constructor(directory: string) {
    super(
      'NOT_FOUND_PATH',
      `There is neither a pack list '${PACK_LIST_FILE}' nor a lock '${LOCK_FILE}' in '${directory}'.`,
      {
        facts: { path: directory },
        hint: `Name a file, or lock the installed packs with 'attune pack lock'.`,
      },
    );
  }
}

class LockMissing extends AttuneError {
  constructor(lockFile: string, list: string) {
    super('NOT_FOUND_LOCK', `The lock '${lockFile}' of '${list}' does not exist, and --locked forbids creating it.`, {
      facts: { path: lockFile, list },
      hint: `Create it with '${lockCommand(list, lockFile)}'.`,
    });
  }
}

class StreamNotLocked extends AttuneError {
  constructor(name: string) {
    super('USAGE', `The list of packs from ${name} has no lock next to it, and --locked forbids resolving it.`, {
      hint: 'Pass a lock instead of the list, pass the path of the list, or leave --locked out.',
    });
  }
}

/** Returns the pack list in the working directory, else the lock there. @throws NothingToSync */
function defaultFile({ environment }: Pick<Runtime, 'environment'>): string {
  const { workingDirectory } = environment;
  const name = [PACK_LIST_FILE, LOCK_FILE].find((file) => inspectTarget(join(workingDirectory, file)) !== undefined);
  if (name === undefined) throw new NothingToSync(workingDirectory);
  return name;
}

/**
 * Reads the target of a sync. For a lock file that is the lock itself; for a pack list it is the lock next to the list
 * if it is up to date, else a newly resolved lock that keeps the locked versions that still match.
 * @param streamed the content of `file` if it is a stream, which can be read only once
 * @throws NothingToSync, LockMissing, StaleLock, InconsistentLock, LockInputNotFound, and what reading and `resolveLock` throw
 */
export async function readTarget(
  request: TargetRequest,
  streamed: StreamedInput | undefined,
  area: StagingArea,
  runtime: Runtime,
): Promise<SyncTarget> {
  if (streamed !== undefined) return readStreamedTarget(request, streamed, area, runtime);
  const { file = defaultFile(runtime), locked, jobs } = request;
  const contents = new Map<string, LockedContent>();
  if (!isPackList(file)) {
    const lock = readLockFile(file, runtime);
    removeLockRemains(file, runtime);
    assertLockConsistent(lock, `The lock '${file}' has unsatisfied dependencies`);
    return { lock, lockFile: file, directory: directoryOfLock(file, runtime), fresh: false, contents };
  }
  const { limits } = await runtime.config();
  const listed = readPackList(readInputFile(file, runtime.environment), file, limits);
  const lockFile = join(dirname(file), LOCK_FILE);
  const target = { lockFile, directory: directoryOfLock(lockFile, runtime), contents };
  const previous = readLockFileIfPresent(lockFile, runtime);
  const mismatches = previous === undefined ? [] : lockMismatches(previous, listed);
  if (previous !== undefined && mismatches.length === 0) return { ...target, lock: previous, fresh: false };
  if (locked && previous === undefined) throw new LockMissing(lockFile, file);
  if (locked) {
    throw new StaleLock(lockFile, mismatches, `Update it with '${lockCommand(file, lockFile)}'.`);
  }
  return { ...target, ...(await resolveLock(listed, { previous, jobs }, area, runtime)), fresh: true };
}

/** Relative paths in a streamed lock refer to the working directory. A streamed list is resolved to the newest versions. */
async function readStreamedTarget(
  { locked, jobs }: TargetRequest,
  { bytes, name }: StreamedInput,
  area: StagingArea,
  runtime: Runtime,
): Promise<SyncTarget> {
  const contents = new Map<string, LockedContent>();
  const target = { lockFile: undefined, directory: runtime.environment.workingDirectory, contents };
  if (isLock(bytes)) {
    const lock = readLock(bytes, name);
    assertLockConsistent(lock, `The lock from ${name} has unsatisfied dependencies`);
    return { ...target, lock, fresh: false };
  }
  const listed = readPackList(bytes, name, (await runtime.config()).limits);
  if (locked) throw new StreamNotLocked(name);
  return { ...target, ...(await resolveLock(listed, { previous: undefined, jobs }, area, runtime)), fresh: true };
}

/** Returns the mismatches between a lock and a pack list, one line each; none if the lock is up to date. */
function lockMismatches({ packs }: Lock, listed: readonly ListedPack[]): string[] {
  const locked = new Map(packs.map((pack) => [pack.ref, pack]));
  const listedRefs = new Set(listed.map(({ ref }) => ref));
  return [
    ...listed.flatMap((pack) => listedMismatch(pack, locked)),
    ...packs.flatMap((pack) => requestedMismatch(pack, listedRefs)),
    ...unneededLines(locked, listedRefs),
    ...packs.flatMap((pack) => unsatisfiedLines(pack, locked)),
  ];
}

type LockedByRef = ReadonlyMap<string, LockedPack>;

function listedMismatch({ ref, range }: ListedPack, locked: LockedByRef): string[] {
  const pack = locked.get(ref);
  if (pack === undefined) return [`${ref} is listed but not locked`];
  const matches = range === undefined || satisfies(pack.version, npmRange(range));
  return matches ? [] : [`${ref} ${range} is listed, but ${pack.version} is locked`];
}

function requestedMismatch({ ref, requested }: LockedPack, listedRefs: ReadonlySet<string>): string[] {
  if (requested === listedRefs.has(ref)) return [];
  return [requested ? `${ref} is locked as requested but not listed` : `${ref} is listed but locked as a dependency`];
}

function unneededLines(locked: LockedByRef, listedRefs: ReadonlySet<string>): string[] {
  const reached = new Set(listedRefs);
  // Iterating over a set also visits the elements that are added during the iteration.
  for (const ref of reached) for (const { ref: other } of locked.get(ref)?.dependencies ?? []) reached.add(other);
  return [...locked.values()]
    .filter(({ ref, requested }) => !requested && !reached.has(ref))
    .map(({ ref }) => `${ref} is locked, but no listed pack needs it`);
}

function unsatisfiedLines({ ref: by, dependencies }: LockedPack, locked: LockedByRef): string[] {
  return dependencies
    .filter(({ ref, range }) => !admits(range, locked.get(ref)?.version))
    .map(({ ref, range }) => `${by} needs ${ref} ${range}, but ${locked.get(ref)?.version} is locked`);
}

function lockCommand(list: string, lockFile: string): string {
  return `attune pack lock ${quoteForShell(list)} --output ${quoteForShell(lockFile)}`;
}
