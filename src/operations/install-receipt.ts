import type { Provenance } from '../packs/provenance.ts';
import type { InstallAction } from '../store/writer.ts';

/** What `pack install` has done, or with `--dry-run` would do, as the contract prints it (SPEC section 7). */
export type InstallReceipt = ({ readonly success: true } | { readonly dry_run: true }) & {
  readonly packs: readonly InstalledItem[];
  readonly warnings: readonly string[];
};

export interface InstalledItem {
  readonly ref: string;
  readonly version: string;
  /** `null` where nothing was installed. */
  readonly id: number | null;
  readonly action: InstallAction | 'unchanged';
  readonly source: Provenance | null;
  readonly registry: string | null;
  readonly checksum: string | null;
  readonly archive_checksum?: string;
  readonly storage_path: string;
  readonly dependencies: readonly string[];
  readonly tests: TestTotals | null;
  readonly tests_skipped: boolean;
  readonly deps_skipped: boolean;
  /** What asked for it: `null` for what was named, else the pack that needs it. */
  readonly required_by: string | null;
}

export interface TestTotals {
  readonly status: string;
  readonly total: number;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}
