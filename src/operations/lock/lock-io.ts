import { AttuneError } from '../../errors.ts';
import { formatLock, type Lock, readLock } from '../../packs/lock/lock-file.ts';
import { FileFault } from '../../platform/files/file-error.ts';
import { finalPath, inspectTarget, readFile } from '../../platform/files/read.ts';
import { removeAbandonedBeside } from '../../platform/files/temporary-sibling.ts';
import { fileStamp, rewriteFile } from '../../platform/files/write.ts';
import { expandPath } from '../../platform/paths.ts';
import { admits, formatNeed } from '../installed/pack-graph.ts';
import type { Runtime } from '../runtime.ts';

/** Between two attempts to write a file that others write to. */
const RETRY_MS = 20;
const ATTEMPTS = 100;

export class FileNotFound extends AttuneError {
  constructor(path: string) {
    super('NOT_FOUND_PATH', `There is no file '${path}'.`, {
      facts: { path },
      hint: 'Name a lock (attune.lock), which attune pack lock writes, or a list of packs (attune.packs.yaml).',
    });
  }
}

/** What is to be locked does not hold together, so nobody could make a machine of it. */
export class LockUnmet extends AttuneError {
  constructor(what: string, lines: readonly string[]) {
    super('DEPENDENCY_NOT_LOCKED', [`${what}:`, ...lines.map((line) => `  ${line}`)].join('\n'), {
      facts: { problems: lines },
      hint: 'Install what is missing in a version that will do, then lock what is installed, or lock a list of packs.',
    });
  }
}

class LockNotWritten extends AttuneError {
  constructor(name: string, code: AttuneError['code'], why: string, cause?: AttuneError) {
    super(code, `The lock '${name}' was not written and is as it was. ${why}`, {
      facts: { ...cause?.facts, path: name },
      hint: cause?.hint ?? 'Try again.',
      cause,
    });
  }
}

/** @param name as it was typed @throws FileNotFound, InvalidLock, LockTooNew, FileFault */
export function readLockAt(name: string, { environment }: Pick<Runtime, 'environment'>): Lock {
  return readLock(bytesAt(name, environment), name);
}

/** The bytes of a file that the user named. @throws FileNotFound, FileFault */
export function bytesAt(name: string, environment: Runtime['environment']): Buffer {
  const path = expandPath(name, environment);
  if (inspectTarget(path) === undefined) throw new FileNotFound(name);
  return readFile(path);
}

/**
 * A lock as it is, or `undefined` where there is none. What an attune that was killed left beside it goes.
 * @throws InvalidLock, LockTooNew, FileFault
 */
export function lockIfPresent(name: string, runtime: Pick<Runtime, 'environment'>): Lock | undefined {
  const path = expandPath(name, runtime.environment);
  if (inspectTarget(path) === undefined) return undefined;
  removeAbandonedBeside(finalPath(path));
  return readLockAt(name, runtime);
}

/** Whether a lock that stands somewhere has these very bytes. */
export function holdsLock(name: string, lock: Lock, { environment }: Pick<Runtime, 'environment'>): boolean {
  const path = expandPath(name, environment);
  return inspectTarget(path) !== undefined && readFile(path).equals(Buffer.from(formatLock(lock)));
}

/** Replaces a lock by rename, where it changes. @throws LockNotWritten, FileFault where it has no directory */
export async function writeLockAt(
  name: string,
  lock: Lock,
  runtime: Pick<Runtime, 'environment' | 'clock'>,
): Promise<'written' | 'unchanged'> {
  const path = finalPath(expandPath(name, runtime.environment));
  removeAbandonedBeside(path);
  try {
    for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
      const stamp = fileStamp(path);
      if (holdsLock(name, lock, runtime)) return 'unchanged';
      if (rewriteFile(path, [Buffer.from(formatLock(lock))], stamp)) return 'written';
      await runtime.clock.sleep(RETRY_MS);
    }
  } catch (error) {
    throw error instanceof FileFault ? new LockNotWritten(name, error.code, error.message, error) : error;
  }
  throw new LockNotWritten(name, 'STORE_CHANGED', 'Others write to it at the same time.');
}

/** @param what is told above the problems, without a colon @throws LockUnmet with every need that is not met in it */
export function refuseUnmet({ packs }: Lock, what: string): void {
  const versions = new Map(packs.map(({ ref, version }) => [ref, version]));
  const lines = packs.flatMap(({ ref: by, version, dependencies }) =>
    dependencies
      .filter(({ ref, range }) => !admits(range, versions.get(ref)))
      .map((need) => {
        const there = versions.get(need.ref);
        return `${by} ${version} needs ${formatNeed(need)}, and ${there === undefined ? 'that is not there' : `there is ${there}`}`;
      }),
  );
  if (lines.length > 0) throw new LockUnmet(what, lines);
}
