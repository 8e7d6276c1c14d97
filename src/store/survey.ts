/**
 * The store as it is, for those who are asked whether it is as it should be: nothing is created, mended or waited for.
 * (`Store` mends what a dead process left as soon as it is opened, and who looks afterwards sees none of it.)
 */
import { dirname, join, resolve, sep } from 'node:path';
import { AttuneError } from '../errors.ts';
import type { RecordedFile } from '../packs/tree/compare-files.ts';
import { inspect, linkTarget, realPath } from '../platform/files/inspect.ts';
import { openSqlite } from '../platform/sqlite/sqlite.ts';
import { type Connection, openDatabaseIfPresent } from './database/database.ts';
import { withStoreErrors } from './database/database-errors.ts';
import { findDatabaseDamage } from './database/integrity-check.ts';
import { type Layout, layoutOf } from './layout.ts';
import { isLinkedTo } from './releases/directories.ts';
import type { RetainedRelease } from './releases/retained-releases.ts';

/** A kept release with where it came from. */
export interface RecordedRelease extends RetainedRelease {
  readonly source_type: 'git' | 'archive' | 'directory';
  readonly source_url: string;
  readonly source_ref: string | null;
  readonly source_commit: string | null;
  readonly registry: string | null;
  readonly archive_checksum: string | null;
}

/**
 * How a pack's link stands:
 * - `right`
 * - `lagging`: it leads to another release, as after a crash
 * - `missing`
 * - `elsewhere`: it leads out of the releases
 * - `taken`: something that is no link stands there
 */
export type LinkStatus = 'correct' | 'outdated' | 'missing' | 'external' | 'occupied';

export interface PackLink {
  readonly path: string;
  readonly status: LinkStatus;
  /** As it is written in the link. */
  readonly target: string | undefined;
}

export class StoreSurvey implements Disposable {
  readonly layout: Layout;
  readonly #database: Connection;

  /** @throws DatabaseError */
  constructor(dataDirectory: string) {
    this.layout = layoutOf(dataDirectory);
    this.#database = openDatabaseIfPresent(this.layout.database);
  }

  /** By ref, and of each pack the current one first, then the one that was current before it, and so on back. */
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

  files({ id }: Pick<RecordedRelease, 'id'>): RecordedFile[] {
    return this.#query('SELECT path, size, sha256, mode FROM file WHERE release_id = @id ORDER BY path', { id });
  }

  /** When the last thing happened that was recorded; ISO 8601, UTC. */
  lastEvent(): string | undefined {
    return this.#query<{ at: string | null }>('SELECT max(at) AS at FROM event', {})[0]?.at ?? undefined;
  }

  /** What is wrong with the database, one sentence each without its full stop; none where it is sound. */
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

  /** Where a release's tree is. */
  directoryOf({ directory }: Pick<RecordedRelease, 'directory'>): string {
    return join(this.layout.releases, directory);
  }

  /** Why the tree of a release cannot be looked at: it is gone, or a link on the way would lead out of the store. */
  describeMissingTree(release: Pick<RecordedRelease, 'directory'>): string | undefined {
    const path = this.directoryOf(release);
    const kind = inspect(path)?.kind;
    if (kind === undefined) return `'${path}' is gone`;
    if (kind !== 'directory') return `'${path}' is not a directory${kind === 'link' ? ' but a link' : ''}`;
    const real = join(realPath(this.layout.releases), release.directory);
    return realPath(path) === real ? undefined : `'${dirname(path)}' is a link to another place`;
  }

  [Symbol.dispose](): void {
    this.#database.close();
  }

  #query<T>(sql: string, parameters: Readonly<Record<string, string | number | null>>): T[] {
    return withStoreErrors(this.layout, () => this.#database.prepare<[typeof parameters], T>(sql).all(parameters));
  }
}

/** The same for a store that may not be readable at all. */
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
