import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { contentOf, type FileTree } from '../packs/tree.ts';

/** Where RFC 1952 puts the system that a gzip file was made on, and its word for none in particular. */
const GZIP_SYSTEM = 9;
const UNKNOWN_SYSTEM = 255;

/**
 * A tree as a `.tar.gz`. The same tree gives the same bytes (with the same zlib): files in the tree's order, nothing
 * about when, by whom or on which system.
 */
export async function packTarGz(tree: FileTree): Promise<Buffer> {
  const tar = pack();
  for (const file of tree.files) {
    const mode = file.executable ? 0o755 : 0o644;
    tar.entry({ name: file.path, mode, mtime: new Date(0), uid: 0, gid: 0 }, contentOf(file));
  }
  tar.finalize();
  const archive = gzipSync(Buffer.concat(await Array.fromAsync(tar as AsyncIterable<Buffer>)), { level: 9 });
  archive[GZIP_SYSTEM] = UNKNOWN_SYSTEM;
  return archive;
}
