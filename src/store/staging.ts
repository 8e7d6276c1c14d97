import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { AttuneError } from '../errors.ts';
import { ExclusiveLock } from '../platform/exclusive-lock.ts';
import { exists, listDirectory, makeDirectory, removeFile, removeTree } from '../platform/files.ts';
import type { Layout } from './layout.ts';

const LOCK_SUFFIX = '.lock';

/**
 * A private directory on the store's own file system in which one process prepares packs, made when the first path in it
 * is asked for. It goes when it is disposed; if the process dies first, its lock dies with it and the next repair knows
 * the directory for an orphan.
 */
export class StagingArea implements Disposable {
  readonly #layout: Layout;
  #place: Place | undefined;
  #paths = 0;

  constructor(layout: Layout) {
    this.#layout = layout;
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
    removeTree(directory);
    lock[Symbol.dispose]();
    removeFile(directory + LOCK_SUFFIX);
  }
}

interface Place {
  readonly directory: string;
  readonly lock: ExclusiveLock;
}

function claimPlace(layout: Layout): Place {
  makeDirectory(layout.staging);
  // A repair may catch the new lock file in the moment before it is locked; then another name is tried.
  for (let attempt = 0; attempt < 10; attempt++) {
    const directory = join(layout.staging, randomUUID());
    const lock = ExclusiveLock.tryAcquire(directory + LOCK_SUFFIX);
    if (lock === undefined) continue;
    makeDirectory(directory);
    return { directory, lock };
  }
  throw new AttuneError('STORE_LOCKED', `No staging directory could be made in '${layout.staging}'.`, {
    hint: 'Try again.',
  });
}

/** Whether anything is in staging, alive or dead: the cheap question before `removeOrphans`. */
export function hasStaging(layout: Layout): boolean {
  return exists(layout.staging) && listDirectory(layout.staging).length > 0;
}

/** Removes the staging directories of processes that are no more. */
export function removeOrphans(layout: Layout): void {
  if (!exists(layout.staging)) return;
  const names = new Set(listDirectory(layout.staging).map(({ name }) => name.replace(/\.lock(-journal)?$/, '')));
  for (const name of names) {
    const path = join(layout.staging, name);
    const lock = ExclusiveLock.tryAcquire(path + LOCK_SUFFIX);
    if (lock === undefined) continue;
    removeTree(path);
    lock[Symbol.dispose]();
    removeFile(path + LOCK_SUFFIX);
  }
}
