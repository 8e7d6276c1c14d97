import type { Aim, Outcome } from './compare.ts';

const MEGABYTE = 1e6;

/** One outcome as a row; `!` marks an aim that is missed. */
function row({ contest, attune, tool }: Outcome): readonly string[] {
  const { name, bytes, aim = {} } = contest;
  return [
    name,
    (bytes / MEGABYTE).toFixed(1),
    attune.seconds.toFixed(2),
    tool.seconds.toFixed(2),
    against(attune.seconds / tool.seconds, aim.timeRatio),
    (bytes / MEGABYTE / attune.seconds).toFixed(0),
    ...memory(attune.peakBytes, bytes, aim),
    tool.peakBytes === undefined ? '?' : (tool.peakBytes / bytes).toFixed(1),
  ];
}

function memory(peakBytes: number | undefined, bytes: number, aim: Aim): readonly string[] {
  if (peakBytes === undefined) return ['?', '?'];
  return [(peakBytes / MEGABYTE).toFixed(0), against(peakBytes / bytes, aim.memoryRatio)];
}

function against(ratio: number, aim: number | undefined): string {
  const missed = aim !== undefined && ratio > aim;
  return `${ratio.toFixed(2)}${missed ? '!' : ' '}`;
}

/** The outcomes as a table for a terminal. Memory is given in MB and as a multiple of the bytes gone through. */
export function table(title: string, tool: string, outcomes: readonly Outcome[]): string {
  const head = [title, 'MB', 'attune s', `${tool} s`, 'ratio ', 'MB/s', 'peak MB', 'x bytes ', `${tool} x bytes`];
  const rows = [head, ...outcomes.map(row)];
  const widths = head.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const pad = (cell: string, column: number) =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return rows.map((cells) => `${cells.map(pad).join('  ').trimEnd()}\n`).join('');
}
