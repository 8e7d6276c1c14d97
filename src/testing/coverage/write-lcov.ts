import { sortedLines } from './line-hits.ts';
import type { MeasuredPack } from './measured-pack.ts';

/**
 * Formats coverage as an LCOV tracefile (https://github.com/linux-test-project/lcov, man geninfo): one record for each
 * file, with the executions of each line.
 */
export function lcovText(packs: readonly MeasuredPack[]): string {
  const records = packs.flatMap(({ hits, pathOf }) =>
    [...hits].sort(([one], [other]) => (one < other ? -1 : 1)).map(([path, lines]) => record(pathOf(path), lines)),
  );
  return records.join('');
}

function record(path: string, hits: ReadonlyMap<number, number>): string {
  const lines = sortedLines(hits);
  const covered = lines.filter(([, count]) => count > 0).length;
  return [
    'TN:',
    `SF:${onOneLine(path)}`,
    ...lines.map(([line, count]) => `DA:${line},${count}`),
    `LF:${lines.length}`,
    `LH:${covered}`,
    'end_of_record\n',
  ].join('\n');
}

/** Escapes control characters, for which the format has no escapes: a line break in a name would end the field. */
function onOneLine(path: string): string {
  return path.replace(/\p{Cc}/gu, (character) => `\\u${character.codePointAt(0)?.toString(16).padStart(4, '0')}`);
}
