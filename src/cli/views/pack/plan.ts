import type { InstalledItem } from '../../../operations/install/receipt.ts';
import type { Style } from '../../text/style.ts';

/** Formats a plan with one line per pack: `+ core 1.4.0 (needed by slack)`, `~ jira 1.0.0 -> 1.2.0`. */
export function planView(packs: readonly InstalledItem[], style: Style): string {
  return packs.map((pack) => `${line(pack, style)}\n`).join('');
}

function line({ ref, version, from_version: before, required_by: by }: InstalledItem, style: Style): string {
  const why = by === null ? '' : style.dim(` (needed by ${by})`);
  if (before === null) return `${style.green('+')} ${style.bold(ref)} ${version}${why}`;
  const change = before === version ? `${version} (reinstall)` : `${before} -> ${version}`;
  return `${style.yellow('~')} ${style.bold(ref)} ${change}${why}`;
}
