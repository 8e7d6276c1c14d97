import { formatDigest, parseDigest } from '../../packs/digest.ts';
import type { Provenance } from '../../packs/provenance.ts';
import { parseRequirement } from '../../packs/requirement.ts';
import type { TestConfinement, TestReport } from '../../packs/test-report.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import type { InstalledNode, InstalledPack } from '../../store/installed.ts';
import type { Store } from '../../store/store.ts';
import type { InstallAction, Installed } from '../../store/writer.ts';
import type { Graph } from '../installed/pack-graph.ts';
import type { StagedPack } from '../staging/staged-content.ts';
import type { InstallRequest } from './install-request.ts';
import type { PlannedPack } from './plan-install.ts';

/** The JSON result of `pack install`: the changes made, or with `--dry-run` the planned ones (SPEC section 7). */
export type InstallReceipt = ({ readonly success: true } | { readonly dry_run: true }) & {
  readonly packs: readonly InstalledItem[];
  readonly warnings: readonly string[];
};

export interface InstalledItem {
  readonly ref: string;
  readonly version: string;
  /** `null` in a dry run for a pack that is not installed. */
  readonly id: number | null;
  readonly action: InstallAction | 'unchanged';
  /** The version that was installed before; `null` for a new pack. */
  readonly from_version: string | null;
  readonly source: ReceiptSource;
  readonly registry: string | null;
  /** Of the directory; `null` in a dry run for a pack whose index entry has only the checksum of an archive. */
  readonly checksum: string | null;
  readonly archive_checksum?: string;
  readonly storage_path: string;
  readonly dependencies: readonly string[];
  readonly tests: TestTotals | null;
  readonly tests_skipped: boolean;
  readonly deps_skipped: boolean;
  /** The pack that depends on it; `null` for a requested pack. */
  readonly required_by: string | null;
  /** Why a pack cannot be upgraded. */
  readonly reason?: string;
}

export interface ReceiptSource {
  readonly type: Provenance['type'];
  readonly url: string;
  readonly mirror?: string;
  readonly ref: string | null;
  readonly commit: string | null;
}

export interface TestTotals {
  readonly status: string;
  readonly total: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** What was in effect while the tests ran. */
  readonly isolation: TestConfinement | null;
}

type SkippedChecks = Pick<InstallRequest, 'skipTests' | 'skipDependencies' | 'tests'>;

/** Returns the receipt of an installed pack. @param before the version that was installed before */
export function receiptItem(
  { staged, from, requiredBy, report }: PlannedPack & { staged: StagedPack; report: TestReport | undefined },
  installed: Installed,
  before: string | undefined,
  { skipTests, skipDependencies, tests }: SkippedChecks,
): InstalledItem {
  return {
    ref: installed.ref,
    version: installed.version,
    id: installed.id,
    action: installed.action,
    from_version: before ?? null,
    source: sourceOf(staged.provenance),
    registry: from.kind === 'registry' ? from.registry : null,
    checksum: formatDigest(staged.fingerprint.checksum),
    ...(staged.archiveChecksum ? { archive_checksum: formatDigest(staged.archiveChecksum) } : {}),
    storage_path: installed.storagePath,
    dependencies: dependenciesOf(staged),
    tests: report === undefined ? null : testTotals(report),
    tests_skipped: skipTests || tests === 'skip',
    deps_skipped: skipDependencies,
    required_by: requiredBy ?? null,
  };
}

/** Returns the receipts of the packs that would be installed. @param graph the installed packs */
export function plannedItems(
  planned: readonly PlannedPack[],
  graph: Graph,
  skipped: SkippedChecks,
  store: Pick<Store, 'directoryOf'>,
): InstalledItem[] {
  const installed = new Map(graph.map((pack) => [pack.ref, pack]));
  return planned.map((pack) => plannedItem(pack, installed.get(pack.ref), store.directoryOf(pack.ref), skipped));
}

function plannedItem(
  { ref, version, from, requiredBy }: PlannedPack,
  before: InstalledNode | undefined,
  storagePath: string,
  { skipTests, skipDependencies, tests }: SkippedChecks,
): InstalledItem {
  return {
    ref,
    version,
    id: before?.id ?? null,
    action: before === undefined ? 'installed' : before.version === version ? 'reinstalled' : 'upgraded',
    from_version: before?.version ?? null,
    storage_path: storagePath,
    tests: null,
    tests_skipped: skipTests || tests === 'skip',
    deps_skipped: skipDependencies,
    required_by: requiredBy ?? null,
    ...plannedContent(from),
  };
}

/** Returns the source and content of a planned pack as far as they are known before it is fetched. */
function plannedContent(
  from: PlannedPack['from'],
): Pick<InstalledItem, 'source' | 'registry' | 'checksum' | 'dependencies'> {
  if (from.kind === 'given') {
    const { provenance, fingerprint } = from.staged;
    return {
      source: sourceOf(provenance),
      registry: null,
      checksum: formatDigest(fingerprint.checksum),
      dependencies: dependenciesOf(from.staged),
    };
  }
  const source = from.sources[0]!;
  return {
    source: {
      type: source.type,
      url: `${new SafeUrl(source.url)}`,
      ref: source.type === 'git' ? source.ref : null,
      commit: null,
    },
    registry: from.registry,
    checksum: source.type === 'git' ? formatDigest(parseDigest(source.checksum, { allowWeak: true })) : null,
    dependencies: [...new Set(from.dependencies.map((text) => parseRequirement(text).ref))],
  };
}

/** Returns the receipt of an installed pack that stays unchanged. @param reason why an upgrade is not possible */
export function unchangedItem(pack: InstalledPack, reason?: string): InstalledItem {
  return {
    ref: pack.ref,
    version: pack.version,
    id: pack.id,
    action: 'unchanged',
    from_version: pack.version,
    source: {
      type: pack.source_type,
      url: pack.source_url,
      ...(pack.source_mirror === null ? {} : { mirror: pack.source_mirror }),
      ref: pack.source_ref,
      commit: pack.source_commit,
    },
    registry: pack.registry,
    checksum: pack.checksum,
    ...(pack.archive_checksum === null ? {} : { archive_checksum: pack.archive_checksum }),
    storage_path: pack.storage_path,
    dependencies: [],
    tests: null,
    tests_skipped: false,
    deps_skipped: false,
    required_by: null,
    ...(reason === undefined ? {} : { reason }),
  };
}

function sourceOf({ type, url, mirror, ref, commit }: Provenance): ReceiptSource {
  return { type, url, ...(mirror === undefined ? {} : { mirror }), ref, commit };
}

function dependenciesOf({ pack }: StagedPack): string[] {
  return [...new Set(pack.manifest.dependencies.packs.map((text) => parseRequirement(text).ref))];
}

export function testTotals(report: TestReport): TestTotals {
  const { status, total_tests: total, passed, failed, skipped, confinement } = report;
  return { status, total, passed, failed, skipped, isolation: confinement ?? null };
}
