import { oneLine } from '../../documents/problems.ts';
import type { FileFingerprint, Fingerprint } from './checksum.ts';

/** The difference between two trees as lists of file paths, each in the order of the checksum. */
export interface TreeDifference {
  /** Files that only the compared tree has. */
  readonly added: readonly string[];
  /** Files of both trees whose content differs. */
  readonly changed: readonly string[];
  /** Files that only the other tree has. */
  readonly missing: readonly string[];
}

/** Compares the contents of two trees; modes are ignored (SPEC section 4). */
export function treeDifference(actual: Fingerprint, expected: Fingerprint): TreeDifference {
  const before = digests(expected.files);
  const after = digests(actual.files);
  const paths = [...after.keys()];
  return {
    added: paths.filter((path) => !before.has(path)),
    changed: paths.filter((path) => before.has(path) && before.get(path) !== after.get(path)),
    missing: [...before.keys()].filter((path) => !after.has(path)),
  };
}

/**
 * Formats a difference, one line for each file.
 * @param other the tree that the pack is compared with: `the commit`
 */
export function formatTreeDifference({ added, changed, missing }: TreeDifference, other: string): string[] {
  return [
    ...changed.map((path) => `  changed: ${oneLine(path)}`),
    ...added.map((path) => `  added:   ${oneLine(path)} (not in ${other})`),
    ...missing.map((path) => `  missing: ${oneLine(path)} (only in ${other})`),
  ];
}

function digests(files: readonly FileFingerprint[]): Map<string, string> {
  return new Map(files.map(({ path, sha256 }) => [path, sha256]));
}
