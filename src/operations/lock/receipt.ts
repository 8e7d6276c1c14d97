import { formatDigest } from '../../packs/digest.ts';
import type { TestReport } from '../../packs/test-report.ts';
import type { Store } from '../../store/store.ts';
import { type TestTotals, testTotals } from '../install/receipt.ts';
import type { Runtime } from '../runtime.ts';
import type { SyncAction, SyncPlan } from './plan-sync.ts';
import type { SyncTarget } from './sync-target.ts';

/** What `pack sync` has done, or with `--dry-run` would do. */
export type SyncReceipt = SyncOutcome & {
  readonly lock_file: string;
  /** Dependencies come before what needs them, what goes at the end. */
  readonly packs: readonly SyncedPack[];
  readonly warnings: readonly string[];
};

type SyncOutcome =
  | { readonly success: true; readonly lock_action: 'written' | 'unchanged' }
  | { readonly dry_run: true };

export interface SyncedPack {
  readonly ref: string;
  readonly version: string;
  /** What was installed before; `null` where nothing was. */
  readonly from_version: string | null;
  readonly action: SyncAction | 'uninstalled';
  /** The directory's. */
  readonly checksum: string;
  readonly requested: boolean;
  readonly storage_path: string;
  readonly tests: TestTotals | null;
}

interface Tested {
  readonly step: { readonly pack: { readonly ref: string } };
  readonly report: TestReport | undefined;
}

export function syncReceipt(
  { steps, removed }: SyncPlan,
  { lockFile }: SyncTarget,
  outcome: SyncOutcome,
  tested: readonly Tested[],
  store: Store,
  { reporter }: Pick<Runtime, 'reporter'>,
): SyncReceipt {
  const reports = new Map(tested.map(({ step, report }) => [step.pack.ref, report]));
  const packs = steps.map(({ pack, before, action }): SyncedPack => {
    const { ref, version, checksum, requested } = pack;
    const report = reports.get(ref);
    return {
      ref,
      version,
      from_version: before?.version ?? null,
      action,
      checksum: formatDigest(checksum),
      requested,
      storage_path: store.directoryOf(ref),
      tests: report === undefined ? null : testTotals(report),
    };
  });
  const gone = removed.map(({ ref, version, checksum, requested }): SyncedPack => {
    const storage_path = store.directoryOf(ref);
    return {
      ref,
      version,
      from_version: version,
      action: 'uninstalled',
      checksum,
      requested,
      storage_path,
      tests: null,
    };
  });
  return { ...outcome, lock_file: lockFile, packs: [...packs, ...gone], warnings: reporter.warnings };
}
