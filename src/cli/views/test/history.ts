import type { TestHistory, TestTrend } from '../../../operations/test/read-test-history.ts';
import type { Style } from '../../text/style.ts';
import { table } from '../../text/table.ts';

/** The ratio of the last duration to the usual one from which a slowdown is reported. */
const SLOWDOWN_RATIO = 1.5;

export function testHistoryView({ pack_ref, runs, trend }: TestHistory, style: Style): string {
  if (runs.length === 0)
    return `No test runs of ${pack_ref} are recorded. Run its tests with: attune pack test ${pack_ref}\n`;
  const rows = runs.map(({ at, version, status, total, passed, failed, skipped, duration_ms }) => [
    at,
    version,
    status,
    `${passed}/${total}`,
    String(failed),
    String(skipped),
    `${(duration_ms / 1000).toFixed(2)} s`,
  ]);
  const heading = ['TIME', 'VERSION', 'STATUS', 'PASSED', 'FAILED', 'SKIPPED', 'DURATION'];
  return table(heading, rows, style) + (trend === null ? '' : trendText(trend, style));
}

function trendText(trend: TestTrend, style: Style): string {
  const lines = [
    ...section('Newly failing', trend.newly_failing, style.red('✗')),
    ...section('Still failing', trend.still_failing, style.red('✗')),
    ...section('Fixed', trend.fixed, style.green('✓')),
    ...section('Flaky', trend.flaky, style.yellow('~')),
    ...(trend.duration_ratio !== null && trend.duration_ratio >= SLOWDOWN_RATIO
      ? ['', `The last run took ${trend.duration_ratio.toFixed(1)} times as long as usual.`]
      : []),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function section(heading: string, names: readonly string[], mark: string): string[] {
  return names.length === 0 ? [] : ['', `${heading}:`, ...names.map((name) => `  ${mark} ${name}`)];
}
