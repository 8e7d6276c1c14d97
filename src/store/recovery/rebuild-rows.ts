import { dirname, join } from 'node:path';
import type { Provenance } from '../../packs/provenance.ts';
import { inspect } from '../../platform/files/inspect.ts';
import { type Connection, openDatabase } from '../database/database.ts';
import { NO_ORIGIN, recordEvent, type Stamp } from '../history.ts';
import type { Layout } from '../layout.ts';
import { isLinkedTo } from '../releases/directories.ts';
import { recordRelease } from '../releases/record-release.ts';
import { type IntactTree, isIntact, type ReleaseTree } from '../releases/release-trees.ts';
import { releaseKey, type Salvage } from './salvage.ts';

/** A release that was recorded in the rebuilt database. */
export interface RecoveredRelease {
  readonly ref: string;
  readonly version: string;
  /** The pack is linked to this release. */
  readonly current: boolean;
  /** The origin could be read from the old database. */
  readonly source_known: boolean;
}

interface RebuildContext {
  readonly layout: Layout;
  readonly stamp: Stamp;
  readonly old: Salvage;
}

/** Creates a database with the given release trees. @param file a path that does not exist */
export function writeDatabase(
  file: string,
  trees: readonly ReleaseTree[],
  context: RebuildContext,
): RecoveredRelease[] {
  const database = openDatabase(file);
  try {
    const write = database.transaction(() => {
      copyEvents(database, context.old);
      const byRef = Map.groupBy(trees, ({ directory }) => dirname(directory));
      return [...byRef].flatMap(([ref, ofRef]) => recordPack(database, ref, ofRef, context));
    });
    return write();
  } finally {
    database.close();
  }
}

function recordPack(
  database: Connection,
  ref: string,
  trees: readonly ReleaseTree[],
  { layout, stamp, old }: RebuildContext,
): RecoveredRelease[] {
  const current = recordedTree(ref, trees, old) ?? linkedTree(layout, ref, trees);
  const row = (tree: IntactTree) => salvagedRow(tree, old);
  const turnOf = (tree: IntactTree) => (tree === current ? Number.MAX_VALUE : Number(row(tree)?.['turn'] ?? 0));
  const ordered = trees
    .filter(isIntact)
    .sort((one, other) => turnOf(one) - turnOf(other) || one.createdAt.getTime() - other.createdAt.getTime());
  return ordered.map((tree, turn) => {
    const release = recordTree(database, tree, { layout, old });
    database.prepare('UPDATE release SET turn = ? WHERE id = ?').run(turn + 1, release);
    const { version } = tree.pack.manifest;
    if (tree === current) {
      insertPack(database, ref, release, old.packs.get(ref));
      recordEvent(database, stamp, { action: 'recover', ref, version, from_version: null, ...NO_ORIGIN });
    }
    return { ref, version, current: tree === current, source_known: row(tree) !== undefined };
  });
}

/** Returns the release that the old database recorded as current: after a crash, the link may point to an earlier one. */
function recordedTree(ref: string, trees: readonly ReleaseTree[], old: Salvage): IntactTree | undefined {
  const current = old.packs.get(ref)?.['release_id'];
  return trees.filter(isIntact).find((tree) => current !== undefined && salvagedRow(tree, old)?.['id'] === current);
}

/** Returns the linked release. Without a link, returns the only release, since an uninstalled pack leaves no release. */
function linkedTree(layout: Layout, ref: string, trees: readonly ReleaseTree[]): ReleaseTree | undefined {
  const shown = trees.find(({ directory }) => isLinkedTo(layout, ref, directory));
  if (shown !== undefined) return shown;
  return trees.length === 1 && inspect(join(layout.packs, ref)) === undefined ? trees[0] : undefined;
}

function salvagedRow({ directory, fingerprint: { checksum } }: IntactTree, old: Salvage) {
  return old.releases.get(releaseKey(directory, `${checksum.algorithm}:${checksum.hex}`));
}

const REF_TYPES = ['branch', 'tag', 'commit'] as const;

/** Records a release from its tree and, if available, its salvaged row. @returns its id */
export function recordTree(
  database: Connection,
  tree: IntactTree,
  { layout, old }: Omit<RebuildContext, 'stamp'>,
): number {
  const { pack, fingerprint, directory, dependencies, createdAt } = tree;
  const row = salvagedRow(tree, old) ?? {};
  const text = (name: string) => (typeof row[name] === 'string' ? row[name] : undefined);
  const type = ['git', 'archive', 'directory'].find((one) => one === text('source_type')) as
    | Provenance['type']
    | undefined;
  const ready = {
    pack,
    fingerprint,
    dependencies,
    provenance: {
      type: type ?? 'directory',
      url: text('source_url') ?? join(layout.releases, directory),
      mirror: text('source_mirror'),
      ref: text('source_ref') ?? null,
      refType: REF_TYPES.find((one) => one === text('source_ref_type')),
      commit: text('source_commit') ?? null,
    },
    registry: text('registry'),
    archiveChecksum: undefined,
    requested: true,
    tests: undefined,
  };
  const release = recordRelease(database, ready, directory, {
    at: text('installed_at') ?? createdAt.toISOString(),
    user: text('installed_by') ?? 'unknown',
    host: text('installed_host') ?? 'unknown',
    attuneVersion: text('attune_version') ?? 'unknown',
  });
  database
    .prepare('UPDATE release SET archive_checksum = ? WHERE id = ?')
    .run(text('archive_checksum') ?? null, release);
  return release;
}

function insertPack(
  database: Connection,
  ref: string,
  release: number,
  old: Readonly<Record<string, unknown>> | undefined,
): void {
  database
    .prepare('INSERT INTO pack (ref, release_id, requested, pinned) VALUES (?, ?, ?, ?)')
    .run(ref, release, old?.['requested'] === 0 ? 0 : 1, old?.['pinned'] === 1 ? 1 : 0);
}

const EVENT_COLUMNS = [
  'at',
  'action',
  'ref',
  'version',
  'from_version',
  'by_user',
  'by_host',
  'source',
  'registry',
  'source_type',
  'source_commit',
];

/** Copies the salvaged history events. Rows that violate the schema are damaged and skipped. */
function copyEvents(database: Connection, { events }: Salvage): void {
  const insert = database.prepare(
    `INSERT OR IGNORE INTO event (${EVENT_COLUMNS.join(', ')}) VALUES (${EVENT_COLUMNS.map(() => '?').join(', ')})`,
  );
  for (const event of events) {
    const values = EVENT_COLUMNS.map((name) => event[name] ?? null);
    if (values.every((value) => value === null || typeof value === 'string')) insert.run(...values);
  }
}
