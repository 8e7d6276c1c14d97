import type { TestCoverage } from '../../../packs/test-report.ts';
import { count } from '../../../platform/count.ts';
import { printable } from '../../text/sanitize.ts';
import type { Style } from '../../text/style.ts';
import { table } from '../../text/table.ts';

/** The number of files and of uncovered sections of a file that are shown without `--detailed`. */
const MAX_FILES = 20;
const MAX_SECTIONS = 10;

/** Formats the coverage of each file with its uncovered lines, and the total. */
export function coverageText(coverage: TestCoverage, detailed: boolean, style: Style): string {
  const shown = detailed ? coverage.files : coverage.files.slice(0, MAX_FILES);
  const rows = shown.map(({ path, covered, total, pct, missing }) => [
    printable(path.replace(/[\r\n]/g, ' ')),
    `${covered}/${total}`,
    percent(pct),
    sections(missing, detailed),
  ]);
  const heading = ['FILE', 'LINES', 'COVERED', 'UNCOVERED LINES'];
  const hidden = coverage.files.length - shown.length;
  const more = hidden > 0 ? `(${count(hidden, 'more file')}; show with --detailed)\n` : '';
  const mark = coverage.gate === undefined ? '' : coverage.gate.passed ? `${style.green('✓')} ` : `${style.red('✗')} `;
  const files = rows.length === 0 ? '' : `\n${table(heading, rows, style)}${more}`;
  return `${files}\n${mark}${coverageLine(coverage)}\n`;
}

/** Describes the total on one line. */
export function coverageLine({ lines, files, gate }: TestCoverage): string {
  const actual =
    files.length === 0 ? 'not measured' : `${percent(lines.pct)} of lines (${lines.covered} of ${lines.total})`;
  return `Coverage: ${actual}${gate === undefined ? '' : `, required: ${gate.min_pct}%`}`;
}

function sections(missing: TestCoverage['files'][number]['missing'], detailed: boolean): string {
  const shown = detailed ? missing : missing.slice(0, MAX_SECTIONS);
  const texts = shown.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`));
  return [...texts, ...(shown.length < missing.length ? ['...'] : [])].join(', ');
}

function percent(value: number): string {
  return `${value.toFixed(2)}%`;
}
