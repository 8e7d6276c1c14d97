import { readStart } from '../platform/files/read.ts';
import { type ArchiveFile, type EntrySink, InvalidArchive } from './archive.ts';
import { type ArchiveFormat, describeContent, detectFormat, SNIFFED_BYTES } from './sniff.ts';
import { readTar } from './tar/read-tar.ts';
import { readZip } from './zip/read-zip.ts';

/**
 * Detects an archive's format by its content, reads it and passes its files to the sink.
 * @throws InvalidArchive when the file is not an archive or is damaged, UnsafeEntry (names all refused entries),
 *   LimitExceeded
 */
export async function readArchive(archive: ArchiveFile, sink: EntrySink): Promise<ArchiveFormat> {
  const start = readStart(archive.file, SNIFFED_BYTES);
  const format = detectFormat(start);
  if (format === undefined) {
    throw new InvalidArchive(archive.label, `it is not a zip or tar archive; it looks like ${describeContent(start)}`);
  }
  if (format === 'zip') await readZip(archive, sink);
  else await readTar(archive, { compressed: format === 'tar.gz' }, sink);
  return format;
}
