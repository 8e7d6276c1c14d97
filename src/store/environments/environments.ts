/**
 * Runtime environments for the requirements of packs, built once and stored next to the packs.
 *
 *     envs/<ref>/<digest>/                  one complete environment, which was moved there in one step
 *     envs/<ref>/<digest>/environment.json  its metadata; the modification time is the time of last use
 *     envs/<ref>/<digest>.lock              shared by its users, exclusive for its removal
 *     envs/<ref>/<digest>.building.lock     exclusive for its build
 *
 * The lock files are transient. The database does not refer to environments: a missing one is rebuilt.
 */
import { join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { removeEmptyDirectory, rename } from '../../platform/files/entries.ts';
import { FileError } from '../../platform/files/file-error.ts';
import { fsyncDirectory, fsyncTree } from '../../platform/files/fsync.ts';
import { exists, inspect } from '../../platform/files/inspect.ts';
import { giveTree } from '../../platform/files/ownership.ts';
import { markUsed } from '../../platform/files/private-files.ts';
import { writeNewFile } from '../../platform/files/write.ts';
import { FileLock } from '../../platform/locks/file-lock.ts';
import { waitForLock } from '../../platform/locks/wait-for-lock.ts';
import { type Layout, makeStoreDirectory } from '../layout.ts';
import type { StagingArea } from '../staging.ts';
import type { StoreTools } from '../tools.ts';
import { listEnvironments, METADATA_FILE, type StoredEnvironment } from './stored-environments.ts';

/** A requested environment. */
export interface EnvironmentSpec {
  readonly ref: string;
  readonly digest: string;
  readonly kind: string;
  /** The files of the pack that contain its requirements. */
  readonly files: readonly string[];
}

/** The absolute directories of a build. */
export interface BuildDirectories {
  readonly staging: string;
  readonly final: string;
  readonly scratch: string;
}

/** An environment that is not removed before this lease is disposed. */
export interface EnvironmentLease extends Disposable {
  readonly path: string;
  /** The environment existed already. */
  readonly reused: boolean;
}

export interface RemovedEnvironments<T> {
  readonly removed: readonly T[];
  /** Environments that were not removed because they are in use. */
  readonly inUse: readonly T[];
}

/** `refused`: the environment belongs to another user. */
type Removal = 'removed' | 'in use' | 'refused';

const NOT_NEEDED = 'The environment is no longer needed: remove it manually.';
type Build = (directories: BuildDirectories) => Promise<void>;

export class Environments {
  readonly #layout: Layout;
  readonly #stage: () => StagingArea;
  readonly #tools: StoreTools;

  constructor(layout: Layout, stage: () => StagingArea, tools: StoreTools) {
    this.#layout = layout;
    this.#stage = stage;
    this.#tools = tools;
  }

  /** Returns the directory of a pack's environments. */
  directoryOf(ref: string): string {
    return join(this.#layout.environments, ref);
  }

  /** Lists the environments of one pack or of all, with their sizes. Warns of those that this user cannot read. */
  list(ref?: string): StoredEnvironment[] {
    return listEnvironments(this.#layout.environments, (text) => this.#tools.reporter.warn(text), ref);
  }

  /**
   * Returns a lease for a complete environment: the stored one, or one that `build` creates. Of several concurrent requests
   * for the same environment, one builds it and the others wait.
   * @throws WriterBusy if another build takes longer than the lock timeout; errors of `build`, after a cleanup
   */
  async obtain(spec: EnvironmentSpec, build: Build): Promise<EnvironmentLease> {
    let built = false;
    const buildHere: Build = (directories) => {
      built = true;
      return build(directories);
    };
    for (;;) {
      makeStoreDirectory(this.directoryOf(spec.ref));
      try {
        const lease = this.#tryLease(spec, !built);
        if (lease !== undefined) return lease;
        await this.#ensureBuilt(spec, buildHere);
      } catch (error) {
        if (this.#isDirectoryRemoved(spec, error)) continue;
        this.#removeEmptyDirectories(spec.ref);
        throw error;
      }
    }
  }

  /** Removes environments that are not in use. Warns of those of other users that cannot be removed. @throws FileError */
  remove<T extends Pick<StoredEnvironment, 'ref' | 'path'>>(environments: readonly T[]): RemovedEnvironments<T> {
    const outcomes = environments.map((environment) => ({ environment, removed: this.#remove(environment) }));
    const select = (removed: Removal) =>
      outcomes.filter((outcome) => outcome.removed === removed).map(({ environment }) => environment);
    return { removed: select('removed'), inUse: select('in use') };
  }

  /** Removes the environments of uninstalled packs. Reports those that are in use or cannot be removed. */
  removeAllOf(refs: readonly string[]): void {
    const { reporter } = this.#tools;
    for (const ref of refs) {
      try {
        for (const { path } of this.remove(this.list(ref)).inUse)
          reporter.note(`Not removed, because it is in use: ${path}`);
      } catch (error) {
        if (!(error instanceof AttuneError)) throw error;
        reporter.warn(`${error.message} ${NOT_NEEDED}`);
      }
    }
  }

  #tryLease({ ref, digest }: EnvironmentSpec, reused: boolean): EnvironmentLease | undefined {
    const path = join(this.directoryOf(ref), digest);
    if (inspect(path) === undefined) return undefined;
    const lock = FileLock.tryAcquire(useLockFile(path), 'shared');
    if (lock === undefined) return undefined;
    if (inspect(path) === undefined) {
      lock[Symbol.dispose]();
      return undefined;
    }
    ignoreErrors(() => markUsed(join(path, METADATA_FILE)));
    return { path, reused, [Symbol.dispose]: () => lock[Symbol.dispose]() };
  }

  /** Builds the environment if it is missing, after waiting for another process that builds or removes it. */
  async #ensureBuilt(spec: EnvironmentSpec, build: Build): Promise<void> {
    const final = join(this.directoryOf(spec.ref), spec.digest);
    const target = {
      what: `the ${spec.kind} environment of ${spec.ref}`,
      lockFile: `${final}.building.lock`,
      noteFile: `${final}.building.json`,
      transient: true,
    };
    using _lock = await waitForLock(target, this.#tools.lockTimeoutMs, this.#tools);
    if (inspect(final) === undefined) await this.#build(spec, final, build);
  }

  async #build({ ref, digest, kind, files }: EnvironmentSpec, final: string, build: Build): Promise<void> {
    using area = this.#stage();
    const staging = area.newDirectory();
    await build({ staging, final, scratch: area.newDirectory() });
    const metadata = { ref, digest, kind, files, built_at: this.#tools.clock.now().toISOString() };
    writeNewFile(join(staging, METADATA_FILE), `${JSON.stringify(metadata, null, 2)}\n`);
    giveTree(this.#layout.data, staging);
    await fsyncTree(staging);
    rename(staging, final);
    fsyncDirectory(this.directoryOf(ref));
  }

  #remove(environment: Pick<StoredEnvironment, 'path' | 'ref'>): Removal {
    try {
      return this.#removeUnlessUsed(environment) ? 'removed' : 'in use';
    } catch (error) {
      if (this.#isDirectoryRemoved(environment, error)) return 'removed';
      if (!(error instanceof FileError) || error.code !== 'STORE_PERMISSION') throw error;
      this.#tools.reporter.warn(`${error.message} ${NOT_NEEDED}`);
      return 'refused';
    }
  }

  #removeUnlessUsed({ path, ref }: Pick<StoredEnvironment, 'path' | 'ref'>): boolean {
    const lock = FileLock.tryAcquire(useLockFile(path), 'exclusive');
    if (lock === undefined) return false;
    try {
      using area = this.#stage();
      // Moves it away in one step, so that no process sees an incomplete environment.
      if (inspect(path) !== undefined) rename(path, area.newPath());
    } catch (error) {
      lock[Symbol.dispose]();
      throw error;
    }
    lock.releaseAndRemove();
    this.#removeEmptyDirectories(ref);
    return true;
  }

  /** Returns whether a lock file could not be created because another process has removed the last environment of a pack. */
  #isDirectoryRemoved({ ref }: Pick<StoredEnvironment, 'ref'>, error: unknown): boolean {
    return error instanceof FileError && error.systemCode === 'ENOENT' && !exists(this.directoryOf(ref));
  }

  #removeEmptyDirectories(ref: string): void {
    ignoreErrors(() => {
      removeEmptyDirectory(this.directoryOf(ref));
      removeEmptyDirectory(this.#layout.environments);
    });
  }
}

/** Shared by the users of an environment, exclusive for its removal. */
function useLockFile(path: string): string {
  return `${path}.lock`;
}

/** Runs optional work that may fail because of other processes or missing permissions. */
function ignoreErrors(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
  }
}
