import type { TerminalSize } from '../../platform/terminal/terminal.ts';
import { shortened, widthOf } from '../text/display-width.ts';
import type { Style } from '../text/style.ts';
import type { ProgressSnapshot } from './activity.ts';
import { formatAmount, formatPercentage, formatRate, formatTimeLeft } from './format.ts';

/** The current step and activities. */
export interface DisplayState {
  readonly step: string | undefined;
  /** In the order of their start; only the name of an activity that has not reported progress yet. */
  readonly activities: readonly (ProgressSnapshot | string)[];
}

type Column = 'bar' | 'percentage' | 'amount' | 'rate' | 'timeLeft' | 'brief';

/** The layouts from the most to the least detailed, with the minimum width that each leaves for the name. */
const LAYOUTS: readonly { readonly columns: readonly Column[]; readonly minNameWidth: number }[] = [
  { columns: ['bar', 'percentage', 'amount', 'rate', 'timeLeft'], minNameWidth: 20 },
  { columns: ['bar', 'percentage', 'amount', 'timeLeft'], minNameWidth: 20 },
  { columns: ['bar', 'brief', 'timeLeft'], minNameWidth: 20 },
  { columns: ['bar', 'brief'], minNameWidth: 20 },
  { columns: ['brief'], minNameWidth: 6 },
  { columns: [], minNameWidth: 0 },
];

const BAR_WIDTH = 8;
/** Wide enough for most values, so that the columns do not move while numbers change. */
const MIN_WIDTHS: Readonly<Record<Column, number>> = {
  bar: BAR_WIDTH,
  percentage: 4,
  amount: 13,
  rate: 10,
  timeLeft: 9,
  brief: 4,
};

const CELLS: Readonly<Record<Column, (progress: ProgressSnapshot) => string | undefined>> = {
  bar: formatBar,
  percentage: formatPercentage,
  amount: formatAmount,
  rate: formatRate,
  timeLeft: formatTimeLeft,
  brief: (progress) => formatPercentage(progress) ?? formatAmount(progress),
};

const GAP = '  ';
const MAX_ACTIVITIES = 8;

/**
 * Returns the lines of the display. With the spinner or an indentation of two columns before them, they fit into the
 * terminal; the last column and the last row stay free, because some terminals wrap or scroll when those are written.
 */
export function displayLines(state: DisplayState, size: TerminalSize, style: Style): string[] {
  const width = Math.max(0, size.columns - 1 - GAP.length);
  const steps = state.step === undefined ? [] : [shortened(state.step, width)];
  const rows = Math.max(0, size.rows - 1 - steps.length);
  const { length } = state.activities;
  const shown = Math.min(MAX_ACTIVITIES, length <= rows || rows === 1 ? rows : rows - 1, length);
  const lines = [...steps, ...activityLines(state.activities.slice(0, Math.max(0, shown)), width, style)];
  if (shown < length && rows > 1) lines.push(style.dim(shortened(`and ${length - shown} more`, width)));
  return lines;
}

function activityLines(activities: DisplayState['activities'], width: number, style: Style): string[] {
  const names = activities.map((activity) => (typeof activity === 'string' ? activity : activity.what));
  const longest = Math.max(0, ...names.map(widthOf));
  const details = chooseDetails(activities, width, longest);
  const nameWidth = Math.min(longest, width - details.width);
  return names.map((name, index) => {
    const shortName = shortened(name, nameWidth);
    const line = details.lines[index] ?? '';
    if (line === '') return shortName;
    return shortName + ' '.repeat(nameWidth - widthOf(shortName)) + colorBar(line, style);
  });
}

interface Details {
  /** With a leading gap and without trailing spaces. */
  readonly lines: readonly string[];
  readonly width: number;
}

/** Returns the most detailed layout that leaves enough width for the names; all lines share it to align in columns. */
function chooseDetails(activities: DisplayState['activities'], width: number, longestName: number): Details {
  for (const layout of LAYOUTS) {
    const details = formatDetails(activities, layout.columns);
    if (width - details.width >= Math.min(longestName, layout.minNameWidth)) return details;
  }
  return { lines: [], width: 0 };
}

function formatDetails(activities: DisplayState['activities'], columns: readonly Column[]): Details {
  const cells = columns.map((column) => {
    const texts = activities.map((activity) => (typeof activity === 'string' ? '' : (CELLS[column](activity) ?? '')));
    const width = Math.max(...texts.map((text) => text.length));
    return width === 0 ? [] : texts.map((text) => GAP + text.padStart(Math.max(width, MIN_WIDTHS[column])));
  });
  const lines = activities.map((_, row) => cells.map((column) => column[row] ?? '').join(''));
  return { lines: lines.map((line) => line.trimEnd()), width: Math.max(0, ...lines.map((line) => line.length)) };
}

function formatBar({ done, total }: ProgressSnapshot): string | undefined {
  if (total === undefined) return undefined;
  const filled = Math.floor((BAR_WIDTH * done) / total);
  return '━'.repeat(filled) + '─'.repeat(BAR_WIDTH - filled);
}

function colorBar(line: string, style: Style): string {
  return line.replace(/━+/, (bar) => style.cyan(bar)).replace(/─+/, (bar) => style.dim(bar));
}
