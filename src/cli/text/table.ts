import { widthOf } from './display-width.ts';
import type { Style } from './style.ts';

/** Formats rows below headings, with every column as wide as its widest cell. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[], style: Style): string {
  const all = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => widthOf(row[column] ?? ''))));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) => pad(cell, widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [style.bold(line(headings)), ...rows.map(line)].map((text) => `${text}\n`).join('');
}

/** Formats `label: value` lines; rows with an empty, null or undefined value are omitted. */
export function facts(
  rows: readonly (readonly [label: string, value: string | number | null | undefined])[],
  style: Style,
): string {
  const shown = rows.filter(([, value]) => value !== null && value !== undefined && value !== '');
  const width = Math.max(...shown.map(([label]) => widthOf(label)));
  return shown.map(([label, value]) => `  ${style.dim(pad(`${label}:`, width + 1))} ${value}\n`).join('');
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}
