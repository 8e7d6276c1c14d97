import { pipeline, Readable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { pack } from 'tar-stream';
import { contentOf, type FileTree, type TreeFile } from '../../packs/tree/tree.ts';

/** The offset of the operating system in a gzip header (RFC 1952), and the value for an unknown one. */
const GZIP_SYSTEM_OFFSET = 9;
const UNKNOWN_SYSTEM = 255;

const CHUNK_BYTES = 1024 * 1024;
/** The largest time that tar-stream writes to a header, a signed number of 32 bits. */
const MAX_HEADER_SECONDS = 2 ** 31 - 1;

/**
 * Packs a tree as a `.tar`, in chunks, with one file at a time in memory. The same tree gives the same bytes: files are in
 * the tree's order, without owners or the operating system.
 * @param seconds the modification time of all files, in seconds since the epoch
 */
export async function* packTar(tree: FileTree, seconds = 0): AsyncGenerator<Uint8Array> {
  const tar = pack();
  const add = (file: TreeFile) => {
    const mode = file.executable ? 0o755 : 0o644;
    const header = { name: file.path, mode, ...modificationTime(seconds), uid: 0, gid: 0 };
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

/** Times after 2038 are in an extended header, with the latest time that older programs read in the normal one. */
function modificationTime(seconds: number) {
  const mtime = new Date(Math.min(seconds, MAX_HEADER_SECONDS) * 1000);
  return seconds > MAX_HEADER_SECONDS ? { mtime, pax: { mtime: String(seconds) } } : { mtime };
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

/** Packs a tree as a `.tar.gz`, in chunks. The same tree gives the same bytes with the same zlib. */
export async function* packTarGz(tree: FileTree, seconds = 0): AsyncGenerator<Uint8Array> {
  const gzip = createGzip({ chunkSize: CHUNK_BYTES });
  // The reader of the compressed stream receives the errors.
  pipeline(Readable.from(packTar(tree, seconds)), gzip, () => {});
  let offset = 0;
  for await (const chunk of gzip as AsyncIterable<Buffer>) {
    const index = GZIP_SYSTEM_OFFSET - offset;
    if (index >= 0 && index < chunk.length) chunk[index] = UNKNOWN_SYSTEM;
    offset += chunk.length;
    yield chunk;
  }
}
