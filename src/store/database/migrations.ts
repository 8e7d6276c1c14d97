/**
 * The schema as a list of migrations. Append only: a published migration is never edited. The `user_version` of a database
 * is the number of migrations that were applied.
 *
 * A release contains all data of one installed version, and a pack refers to its current release, so a rollback only changes
 * this reference. History events refer to neither.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE release (
    id INTEGER PRIMARY KEY,
    ref TEXT NOT NULL,
    version TEXT NOT NULL,
    label TEXT NOT NULL,
    description TEXT,
    author TEXT,
    license TEXT,
    manifest TEXT NOT NULL CHECK (json_valid(manifest)),
    source_type TEXT NOT NULL CHECK (source_type IN ('git', 'archive', 'directory')),
    source_url TEXT NOT NULL,
    source_mirror TEXT,
    source_ref TEXT,
    source_commit TEXT,
    registry TEXT,
    archive_checksum TEXT,
    checksum TEXT NOT NULL,
    directory TEXT NOT NULL,
    size INTEGER NOT NULL,
    file_count INTEGER NOT NULL,
    installed_by TEXT NOT NULL,
    installed_host TEXT NOT NULL,
    installed_at TEXT NOT NULL,
    attune_version TEXT NOT NULL
  ) STRICT;
  CREATE INDEX release_by_ref ON release (ref, id);
  CREATE INDEX release_by_directory ON release (directory);

  CREATE TABLE pack (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    ref TEXT NOT NULL UNIQUE,
    release_id INTEGER NOT NULL REFERENCES release (id),
    requested INTEGER NOT NULL CHECK (requested IN (0, 1)),
    pinned INTEGER NOT NULL DEFAULT 0 CHECK (pinned IN (0, 1))
  ) STRICT;

  CREATE TABLE file (
    release_id INTEGER NOT NULL REFERENCES release (id) ON DELETE CASCADE,
    path TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    mode INTEGER NOT NULL,
    PRIMARY KEY (release_id, path)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE component (
    release_id INTEGER NOT NULL REFERENCES release (id) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    path TEXT NOT NULL,
    PRIMARY KEY (release_id, kind, name)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE dependency (
    release_id INTEGER NOT NULL REFERENCES release (id) ON DELETE CASCADE,
    ref TEXT NOT NULL,
    range TEXT NOT NULL,
    PRIMARY KEY (release_id, ref)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX dependency_by_ref ON dependency (ref);

  CREATE TABLE test_run (
    id INTEGER PRIMARY KEY,
    ref TEXT NOT NULL,
    version TEXT NOT NULL,
    release_id INTEGER REFERENCES release (id) ON DELETE SET NULL,
    at TEXT NOT NULL,
    status TEXT NOT NULL,
    total INTEGER NOT NULL,
    passed INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    skipped INTEGER NOT NULL,
    pass_rate REAL NOT NULL,
    duration_ms REAL NOT NULL
  ) STRICT;
  CREATE INDEX test_run_by_ref ON test_run (ref, id);

  CREATE TABLE test_case (
    run_id INTEGER NOT NULL REFERENCES test_run (id) ON DELETE CASCADE,
    suite TEXT NOT NULL,
    position INTEGER NOT NULL,
    name TEXT NOT NULL,
    status TEXT NOT NULL,
    duration_ms REAL NOT NULL,
    error_message TEXT,
    PRIMARY KEY (run_id, suite, position)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE event (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    action TEXT NOT NULL,
    ref TEXT NOT NULL,
    version TEXT NOT NULL,
    from_version TEXT,
    by_user TEXT NOT NULL,
    by_host TEXT NOT NULL,
    source TEXT
  ) STRICT;
  CREATE INDEX event_by_ref ON event (ref, id);
  `,
  // `turn` orders the releases of a ref by when they became current, because a rollback makes an older row the latest again.
  // An event stores the origin of its version, because it outlives the release.
  `
  ALTER TABLE release ADD COLUMN turn INTEGER NOT NULL DEFAULT 0;
  UPDATE release SET turn = id;
  ALTER TABLE event ADD COLUMN registry TEXT;
  ALTER TABLE event ADD COLUMN source_type TEXT;
  ALTER TABLE event ADD COLUMN source_commit TEXT;
  UPDATE event SET (registry, source_type, source_commit) = (
    SELECT registry, source_type, source_commit FROM release
    WHERE release.ref = event.ref AND release.version = event.version AND release.source_url = event.source
    ORDER BY release.id DESC LIMIT 1
  );
  `,
  // Only a pack from a branch can be upgraded. A repository may later have a tag with the name of the branch, or lack both.
  `
  ALTER TABLE release ADD COLUMN source_ref_type TEXT CHECK (source_ref_type IN ('branch', 'tag', 'commit'));
  UPDATE release SET source_ref_type = 'branch' WHERE source_type = 'git' AND source_ref IS NULL;
  UPDATE release SET source_ref_type = 'commit' WHERE source_type = 'git' AND source_ref = source_commit;
  `,
  // The confinement that was in effect during a test run, as JSON; NULL if none was established.
  `
  ALTER TABLE test_run ADD COLUMN isolation TEXT CHECK (isolation IS NULL OR json_valid(isolation));
  `,
];
