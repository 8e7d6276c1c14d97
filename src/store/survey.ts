/**
 * A read-only view of the store for diagnostics, which creates, repairs and waits for nothing. (`Store` cleans up after a
 * crash as soon as it is opened, which would hide the findings.)
 */
import { dirname, join, resolve, sep } from 'node:path';
import { AttuneError } from '../errors.ts';
import type { RecordedFile } from '../packs/tree/compare-files.ts';
import { FileError } from '../platform/files/file-error.ts';
import { inspect, linkTarget, realPath } from '../platform/files/inspect.ts';
import { openSqlite } from '../platform/sqlite/sqlite.ts';
import { type Connection, openDatabaseForReading } from './database/database.ts';
import { withStoreErrors } from './database/database-errors.ts';
import { findDatabaseDamage } from './database/integrity-check.ts';
import { type InstalledNode, installedGraph } from './installed.ts';
import { type Layout, layoutOf } from './layout.ts';
import { isLinkedTo } from './releases/directories.ts';
import type { RetainedRelease } from './releases/retained-releases.ts';

/** A retained release with its origin. */
export interface RecordedRelease extends RetainedRelease {
  readonly source_type: 'git' | 'archive' | 'directory';
  readonly source_url: string;
  readonly source_ref: string | null;
  readonly source_commit: string | null;
  readonly registry: string | null;
  readonly archive_checksum: string | null;
}

/**
 * The status of a pack's link:
 * - `correct`
 * - `outdated`: points to another release, for example after a crash
 * - `missing`
 * - `external`: points outside `releases/`
 * - `occupied`: the path is not a link
 */
export type LinkStatus = 'correct' | 'outdated' | 'missing' | 'external' | 'occupied';

export interface PackLink {
  readonly path: string;
  readonly status: LinkStatus;
  /** The target as stored in the link. */
  readonly target: string | undefined;
}

export class StoreSurvey implements Disposable {
  readonly layout: Layout;
  readonly #database: Connection;

  /** @throws DatabaseError */
  constructor(dataDirectory: string) {
    this.layout = layoutOf(dataDirectory);
    this.#database = openDatabaseForReading(this.layout.database);
  }

  /** Returns the releases sorted by ref, those of each pack from the current one back. */
  releases(ref?: string): RecordedRelease[] {
    const rows = this.#query<Omit<RecordedRelease, 'current'> & { current: number }>(
      `SELECT release.id, release.ref, version, checksum, directory, installed_at, source_type, source_url, source_ref,
         source_commit, registry, archive_checksum, pack.id IS NOT NULL AS current
       FROM release LEFT JOIN pack ON pack.release_id = release.id
       WHERE @ref IS NULL OR release.ref = @ref ORDER BY release.ref, current DESC, turn DESC`,
      { ref: ref ?? null },
    );
    return rows.map((row) => ({ ...row, current: row.current === 1 }));
  }

  /** Returns the releases whose rows still exist. A writer removes a tree after its row, so a tree may be missing for a moment. */
  stillRecorded(releases: readonly RecordedRelease[]): RecordedRelease[] {
    const recorded = releases.length > 0 ? this.releases() : [];
    return releases.filter(({ id, directory }) => recorded.some((one) => one.id === id && one.directory === directory));
  }

  /** Returns the installed packs with their dependencies, sorted by ref. */
  graph(): InstalledNode[] {
    return withStoreErrors(this.layout, () => installedGraph(this.#database));
  }

  files({ id }: Pick<RecordedRelease, 'id'>): RecordedFile[] {
    return this.#query('SELECT path, size, sha256, mode FROM file WHERE release_id = @id ORDER BY path', { id });
  }

  /** Returns the time of the latest history event, ISO 8601 in UTC. */
  lastEvent(): string | undefined {
    return this.#query<{ at: string | null }>('SELECT max(at) AS at FROM event', {})[0]?.at ?? undefined;
  }

  /** Returns what is damaged in the database, one sentence each without a full stop; empty if it is intact. */
  damage(): string[] {
    return withStoreErrors(this.layout, () => findDatabaseDamage(this.#database));
  }

  link({ ref, directory }: Pick<RecordedRelease, 'ref' | 'directory'>): PackLink {
    const path = join(this.layout.packs, ref);
    const kind = inspect(path)?.kind;
    if (kind === undefined) return { path, status: 'missing', target: undefined };
    const target = linkTarget(path);
    if (target === undefined) return { path, status: 'occupied', target };
    if (isLinkedTo(this.layout, ref, directory)) return { path, status: 'correct', target };
    const inside = resolve(this.layout.packs, target).startsWith(this.layout.releases + sep);
    return { path, status: inside ? 'outdated' : 'external', target };
  }

  /** Returns the directory of a release's tree. */
  directoryOf({ directory }: Pick<RecordedRelease, 'directory'>): string {
    return join(this.layout.releases, directory);
  }

  /** See `describeMissingTree`. */
  describeMissingTree(release: Pick<RecordedRelease, 'directory'>): string | undefined {
    return describeMissingTree(this.layout, release);
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #query<T>(sql: string, parameters: Readonly<Record<string, string | number | null>>): T[] {
    return withStoreErrors(this.layout, () => this.#database.prepare<[typeof parameters], T>(sql).all(parameters));
  }
}

/** Returns why the tree of a release cannot be inspected: it is missing, or a link leads out of the store. */
export function describeMissingTree(
  { releases }: Pick<Layout, 'releases'>,
  { directory }: Pick<RecordedRelease, 'directory'>,
): string | undefined {
  const path = join(releases, directory);
  const kind = inspect(path)?.kind;
  if (kind === undefined) return `'${path}' is missing`;
  if (kind !== 'directory') return `'${path}' is not a directory${kind === 'link' ? ' but a link' : ''}`;
  try {
    const isInside = realPath(path) === join(realPath(releases), directory);
    return isInside ? undefined : `'${dirname(path)}' is a link to another location`;
  } catch (error) {
    // Another process has removed it in the meantime.
    if (error instanceof FileError && error.family === 'NOT_FOUND') return `'${path}' is missing`;
    throw error;
  }
}

/** Opens a survey, or returns the error of a store that cannot be read. */
export function trySurvey(dataDirectory: string): StoreSurvey | AttuneError {
  try {
    return new StoreSurvey(dataDirectory);
  } catch (error) {
    if (error instanceof AttuneError) return error;
    throw error;
  }
}

export function sqliteVersion(): string {
  const database = openSqlite(':memory:');
  try {
    return database.prepare<[], string>('SELECT sqlite_version()').pluck().get() ?? '';
  } finally {
    database.close();
  }
}
