import { join } from 'node:path';
import type { TestReport } from '../packs/test-report.ts';
import type { Connection } from './database.ts';
import { type EventAction, recordEvent, type Stamp } from './history.ts';
import { type Dependent, dependentsOf, findInstalled, type InstalledPack, installedVersions } from './installed.ts';
import type { Layout } from './layout.ts';
import { type ReadyPack, recordRelease, recordTestRun, type SettledPack } from './record-release.ts';
import { hideRelease, placeRelease, type ReleaseDirectory, refuseTakenPlace, showRelease } from './releases.ts';
import { repair } from './repair.ts';

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

  dependents(ref: string): Dependent[] {
    return dependentsOf(this.#database, ref);
  }

  /**
   * Makes packs visible, all of them or none: their trees go to their places, one transaction says so, then the links
   * follow. Whatever fails before the transaction is taken back; whatever fails after it is made good by the next command.
   */
  install(packs: readonly SettledPack[]): Installed[] {
    for (const { pack } of packs) refuseTakenPlace(this.#layout, pack.manifest.ref);
    try {
      const placed = packs.map((ready) => ({ ready, directory: this.#place(ready) }));
      const commit = this.#database.transaction(() =>
        placed.map(({ ready, directory }) => this.#record(ready, directory)),
      );
      const installed = commit.immediate();
      for (const { ready, directory } of placed) showRelease(this.#layout, ready.pack.manifest.ref, directory);
      this.#removeForgotten();
      return installed;
    } catch (error) {
      repair(this.#database, this.#layout);
      throw error;
    }
  }

  /** Takes packs away, all of them or none, with every release that was kept of them. */
  uninstall(refs: readonly string[]): void {
    const commit = this.#database.transaction(() => {
      for (const ref of refs) this.#forget(ref);
    });
    commit.immediate();
    for (const ref of refs) hideRelease(this.#layout, ref);
    this.#removeForgotten();
  }

  /** Keeps a run of an installed pack's tests. */
  recordTests(report: TestReport): void {
    const release = this.#current(report.pack_ref)?.release;
    this.#database.transaction(() => recordTestRun(this.#database, report, release)).immediate();
  }

  #place({ pack, fingerprint }: ReadyPack): ReleaseDirectory {
    const { ref, version } = pack.manifest;
    return placeRelease(this.#layout, pack.root, { ref, version, checksum: fingerprint.checksum });
  }

  #record(ready: ReadyPack, directory: ReleaseDirectory): Installed {
    const { ref, version } = ready.pack.manifest;
    const before = this.#current(ref);
    const release = recordRelease(this.#database, ready, directory, this.#stamp);
    const id = this.#point(ref, release, ready.requested);
    this.#prune(ref, directory, release);
    if (ready.tests !== undefined) recordTestRun(this.#database, ready.tests, release);
    const [action, event]: [InstallAction, EventAction] =
      before === undefined
        ? ['installed', 'install']
        : before.version === version
          ? ['reinstalled', 'reinstall']
          : ['upgraded', 'upgrade'];
    recordEvent(this.#database, this.#stamp, {
      action: event,
      ref,
      version,
      from_version: before?.version ?? null,
      source: ready.provenance.url,
    });
    return { id, ref, version, action, storagePath: join(this.#layout.packs, ref) };
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
    return this.#database
      .prepare<[string, number, number], number>(
        `INSERT INTO pack (ref, release_id, requested) VALUES (?, ?, ?)
         ON CONFLICT (ref) DO UPDATE SET release_id = excluded.release_id, requested = max(requested, excluded.requested)
         RETURNING id`,
      )
      .pluck()
      .get(ref, release, requested ? 1 : 0) as number;
  }

  /** Forgets older rows of the same tree, and all releases but the last few. */
  #prune(ref: string, directory: ReleaseDirectory, release: number): void {
    this.#database.prepare('DELETE FROM release WHERE directory = ? AND id <> ?').run(directory, release);
    this.#database
      .prepare(
        'DELETE FROM release WHERE ref = @ref AND id NOT IN (SELECT id FROM release WHERE ref = @ref ORDER BY id DESC LIMIT @keep)',
      )
      .run({ ref, keep: Math.max(1, this.#keepReleases) });
  }

  #forget(ref: string): void {
    const current = this.#current(ref);
    if (current === undefined) return;
    this.#database.prepare('DELETE FROM pack WHERE ref = ?').run(ref);
    this.#database.prepare('DELETE FROM release WHERE ref = ?').run(ref);
    recordEvent(this.#database, this.#stamp, {
      action: 'uninstall',
      ref,
      version: current.version,
      from_version: null,
      source: null,
    });
  }

  #removeForgotten(): void {
    repair(this.#database, this.#layout);
  }
}
