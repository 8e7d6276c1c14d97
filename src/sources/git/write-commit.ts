import { writeTree } from '../../archives/write-tree.ts';
import { AttuneError } from '../../errors.ts';
import { FingerprintBuilder } from '../../packs/tree/checksum.ts';
import { findPackPrefix } from '../../packs/tree/pack-root.ts';
import type { FileTree, TreeFile } from '../../packs/tree/tree.ts';
import { supportsFileModes } from '../../platform/files/write.ts';
import type { WrittenPack } from '../source.ts';

/**
 * Writes the files of a commit, which have been checked before, and computes the fingerprint of the pack among them while
 * each file is in memory: reading thousands of small files again takes as long as writing them.
 * @param destination a path in staging that does not exist yet
 * @param onFile receives the number of files written
 * @returns `undefined` if there is no pack among them or more than one; reading the directory then reports the error
 * @throws FileError, the errors of reading an object
 */
export function writeCommit(
  tree: FileTree,
  destination: string,
  onFile: (written: number) => void,
): WrittenPack | undefined {
  const prefix = tryFindPackPrefix(tree);
  const fingerprint = new FingerprintBuilder();
  using sink = writeTree(destination);
  for (const [index, file] of tree.files.entries()) {
    sink.begin(file.path, file.executable);
    if (prefix !== undefined && file.path.startsWith(prefix)) {
      fingerprint.add(toInstalledFile(file, prefix), (chunk) => sink.write(chunk));
    } else {
      for (const chunk of file.chunks()) sink.write(chunk);
    }
    sink.end();
    onFile(index + 1);
  }
  return prefix === undefined ? undefined : { prefix, fingerprint: fingerprint.finish() };
}

function tryFindPackPrefix(tree: FileTree): string | undefined {
  try {
    return findPackPrefix(tree);
  } catch (error) {
    if (error instanceof AttuneError) return undefined;
    throw error;
  }
}

/** Returns the file as a later inspection of the directory describes it. */
function toInstalledFile(file: TreeFile, prefix: string): TreeFile {
  const { path, size, executable, chunks } = file;
  return { path: path.slice(prefix.length), size, executable: executable && supportsFileModes, chunks };
}
