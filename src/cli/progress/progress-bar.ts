import type { TerminalSize } from '../../platform/terminal/terminal.ts';
import { shortened, widthOf } from '../text/display-width.ts';
import type { Style } from '../text/style.ts';
import { amountOf, type Moment, rateOf, shareOf, timeLeftOf } from './activity.ts';

/** What is going on at one moment. */
export interface Scene {
  readonly step: string | undefined;
  /** In the order in which they began; one about which nothing is known yet is its name. */
  readonly activities: readonly (Moment | string)[];
}

type Column = 'bar' | 'share' | 'amount' | 'rate' | 'left' | 'brief';

/** From the richest to the poorest, with the columns of a name that each has to leave. */
const LAYOUTS: readonly { readonly columns: readonly Column[]; readonly name: number }[] = [
  { columns: ['bar', 'share', 'amount', 'rate', 'left'], name: 20 },
  { columns: ['bar', 'share', 'amount', 'left'], name: 20 },
  { columns: ['bar', 'brief', 'left'], name: 20 },
  { columns: ['bar', 'brief'], name: 20 },
  { columns: ['brief'], name: 6 },
  { columns: [], name: 0 },
];

const BAR = 8;
/** As wide as most of what they hold, so that the bars stand still while numbers change. */
const LEAST_WIDTH: Readonly<Record<Column, number>> = { bar: BAR, share: 4, amount: 13, rate: 10, left: 9, brief: 4 };

const CELLS: Readonly<Record<Column, (moment: Moment) => string | undefined>> = {
  bar: barOf,
  share: shareOf,
  amount: amountOf,
  rate: rateOf,
  left: timeLeftOf,
  brief: (moment) => shareOf(moment) ?? amountOf(moment),
};

const GAP = '  ';
const MOST_ACTIVITIES = 8;

/**
 * The lines of a picture, none wider than the terminal, the first without the two columns for the spinner before it. The
 * last column and the last row stay free: some terminals wrap or scroll as soon as those are written to.
 */
export function linesOf(scene: Scene, size: TerminalSize, style: Style): string[] {
  const room = Math.max(0, size.columns - 1 - GAP.length);
  const steps = scene.step === undefined ? [] : [shortened(scene.step, room)];
  const rows = Math.max(0, size.rows - 1 - steps.length);
  const { length } = scene.activities;
  const shown = Math.min(MOST_ACTIVITIES, length <= rows || rows === 1 ? rows : rows - 1, length);
  const lines = [...steps, ...activityLines(scene.activities.slice(0, Math.max(0, shown)), room, style)];
  if (shown < length && rows > 1) lines.push(style.dim(shortened(`and ${length - shown} more`, room)));
  return lines;
}

function activityLines(activities: Scene['activities'], room: number, style: Style): string[] {
  const names = activities.map((activity) => (typeof activity === 'string' ? activity : activity.what));
  const longest = Math.max(0, ...names.map(widthOf));
  const details = detailsFor(activities, room, longest);
  const nameWidth = Math.min(longest, room - details.width);
  return names.map((name, index) => {
    const shown = shortened(name, nameWidth);
    const rest = details.lines[index] ?? '';
    if (rest === '') return shown;
    return shown + ' '.repeat(nameWidth - widthOf(shown)) + painted(rest, style);
  });
}

interface Details {
  /** With the gap before it, and without spaces at the end. */
  readonly lines: readonly string[];
  readonly width: number;
}

/** The richest layout that leaves enough of the names, the same for all lines, so that they stand in columns. */
function detailsFor(activities: Scene['activities'], room: number, longestName: number): Details {
  for (const layout of LAYOUTS) {
    const details = laidOut(activities, layout.columns);
    if (room - details.width >= Math.min(longestName, layout.name)) return details;
  }
  return { lines: [], width: 0 };
}

function laidOut(activities: Scene['activities'], columns: readonly Column[]): Details {
  const cells = columns.map((column) => {
    const texts = activities.map((activity) => (typeof activity === 'string' ? '' : (CELLS[column](activity) ?? '')));
    const width = Math.max(...texts.map((text) => text.length));
    return width === 0 ? [] : texts.map((text) => GAP + text.padStart(Math.max(width, LEAST_WIDTH[column])));
  });
  const lines = activities.map((_, row) => cells.map((column) => column[row] ?? '').join(''));
  return { lines: lines.map((line) => line.trimEnd()), width: Math.max(0, ...lines.map((line) => line.length)) };
}

function barOf({ done, total }: Moment): string | undefined {
  if (total === undefined) return undefined;
  const filled = Math.floor((BAR * done) / total);
  return '━'.repeat(filled) + '─'.repeat(BAR - filled);
}

function painted(details: string, style: Style): string {
  return details.replace(/━+/, (bar) => style.cyan(bar)).replace(/─+/, (bar) => style.dim(bar));
}
