import type { FileFingerprint, Fingerprint } from './checksum.ts';

/** How one tree differs from another, by the paths of the files, each list in the order of the checksum. */
export interface TreeDifference {
  /** Only in the one that is compared. */
  readonly added: readonly string[];
  /** In both, with another content. */
  readonly changed: readonly string[];
  /** Only in the one that it is compared with. */
  readonly missing: readonly string[];
}

/** Compares contents; modes do not count (SPEC section 4). */
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

function digests(files: readonly FileFingerprint[]): Map<string, string> {
  return new Map(files.map(({ path, sha256 }) => [path, sha256]));
}
