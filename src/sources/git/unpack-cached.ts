import type { Limits } from '../../limits.ts';
import { readChunks, readStart } from '../../platform/files/read.ts';
import type { WrittenPack } from '../source.ts';
import { readCommitTree } from './commit-tree.ts';
import { CorruptObject, UnpackingBudget } from './objects/objects.ts';
import { ReceivedPackfile } from './objects/packfile/received-packfile.ts';
import { writeCommit } from './write-commit.ts';

/** Recognizes a git packfile by its first bytes. @throws FileError */
export function isPackfile(file: string): boolean {
  return readStart(file, 4).toString('latin1') === 'PACK';
}

/**
 * Writes the files of the only commit in a cached packfile. The file is not trusted: it is checked like a packfile from a
 * server.
 * @param destination a path in staging that does not exist yet
 * @param tools `scratch` is an existing directory
 * @throws CorruptObject and related errors, UnsafeEntry, LimitExceeded, FileError
 */
export function unpackCachedPackfile(
  file: string,
  destination: string,
  { limits, scratch }: { readonly limits: Limits; readonly scratch: string },
): WrittenPack | undefined {
  const budget = new UnpackingBudget(limits, false);
  using packfile = new ReceivedPackfile({ scratch, budget, spillBytes: limits.unpackedBytes, onObjects() {} });
  for (const chunk of readChunks(file)) packfile.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
  packfile.finish();
  const commit = packfile.onlyCommit;
  if (commit === undefined) throw new CorruptObject(`the packfile '${file}'`, 'does not contain exactly one commit');
  return writeCommit(readCommitTree(packfile, commit, file, limits), destination, () => {});
}
