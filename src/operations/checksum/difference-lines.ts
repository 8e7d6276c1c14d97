import { oneLine } from '../../documents/problems.ts';
import type { TreeDifference } from '../../packs/tree/difference.ts';

/** One line for each file that differs. @param other what the pack is compared with: `the commit` */
export function differenceLines({ added, changed, missing }: TreeDifference, other: string): string[] {
  return [
    ...changed.map((path) => `  changed: ${oneLine(path)}`),
    ...added.map((path) => `  added:   ${oneLine(path)} (not in ${other})`),
    ...missing.map((path) => `  missing: ${oneLine(path)} (only in ${other})`),
  ];
}
