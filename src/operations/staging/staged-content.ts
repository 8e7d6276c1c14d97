import { join } from 'node:path';
import type { Limits } from '../../limits.ts';
import { type Pack, packOf, readPack } from '../../packs/pack.ts';
import { type Fingerprint, fingerprint } from '../../packs/tree/checksum.ts';
import { writtenTree } from '../../packs/tree/directory-tree.ts';
import { startFsync } from '../../platform/files/fsync.ts';
import type { WrittenPack } from '../../sources/source.ts';

/** A pack in staging whose files are known. They are on their way to the disk, and nobody writes to them any more. */
export interface StagedContent {
  readonly pack: Pack;
  readonly fingerprint: Fingerprint;
}

/**
 * The pack in a directory in staging.
 * @param written what is known of its files already; they are looked at where it is left out
 * @throws like `readPack` and `fingerprint`
 */
export function readStagedContent(directory: string, written: WrittenPack | undefined, limits: Limits): StagedContent {
  if (written === undefined) {
    const pack = readPack(directory, limits);
    startFsync(pack.root, pack.tree.files.length);
    return { pack, fingerprint: fingerprint(pack.tree) };
  }
  const { files } = written.fingerprint;
  const root = join(directory, written.place, '.');
  startFsync(root, files.length);
  return { pack: packOf(root, writtenTree(root, files), limits), fingerprint: written.fingerprint };
}
