import { join } from 'node:path';
import type { TestReport } from '../packs/test-report.ts';
import type { Connection } from './database/database.ts';
import { type EventAction, type EventOrigin, NO_ORIGIN, recordEvent, type Stamp } from './history.ts';
import {
  findInstalled,
  type InstalledNode,
  type InstalledPack,
  installedGraph,
  installedVersions,
} from './installed.ts';
import type { Layout } from './layout.ts';
import {
  unlinkRelease,
  moveToReleases,
  type ReleaseDirectory,
  refuseOccupiedPath,
  linkRelease,
} from './releases/directories.ts';
import { type RetainedRelease, retainedReleases, releaseDependencies } from './releases/retained-releases.ts';
import { reconcile } from './releases/reconcile.ts';
import { type ReadyPack, recordRelease, recordTestRun, type SettledPack } from './releases/record-release.ts';
import { type RestoredTree, replaceTree } from './releases/replace-tree.ts';
import { deleteReleases, type ReleaseUsage, releaseUsage } from './releases/retention.ts';

export type InstallAction = 'installed' | 'upgraded' | 'reinstalled';

export interface Installed {
  readonly id: number;
  readonly ref: string;
  readonly version: string;
  readonly action: InstallAction;
  readonly storagePath: string;
}

interface Current {
  readonly id: number;
  readonly release: number;
  readonly version: string;
}

/** What is to become of several packs at once; each is in one of the first three at most. */
export interface StoreChange {
  readonly install?: readonly SettledPack[];
  readonly rollback?: readonly RetainedRelease[];
  readonly uninstall?: readonly string[];
  /** Whether packs that are there afterwards count as asked for, by ref, whatever they counted as before. */
  readonly requested?: ReadonlyMap<string, boolean>;
}

/** Changes the store. Made by `Store.write`, which holds the lock as long as this lives. */
export class StoreWriter {
  readonly #database: Connection;
  readonly #layout: Layout;
  readonly #stamp: Stamp;
  readonly #keepReleases: number;

  constructor(database: Connection, layout: Layout, stamp: Stamp, keepReleases: number) {
    this.#database = database;
    this.#layout = layout;
    this.#stamp = stamp;
    this.#keepReleases = keepReleases;
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

  /** Makes packs visible, all of them or none. See `apply`. */
  install(packs: readonly SettledPack[]): Installed[] {
    return this.apply({ install: packs });
  }

  /** Takes packs away, all of them or none, with every release that was kept of them. */
  uninstall(refs: readonly string[]): void {
    this.apply({ uninstall: refs });
  }

  /** Points an installed pack at another of its kept releases. Nothing is forgotten for it: both stay. */
  rollback(release: RetainedRelease): void {
    this.apply({ rollback: [release] });
  }

  /**
   * Makes all of a change or none of it: the trees of what comes go to their places, one transaction says what is
   * installed, then the links follow. Whatever fails before the transaction is taken back; whatever fails after it is made
   * good by the next command.
   * @returns what was installed, in the order of `install`
   */
  apply({ install = [], rollback = [], uninstall = [], requested = new Map() }: StoreChange): Installed[] {
    const shown = [...install.map(({ pack }) => pack.manifest.ref), ...rollback.map(({ ref }) => ref)];
    for (const ref of shown) refuseOccupiedPath(this.#layout, ref);
    try {
      const placed = install.map((ready) => ({ ready, directory: this.#place(ready) }));
      const commit = this.#database.transaction(() => {
        for (const ref of uninstall) this.#forget(ref);
        for (const release of rollback) this.#turnBack(release);
        const installed = placed.map(({ ready, directory }) => this.#record(ready, directory));
        for (const [ref, asked] of requested) this.#mark(ref, asked);
        return installed;
      });
      const installed = commit.immediate();
      for (const { ready, directory } of placed) linkRelease(this.#layout, ready.pack.manifest.ref, directory);
      for (const { ref, directory } of rollback) linkRelease(this.#layout, ref, directory);
      for (const ref of uninstall) unlinkRelease(this.#layout, ref);
      this.#removeForgotten();
      return installed;
    } catch (error) {
      reconcile(this.#database, this.#layout);
      throw error;
    }
  }

  /** Holds packs at their versions, or lets them go. @returns the refs of those that were not so already */
  pin(refs: readonly string[], pinned: boolean): string[] {
    const change = this.#database.prepare('UPDATE pack SET pinned = @pinned WHERE ref = @ref AND pinned <> @pinned');
    const commit = this.#database.transaction(() => {
      const changed = refs.filter((ref) => change.run({ ref, pinned: pinned ? 1 : 0 }).changes > 0);
      for (const ref of changed) {
        const version = this.#current(ref)?.version ?? '';
        this.#tell(pinned ? 'pin' : 'unpin', { ref, version, from_version: null, ...NO_ORIGIN });
      }
      return changed;
    });
    return commit.immediate();
  }

  /** Puts a tree in the place of a release's damaged one. See `replaceTree`. */
  restore(release: RetainedRelease, tree: RestoredTree): void {
    replaceTree(this.#database, this.#layout, this.#stamp, release, tree);
  }

  /** Takes kept releases away that are not current, with their trees. @param choose of all that are kept @returns those */
  dropReleases(choose: (releases: readonly ReleaseUsage[]) => readonly ReleaseUsage[]): ReleaseUsage[] {
    const gone = deleteReleases(this.#database, choose(releaseUsage(this.#database)));
    this.#removeForgotten();
    return gone;
  }

  /** Keeps a run of an installed pack's tests. */
  recordTests(report: TestReport): void {
    const release = this.#current(report.pack_ref)?.release;
    this.#database.transaction(() => recordTestRun(this.#database, report, release)).immediate();
  }

  #place({ pack, fingerprint }: ReadyPack): ReleaseDirectory {
    const { ref, version } = pack.manifest;
    return moveToReleases(this.#layout, pack.root, { ref, version, checksum: fingerprint.checksum });
  }

  #record(ready: ReadyPack, directory: ReleaseDirectory): Installed {
    const { ref, version } = ready.pack.manifest;
    const before = this.#current(ref);
    const release = recordRelease(this.#database, ready, directory, this.#stamp);
    const id = this.#point(ref, release, ready.requested);
    this.#prune(ref, release);
    if (ready.tests !== undefined) recordTestRun(this.#database, ready.tests, release);
    const [action, event]: [InstallAction, EventAction] =
      before === undefined
        ? ['installed', 'install']
        : before.version === version
          ? ['reinstalled', 'reinstall']
          : ['upgraded', 'upgrade'];
    this.#tell(event, { ref, version, from_version: before?.version ?? null, ...this.#originOf(release) });
    return { id, ref, version, action, storagePath: join(this.#layout.packs, ref) };
  }

  #turnBack({ id, ref, version }: RetainedRelease): void {
    const before = this.#current(ref);
    this.#database.prepare('UPDATE pack SET release_id = ? WHERE ref = ?').run(id, ref);
    this.#countTurn(ref, id);
    this.#tell('rollback', { ref, version, from_version: before?.version ?? null, ...this.#originOf(id) });
  }

  #mark(ref: string, requested: boolean): void {
    this.#database.prepare('UPDATE pack SET requested = ? WHERE ref = ?').run(requested ? 1 : 0, ref);
  }

  #current(ref: string): Current | undefined {
    return this.#database
      .prepare<[string], Current>(
        'SELECT pack.id, release.id AS release, version FROM pack JOIN release ON release.id = release_id WHERE pack.ref = ?',
      )
      .get(ref);
  }

  /** A pack that was asked for once stays so, also when it comes again as a dependency. */
  #point(ref: string, release: number, requested: boolean): number {
    this.#countTurn(ref, release);
    return this.#database
      .prepare<[string, number, number], number>(
        `INSERT INTO pack (ref, release_id, requested) VALUES (?, ?, ?)
         ON CONFLICT (ref) DO UPDATE SET release_id = excluded.release_id, requested = max(requested, excluded.requested)
         RETURNING id`,
      )
      .pluck()
      .get(ref, release, requested ? 1 : 0) as number;
  }

  /** From now on this release is the last of its pack that became current. */
  #countTurn(ref: string, release: number): void {
    this.#database
      .prepare('UPDATE release SET turn = (SELECT max(turn) + 1 FROM release WHERE ref = @ref) WHERE id = @release')
      .run({ ref, release });
  }

  /**
   * Forgets older rows of the same content, whose tree is the same or was tampered with, and all releases but the few
   * that were current last. The current one is the very last of these, whatever its id, because a rollback counts too.
   */
  #prune(ref: string, release: number): void {
    this.#database
      .prepare(
        `DELETE FROM release WHERE ref = @ref AND id <> @release
           AND checksum = (SELECT checksum FROM release WHERE id = @release)`,
      )
      .run({ ref, release });
    this.#database
      .prepare(
        'DELETE FROM release WHERE ref = @ref AND id NOT IN (SELECT id FROM release WHERE ref = @ref ORDER BY turn DESC LIMIT @keep)',
      )
      .run({ ref, keep: Math.max(1, this.#keepReleases) });
  }

  #originOf(release: number): EventOrigin {
    return this.#database
      .prepare<[number], EventOrigin>(
        'SELECT source_url AS source, source_type, source_commit, registry FROM release WHERE id = ?',
      )
      .get(release) as EventOrigin;
  }

  #tell(action: EventAction, event: Omit<Parameters<typeof recordEvent>[2], 'action'>): void {
    recordEvent(this.#database, this.#stamp, { action, ...event });
  }

  #forget(ref: string): void {
    const current = this.#current(ref);
    if (current === undefined) return;
    this.#tell('uninstall', { ref, version: current.version, from_version: null, ...this.#originOf(current.release) });
    this.#database.prepare('DELETE FROM pack WHERE ref = ?').run(ref);
    this.#database.prepare('DELETE FROM release WHERE ref = ?').run(ref);
  }

  #removeForgotten(): void {
    reconcile(this.#database, this.#layout);
  }
}
