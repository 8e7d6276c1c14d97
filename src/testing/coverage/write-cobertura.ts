import { attributes, type Element, escapeText, formatXml } from '../results/xml.ts';
import { sortedLines } from './line-hits.ts';
import type { MeasuredPack } from './measured-pack.ts';

const DOCTYPE = '<!DOCTYPE coverage SYSTEM "http://cobertura.sourceforge.net/xml/coverage-04.dtd">';

/** Branches and complexity are not measured, but the format requires their attributes. */
const NO_BRANCHES = { 'branch-rate': 0, complexity: 0 };

interface Facts {
  /** The directory that paths are relative to, absolute. */
  readonly source: string;
  readonly version: string;
  readonly time: Date;
}

/**
 * Formats coverage as Cobertura XML (https://github.com/cobertura/web/blob/master/htdocs/xml/coverage-04.dtd): a package for
 * each directory of a pack, a class for each file.
 */
export function coberturaXml(packs: readonly MeasuredPack[], { source, version, time }: Facts): string {
  const all = packs.flatMap(({ hits }) => [...hits.values()]);
  const { covered, total } = count(all);
  const facts = {
    ...{ 'line-rate': rate(all), 'branch-rate': 0, 'lines-covered': covered, 'lines-valid': total },
    ...{ 'branches-covered': 0, 'branches-valid': 0, complexity: 0, version, timestamp: time.getTime() },
  };
  const coverage = {
    ...attributes(facts),
    sources: { source: escapeText(source) },
    packages: { package: packs.flatMap(packageElements) },
  };
  return formatXml({ coverage }, DOCTYPE);
}

type Lines = ReadonlyMap<number, number>;

function packageElements({ ref, hits, pathOf }: MeasuredPack): Element[] {
  const files = [...hits].sort(([one], [other]) => (one < other ? -1 : 1));
  const directories = Map.groupBy(files, ([path]) => path.split('/').slice(0, -1).join('.'));
  return [...directories].map(([directory, members]) => ({
    ...attributes({
      name: [ref, directory].filter(Boolean).join('.'),
      'line-rate': rate(members.map(([, lines]) => lines)),
      ...NO_BRANCHES,
    }),
    classes: { class: members.map(([path, lines]) => classElement(path, pathOf(path), lines)) },
  }));
}

function classElement(path: string, filename: string, hits: Lines): Element {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const lines = sortedLines(hits).map(([number, count]) => attributes({ number, hits: count, branch: 'false' }));
  return {
    ...attributes({ name, filename, 'line-rate': rate([hits]), ...NO_BRANCHES }),
    methods: '',
    lines: lines.length === 0 ? '' : { line: lines },
  };
}

function rate(files: readonly Lines[]): string {
  const { covered, total } = count(files);
  return (total === 0 ? 1 : covered / total).toFixed(4);
}

function count(files: readonly Lines[]): { covered: number; total: number } {
  const counts = files.flatMap((lines) => [...lines.values()]);
  return { covered: counts.filter((hits) => hits > 0).length, total: counts.length };
}
