import { join } from 'node:path';
import { AttuneError } from '../errors.ts';
import type { TreeDifference } from '../packs/tree/difference.ts';
import type { Clock } from '../platform/clock.ts';
import type { Environment } from '../platform/environment.ts';
import { fsyncTree } from '../platform/files/fsync.ts';
import { ExclusiveLock } from '../platform/locks/file-lock.ts';
import type { Reporter } from '../platform/reporter.ts';
import { type Connection, openDatabase, openDatabaseIfPresent } from './database/database.ts';
import { withStoreErrors, toStoreError } from './database/database-errors.ts';
import { Environments } from './environments/environments.ts';
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
import { type Layout, layoutOf } from './layout.ts';
import { compareRelease, type RetainedRelease, retainedReleases } from './releases/retained-releases.ts';
import { needsReconciling, reconcile } from './releases/reconcile.ts';
import type { ReadyPack, SettledPack } from './releases/record-release.ts';
import { removeOrphanedStaging, StagingArea } from './staging.ts';
import { readTestRuns, type TestRun, testedRefs } from './test-runs.ts';
import { StoreWriter } from './writer.ts';
import { acquireWriterLock } from './writer-lock.ts';

export interface StoreTools {
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly environment: Environment;
  readonly attuneVersion: string;
  /** How many releases of each pack stay on the disk, the current one among them. */
  readonly keepReleases: () => Promise<number>;
  readonly lockTimeoutMs: number;
}

/**
 * What is installed: one SQLite file and one directory, opened when first needed.
 *
 * The database is the truth and the directories follow it. A change stages its trees, puts them where nobody looks yet,
 * commits one transaction, and then moves the links. Reading therefore never waits and never sees half a pack, and
 * there is no undo log: what a crash leaves is told by comparison (see repair.ts) and mended by the next command.
 */
export class Store implements Disposable {
  readonly #layout: Layout;
  readonly #tools: StoreTools;
  readonly #staging = new Set<StagingArea>();
  #connection: Connection | undefined;

  constructor(dataDirectory: string, tools: StoreTools) {
    this.#layout = layoutOf(dataDirectory);
    this.#tools = tools;
  }

  list(): InstalledPack[] {
    return this.#read((database) => listInstalled(database, this.#layout));
  }

  find(ref: string): InstalledPack | undefined {
    return this.#read((database) => findInstalled(database, this.#layout, ref));
  }

  describe(ref: string): InstalledDetails | undefined {
    return this.#read((database) => describeInstalled(database, this.#layout, ref));
  }

  versions(): Map<string, string> {
    return this.#read(installedVersions);
  }

  /** The installed packs that need this one. */
  dependents(ref: string): Dependent[] {
    return this.#read((database) => dependentsOf(database, ref));
  }

  /** Everything installed with what it needs, by ref. */
  graph(): InstalledNode[] {
    return this.#read(installedGraph);
  }

  /** What is held at its version, by ref. */
  pinned(): InstalledNode[] {
    return this.graph().filter(({ pinned }) => pinned);
  }

  /** The releases that are kept, of one pack or of all; of each pack the current one first, then the one before it. */
  retainedReleases(ref?: string): RetainedRelease[] {
    return this.#read((database) => retainedReleases(database, ref));
  }

  /** How a kept release's files differ from what was recorded. @throws InvalidPackTree, FileError */
  compare(release: RetainedRelease): TreeDifference {
    return this.#read((database) => compareRelease(database, this.#layout, release));
  }

  /** Where a kept release's files are. */
  directoryOfRelease({ directory }: RetainedRelease): string {
    return join(this.#layout.releases, directory);
  }

  history(ref?: string): HistoryEvent[] {
    return this.#read((database) => readHistory(database, ref));
  }

  /** The last so many runs of a pack's tests, the newest first. */
  testRuns(ref: string, limit: number): TestRun[] {
    return this.#read((database) => readTestRuns(database, ref, limit));
  }

  /** The packs whose tests were ever recorded. */
  testedRefs(): string[] {
    return this.#read(testedRefs);
  }

  /** Where an installed pack's files are, for a reader. */
  directoryOf(ref: string): string {
    return join(this.#layout.packs, ref);
  }

  /** A private place to prepare packs in, on the same file system. Needs no lock. */
  stage(): StagingArea {
    const area = new StagingArea(this.#layout, (text) => this.#tools.reporter.warn(text));
    this.#staging.add(area);
    return area;
  }

  /** What packs' requirements name, made once and kept. Needs no lock but its own. */
  environments(): Environments {
    return new Environments(this.#layout, () => this.stage(), this.#tools);
  }

  /** Waits until the trees of packs are on the disk. It may take long, and so it is done before anybody has to wait for it. */
  async settle(packs: readonly ReadyPack[]): Promise<SettledPack[]> {
    for (const { pack } of packs) await fsyncTree(pack.root);
    return packs.map((ready) => ({ ...ready, settled: true }));
  }

  /**
   * Runs one change while nobody else can write.
   * @throws WriterBusy when another process writes for longer than the lock's timeout
   */
  async write<T>(change: (writer: StoreWriter) => T): Promise<T> {
    const { keepReleases, lockTimeoutMs } = this.#tools;
    const kept = await keepReleases();
    using _lock = await acquireWriterLock(this.#layout, lockTimeoutMs, this.#tools);
    return withStoreErrors(this.#layout, () => {
      this.#close();
      this.#connection = openDatabase(this.#layout.database);
      reconcile(this.#connection, this.#layout);
      return change(new StoreWriter(this.#connection, this.#layout, this.#stamp(), kept));
    });
  }

  /**
   * Runs what puts another database in the place of this one, while nobody else can write. It is closed meanwhile, and
   * whoever reads next opens what is there then.
   * @throws WriterBusy like `write`
   */
  async replace<T>(work: (layout: Layout, stamp: Stamp) => T | Promise<T>): Promise<T> {
    using _lock = await acquireWriterLock(this.#layout, this.#tools.lockTimeoutMs, this.#tools);
    this.#close();
    return await this.#translating(() => work(this.#layout, this.#stamp()));
  }

  /** Hands the database to what copies or counts it. Needs no lock. */
  async look<T>(query: (database: Connection, layout: Layout) => T | Promise<T>): Promise<T> {
    return await this.#translating(() => query(this.#opened(), this.#layout));
  }

  /** Also takes away what is still staged, as when the program is interrupted. */
  [Symbol.dispose](): void {
    for (const area of this.#staging) area[Symbol.dispose]();
    this.#staging.clear();
    this.#close();
  }

  #close(): void {
    this.#connection?.close();
    this.#connection = undefined;
  }

  #stamp(): Stamp {
    const { clock, environment, attuneVersion } = this.#tools;
    return { at: clock.now().toISOString(), user: environment.userName, host: environment.hostName, attuneVersion };
  }

  async #translating<T>(work: () => T | Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw toStoreError(this.#layout, error);
    }
  }

  #read<T>(query: (database: Connection) => T): T {
    return withStoreErrors(this.#layout, () => query(this.#opened()));
  }

  #opened(): Connection {
    if (this.#connection === undefined) {
      this.#connection = openDatabaseIfPresent(this.#layout.database);
      this.#repairIfIdle(this.#connection);
    }
    return this.#connection;
  }

  /** A reader mends what a dead writer left, but never waits for a living one. */
  #repairIfIdle(database: Connection): void {
    try {
      // Before the first pack there is no database, but a killed attempt may have left something.
      if (database.memory) removeOrphanedStaging(this.#layout);
      if (database.memory || !needsReconciling(database, this.#layout)) return;
      using lock = ExclusiveLock.tryAcquire(this.#layout.writerLock);
      if (lock !== undefined) reconcile(database, this.#layout);
    } catch (error) {
      // A reader who may not write here leaves the mending to someone who may.
      if (!(error instanceof AttuneError)) throw error;
    }
  }
}
