import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { contentOf, type FileTree, type TreeFile } from '../../packs/tree/tree.ts';

/** Where RFC 1952 puts the system that a gzip file was made on, and its word for none in particular. */
const GZIP_SYSTEM = 9;
const UNKNOWN_SYSTEM = 255;

const GATHERED_BYTES = 1024 * 1024;

/**
 * A tree as a `.tar`, piece by piece; of the files one at a time is in memory. The same tree gives the same bytes: files
 * in the tree's order, nothing about when, by whom or on which system.
 */
export async function* packTar(tree: FileTree): AsyncGenerator<Uint8Array> {
  const tar = pack();
  const add = (file: TreeFile) => {
    const mode = file.executable ? 0o755 : 0o644;
    const header = { name: file.path, mode, mtime: new Date(0), uid: 0, gid: 0 };
    return new Promise<void>((resolve, reject) => {
      tar.entry(header, contentOf(file), (error) => (error ? reject(error) : resolve()));
    });
  };
  const fill = async () => {
    for (const file of tree.files) await add(file);
    tar.finalize();
  };
  // Whoever reads is told of what went wrong while it was filled.
  fill().catch((error: Error) => tar.destroy(error));
  yield* gathered(tar as AsyncIterable<Buffer>);
}

/** Small pieces, of which there are two or three for each file, gathered into some of this size. */
async function* gathered(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    waiting.push(piece);
    bytes += piece.length;
    if (bytes < GATHERED_BYTES) continue;
    yield Buffer.concat(waiting);
    waiting = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(waiting);
}

/** The same, compressed: the same bytes with the same zlib. */
export async function packTarGz(tree: FileTree): Promise<Buffer> {
  const archive = gzipSync(Buffer.concat(await Array.fromAsync(packTar(tree))), { level: 9 });
  archive[GZIP_SYSTEM] = UNKNOWN_SYSTEM;
  return archive;
}
