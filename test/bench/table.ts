import type { Aim, Outcome } from './compare.ts';

const MEGABYTE = 1e6;

/** Formats an outcome as a row; `!` marks a missed aim. */
function row({ contest, attune, tool }: Outcome): readonly string[] {
  const { name, bytes, aim = {} } = contest;
  return [
    name,
    (bytes / MEGABYTE).toFixed(1),
    attune.seconds.toFixed(2),
    tool.seconds.toFixed(2),
    time(attune.seconds, tool.seconds, aim),
    (bytes / MEGABYTE / attune.seconds).toFixed(0),
    ...memory(attune.peakBytes, bytes, aim),
    tool.peakBytes === undefined ? '?' : (tool.peakBytes / bytes).toFixed(1),
  ];
}

function time(attune: number, tool: number, { timeRatio, secondsMore }: Aim): string {
  if (secondsMore === undefined) return against(attune / tool, timeRatio);
  return `+${against(attune - tool, secondsMore).trim()} s`;
}

function memory(peakBytes: number | undefined, bytes: number, aim: Aim): readonly string[] {
  if (peakBytes === undefined) return ['?', '?'];
  const peak = (peakBytes / MEGABYTE).toFixed(0) + mark(peakBytes, aim.memoryBytes);
  return [peak, against(peakBytes / bytes, aim.memoryRatio)];
}

function against(ratio: number, aim: number | undefined): string {
  return ratio.toFixed(2) + mark(ratio, aim);
}

function mark(value: number, aim: number | undefined): string {
  return aim !== undefined && value > aim ? '!' : ' ';
}

/** Formats outcomes as a text table. Memory is given in MB and as a multiple of the processed bytes. */
export function table(title: string, tool: string, outcomes: readonly Outcome[]): string {
  const head = [title, 'MB', 'attune s', `${tool} s`, 'ratio ', 'MB/s', 'peak MB ', 'x bytes ', `${tool} x bytes`];
  const rows = [head, ...outcomes.map(row)];
  const widths = head.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return rows.map((cells) => `${cells.map(pad).join('  ').trimEnd()}\n`).join('');
}
