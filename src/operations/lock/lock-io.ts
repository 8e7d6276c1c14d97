import { dirname } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { formatLock, type Lock, readLock } from '../../packs/lock/lock-file.ts';
import type { FileError } from '../../platform/files/file-error.ts';
import { finalPath, inspectTarget } from '../../platform/files/inspect.ts';
import { readFile } from '../../platform/files/read.ts';
import {
  type ConcurrentFileChange,
  removeUpdateRemains,
  type UpdateTools,
  updateFile,
} from '../../platform/locks/update-file.ts';
import { expandPath } from '../../platform/paths.ts';
import type { Reporter } from '../../platform/reporter.ts';
import { admits, formatDependency } from '../installed/pack-graph.ts';
import { FactsChanged } from '../installed/store-changed.ts';
import type { Runtime } from '../runtime.ts';

export class LockInputNotFound extends AttuneError {
  constructor(path: string) {
    super('NOT_FOUND_PATH', `There is no file '${path}'.`, {
      facts: { path },
      hint: "Give a lock file (attune.lock), which 'attune pack lock' writes, or a pack list (attune.packs.yaml).",
    });
  }
}

/** A lock, or the packs to be locked, have unsatisfied dependencies. */
export class InconsistentLock extends AttuneError {
  constructor(heading: string, lines: readonly string[]) {
    super('DEPENDENCY_NOT_LOCKED', [`${heading}:`, ...lines.map((line) => `  ${line}`)].join('\n'), {
      facts: { problems: lines },
      hint: 'Install the missing dependencies in matching versions and lock the installed packs, or lock a pack list.',
    });
  }
}

class LockNotWritten extends AttuneError {
  constructor(name: string, cause: FileError | ConcurrentFileChange) {
    super(cause.code, `The lock '${name}' was not written and is unchanged. ${cause.message}`, {
      facts: { ...cause.facts, path: name },
      hint: cause.hint ?? 'Try again.',
      cause,
    });
  }
}

/** Reads and parses a lock file. @param name as typed @throws LockInputNotFound, InvalidLock, LockTooNew, FileError */
export function readLockFile(name: string, { environment }: Pick<Runtime, 'environment'>): Lock {
  return readLock(readInputFile(name, environment), name);
}

/** Returns the directory that the relative paths in a lock refer to. @param name as typed @throws FileError */
export function directoryOfLock(name: string, { environment }: Pick<Runtime, 'environment'>): string {
  return dirname(finalPath(expandPath(name, environment)));
}

/** Reads a file that the user named. @throws LockInputNotFound, FileError */
export function readInputFile(name: string, environment: Runtime['environment']): Buffer {
  const path = expandPath(name, environment);
  if (inspectTarget(path) === undefined) throw new LockInputNotFound(name);
  return readFile(path);
}

/**
 * Reads a lock file if it exists, and removes files next to it that a killed process left.
 * @throws InvalidLock, LockTooNew, FileError
 */
export function readLockFileIfPresent(name: string, runtime: Pick<Runtime, 'environment'>): Lock | undefined {
  const path = expandPath(name, runtime.environment);
  if (inspectTarget(path) === undefined) return undefined;
  removeLockRemains(name, runtime);
  return readLockFile(name, runtime);
}

/** Removes files next to a lock file that a killed process left. */
export function removeLockRemains(name: string, { environment }: Pick<Runtime, 'environment'>): void {
  removeUpdateRemains(finalPath(expandPath(name, environment)));
}

/** Returns whether a lock file exists and has exactly the bytes of this lock. */
export function lockFileMatches(name: string, lock: Lock, { environment }: Pick<Runtime, 'environment'>): boolean {
  const path = expandPath(name, environment);
  return inspectTarget(path) !== undefined && readFile(path).equals(Buffer.from(formatLock(lock)));
}

export interface WrittenLock {
  readonly lock: Lock;
  readonly action: 'written' | 'unchanged';
}

/**
 * Replaces a lock file atomically if its content changes.
 * @param create returns the lock; called under the lock on the file, so that no sync changes the installed packs meanwhile
 * @throws LockNotWritten, WriterBusy, FileError if its directory is missing, and what `create` throws
 */
export async function writeLockFile(
  name: string,
  create: (reporter: Reporter) => Lock | Promise<Lock>,
  runtime: UpdateTools,
  { dryRun }: { readonly dryRun: boolean } = { dryRun: false },
): Promise<WrittenLock> {
  return updateFile<WrittenLock>(
    finalPath(expandPath(name, runtime.environment)),
    async (_, reporter) => {
      const lock = await create(reporter);
      if (lockFileMatches(name, lock, runtime)) return { content: undefined, result: { lock, action: 'unchanged' } };
      return { content: [Buffer.from(formatLock(lock))], result: { lock, action: 'written' } };
    },
    { name, dryRun, wrapWriteError: (error) => new LockNotWritten(name, error) },
    runtime,
  );
}

/**
 * Runs a change of the store that follows a lock file, while no other attune changes the file.
 * @throws FactsChanged if the file has changed since it was read; WriterBusy, and what `change` throws
 */
export async function followLockFile<T>(
  name: string,
  lock: Lock,
  change: () => Promise<T>,
  runtime: UpdateTools,
): Promise<T> {
  return updateFile<T>(
    finalPath(expandPath(name, runtime.environment)),
    async () => {
      if (formatLock(readLockFile(name, runtime)) !== formatLock(lock)) {
        throw new FactsChanged(`the lock '${name}'`, { path: name });
      }
      return { content: undefined, result: await change() };
    },
    { name },
    runtime,
  );
}

/**
 * Verifies that every dependency of the packs is among them in a matching version.
 * @param heading the first line of the message, without a colon
 * @throws InconsistentLock that lists every unsatisfied dependency
 */
export function assertLockConsistent({ packs }: Lock, heading: string): void {
  const versions = new Map(packs.map(({ ref, version }) => [ref, version]));
  const lines = packs.flatMap(({ ref: by, version, dependencies }) =>
    dependencies
      .filter(({ ref, range }) => !admits(range, versions.get(ref)))
      .map((dependency) => {
        const present = versions.get(dependency.ref);
        const state = present === undefined ? 'which is missing' : `but ${dependency.ref} is ${present}`;
        return `${by} ${version} needs ${formatDependency(dependency)}, ${state}`;
      }),
  );
  if (lines.length > 0) throw new InconsistentLock(heading, lines);
}
