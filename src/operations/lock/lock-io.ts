import { AttuneError } from '../../errors.ts';
import { formatLock, type Lock, readLock } from '../../packs/lock/lock-file.ts';
import { FileError } from '../../platform/files/file-error.ts';
import { finalPath, inspectTarget, readFile } from '../../platform/files/read.ts';
import { removeStaleSiblings } from '../../platform/files/temporary-sibling.ts';
import { ConcurrentFileChange, updateFile } from '../../platform/files/update-file.ts';
import { expandPath } from '../../platform/paths.ts';
import { admits, formatDependency } from '../installed/pack-graph.ts';
import type { Runtime } from '../runtime.ts';

/** Attempts to replace a lock that other processes keep writing to. */
const MAX_ATTEMPTS = 100;

export class LockInputNotFound extends AttuneError {
  constructor(path: string) {
    super('NOT_FOUND_PATH', `There is no file '${path}'.`, {
      facts: { path },
      hint: 'Name a lock (attune.lock), which attune pack lock writes, or a list of packs (attune.packs.yaml).',
    });
  }
}

/** What is to be locked does not hold together, so nobody could make a machine of it. */
export class InconsistentLock extends AttuneError {
  constructor(what: string, lines: readonly string[]) {
    super('DEPENDENCY_NOT_LOCKED', [`${what}:`, ...lines.map((line) => `  ${line}`)].join('\n'), {
      facts: { problems: lines },
      hint: 'Install what is missing in a version that will do, then lock what is installed, or lock a list of packs.',
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

/** @param name as it was typed @throws LockInputNotFound, InvalidLock, LockTooNew, FileError */
export function readLockFile(name: string, { environment }: Pick<Runtime, 'environment'>): Lock {
  return readLock(readInputFile(name, environment), name);
}

/** The bytes of a file that the user named. @throws LockInputNotFound, FileError */
export function readInputFile(name: string, environment: Runtime['environment']): Buffer {
  const path = expandPath(name, environment);
  if (inspectTarget(path) === undefined) throw new LockInputNotFound(name);
  return readFile(path);
}

/**
 * A lock as it is, or `undefined` where there is none. What an attune that was killed left beside it goes.
 * @throws InvalidLock, LockTooNew, FileError
 */
export function readLockFileIfPresent(name: string, runtime: Pick<Runtime, 'environment'>): Lock | undefined {
  const path = expandPath(name, runtime.environment);
  if (inspectTarget(path) === undefined) return undefined;
  removeStaleSiblings(finalPath(path));
  return readLockFile(name, runtime);
}

/** Whether a lock that stands somewhere has these very bytes. */
export function lockFileMatches(name: string, lock: Lock, { environment }: Pick<Runtime, 'environment'>): boolean {
  const path = expandPath(name, environment);
  return inspectTarget(path) !== undefined && readFile(path).equals(Buffer.from(formatLock(lock)));
}

/** Replaces a lock by rename, where it changes. @throws LockNotWritten, FileError where it has no directory */
export async function writeLockFile(
  name: string,
  lock: Lock,
  runtime: Pick<Runtime, 'environment' | 'clock'>,
): Promise<'written' | 'unchanged'> {
  const path = finalPath(expandPath(name, runtime.environment));
  removeStaleSiblings(path);
  try {
    return await updateFile<'written' | 'unchanged'>(
      path,
      () => {
        if (lockFileMatches(name, lock, runtime)) return { content: undefined, result: 'unchanged' };
        return { content: [Buffer.from(formatLock(lock))], result: 'written' };
      },
      { clock: runtime.clock, maxAttempts: MAX_ATTEMPTS },
    );
  } catch (error) {
    if (error instanceof FileError || error instanceof ConcurrentFileChange) throw new LockNotWritten(name, error);
    throw error;
  }
}

/** @param what is told above the problems, without a colon @throws InconsistentLock with every need that is not met in it */
export function assertLockConsistent({ packs }: Lock, what: string): void {
  const versions = new Map(packs.map(({ ref, version }) => [ref, version]));
  const lines = packs.flatMap(({ ref: by, version, dependencies }) =>
    dependencies
      .filter(({ ref, range }) => !admits(range, versions.get(ref)))
      .map((need) => {
        const there = versions.get(need.ref);
        return `${by} ${version} needs ${formatDependency(need)}, and ${there === undefined ? 'that is not there' : `there is ${there}`}`;
      }),
  );
  if (lines.length > 0) throw new InconsistentLock(what, lines);
}
