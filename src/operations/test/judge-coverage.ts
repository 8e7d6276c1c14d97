import type { TestReport } from '../../packs/test-report.ts';
import type { Reporter } from '../../platform/reporter.ts';

/**
 * Adds to a report whether its coverage reaches the required percentage. If tests ran but none was measured, it does not,
 * since a missing measurement must not look like success. A pack without tests has nothing to measure.
 */
export function judgeCoverage(report: TestReport, minPct: number | undefined): TestReport {
  const { coverage } = report;
  if (coverage === undefined || minPct === undefined) return report;
  const { total, covered } = coverage.lines;
  const exact = coverage.files.length === 0 ? 0 : total === 0 ? 100 : (covered / total) * 100;
  // The tolerance covers rounding of the division.
  const passed = report.test_suites.length === 0 || exact >= minPct - 1e-9;
  return { ...report, coverage: { ...coverage, gate: { min_pct: minPct, passed } } };
}

/** Warns about suites that were not measured, and about a coverage that is too low. */
export function warnOfCoverage({ pack_ref: ref, coverage }: TestReport, reporter: Pick<Reporter, 'warn'>): void {
  for (const { name, runner_type: type, reason } of coverage?.unmeasured ?? []) {
    reporter.warn(`The coverage of ${ref}: ${name} (${type}) was not measured. ${reason}`);
  }
  if (coverage?.gate?.passed !== false) return;
  const { lines, gate, files } = coverage;
  const actual = files.length === 0 ? 'was not measured' : `is ${lines.pct}% of lines`;
  reporter.warn(`The coverage of ${ref} ${actual}, but --coverage-min requires ${gate.min_pct}%.`);
}
