import { join } from 'node:path';
import type { TreeDifference } from '../packs/tree/difference.ts';
import { fsyncTree } from '../platform/files/fsync.ts';
import { giveTree } from '../platform/files/ownership.ts';
import { type HeldLock, type LockTools, waitForLock } from '../platform/locks/wait-for-lock.ts';
import { StoreConnection } from './connection.ts';
import type { Connection } from './database/database.ts';
import { Environments } from './environments/environments.ts';
import { explainForeignFile } from './foreign-file.ts';
import { type HistoryEvent, readHistory, type Stamp } from './history.ts';
import {
  type Dependent,
  dependentsOf,
  describeInstalled,
  findInstalled,
  type InstalledDetails,
  type InstalledNode,
  type InstalledPack,
  installedGraph,
  installedVersions,
  listInstalled,
} from './installed.ts';
import { type Layout, layoutOf, makeStoreDirectory, writerLockTarget } from './layout.ts';
import { lookAgain } from './look-again.ts';
import type { ReadyPack, SettledPack } from './releases/record-release.ts';
import {
  compareRelease,
  type RetainedRelease,
  releaseDependencies,
  retainedReleases,
} from './releases/retained-releases.ts';
import { StagingArea, type StagingOptions } from './staging.ts';
import { readTestRuns, type TestRun, testedRefs } from './test-runs.ts';
import type { StoreTools } from './tools.ts';
import { StoreWriter } from './writer.ts';

/**
 * The installed packs: one SQLite file and one directory, opened on first use.
 *
 * The database is authoritative and the directories follow it. A change stages its trees, moves them to `releases/`, where
 * nothing refers to them yet, commits one transaction, and then replaces the links. Readers therefore never wait and never
 * see an incomplete pack. There is no undo log: after a crash the next command compares the directories with the database
 * and reconciles them (releases/reconcile.ts).
 */
export class Store implements Disposable {
  readonly #layout: Layout;
  readonly #tools: StoreTools;
  readonly #staging = new Set<StagingArea>();
  readonly #connection: StoreConnection;

  constructor(dataDirectory: string, tools: StoreTools) {
    this.#layout = layoutOf(dataDirectory);
    this.#tools = tools;
    this.#connection = new StoreConnection(this.#layout, tools);
  }

  list(): InstalledPack[] {
    return this.#connection.read((database) => listInstalled(database, this.#layout));
  }

  find(ref: string): InstalledPack | undefined {
    return this.#connection.read((database) => findInstalled(database, this.#layout, ref));
  }

  describe(ref: string): InstalledDetails | undefined {
    return this.#connection.read((database) => describeInstalled(database, this.#layout, ref));
  }

  /** Returns the installed versions by ref. */
  versions(): Map<string, string> {
    return this.#connection.read(installedVersions);
  }

  /** Returns the installed packs that depend on a pack. */
  dependents(ref: string): Dependent[] {
    return this.#connection.read((database) => dependentsOf(database, ref));
  }

  /** Returns all installed packs with their dependencies, sorted by ref. */
  graph(): InstalledNode[] {
    return this.#connection.read(installedGraph);
  }

  /** Returns the pinned packs, sorted by ref. */
  pinned(): InstalledNode[] {
    return this.graph().filter(({ pinned }) => pinned);
  }

  /** Returns the retained releases of one pack or of all, those of each pack from the current one back. */
  retainedReleases(ref?: string): RetainedRelease[] {
    return this.#connection.read((database) => retainedReleases(database, ref));
  }

  /** Returns the dependencies of a retained release, sorted by ref. */
  dependenciesOf({ id }: RetainedRelease): { ref: string; range: string }[] {
    return this.#connection.read((database) => releaseDependencies(database, id));
  }

  /** Compares the files of a retained release with its record. @throws InvalidPackTree, FileError */
  compare(release: RetainedRelease): TreeDifference {
    return this.#connection.read((database) => compareRelease(database, this.#layout, release));
  }

  /** Returns the directory of a retained release. */
  directoryOfRelease({ directory }: RetainedRelease): string {
    return join(this.#layout.releases, directory);
  }

  history(ref?: string): HistoryEvent[] {
    return this.#connection.read((database) => readHistory(database, ref));
  }

  /** Returns the latest test runs of a pack, newest first. */
  testRuns(ref: string, limit: number): TestRun[] {
    return this.#connection.read((database) => readTestRuns(database, ref, limit));
  }

  /** Returns the refs of all packs with recorded test runs. */
  testedRefs(): string[] {
    return this.#connection.read(testedRefs);
  }

  /** Returns the path under which other programs read an installed pack. */
  directoryOf(ref: string): string {
    return join(this.#layout.packs, ref);
  }

  /** Creates a private staging area on the file system of the store. Requires no lock. */
  stage({ dryRun = false }: Pick<StagingOptions, 'dryRun'> = {}): StagingArea {
    const area = new StagingArea(this.#layout, { dryRun, warn: (text) => this.#tools.reporter.warn(text) });
    this.#staging.add(area);
    return area;
  }

  /** Returns the runtime environments of packs. They have separate locks. */
  environments(): Environments {
    return new Environments(this.#layout, () => this.stage(), this.#tools);
  }

  /** Settles the trees of packs. See `settleTree`. */
  async settle(packs: readonly ReadyPack[]): Promise<SettledPack[]> {
    for (const { pack } of packs) await this.settleTree(pack.root);
    return packs.map((ready) => ({ ...ready, settled: true }));
  }

  /**
   * Prepares a staged tree for its move into the store: gives it to the owner of the data directory if root created it, and
   * flushes it to the disk. This can take long, so it is done before the writer lock is acquired.
   */
  async settleTree(root: string): Promise<void> {
    giveTree(this.#layout.data, root);
    await fsyncTree(root);
  }

  /**
   * Runs a change under the writer lock.
   * @throws WriterBusy if another process holds the lock for longer than the timeout
   */
  async write<T>(change: (writer: StoreWriter) => T): Promise<T> {
    const { keepReleases, lockTimeoutMs } = this.#tools;
    const releases = await keepReleases();
    using _lock = await acquireWriterLock(this.#layout, lockTimeoutMs, this.#tools);
    return this.#connection.write((database) =>
      change(
        new StoreWriter(database, this.#layout, this.#stamp(), releases, (text) => this.#tools.reporter.warn(text)),
      ),
    );
  }

  /**
   * Runs an operation that replaces the database, under the writer lock and with the connection closed.
   * @throws WriterBusy if another process holds the lock for longer than the timeout
   */
  async replace<T>(work: (layout: Layout, stamp: Stamp) => T | Promise<T>): Promise<T> {
    using _lock = await acquireWriterLock(this.#layout, this.#tools.lockTimeoutMs, this.#tools);
    return await this.#connection.whileClosed(() => work(this.#layout, this.#stamp()));
  }

  /** Repeats an inspection that found a problem, because another process may be changing the store. See `lookAgain`. */
  async lookAgain<T>(look: (writing: boolean) => T): Promise<T> {
    return await lookAgain(this.#layout, this.#tools.clock, look);
  }

  /** Passes the database to an operation that only reads it, such as a backup. Requires no lock. */
  async query<T>(query: (database: Connection, layout: Layout) => T | Promise<T>): Promise<T> {
    return await this.#connection.readAsync((database) => query(database, this.#layout));
  }

  /** Also removes the remaining staging areas, such as after an interrupt. */
  [Symbol.dispose](): void {
    for (const area of this.#staging) area[Symbol.dispose]();
    this.#staging.clear();
    this.#connection[Symbol.dispose]();
  }

  #stamp(): Stamp {
    const { clock, environment, attuneVersion } = this.#tools;
    return { at: clock.now().toISOString(), user: environment.userName, host: environment.hostName, attuneVersion };
  }
}

/** Waits for the writer lock of a store. @throws WriterBusy after `timeoutMs` */
export async function acquireWriterLock(layout: Layout, timeoutMs: number, tools: LockTools): Promise<HeldLock> {
  makeStoreDirectory(layout.data);
  try {
    return await waitForLock(writerLockTarget(layout), timeoutMs, tools);
  } catch (error) {
    throw explainForeignFile(layout, error);
  }
}
