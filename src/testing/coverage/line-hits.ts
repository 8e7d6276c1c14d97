import type { FileCoverage, LineCoverage } from '../../packs/test-report.ts';

/** The executable lines of files by path; each line, from 1, with the number of its executions. */
export type LineHits = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** Adds the executions of `hits` to those of `sum`. A line that any suite executed is covered. */
export function addHits(sum: Map<string, Map<number, number>>, hits: LineHits): void {
  for (const [path, lines] of hits) {
    const known = sum.get(path) ?? new Map<number, number>();
    for (const [line, count] of lines) known.set(line, (known.get(line) ?? 0) + count);
    sum.set(path, known);
  }
}

/** Returns the coverage of each file, sorted by path. */
export function filesOf(hits: LineHits): FileCoverage[] {
  return [...hits].sort(([one], [other]) => (one < other ? -1 : 1)).map(([path, lines]) => fileCoverage(path, lines));
}

function fileCoverage(path: string, lines: ReadonlyMap<number, number>): FileCoverage {
  const sorted = sortedLines(lines);
  const covered = sorted.filter(([, count]) => count > 0).length;
  return { path, ...lineCoverage(covered, sorted.length), missing: missingSections(sorted) };
}

/** Returns the lines in ascending order, each with its executions. */
export function sortedLines(lines: ReadonlyMap<number, number>): [line: number, count: number][] {
  return [...lines].sort(([one], [other]) => one - other);
}

/** Joins uncovered lines into sections, as `coverage report` does: only an executed line separates them. */
function missingSections(sorted: readonly (readonly [number, number])[]): [number, number][] {
  const sections: [number, number][] = [];
  let isOpen = false;
  for (const [line, count] of sorted) {
    const last = sections.at(-1);
    if (count > 0) isOpen = false;
    else if (isOpen && last !== undefined) last[1] = line;
    else {
      sections.push([line, line]);
      isOpen = true;
    }
  }
  return sections;
}

/** Returns the sum over files; 0 percent if there is no file. */
export function totalOf(files: readonly FileCoverage[]): LineCoverage {
  const sum = (key: 'covered' | 'total') => files.reduce((result, file) => result + file[key], 0);
  const lines = lineCoverage(sum('covered'), sum('total'));
  return files.length === 0 ? { ...lines, pct: 0 } : lines;
}

function lineCoverage(covered: number, total: number): LineCoverage {
  const rounded = total === 0 ? 100 : Math.round((covered / total) * 10_000) / 100;
  const highest = covered < total ? 99.99 : 100;
  const lowest = covered > 0 ? 0.01 : 0;
  return { total, covered, pct: Math.max(lowest, Math.min(highest, rounded)) };
}
