import type { FoundPack, SearchReport } from '../../../operations/registries/search-packs.ts';
import { widthOf } from '../../text/display-width.ts';
import type { Style } from '../../text/style.ts';
import { table } from '../../text/table.ts';

const MIN_DESCRIPTION_COLUMNS = 20;

/** @param columns the width of the terminal, to which descriptions are shortened; `undefined` if there is no terminal */
export function searchView(columns: number | undefined) {
  return ({ results, more }: SearchReport, style: Style): string => {
    if (results.length === 0) {
      return 'No packs found. Try fewer or other words, or list the searched registries with: attune registry list\n';
    }
    const rows = results.map((pack) => [pack.ref, versionOf(pack), pack.registry, descriptionOf(pack)]);
    const headings = ['REF', 'VERSION', 'REGISTRY', 'DESCRIPTION'];
    const available =
      columns === undefined ? undefined : Math.max(MIN_DESCRIPTION_COLUMNS, columns - widthBeforeLast(headings, rows));
    const shortenedRows = rows.map((row) => [...row.slice(0, -1), truncate(row.at(-1) ?? '', available)]);
    return (
      table(headings, shortenedRows, style) +
      (more ? style.dim('More packs match. Show them with a higher --limit.\n') : '')
    );
  };
}

function versionOf({ version, installed }: FoundPack): string {
  if (installed === null) return version;
  return installed === version ? `${version} (installed)` : `${version} (${installed} installed)`;
}

function descriptionOf({ ref, label, description }: FoundPack): string {
  if (label === ref || label === '') return description;
  return description === '' ? label : `${label}: ${description}`;
}

/** Returns the width of all columns before the last, including the two spaces after each. */
function widthBeforeLast(headings: readonly string[], rows: readonly (readonly string[])[]): number {
  const widths = headings.map((heading, column) =>
    Math.max(widthOf(heading), ...rows.map((row) => widthOf(row[column] ?? ''))),
  );
  return widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0);
}

/** Keeps the beginning of a description, its most informative part. */
function truncate(text: string, columns: number | undefined): string {
  if (columns === undefined || widthOf(text) <= columns) return text;
  let start = '';
  for (const character of text) {
    if (widthOf(start + character) > columns - 1) break;
    start += character;
  }
  return `${start.trimEnd()}…`;
}
