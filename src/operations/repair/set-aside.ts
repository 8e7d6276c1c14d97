import { dirname, join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { compareCodePoints } from '../../packs/tree/order.ts';
import { copyEntry } from '../../platform/files/copy-durably.ts';
import { flushDirectory } from '../../platform/files/fsync.ts';
import { inspect, makeDirectory, rename } from '../../platform/files/read.ts';
import type { StagingArea } from '../../store/staging.ts';
import type { VerifiedPack } from './verify-packs.ts';

/** What somebody changed cannot be kept, so it is not replaced. */
class ChangesUnreadable extends AttuneError {
  constructor({ ref, version }: VerifiedPack, paths: readonly string[]) {
    super(
      'STORE_PERMISSION',
      [
        `What was changed in ${ref} ${version} cannot be read, so it cannot be kept:`,
        ...paths.map((path) => `  ${path}`),
      ].join('\n'),
      {
        facts: { ref, version, paths },
        hint: 'Give yourself the right to read these files, or give them up with --discard-changes.',
      },
    );
  }
}

/**
 * Copies what was changed in a release and what was put into it to a directory of its own, before the release is restored.
 * @param data the data directory
 * @param at now, ISO 8601
 * @returns the directory; `null` where there is nothing that would be lost
 * @throws ChangesUnreadable, FileFault
 */
export function setAside(
  verdict: VerifiedPack,
  root: string,
  area: StagingArea,
  { data, at }: { readonly data: string; readonly at: string },
): string | null {
  if (verdict.unreadable.length > 0) throw new ChangesUnreadable(verdict, verdict.unreadable);
  const paths = [...verdict.changed, ...verdict.extra]
    .filter((path) => ['file', 'link', 'directory'].includes(inspect(join(root, path))?.kind ?? ''))
    .toSorted(compareCodePoints);
  if (paths.length === 0) return null;
  const copies = area.newDirectory();
  // What is below a directory in the place of a file is named by itself, or is that directory.
  for (const path of paths)
    if (inspect(join(copies, path)) === undefined) copyEntry(join(root, path), join(copies, path));
  const parent = join(data, 'set-aside', verdict.ref);
  makeDirectory(parent);
  return moveTo(copies, join(parent, `${verdict.version}-${at.replace(/[-:]/g, '').replace(/\..*/, 'Z')}`));
}

function moveTo(from: string, base: string): string {
  for (let copy = 1; ; copy++) {
    const to = copy === 1 ? base : `${base}-${copy}`;
    if (inspect(to) !== undefined) continue;
    rename(from, to);
    flushDirectory(dirname(to));
    return to;
  }
}
