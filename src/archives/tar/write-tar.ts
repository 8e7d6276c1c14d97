import { gzipSync } from 'node:zlib';
import { pack } from 'tar-stream';
import { contentOf, type FileTree, type TreeFile } from '../../packs/tree/tree.ts';

/** The offset of the operating system in a gzip header (RFC 1952), and the value for an unknown one. */
const GZIP_SYSTEM_OFFSET = 9;
const UNKNOWN_SYSTEM = 255;

const CHUNK_BYTES = 1024 * 1024;

/**
 * Packs a tree as a `.tar`, in chunks, with one file at a time in memory. The same tree gives the same bytes: files are in
 * the tree's order, without times, owners or the operating system.
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
  // Destroying the stream passes the error on to its reader.
  fill().catch((error: Error) => tar.destroy(error));
  yield* joinChunks(tar as AsyncIterable<Buffer>);
}

/** Joins small chunks, of which tar-stream emits two or three for each file, into larger ones. */
async function* joinChunks(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let pending: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of chunks) {
    pending.push(chunk);
    bytes += chunk.length;
    if (bytes < CHUNK_BYTES) continue;
    yield Buffer.concat(pending);
    pending = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(pending);
}

/** Packs a tree as a `.tar.gz`. The same tree gives the same bytes with the same zlib. */
export async function packTarGz(tree: FileTree): Promise<Buffer> {
  const archive = gzipSync(Buffer.concat(await Array.fromAsync(packTar(tree))), { level: 9 });
  archive[GZIP_SYSTEM_OFFSET] = UNKNOWN_SYSTEM;
  return archive;
}
