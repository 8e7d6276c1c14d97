import type { FoundPack, SearchReport } from '../../../operations/registries/search-packs.ts';
import { widthOf } from '../../text/display-width.ts';
import type { Style } from '../../text/style.ts';
import { table } from '../../text/table.ts';

const LEAST_DESCRIPTION = 20;

/** @param columns of the terminal, for which what describes a pack is shortened; `undefined` where there is none */
export function searchView(columns: number | undefined) {
  return ({ results, more }: SearchReport, style: Style): string => {
    if (results.length === 0) {
      return 'No pack fits. Try fewer or other words; see which registries are searched with: attune registry list\n';
    }
    const rows = results.map((pack) => [pack.ref, versionOf(pack), pack.registry, aboutOf(pack)]);
    const headings = ['REF', 'VERSION', 'REGISTRY', 'ABOUT'];
    const room = columns === undefined ? undefined : Math.max(LEAST_DESCRIPTION, columns - widthBefore(headings, rows));
    const fitted = rows.map((row) => row.map((cell, column) => (column === 3 ? cut(cell, room) : cell)));
    return table(headings, fitted, style) + (more ? style.dim('There are more: raise --limit.\n') : '');
  };
}

function versionOf({ version, installed }: FoundPack): string {
  if (installed === null) return version;
  return installed === version ? `${version} (installed)` : `${version} (${installed} is installed)`;
}

function aboutOf({ ref, label, description }: FoundPack): string {
  if (label === ref || label === '') return description;
  return description === '' ? label : `${label}: ${description}`;
}

/** The columns before the last, each with the two spaces behind it. */
function widthBefore(headings: readonly string[], rows: readonly (readonly string[])[]): number {
  const widths = headings.map((heading, column) =>
    Math.max(widthOf(heading), ...rows.map((row) => widthOf(row[column] ?? ''))),
  );
  return widths.slice(0, -1).reduce((sum, width) => sum + width + 2, 0);
}

/** The beginning is what tells most. */
function cut(text: string, columns: number | undefined): string {
  if (columns === undefined || widthOf(text) <= columns) return text;
  let kept = '';
  for (const character of text) {
    if (widthOf(kept + character) > columns - 1) break;
    kept += character;
  }
  return `${kept.trimEnd()}…`;
}
