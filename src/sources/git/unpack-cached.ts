import type { Limits } from '../../limits.ts';
import { readChunks, readStart } from '../../platform/files/read.ts';
import type { WrittenPack } from '../source.ts';
import { treeAt } from './commit-tree.ts';
import { BrokenObject, UnpackingBudget } from './objects/objects.ts';
import { FetchedPack } from './objects/pack/fetched-pack.ts';
import { writeCommit } from './write-commit.ts';

/** Whether a file is a pack as a git server sends it, by its first bytes. @throws FileFault */
export function isGitPack(file: string): boolean {
  return readStart(file, 4).toString('latin1') === 'PACK';
}

/**
 * Writes the files of the one commit that a pack is of. The file is trusted as little as the server that it came from:
 * what is checked on the way in is checked again.
 * @param destination a path in staging that does not exist yet
 * @param tools `scratch` is an existing directory
 * @throws BrokenObject and its like, UnsafeEntry, OverLimit, FileFault
 */
export function unpackKept(
  file: string,
  destination: string,
  { limits, scratch }: { readonly limits: Limits; readonly scratch: string },
): WrittenPack | undefined {
  const budget = new UnpackingBudget(limits, false);
  using pack = new FetchedPack({ scratch, budget, keptBytes: limits.unpackedBytes, onObjects() {} });
  for (const chunk of readChunks(file)) pack.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
  pack.finish();
  const commit = pack.onlyCommit;
  if (commit === undefined) throw new BrokenObject(`the pack '${file}'`, 'is not that of one commit');
  return writeCommit(treeAt(pack, commit, file, limits), destination, () => {});
}
