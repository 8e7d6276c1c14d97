import type { FileTree } from '../packs/tree/tree.ts';
import type { ArchiveFormat } from './sniff.ts';
import { packTar, packTarGz } from './tar/write-tar.ts';

/**
 * Packs a tree reproducibly: the same tree gives the same bytes.
 * @param seconds the modification time of all files, in seconds since the epoch
 * @returns the archive in chunks
 */
export async function* packArchive(format: ArchiveFormat, tree: FileTree, seconds: number): AsyncGenerator<Uint8Array> {
  if (format === 'tar') yield* packTar(tree, seconds);
  else if (format === 'tar.gz') yield* packTarGz(tree, seconds);
  else yield (await import('./zip/write-zip.ts').then(({ packZip }) => packZip(tree, seconds))) as Uint8Array;
}
