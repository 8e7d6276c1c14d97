import { join } from 'node:path';
import type { Limits } from '../../limits.ts';
import type { Digest } from '../../packs/digest.ts';
import { type Pack, readPack, readPackTree } from '../../packs/pack.ts';
import type { Provenance } from '../../packs/provenance.ts';
import { type Fingerprint, fingerprint } from '../../packs/tree/checksum.ts';
import { writtenTree } from '../../packs/tree/directory-tree.ts';
import { startFsync } from '../../platform/files/fsync.ts';
import type { WrittenPack } from '../../sources/source.ts';

/** A pack in staging with its fingerprint. Its files do not change any more and are being flushed to disk. */
export interface StagedContent {
  readonly pack: Pack;
  readonly fingerprint: Fingerprint;
}

/** A pack in staging whose content is verified, with its provenance. */
export interface StagedPack extends StagedContent {
  readonly provenance: Provenance;
  /** `undefined` for a pack that did not come from an archive. */
  readonly archiveChecksum: Digest | undefined;
}

/**
 * Reads the pack in a staging directory.
 * @param written the fingerprint that was computed while the files were written; the files are read if it is `undefined`
 * @throws what `readPack` and `fingerprint` throw
 */
export function readStagedContent(directory: string, written: WrittenPack | undefined, limits: Limits): StagedContent {
  if (written === undefined) {
    const pack = readPack(directory, limits);
    startFsync(pack.root, pack.tree.files.length);
    return { pack, fingerprint: fingerprint(pack.tree) };
  }
  const { files } = written.fingerprint;
  const root = join(directory, written.prefix, '.');
  startFsync(root, files.length);
  return { pack: readPackTree(root, writtenTree(root, files), limits), fingerprint: written.fingerprint };
}
