import AdmZip from 'adm-zip';
import { contentOf, type FileTree } from '../../packs/tree/tree.ts';
import { dosTime } from './dos-time.ts';

/** A zip made on Unix (3) by version 2.0 of the format, regardless of the system that attune runs on. */
const MADE_BY_UNIX = 0x0314;

/**
 * Packs a tree as a zip, in memory. The same tree gives the same bytes: files are in the tree's order, and the time does not
 * depend on the time zone.
 * @param seconds the modification time of all files, in seconds since the epoch; earlier than 1980 counts as 1980
 */
export async function packZip(tree: FileTree, seconds = 0): Promise<Buffer> {
  const zip = new AdmZip({ noSort: true });
  const time = dosTime(seconds);
  for (const file of tree.files) {
    const content = contentOf(file);
    const entry = zip.addFile(file.path, content, '', file.executable ? 0o755 : 0o644);
    Object.assign(entry.header, { made: MADE_BY_UNIX, timeval: time });
    // adm-zip continues after an empty file without returning to the event loop, so many of them would overflow its stack.
    if (content.length === 0) {
      entry.getCompressedDataAsync = (done: (data: Buffer) => void) => void setImmediate(done, content);
    }
  }
  return new Promise((resolve, reject) => {
    zip.toBuffer(resolve, (error: unknown) => reject(error));
  });
}
