/**
 * Runtime environments: what packs' requirements name, built once and kept beside the packs.
 *
 *     envs/<ref>/<digest>/                  one environment, whole: it is moved there in one step
 *     envs/<ref>/<digest>/environment.json  what it is; the time of this file is when it was last used
 *     envs/<ref>/<digest>.lock              shared by all who use it, and held alone by who removes it
 *     envs/<ref>/<digest>.building.lock     held by who builds it; there only meanwhile
 *
 * The database knows nothing of them: whatever is lost is made anew.
 */
import { join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { fsyncDirectory, fsyncTree } from '../../platform/files/fsync.ts';
import { markUsed } from '../../platform/files/private-files.ts';
import { removeEmptyDirectory, removeFile, rename } from '../../platform/files/entries.ts';
import { inspect } from '../../platform/files/inspect.ts';
import { writeNewFile } from '../../platform/files/write.ts';
import { ExclusiveLock } from '../../platform/locks/file-lock.ts';
import { SharedLock } from '../../platform/locks/file-lock.ts';
import { waitForLock } from '../../platform/locks/wait-for-lock.ts';
import { type Layout, makeStoreDirectory } from '../layout.ts';
import type { StagingArea } from '../staging.ts';
import type { StoreTools } from '../store.ts';
import { type StoredEnvironment, listEnvironments, METADATA_FILE } from './stored-environments.ts';

/** What is to be had. */
export interface EnvironmentSpec {
  readonly ref: string;
  readonly digest: string;
  readonly kind: string;
  /** The pack's files that ask for it. */
  readonly files: readonly string[];
}

/** Where an environment is built, for who builds it; all absolute. */
export interface BuildDirectories {
  readonly staging: string;
  readonly final: string;
  readonly scratch: string;
}

/** An environment that nobody takes away until this is disposed of. */
export interface EnvironmentLease extends Disposable {
  readonly path: string;
  /** It was there already. */
  readonly reused: boolean;
}

export interface RemovedEnvironments<T> {
  readonly removed: readonly T[];
  /** Somebody uses these at the moment, and they stay. */
  readonly inUse: readonly T[];
}

export class Environments {
  readonly #layout: Layout;
  readonly #stage: () => StagingArea;
  readonly #tools: StoreTools;

  constructor(layout: Layout, stage: () => StagingArea, tools: StoreTools) {
    this.#layout = layout;
    this.#stage = stage;
    this.#tools = tools;
  }

  /** Where the environments of a pack are. */
  directoryOf(ref: string): string {
    return join(this.#layout.environments, ref);
  }

  /** Everything that is kept, with what it takes: all of it is walked through. @throws FileError */
  list(): StoredEnvironment[] {
    return listEnvironments(this.#layout.environments);
  }

  /**
   * An environment that is whole: the one that is there, or one that `build` makes. Of two who want the same, one builds.
   * @throws WriterBusy when another builds for longer than the lock's timeout; what `build` throws, and nothing is left
   */
  async obtain(
    wanted: EnvironmentSpec,
    build: (place: BuildDirectories) => Promise<void>,
  ): Promise<EnvironmentLease> {
    const home = this.directoryOf(wanted.ref);
    let built = false;
    const buildHere = (place: BuildDirectories) => {
      built = true;
      return build(place);
    };
    for (;;) {
      makeStoreDirectory(home);
      const lease = this.#lease(wanted, !built);
      if (lease !== undefined) return lease;
      try {
        await this.#ensure(wanted, buildHere);
      } catch (error) {
        // Who waits may find that another, who gave up, took the directory away with its own lock.
        if (built || inspect(home) !== undefined) throw error;
      }
    }
  }

  /** Takes environments away; those in use stay. @throws FileError */
  remove<T extends Pick<StoredEnvironment, 'ref' | 'path'>>(environments: readonly T[]): RemovedEnvironments<T> {
    const outcome = environments.map((environment) => ({ environment, gone: this.#remove(environment) }));
    const those = (gone: boolean) => outcome.filter((one) => one.gone === gone).map(({ environment }) => environment);
    return { removed: those(true), inUse: those(false) };
  }

  /** Takes away what is kept of packs that are no more. What is in use, or not ours to remove, is a note. */
  forget(refs: readonly string[]): void {
    const { reporter } = this.#tools;
    for (const ref of refs) {
      try {
        const { inUse } = this.remove(listEnvironments(this.#layout.environments, ref));
        for (const { path } of inUse) reporter.note(`Left where it is, because it is in use: ${path}`);
      } catch (error) {
        if (!(error instanceof AttuneError)) throw error;
        reporter.warn(`${error.message} Nothing needs it any more: remove it by hand.`);
      }
    }
  }

  #lease({ ref, digest }: EnvironmentSpec, reused: boolean): EnvironmentLease | undefined {
    const path = join(this.directoryOf(ref), digest);
    if (inspect(path) === undefined) return undefined;
    const lock = SharedLock.tryAcquire(`${path}.lock`);
    if (lock === undefined) return undefined;
    if (inspect(path) === undefined) {
      lock[Symbol.dispose]();
      return undefined;
    }
    unlessForbidden(() => markUsed(join(path, METADATA_FILE)));
    return { path, reused, [Symbol.dispose]: () => lock[Symbol.dispose]() };
  }

  /** Sees to it that it is there, or that who takes it away or builds it is done. */
  async #ensure(wanted: EnvironmentSpec, build: (place: BuildDirectories) => Promise<void>): Promise<void> {
    const final = join(this.directoryOf(wanted.ref), wanted.digest);
    const place = {
      what: `the ${wanted.kind} environment of ${wanted.ref}`,
      lockFile: `${final}.building.lock`,
      noteFile: `${final}.building.json`,
    };
    using _lock = await waitForLock(place, this.#tools.lockTimeoutMs, this.#tools);
    try {
      if (inspect(final) === undefined) await this.#build(wanted, final, build);
    } finally {
      this.#tidy(wanted.ref, place.noteFile, place.lockFile);
    }
  }

  async #build(
    { ref, digest, kind, files }: EnvironmentSpec,
    final: string,
    build: (place: BuildDirectories) => Promise<void>,
  ): Promise<void> {
    using area = this.#stage();
    const staging = area.newDirectory();
    await build({ staging, final, scratch: area.newDirectory() });
    const note = { ref, digest, kind, files, built_at: this.#tools.clock.now().toISOString() };
    writeNewFile(join(staging, METADATA_FILE), `${JSON.stringify(note, null, 2)}\n`);
    await fsyncTree(staging);
    rename(staging, final);
    fsyncDirectory(this.directoryOf(ref));
  }

  #remove({ path, ref }: Pick<StoredEnvironment, 'path' | 'ref'>): boolean {
    const lockFile = `${path}.lock`;
    using lock = ExclusiveLock.tryAcquire(lockFile);
    if (lock === undefined) return false;
    using area = this.#stage();
    // In one step: nobody takes half of one for a whole.
    rename(path, area.newPath());
    this.#tidy(ref, lockFile);
    return true;
  }

  /** Called with the lock held: its file means nothing by itself. */
  #tidy(ref: string, ...files: readonly string[]): void {
    unlessForbidden(() => {
      for (const path of files) removeFile(path);
      removeEmptyDirectory(this.directoryOf(ref));
      removeEmptyDirectory(this.#layout.environments);
    });
  }
}

/** Does what is worth trying and no more: others may be at work in the same place. */
function unlessForbidden(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
  }
}
