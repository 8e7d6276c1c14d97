import { join } from 'node:path';
import { AttuneError } from '../errors.ts';
import type { TreeDifference } from '../packs/tree-difference.ts';
import type { Clock } from '../platform/clock.ts';
import type { Environment } from '../platform/environment.ts';
import { ExclusiveLock } from '../platform/exclusive-lock.ts';
import { flushTree } from '../platform/flush.ts';
import type { Reporter } from '../platform/reporter.ts';
import { translated, translating } from '../platform/sqlite-fault.ts';
import { type Connection, openDatabase, openDatabaseIfPresent } from './database.ts';
import { type HistoryEvent, readHistory } from './history.ts';
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
import { compareRelease, type KeptRelease, keptReleases } from './kept-releases.ts';
import { type Layout, layoutOf } from './layout.ts';
import type { ReadyPack, SettledPack } from './record-release.ts';
import { needsRepair, repair } from './repair.ts';
import { removeOrphans, StagingArea } from './staging.ts';
import { StoreWriter } from './writer.ts';
import { acquireWriterLock } from './writer-lock.ts';

export interface StoreTools {
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly environment: Environment;
  readonly attuneVersion: string;
  /** How many releases of each pack stay on the disk, the current one among them. */
  readonly keepReleases: number;
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
  kept(ref?: string): KeptRelease[] {
    return this.#read((database) => keptReleases(database, ref));
  }

  /** How a kept release's files differ from what was recorded. @throws InvalidPackTree, FileFault */
  compare(release: KeptRelease): TreeDifference {
    return this.#read((database) => compareRelease(database, this.#layout, release));
  }

  /** Where a kept release's files are. */
  directoryOfRelease({ directory }: KeptRelease): string {
    return join(this.#layout.releases, directory);
  }

  history(ref?: string): HistoryEvent[] {
    return this.#read((database) => readHistory(database, ref));
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

  /** Waits until the trees of packs are on the disk. It may take long, and so it is done before anybody has to wait for it. */
  async settle(packs: readonly ReadyPack[]): Promise<SettledPack[]> {
    for (const { pack } of packs) await flushTree(pack.root);
    return packs.map((ready) => ({ ...ready, settled: true }));
  }

  /**
   * Runs one change while nobody else can write.
   * @throws WriterBusy when another process writes for longer than the lock's timeout
   */
  async write<T>(change: (writer: StoreWriter) => T): Promise<T> {
    const { clock, environment, attuneVersion, keepReleases, lockTimeoutMs } = this.#tools;
    using _lock = await acquireWriterLock(this.#layout, lockTimeoutMs, this.#tools);
    try {
      this.#connection?.close();
      this.#connection = openDatabase(this.#layout.database);
      repair(this.#connection, this.#layout);
      const stamp = {
        at: clock.now().toISOString(),
        user: environment.userName,
        host: environment.hostName,
        attuneVersion,
      };
      return change(new StoreWriter(this.#connection, this.#layout, stamp, keepReleases));
    } catch (error) {
      throw translated(this.#layout.database, error);
    }
  }

  /** Also takes away what is still staged, as when the program is interrupted. */
  [Symbol.dispose](): void {
    for (const area of this.#staging) area[Symbol.dispose]();
    this.#staging.clear();
    this.#connection?.close();
    this.#connection = undefined;
  }

  #read<T>(query: (database: Connection) => T): T {
    return translating(this.#layout.database, () => query(this.#opened()));
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
      if (database.memory) removeOrphans(this.#layout);
      if (database.memory || !needsRepair(database, this.#layout)) return;
      using lock = ExclusiveLock.tryAcquire(this.#layout.writerLock);
      if (lock !== undefined) repair(database, this.#layout);
    } catch (error) {
      // A reader who may not write here leaves the mending to someone who may.
      if (!(error instanceof AttuneError)) throw error;
    }
  }
}
