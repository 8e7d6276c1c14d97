import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { AttuneError, reasonOf } from '../errors.ts';
import { makeDirectory, removeTree } from '../platform/files/entries.ts';
import { exists, listDirectory } from '../platform/files/inspect.ts';
import { ExclusiveLock } from '../platform/locks/file-lock.ts';
import { type Layout, makeStoreDirectory } from './layout.ts';

const LOCK_SUFFIX = '.lock';
/** Nobody else can put a link or a file into what is being prepared, nor look at it before it was verified. */
const OWNER_ONLY = 0o700;

/**
 * A private directory on the store's own file system in which one process prepares packs, made when the first path in it
 * is asked for. It goes when it is disposed; if the process dies first, its lock dies with it and the next repair knows
 * the directory for an orphan.
 */
export class StagingArea implements Disposable {
  readonly #layout: Layout;
  readonly #warn: (text: string) => void;
  #place: Place | undefined;
  #paths = 0;

  /** @param warn is told of what cannot be removed */
  constructor(layout: Layout, warn: (text: string) => void = () => {}) {
    this.#layout = layout;
    this.#warn = warn;
  }

  /** A path in here that nothing stands at yet. */
  newPath(): string {
    this.#place ??= claimPlace(this.#layout);
    this.#paths += 1;
    return join(this.#place.directory, String(this.#paths));
  }

  /** A fresh, empty directory in here. */
  newDirectory(): string {
    const path = this.newPath();
    makeDirectory(path);
    return path;
  }

  [Symbol.dispose](): void {
    if (this.#place === undefined) return;
    const { directory, lock } = this.#place;
    this.#place = undefined;
    const removed = tryRemove(directory, this.#warn);
    if (removed) lock.releaseAndUnlink();
    else lock[Symbol.dispose]();
  }
}

/**
 * A pack's tests may have left what is not ours to remove, such as the files of a container that ran as root. That must
 * not turn what was done into a failure, nor stand in the way of whoever comes next.
 */
function tryRemove(directory: string, warn: (text: string) => void): boolean {
  try {
    removeTree(directory);
    return true;
  } catch (error) {
    warn(`${reasonOf(error)} Nothing needs it any more: remove it by hand.`);
    return false;
  }
}

interface Place {
  readonly directory: string;
  readonly lock: ExclusiveLock;
}

function claimPlace(layout: Layout): Place {
  makeStoreDirectory(layout.staging);
  // A repair may catch the new lock file in the moment before it is locked; then another name is tried.
  for (let attempt = 0; attempt < 10; attempt++) {
    const directory = join(layout.staging, randomUUID());
    const lock = ExclusiveLock.tryAcquire(directory + LOCK_SUFFIX);
    if (lock === undefined) continue;
    makeDirectory(directory, OWNER_ONLY);
    return { directory, lock };
  }
  throw new AttuneError('STORE_LOCKED', `No staging directory could be made in '${layout.staging}'.`, {
    hint: 'Try again.',
  });
}

/** Whether anything is in staging, alive or dead: the cheap question before `removeOrphanedStaging`. */
export function hasStagingEntries(layout: Layout): boolean {
  return exists(layout.staging) && listDirectory(layout.staging).length > 0;
}

/** Removes the staging directories of processes that are no more. */
export function removeOrphanedStaging(layout: Layout): void {
  if (!exists(layout.staging)) return;
  const names = new Set(listDirectory(layout.staging).map(({ name }) => name.replace(/\.lock(-journal)?$/, '')));
  for (const name of names) {
    const path = join(layout.staging, name);
    const lock = ExclusiveLock.tryAcquire(path + LOCK_SUFFIX);
    if (lock === undefined) continue;
    // Who left it was told; telling everybody after them would help nobody.
    const removed = tryRemove(path, () => {});
    if (removed) lock.releaseAndUnlink();
    else lock[Symbol.dispose]();
  }
}
