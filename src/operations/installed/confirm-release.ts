import { oneLine } from '../../documents/problems.ts';
import { AttuneError } from '../../errors.ts';
import { formatTreeDifference } from '../../packs/tree/difference.ts';
import { InvalidPackTree } from '../../packs/tree/directory-tree.ts';
import { FileError } from '../../platform/files/file-error.ts';
import type { RetainedRelease } from '../../store/releases/retained-releases.ts';
import type { Store } from '../../store/store.ts';

/** The files of a retained release differ from those that were installed. */
export class ReleaseChanged extends AttuneError {
  /** @param lines the differences, indented */
  constructor({ ref, version }: RetainedRelease, path: string, lines: readonly string[]) {
    super(
      'INTEGRITY_RELEASE',
      [`The retained files of ${ref} ${version} differ from those that were installed:`, ...lines].join('\n'),
      {
        facts: { ref, version, path, differences: lines.map((line) => line.trim()) },
        hint: `List the other retained releases with 'attune pack show ${ref}' and name one with --to, or reinstall this version.`,
      },
    );
  }
}

/** Verifies that the files of a release are those that were installed. @throws ReleaseChanged that names every file */
export function confirmRelease(release: RetainedRelease, store: Store): void {
  const path = store.directoryOfRelease(release);
  const lines = changedLines(release, path, store);
  if (lines.length > 0) throw new ReleaseChanged(release, path, lines);
}

function changedLines(release: RetainedRelease, path: string, store: Store): string[] {
  try {
    return formatTreeDifference(store.compare(release), 'what was installed');
  } catch (error) {
    if (error instanceof InvalidPackTree) {
      const entries = error.facts['entries'] as readonly { path: string; reason: string }[];
      return entries.map((entry) => `  added:   ${oneLine(`${entry.path}: ${entry.reason}`)}`);
    }
    if (error instanceof FileError && error.family === 'NOT_FOUND') return [`  missing: all of ${oneLine(path)}`];
    throw error;
  }
}
