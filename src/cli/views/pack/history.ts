import type { History } from '../../../operations/installed/read-history.ts';
import { widthOf } from '../../text/display-width.ts';
import { PLAIN, type Style } from '../../text/style.ts';
import { table } from '../../text/table.ts';
import type { View } from '../view.ts';

const HEADINGS = ['TIME', 'ACTION', 'REF', 'VERSION', 'USER'];

/** @param columns the width of the terminal; the commands in the last column get lines of their own where they do not fit */
export function historyView(columns: number | undefined): View<History> {
  return ({ events }, style) => {
    if (events.length === 0) return 'No events are recorded.\n';
    const rows = events.map(({ at, action, ref, version, from_version: from, by }) => {
      const versions = from && from !== version ? `${from} -> ${version}` : version;
      // Minutes identify an event well enough; --json has the whole time.
      return [at.replace(/:\d\d(\.\d+)?Z$/, 'Z'), action, ref, versions, by];
    });
    const undo = events.map((event) => event.undo ?? '');
    const wide = table([...HEADINGS, 'UNDO'], withColumn(rows, undo), style);
    return columns === undefined || fits(table([...HEADINGS, 'UNDO'], withColumn(rows, undo), PLAIN), columns)
      ? wide
      : narrow(rows, undo, style);
  };
}

function withColumn(rows: readonly string[][], cells: readonly string[]): string[][] {
  return rows.map((row, index) => [...row, cells[index] ?? '']);
}

function fits(text: string, columns: number): boolean {
  return text.split('\n').every((line) => widthOf(line) <= columns);
}

function narrow(rows: readonly string[][], undo: readonly string[], style: Style): string {
  const [heading = '', ...lines] = table(HEADINGS, rows, style).trimEnd().split('\n');
  const text = lines.flatMap((line, index) => [line, ...(undo[index] ? [style.dim(`  undo: ${undo[index]}`)] : [])]);
  return [heading, ...text].map((line) => `${line}\n`).join('');
}
