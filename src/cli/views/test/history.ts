import type { TestHistory, TestTrend } from '../../../operations/test/read-test-history.ts';
import type { Style } from '../../text/style.ts';
import { table } from '../../text/table.ts';

/** From here on a change of the time is worth a line. */
const SLOWER = 1.5;

export function testHistoryView({ pack_ref, runs, trend }: TestHistory, style: Style): string {
  if (runs.length === 0)
    return `No run of the tests of ${pack_ref} is recorded. Run them with: attune pack test ${pack_ref}\n`;
  const rows = runs.map(({ at, version, status, total, passed, failed, skipped, duration_ms }) => [
    at,
    version,
    status,
    `${passed}/${total}`,
    String(failed),
    String(skipped),
    `${(duration_ms / 1000).toFixed(2)} s`,
  ]);
  const heading = ['WHEN', 'VERSION', 'STATUS', 'PASSED', 'FAILED', 'SKIPPED', 'TIME'];
  return table(heading, rows, style) + (trend === null ? '' : trendText(trend, style));
}

function trendText(trend: TestTrend, style: Style): string {
  const lines = [
    ...named('Newly failing', trend.newly_failing, style.red('✗')),
    ...named('Still failing', trend.still_failing, style.red('✗')),
    ...named('Fixed', trend.fixed, style.green('✓')),
    ...named('Passes and fails in turn', trend.flaky, style.yellow('~')),
    ...(trend.duration_ratio !== null && trend.duration_ratio >= SLOWER
      ? ['', `The last run took ${trend.duration_ratio.toFixed(1)} times as long as usual.`]
      : []),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function named(heading: string, names: readonly string[], mark: string): string[] {
  return names.length === 0 ? [] : ['', `${heading}:`, ...names.map((name) => `  ${mark} ${name}`)];
}
