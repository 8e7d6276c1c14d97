import { join } from 'node:path';
import type { GitRefType } from '../packs/provenance.ts';
import type { Connection } from './database/database.ts';
import { type HistoryEvent, readHistory } from './history.ts';
import type { Layout } from './layout.ts';
import { type RetainedRelease, retainedReleases } from './releases/retained-releases.ts';
import { type LastTest, readLastTest } from './test-runs.ts';

/** An installed pack as the contract prints it (SPEC sections 6 and 7). */
export interface InstalledPack {
  readonly id: number;
  readonly ref: string;
  readonly version: string;
  readonly label: string;
  readonly description: string | null;
  readonly author: string | null;
  readonly license: string | null;
  readonly source_type: 'git' | 'archive' | 'directory';
  readonly source_url: string;
  readonly source_mirror: string | null;
  readonly source_ref: string | null;
  /** `null` if unknown, and for sources other than git. */
  readonly source_ref_type: GitRefType | null;
  readonly source_commit: string | null;
  readonly registry: string | null;
  readonly archive_checksum: string | null;
  readonly checksum: string;
  readonly storage_path: string;
  readonly size: number;
  readonly file_count: number;
  readonly installed_by: string;
  readonly installed_host: string;
  readonly installed_at: string;
  readonly attune_version: string;
  /** False for a pack that was installed only as a dependency. */
  readonly requested: boolean;
  readonly pinned: boolean;
}

export interface InstalledDetails extends InstalledPack {
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly files: readonly { path: string; size: number; sha256: string; mode: string }[];
  readonly components: readonly { kind: string; name: string; description: string; path: string }[];
  readonly dependencies: readonly { ref: string; range: string; installed: string | null }[];
  readonly dependents: readonly Dependent[];
  readonly last_test: LastTest | null;
  /** The releases that a rollback can use without a network, from the current one back. */
  readonly releases: readonly Pick<RetainedRelease, 'version' | 'checksum' | 'installed_at' | 'current'>[];
  /** Its history events, newest first. */
  readonly history: readonly HistoryEvent[];
}

export interface Dependent {
  readonly ref: string;
  readonly version: string;
  readonly range: string;
}

const COLUMNS = `
  pack.id, release.ref, version, label, description, author, license, source_type, source_url, source_mirror, source_ref,
  source_ref_type, source_commit, registry, archive_checksum, checksum, size, file_count, installed_by, installed_host, installed_at,
  attune_version, requested, pinned`;
const CURRENT = `FROM pack JOIN release ON release.id = pack.release_id`;

type Row = Omit<InstalledPack, 'storage_path' | 'requested' | 'pinned'> & { requested: number; pinned: number };

function toPack(row: Row, layout: Layout): InstalledPack {
  return {
    ...row,
    storage_path: join(layout.packs, row.ref),
    requested: row.requested === 1,
    pinned: row.pinned === 1,
  };
}

/** Returns the installed packs, sorted by ref. */
export function listInstalled(database: Connection, layout: Layout): InstalledPack[] {
  const rows = database.prepare<[], Row>(`SELECT ${COLUMNS} ${CURRENT} ORDER BY release.ref`).all();
  return rows.map((row) => toPack(row, layout));
}

export function findInstalled(database: Connection, layout: Layout, ref: string): InstalledPack | undefined {
  const row = database.prepare<[string], Row>(`SELECT ${COLUMNS} ${CURRENT} WHERE pack.ref = ?`).get(ref);
  return row && toPack(row, layout);
}

/** Returns the installed versions by ref. */
export function installedVersions(database: Connection): Map<string, string> {
  const rows = database.prepare<[], { ref: string; version: string }>(`SELECT release.ref, version ${CURRENT}`).all();
  return new Map(rows.map(({ ref, version }) => [ref, version]));
}

/** The columns of an installed pack that describe its source. */
type InstalledSource = Pick<
  InstalledPack,
  'source_type' | 'source_url' | 'source_ref' | 'source_ref_type' | 'source_commit' | 'registry' | 'archive_checksum'
>;

/** An installed pack as a node of the dependency graph. */
export interface InstalledNode extends InstalledSource {
  readonly id: number;
  readonly ref: string;
  readonly version: string;
  readonly checksum: string;
  readonly pinned: boolean;
  /** False for a pack that was installed only as a dependency. */
  readonly requested: boolean;
  /** Sorted by ref. */
  readonly dependencies: readonly { readonly ref: string; readonly range: string }[];
}

/** Returns all installed packs with their dependencies, sorted by ref. */
export function installedGraph(database: Connection): InstalledNode[] {
  const packs = database
    .prepare<[], Omit<InstalledNode, 'dependencies' | 'requested' | 'pinned'> & { requested: number; pinned: number }>(
      `SELECT pack.id, release.ref, version, source_type, source_url, source_ref, source_ref_type, source_commit, registry,
         archive_checksum, checksum, pinned, requested ${CURRENT} ORDER BY release.ref`,
    )
    .all();
  const dependencies = database
    .prepare<[], { by: string; ref: string; range: string }>(
      `SELECT pack.ref AS "by", dependency.ref, range FROM pack JOIN dependency USING (release_id) ORDER BY dependency.ref`,
    )
    .all();
  const dependenciesByRef = Map.groupBy(dependencies, ({ by }) => by);
  return packs.map((pack) => ({
    ...pack,
    pinned: pack.pinned === 1,
    requested: pack.requested === 1,
    dependencies: (dependenciesByRef.get(pack.ref) ?? []).map(({ ref, range }) => ({ ref, range })),
  }));
}

/** Returns all recorded data of one installed pack. */
export function describeInstalled(database: Connection, layout: Layout, ref: string): InstalledDetails | undefined {
  const pack = findInstalled(database, layout, ref);
  if (pack === undefined) return undefined;
  const select = <T>(sql: string) =>
    database.prepare<[string], T>(sql.replace('$release', '(SELECT release_id FROM pack WHERE ref = ?)')).all(ref);
  const [stored] = select<{ manifest: string }>('SELECT manifest FROM release WHERE id = $release');
  const files = select<{ path: string; size: number; sha256: string; mode: number }>(
    'SELECT path, size, sha256, mode FROM file WHERE release_id = $release ORDER BY path',
  );
  return {
    ...pack,
    manifest: JSON.parse(stored?.manifest ?? '{}') as Record<string, unknown>,
    files: files.map((file) => ({ ...file, mode: file.mode.toString(8).padStart(4, '0') })),
    components: select(
      'SELECT kind, name, description, path FROM component WHERE release_id = $release ORDER BY kind, name',
    ),
    dependencies: select(
      `SELECT needed.ref, range, (SELECT version ${CURRENT} WHERE pack.ref = needed.ref) AS installed
       FROM dependency AS needed WHERE release_id = $release ORDER BY needed.ref`,
    ),
    dependents: dependentsOf(database, ref),
    last_test: readLastTest(database, ref) ?? null,
    releases: retainedReleases(database, ref).map(({ version, checksum, installed_at, current }) => ({
      version,
      checksum,
      installed_at,
      current,
    })),
    history: readHistory(database, ref),
  };
}

/** Returns the installed packs that depend on a pack. */
export function dependentsOf(database: Connection, ref: string): Dependent[] {
  return database
    .prepare<[string], Dependent>(
      `SELECT release.ref, version, range ${CURRENT} JOIN dependency ON dependency.release_id = release.id
       WHERE dependency.ref = ? ORDER BY release.ref`,
    )
    .all(ref);
}
