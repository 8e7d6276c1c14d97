import { dirname, join } from 'node:path';
import { AttuneError } from '../../errors.ts';
import { compareCodePoints } from '../../packs/tree/order.ts';
import { copyDurably } from '../../platform/files/copy-durably.ts';
import { rename } from '../../platform/files/entries.ts';
import { fsyncDirectory } from '../../platform/files/fsync.ts';
import { inspect } from '../../platform/files/inspect.ts';
import { giveTree } from '../../platform/files/ownership.ts';
import { makeStoreDirectory } from '../../store/layout.ts';
import type { StagingArea } from '../../store/staging.ts';
import type { VerifiedPack } from './judge-release.ts';

/** Changed files cannot be read, so they cannot be set aside, and the release is not replaced. */
class ChangesUnreadable extends AttuneError {
  constructor({ ref, version }: VerifiedPack, paths: readonly string[]) {
    super(
      'STORE_PERMISSION',
      [
        `Changed files in ${ref} ${version} cannot be read, so they cannot be set aside:`,
        ...paths.map((path) => `  ${path}`),
      ].join('\n'),
      {
        facts: { ref, version, paths },
        hint: 'Make these files readable, or discard them with --discard-changes.',
      },
    );
  }
}

/**
 * Copies the changed and extra files of a release to a separate directory, before the release is restored.
 * @param data the data directory
 * @param at the current time, ISO 8601
 * @returns the directory, or `null` if no file would be lost
 * @throws ChangesUnreadable, FileError
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
  // A path below a directory that was copied as a whole already exists.
  for (const path of paths)
    if (inspect(join(copies, path)) === undefined) copyDurably(join(root, path), join(copies, path));
  const parent = join(data, 'set-aside', verdict.ref);
  makeStoreDirectory(parent);
  giveTree(data, copies);
  return moveTo(copies, join(parent, `${verdict.version}-${at.replace(/[-:]/g, '').replace(/\..*/, 'Z')}`));
}

function moveTo(from: string, base: string): string {
  for (let copy = 1; ; copy++) {
    const to = copy === 1 ? base : `${base}-${copy}`;
    if (inspect(to) !== undefined) continue;
    rename(from, to);
    fsyncDirectory(dirname(to));
    return to;
  }
}
