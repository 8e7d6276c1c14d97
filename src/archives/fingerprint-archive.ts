import { type Fingerprint, FingerprintBuilder } from '../packs/tree/checksum.ts';
import type { ArchiveFile, EntrySink } from './archive.ts';
import { readArchive } from './read-archive.ts';

/**
 * Reads an archive and returns the fingerprint of its content, whose files must be in the order of the checksum.
 * @param prefix the top-level directory that all files are in, with a trailing `/`
 * @throws Error for another order or a file outside of the directory; the errors of `readArchive`
 */
export async function fingerprintArchive(archive: ArchiveFile, prefix: string): Promise<Fingerprint> {
  const builder = new FingerprintBuilder();
  await readArchive(archive, fingerprintSink(builder, prefix));
  return builder.finish();
}

function fingerprintSink(builder: FingerprintBuilder, prefix: string): EntrySink {
  let path = '';
  let executable = false;
  let chunks: Buffer[] = [];
  return {
    begin(entryPath, isExecutable) {
      if (!entryPath.startsWith(prefix)) throw new Error(`'${entryPath}' is not in '${prefix}'`);
      path = entryPath.slice(prefix.length);
      executable = isExecutable;
      chunks = [];
    },
    write: (chunk) => void chunks.push(Buffer.from(chunk)),
    end() {
      const content = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
      builder.add({ path, executable, size: content.length, chunks: () => [content] });
    },
  };
}
