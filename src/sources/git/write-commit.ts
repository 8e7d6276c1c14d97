import { writeTree } from '../../archives/write-tree.ts';
import { AttuneError } from '../../errors.ts';
import { FingerprintBuilder } from '../../packs/tree/checksum.ts';
import { findPackPrefix } from '../../packs/tree/pack-root-in-tree.ts';
import type { FileTree, TreeFile } from '../../packs/tree/tree.ts';
import { hasModes } from '../../platform/files/write.ts';
import type { WrittenPack } from '../source.ts';

/**
 * Writes the files of a commit, all of them checked before, and takes the fingerprint of the pack among them while each
 * is in memory: to read thousands of small files once more takes as long as writing them.
 * @param destination a path in staging that does not exist yet
 * @param onFile hears how many files have been written
 * @returns `undefined` where there is no pack among them, or more than one; whoever reads the directory says so
 * @throws FileFault, and what reading an object throws
 */
export function writeCommit(
  { location, files }: FileTree,
  destination: string,
  onFile: (written: number) => void,
): WrittenPack | undefined {
  const place = placeOf({ location, files });
  const making = new FingerprintBuilder();
  using sink = writeTree(destination);
  for (const [index, file] of files.entries()) {
    sink.begin(file.path, file.executable);
    if (place !== undefined && file.path.startsWith(place))
      making.add(asOnDisk(file, place), (chunk) => sink.write(chunk));
    else for (const chunk of file.chunks()) sink.write(chunk);
    sink.end();
    onFile(index + 1);
  }
  return place === undefined ? undefined : { place, fingerprint: making.finish() };
}

function placeOf(tree: FileTree): string | undefined {
  try {
    return findPackPrefix(tree);
  } catch (error) {
    if (error instanceof AttuneError) return undefined;
    throw error;
  }
}

/** As whoever looks at the file will find it. */
function asOnDisk(file: TreeFile, place: string): TreeFile {
  const { path, size, executable, chunks } = file;
  return { path: path.slice(place.length), size, executable: executable && hasModes, chunks };
}
