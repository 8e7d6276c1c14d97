import { type Digest, formatDigest } from '../../packs/digest.ts';
import type { Pack } from '../../packs/pack.ts';
import type { Provenance } from '../../packs/provenance.ts';
import type { TestReport } from '../../packs/test-report.ts';
import type { Fingerprint } from '../../packs/tree/checksum.ts';
import type { Connection } from '../database/database.ts';
import type { Stamp } from '../history.ts';
import type { ReleaseDirectory } from './directories.ts';

/** A staged pack that has passed all checks and can be installed. */
export interface ReadyPack {
  readonly pack: Pack;
  readonly fingerprint: Fingerprint;
  readonly provenance: Provenance;
  readonly registry: string | undefined;
  readonly archiveChecksum: Digest | undefined;
  /** False for a pack that is installed only as a dependency. */
  readonly requested: boolean;
  readonly dependencies: readonly { readonly ref: string; readonly range: string }[];
  readonly tests: TestReport | undefined;
}

/** A ready pack whose files were flushed to the disk, so that they survive a power cut after the commit. */
export interface SettledPack extends ReadyPack {
  readonly settled: true;
}

/** Inserts a release with its files, components and dependencies. @returns its id */
export function recordRelease(
  database: Connection,
  ready: ReadyPack,
  directory: ReleaseDirectory,
  stamp: Stamp,
): number {
  const { manifest, components } = ready.pack;
  const { provenance, fingerprint } = ready;
  const { lastInsertRowid } = database
    .prepare(
      `INSERT INTO release (
         ref, version, label, description, author, license, manifest, source_type, source_url, source_mirror, source_ref,
         source_ref_type, source_commit, registry, archive_checksum, checksum, directory, size, file_count, installed_by, installed_host,
         installed_at, attune_version)
       VALUES (
         @ref, @version, @label, @description, @author, @license, @manifest, @type, @url, @mirror, @sourceRef,
         @refType, @commit, @registry, @archiveChecksum, @checksum, @directory, @size, @fileCount, @user, @host, @at, @attuneVersion)`,
    )
    .run({
      ref: manifest.ref,
      version: manifest.version,
      label: manifest.label,
      description: manifest.description ?? null,
      author: manifest.author ?? null,
      license: manifest.license ?? null,
      manifest: JSON.stringify(manifest.document),
      type: provenance.type,
      url: provenance.url,
      mirror: provenance.mirror ?? null,
      sourceRef: provenance.ref,
      refType: provenance.refType ?? null,
      commit: provenance.commit,
      registry: ready.registry ?? null,
      archiveChecksum: ready.archiveChecksum ? formatDigest(ready.archiveChecksum) : null,
      checksum: formatDigest(fingerprint.checksum),
      directory,
      size: fingerprint.bytes,
      fileCount: fingerprint.files.length,
      ...stamp,
    });
  const id = Number(lastInsertRowid);
  recordFiles(database, id, fingerprint);
  const component = database.prepare('INSERT INTO component VALUES (?, ?, ?, ?, ?)');
  for (const { kind, name, description, path } of components) component.run(id, kind, name, description, path);
  const dependency = database.prepare('INSERT INTO dependency VALUES (?, ?, ?)');
  for (const { ref, range } of ready.dependencies) dependency.run(id, ref, range);
  return id;
}

/** Inserts the files of a release. */
export function recordFiles(database: Connection, release: number, { files }: Pick<Fingerprint, 'files'>): void {
  const insert = database.prepare('INSERT INTO file VALUES (?, ?, ?, ?, ?)');
  for (const { path, size, sha256, executable } of files)
    insert.run(release, path, size, sha256, executable ? 0o755 : 0o644);
}

/** Inserts a test run with its cases. @param release the id of the tested release if it is installed */
export function recordTestRun(database: Connection, report: TestReport, release: number | undefined): void {
  const { lastInsertRowid: run } = database
    .prepare(
      `INSERT INTO test_run (ref, version, release_id, at, status, total, passed, failed, skipped, pass_rate, duration_ms, isolation)
       VALUES (@pack_ref, @pack_version, @release, @execution_time, @status, @total_tests, @passed, @failed, @skipped, @pass_rate, @duration_ms, @isolation)`,
    )
    .run({
      ...withoutSuites(report),
      release: release ?? null,
      isolation: report.confinement === undefined ? null : JSON.stringify(report.confinement),
    });
  const insert = database.prepare('INSERT INTO test_case VALUES (?, ?, ?, ?, ?, ?, ?)');
  // The position continues across suites, because two suites may have the same name.
  let position = 0;
  for (const suite of report.test_suites) {
    for (const test of suite.test_cases) {
      insert.run(run, suite.name, position++, test.name, test.status, test.duration_ms, test.error_message);
    }
  }
}

function withoutSuites({ test_suites: _, ...totals }: TestReport): Omit<TestReport, 'test_suites'> {
  return totals;
}
