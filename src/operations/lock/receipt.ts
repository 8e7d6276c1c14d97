import { formatDigest } from '../../packs/digest.ts';
import type { TestReport } from '../../packs/test-report.ts';
import type { Store } from '../../store/store.ts';
import { type TestTotals, testTotals } from '../install/receipt.ts';
import type { Runtime } from '../runtime.ts';
import type { SyncAction, SyncPlan } from './plan-sync.ts';
import type { SyncTarget } from './sync-target.ts';

/** The JSON result of `pack sync`: the changes made, or with `--dry-run` the planned ones. */
export type SyncReceipt = SyncOutcome & {
  /** `null` if the lock or the list came from standard input or a pipe. */
  readonly lock_file: string | null;
  /** Dependencies precede their dependents; uninstalled packs come last. */
  readonly packs: readonly SyncedPack[];
  readonly warnings: readonly string[];
};

type SyncOutcome =
  | { readonly success: true; readonly lock_action: 'written' | 'unchanged' }
  | { readonly dry_run: true };

export interface SyncedPack {
  readonly ref: string;
  readonly version: string;
  /** The version that was installed before; `null` for a new pack. */
  readonly from_version: string | null;
  readonly action: SyncAction | 'uninstalled';
  /** Of the directory. */
  readonly checksum: string;
  readonly requested: boolean;
  readonly storage_path: string;
  readonly tests: TestTotals | null;
}

interface Tested {
  readonly step: { readonly pack: { readonly ref: string } };
  readonly report: TestReport | undefined;
}

/** Returns the receipt of a plan. @param tested the packs whose content was installed, with their test reports */
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
  const uninstalled = removed.map(({ ref, version, checksum, requested }): SyncedPack => {
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
  return { ...outcome, lock_file: lockFile ?? null, packs: [...packs, ...uninstalled], warnings: reporter.warnings };
}
