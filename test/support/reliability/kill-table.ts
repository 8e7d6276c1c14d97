import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT } from '../attune.ts';
import type { Tally } from './kill-matrix.ts';

/** A row of the table in docs/reliability.md. */
export interface TableRow {
  readonly operation: string;
  readonly points: number;
  readonly old: number;
  readonly new: number;
  readonly other: number;
}

const PAGE = join(PROJECT, 'docs', 'reliability.md');
const BEGIN = '<!-- kill matrix: written by npm run test:kill -->';
const END = '<!-- end of the kill matrix -->';

/** Replaces the table. */
export function writeTable(tallies: readonly Tally[]): void {
  const [before, , after] = parts();
  writeFileSync(PAGE, `${before}${BEGIN}\n\n${format(tallies.map(rowOf))}\n${END}${after}`);
}

export function readTable(): TableRow[] {
  return parts()[1]
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => {
      const [, operation = '', ...numbers] = line.split('|').map((cell) => cell.trim());
      const [points = 0, old = 0, young = 0, other = 0] = numbers.map(Number);
      return { operation: operation.replace(/^`([^`]*)`/, '$1'), points, old, new: young, other };
    });
}

function parts(): [before: string, table: string, after: string] {
  const page = readFileSync(PAGE, 'utf8');
  const [before, rest] = page.split(BEGIN);
  const [table, after] = (rest ?? '').split(END);
  if (before === undefined || table === undefined || after === undefined)
    throw new Error(`${PAGE} has no markers of the table`);
  return [before, table, after];
}

function rowOf({ operation, old, new: young, other }: Tally): TableRow {
  return { operation, points: old + young + other.length, old, new: young, other: other.length };
}

function format(rows: readonly TableRow[]): string {
  const sum = (key: Exclude<keyof TableRow, 'operation'>) => rows.reduce((total, row) => total + row[key], 0);
  const line = ({ operation, points, old, new: young, other }: TableRow) =>
    `| ${operation.replace(/^[^:]+/, '`$&`')} | ${points} | ${old} | ${young} | ${other} |\n`;
  const total = { operation: 'all', points: sum('points'), old: sum('old'), new: sum('new'), other: sum('other') };
  return [
    '| operation | kill points | old | new | other |\n',
    '| --- | ---: | ---: | ---: | ---: |\n',
    ...rows.map(line),
    line(total).replaceAll('`', '**'),
  ].join('');
}
