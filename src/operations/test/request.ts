import type { AttuneError } from '../../errors.ts';
import type { Pack } from '../../packs/pack.ts';
import type { TestReport } from '../../packs/test-report.ts';
import type { LineHits } from '../../testing/coverage/line-hits.ts';
import type { TestObserver } from '../../testing/test-run.ts';

/** The paths of report files as the user gave them. Existing files are replaced. */
export interface ReportFiles {
  readonly junitFile?: string | undefined;
  readonly lcovFile?: string | undefined;
  readonly coberturaFile?: string | undefined;
}

export interface TestRequest extends ReportFiles {
  /** A path, or the ref of an installed pack. */
  readonly pack: string;
  readonly runtime: string | undefined;
  readonly timeoutSeconds: number | undefined;
  readonly bail: boolean;
  /** The number of suites that run concurrently. */
  readonly jobs: number;
  /** Run in an environment with the packages that the pack requires. */
  readonly env?: boolean;
  /** Limit memory, processor time and processes as configured. */
  readonly limits?: boolean;
  /** Require isolation: no network, and no files of the user. */
  readonly sandbox?: boolean;
  /** Grants the network to an isolated pack that asks for it. */
  readonly allowTestNetwork?: boolean;
  /** Measure which lines the tests execute. */
  readonly coverage?: CoverageRequest | undefined;
  /** An earlier failure, after which no suite is run. */
  readonly failedBefore?: string | undefined;
  readonly observer: TestObserver | undefined;
  readonly signal?: AbortSignal;
}

export interface CoverageRequest {
  /** The required percentage of covered lines. */
  readonly minPct: number | undefined;
}

export interface TestOutcome {
  readonly report: TestReport;
  /** The pack's root, absolute and without links. The locations of failures are relative to it. */
  readonly directory: string;
  /** The executed lines of the pack's files, if coverage was requested. */
  readonly hits: LineHits | undefined;
}

/** A selected pack, or why it cannot be read. */
export type SelectedPack = { readonly directory: string; readonly installed: boolean } & (
  | { readonly pack: Pack }
  | { readonly error: AttuneError }
);
