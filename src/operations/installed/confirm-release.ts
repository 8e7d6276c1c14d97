import { oneLine } from '../../documents/problems.ts';
import { AttuneError } from '../../errors.ts';
import { InvalidPackTree } from '../../packs/tree/directory-tree.ts';
import { FileError } from '../../platform/files/file-error.ts';
import type { RetainedRelease } from '../../store/releases/kept-releases.ts';
import type { Store } from '../../store/store.ts';
import { differenceLines } from '../checksum/difference-lines.ts';

/** A kept release whose files are not what was installed. */
export class ReleaseChanged extends AttuneError {
  /** @param lines what differs, indented */
  constructor({ ref, version }: RetainedRelease, path: string, lines: readonly string[]) {
    super(
      'INTEGRITY_RELEASE',
      [`The files that were kept of ${ref} ${version} are not those that were installed:`, ...lines].join('\n'),
      {
        facts: { ref, version, path, differences: lines.map((line) => line.trim()) },
        hint: `See what else is kept with: attune pack show ${ref}, and name it with --to; or install that version anew.`,
      },
    );
  }
}

/** Makes sure that a release is what was installed. @throws ReleaseChanged that names every file */
export function confirmRelease(release: RetainedRelease, store: Store): void {
  const path = store.directoryOfRelease(release);
  const lines = changedLines(release, path, store);
  if (lines.length > 0) throw new ReleaseChanged(release, path, lines);
}

function changedLines(release: RetainedRelease, path: string, store: Store): string[] {
  try {
    return differenceLines(store.compare(release), 'what was installed');
  } catch (error) {
    if (error instanceof InvalidPackTree) {
      const entries = error.facts['entries'] as readonly { path: string; reason: string }[];
      return entries.map((entry) => `  added:   ${oneLine(`${entry.path}: ${entry.reason}`)}`);
    }
    if (error instanceof FileError && error.family === 'NOT_FOUND') return [`  missing: all of ${oneLine(path)}`];
    throw error;
  }
}
