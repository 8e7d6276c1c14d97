import { join } from 'node:path';
import type { WrittenFile } from '../../archives/write-tree.ts';
import type { Limits } from '../../limits.ts';
import type { Digest } from '../../packs/digest.ts';
import { type Pack, readPack, readPackTree } from '../../packs/pack.ts';
import type { Provenance } from '../../packs/provenance.ts';
import { type Fingerprint, fingerprint } from '../../packs/tree/checksum.ts';
import { writtenTree } from '../../packs/tree/directory-tree.ts';
import { compareCodePoints } from '../../packs/tree/order.ts';
import { extractPackTree, findPackPrefix } from '../../packs/tree/pack-root.ts';
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

/**
 * Reads a pack from the content of files that were written to a staging directory, without reading the files again.
 * @throws what `readStagedContent` throws
 */
export function readWrittenContent(directory: string, contents: readonly WrittenFile[], limits: Limits): StagedContent {
  const files = contents.map(({ path, executable, content }) => ({
    path,
    executable,
    size: content.length,
    chunks: () => [content],
  }));
  files.sort((one, other) => compareCodePoints(one.path, other.path));
  const whole = { location: directory, files };
  const root = join(directory, findPackPrefix(whole), '.');
  startFsync(root, files.length);
  const tree = { ...extractPackTree(whole), location: root };
  const pack = readPackTree(root, tree, limits);
  const fingerprinted = fingerprint(tree);
  // The tree that is returned reads the files, so that their contents need not be kept.
  return { pack: { ...pack, tree: writtenTree(root, fingerprinted.files) }, fingerprint: fingerprinted };
}
