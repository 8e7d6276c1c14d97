import { join } from 'node:path';
import type { TestReport } from '../packs/test-report.ts';
import { FileError } from '../platform/files/file-error.ts';
import type { Connection } from './database/database.ts';
import { type EventAction, NO_ORIGIN, recordEvent, type Stamp } from './history.ts';
import {
  findInstalled,
  type InstalledNode,
  type InstalledPack,
  installedGraph,
  installedVersions,
} from './installed.ts';
import type { Layout } from './layout.ts';
import {
  currentRelease,
  deletePack,
  originOf,
  pruneReleases,
  rollBackTo,
  setCurrentRelease,
  setPinned,
  setRequested,
} from './pack-rows.ts';
import {
  linkReleases,
  makeRefDirectories,
  moveToReleases,
  type ReleaseDirectory,
  refuseUnlinkable,
  unlinkRelease,
} from './releases/directories.ts';
import { reconcile } from './releases/reconcile.ts';
import { type ReadyPack, recordRelease, recordTestRun, type SettledPack } from './releases/record-release.ts';
import { type RestoredTree, replaceTree } from './releases/replace-tree.ts';
import { type RetainedRelease, releaseDependencies, retainedReleases } from './releases/retained-releases.ts';
import { deleteReleases, type ReleaseUsage, releaseUsage } from './releases/retention.ts';

export type InstallAction = 'installed' | 'upgraded' | 'reinstalled';

export interface Installed {
  readonly id: number;
  readonly ref: string;
  readonly version: string;
  readonly action: InstallAction;
  readonly storagePath: string;
}

/** A change of several packs at once. A pack is in at most one of the first three lists. */
export interface StoreChange {
  readonly install?: readonly SettledPack[];
  readonly rollback?: readonly RetainedRelease[];
  readonly uninstall?: readonly string[];
  /** Sets whether packs count as requested afterwards, by ref, regardless of their previous state. */
  readonly requested?: ReadonlyMap<string, boolean>;
}

/** Changes the store. Created by `Store.write`, which holds the writer lock during its lifetime. */
export class StoreWriter {
  readonly #database: Connection;
  readonly #layout: Layout;
  readonly #stamp: Stamp;
  readonly #keepReleases: number;
  readonly #warn: (text: string) => void;

  constructor(database: Connection, layout: Layout, stamp: Stamp, keepReleases: number, warn: (text: string) => void) {
    this.#database = database;
    this.#layout = layout;
    this.#stamp = stamp;
    this.#keepReleases = keepReleases;
    this.#warn = warn;
  }

  find(ref: string): InstalledPack | undefined {
    return findInstalled(this.#database, this.#layout, ref);
  }

  versions(): Map<string, string> {
    return installedVersions(this.#database);
  }

  graph(): InstalledNode[] {
    return installedGraph(this.#database);
  }

  retainedReleases(ref: string): RetainedRelease[] {
    return retainedReleases(this.#database, ref);
  }

  dependenciesOf(release: RetainedRelease): { ref: string; range: string }[] {
    return releaseDependencies(this.#database, release.id);
  }

  /** Installs packs, all or none. See `apply`. */
  install(packs: readonly SettledPack[]): Installed[] {
    return this.apply({ install: packs });
  }

  /** Removes packs with all their retained releases, all or none. */
  uninstall(refs: readonly string[]): void {
    this.apply({ uninstall: refs });
  }

  /** Makes a retained release the current one. The previous one is retained as well. */
  rollback(release: RetainedRelease): void {
    this.apply({ rollback: [release] });
  }

  /**
   * Applies a change completely or not at all: moves the new trees to `releases/`, commits one transaction, then updates the
   * links. An error before the commit undoes the change; after an error that follows the commit, the next command completes
   * it.
   * @returns the installed packs in the order of `install`
   */
  apply({ install = [], rollback = [], uninstall = [], requested = new Map() }: StoreChange): Installed[] {
    const linked = [...install.map(({ pack }) => pack.manifest.ref), ...rollback.map(({ ref }) => ref)];
    for (const ref of linked) refuseUnlinkable(this.#layout, ref);
    try {
      makeRefDirectories(
        this.#layout,
        install.map(({ pack }) => pack.manifest.ref),
      );
      const moved = install.map((ready) => ({ ready, directory: this.#moveToReleases(ready) }));
      const commit = this.#database.transaction(() => {
        for (const ref of uninstall) this.#recordUninstall(ref);
        for (const release of rollback) this.#recordRollback(release);
        const installed = moved.map(({ ready, directory }) => this.#recordInstall(ready, directory));
        for (const [ref, value] of requested) setRequested(this.#database, ref, value);
        return installed;
      });
      const installed = commit.immediate();
      const installs = moved.map(({ ready, directory }) => ({ ref: ready.pack.manifest.ref, directory }));
      linkReleases(this.#layout, [...installs, ...rollback]);
      for (const ref of uninstall) this.#unlink(ref);
      reconcile(this.#database, this.#layout, this.#warn);
      return installed;
    } catch (error) {
      reconcile(this.#database, this.#layout, this.#warn);
      throw error;
    }
  }

  /** Pins or unpins packs. @returns the refs of the packs that changed */
  pin(refs: readonly string[], pinned: boolean): string[] {
    const commit = this.#database.transaction(() => {
      const changed = refs.filter((ref) => setPinned(this.#database, ref, pinned));
      for (const ref of changed) {
        const version = currentRelease(this.#database, ref)?.version ?? '';
        this.#recordEvent(pinned ? 'pin' : 'unpin', { ref, version, from_version: null, ...NO_ORIGIN });
      }
      return changed;
    });
    return commit.immediate();
  }

  /** Replaces the damaged tree of a release. See `replaceTree`. */
  restore(release: RetainedRelease, tree: RestoredTree): void {
    replaceTree(this.#database, this.#layout, this.#stamp, release, tree, this.#warn);
  }

  /** Removes retained releases that are not current, with their trees. @param choose selects them @returns the removed ones */
  dropReleases(choose: (releases: readonly ReleaseUsage[]) => readonly ReleaseUsage[]): ReleaseUsage[] {
    const removed = deleteReleases(this.#database, choose(releaseUsage(this.#database)));
    reconcile(this.#database, this.#layout, this.#warn);
    return removed;
  }

  /** Records a test run of an installed pack. */
  recordTests(report: TestReport): void {
    const release = currentRelease(this.#database, report.pack_ref)?.release;
    this.#database.transaction(() => recordTestRun(this.#database, report, release)).immediate();
  }

  #moveToReleases({ pack, fingerprint }: ReadyPack): ReleaseDirectory {
    const { ref, version } = pack.manifest;
    return moveToReleases(this.#layout, pack.root, { ref, version, checksum: fingerprint.checksum });
  }

  /** Removes the link of an uninstalled pack. `reconcile` warns of one that belongs to another user. */
  #unlink(ref: string): void {
    try {
      unlinkRelease(this.#layout, ref);
    } catch (error) {
      if (!(error instanceof FileError) || error.code !== 'STORE_PERMISSION') throw error;
    }
  }

  #recordInstall(ready: ReadyPack, directory: ReleaseDirectory): Installed {
    const database = this.#database;
    const { ref, version } = ready.pack.manifest;
    const before = currentRelease(database, ref);
    const release = recordRelease(database, ready, directory, this.#stamp);
    const id = setCurrentRelease(database, ref, release, ready.requested);
    pruneReleases(database, ref, release, this.#keepReleases);
    if (ready.tests !== undefined) recordTestRun(database, ready.tests, release);
    const [action, event]: [InstallAction, EventAction] =
      before === undefined
        ? ['installed', 'install']
        : before.version === version
          ? ['reinstalled', 'reinstall']
          : ['upgraded', 'upgrade'];
    this.#recordEvent(event, { ref, version, from_version: before?.version ?? null, ...originOf(database, release) });
    return { id, ref, version, action, storagePath: join(this.#layout.packs, ref) };
  }

  #recordRollback({ id, ref, version }: RetainedRelease): void {
    const before = currentRelease(this.#database, ref);
    rollBackTo(this.#database, ref, id);
    const origin = originOf(this.#database, id);
    this.#recordEvent('rollback', { ref, version, from_version: before?.version ?? null, ...origin });
  }

  #recordUninstall(ref: string): void {
    const current = currentRelease(this.#database, ref);
    if (current === undefined) return;
    const origin = originOf(this.#database, current.release);
    this.#recordEvent('uninstall', { ref, version: current.version, from_version: null, ...origin });
    deletePack(this.#database, ref);
  }

  #recordEvent(action: EventAction, event: Omit<Parameters<typeof recordEvent>[2], 'action'>): void {
    recordEvent(this.#database, this.#stamp, { action, ...event });
  }
}
