import type { Limits } from '../../limits.ts';
import { readChunks, readStart } from '../../platform/files/read.ts';
import type { WrittenPack } from '../source.ts';
import { readCommitTree } from './commit-tree.ts';
import { CorruptObject, UnpackingBudget } from './objects/objects.ts';
import { ReceivedPackfile } from './objects/packfile/received-packfile.ts';
import { writeCommit } from './write-commit.ts';

/** Whether a file is a pack as a git server sends it, by its first bytes. @throws FileFault */
export function isPackfile(file: string): boolean {
  return readStart(file, 4).toString('latin1') === 'PACK';
}

/**
 * Writes the files of the one commit that a pack is of. The file is trusted as little as the server that it came from:
 * what is checked on the way in is checked again.
 * @param destination a path in staging that does not exist yet
 * @param tools `scratch` is an existing directory
 * @throws CorruptObject and its like, UnsafeEntry, LimitExceeded, FileFault
 */
export function unpackCachedPackfile(
  file: string,
  destination: string,
  { limits, scratch }: { readonly limits: Limits; readonly scratch: string },
): WrittenPack | undefined {
  const budget = new UnpackingBudget(limits, false);
  using pack = new ReceivedPackfile({ scratch, budget, keptBytes: limits.unpackedBytes, onObjects() {} });
  for (const chunk of readChunks(file)) pack.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
  pack.finish();
  const commit = pack.onlyCommit;
  if (commit === undefined) throw new CorruptObject(`the pack '${file}'`, 'is not that of one commit');
  return writeCommit(readCommitTree(pack, commit, file, limits), destination, () => {});
}
