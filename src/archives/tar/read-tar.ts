import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { AttuneError, reasonOf } from '../../errors.ts';
import { inspectTarget, streamFile } from '../../platform/files/read.ts';
import { type ArchiveFile, type EntrySink, InvalidArchive } from '../archive.ts';
import { type GuardedEntry, LimitExceeded, TreeGuard, ViolationList } from '../guard/tree-guard.ts';
import { type TarEntry, TarParser, type TarVisitor } from './parser.ts';

/** What headers and padding may add to an entry's content: a PAX header with the longest path, and room to spare. */
const OVERHEAD_BYTES = 8192;
/** How much is uncompressed at a time, and how much may be ready while what came before is written. */
const GUNZIP = { chunkSize: 256 * 1024, readableHighWaterMark: 1024 * 1024 };
const OWNER_EXECUTES = 0o100;

/**
 * Reads a tar (ustar, PAX, GNU or older), compressed by gzip or not, and hands its files to the sink. Once an entry was
 * refused, the rest is only looked through for others.
 * @throws InvalidArchive, UnsafeEntry (names all that are refused), LimitExceeded
 */
export async function readTar(
  archive: ArchiveFile,
  { compressed }: { readonly compressed: boolean },
  sink: EntrySink,
): Promise<void> {
  const reading = new TarReading(archive, sink);
  try {
    await reading.run(compressed);
  } catch (error) {
    // What follows a refused entry may well be broken too; the refusal is what has to be told.
    reading.offences.throwIfAny();
    if (error instanceof AttuneError) throw error;
    throw new InvalidArchive(archive.what, brokenBecause(error), error);
  }
  reading.offences.throwIfAny();
}

class TarReading implements TarVisitor {
  readonly offences: ViolationList;
  readonly #archive: ArchiveFile;
  readonly #sink: EntrySink;
  readonly #packedBytes: number;
  readonly #guard: TreeGuard;
  readonly #parser = new TarParser(this);
  #bytes = 0;
  /** Whether the current entry's content goes to the sink. */
  #wanted = false;

  constructor(archive: ArchiveFile, sink: EntrySink) {
    this.#archive = archive;
    this.#sink = sink;
    this.#packedBytes = inspectTarget(archive.file)?.size ?? 0;
    this.#guard = new TreeGuard(archive.limits, archive.what, this.#packedBytes);
    this.offences = new ViolationList(archive.what);
  }

  async run(compressed: boolean): Promise<void> {
    const packed = streamFile(this.#archive.file);
    if (compressed) {
      const gunzip = createGunzip(GUNZIP);
      await pipeline(packed, gunzip, (chunks) => this.#takeAll(chunks));
      if (gunzip.bytesWritten !== this.#packedBytes) throw new Error('other data follows after its end');
    } else await this.#takeAll(packed);
    this.#parser.finish();
  }

  /** The whole of the tar is limited too, because headers and zeros without end cost as much as content. */
  async #takeAll(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const { unpackedBytes, entries } = this.#archive.limits;
    for await (const chunk of chunks) {
      this.#bytes += chunk.length;
      if (this.#bytes > unpackedBytes + entries * OVERHEAD_BYTES) {
        throw new LimitExceeded(this.#archive.what, 'the tar in it is too long', 'unpackedBytes', unpackedBytes);
      }
      this.#parser.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
    }
  }

  begin(entry: TarEntry): void {
    const described = describe(entry);
    const path = this.offences.gather(() => this.#guard.accept(described));
    this.#wanted = path !== undefined && described.type === 'file' && this.offences.empty;
    if (path !== undefined && this.#wanted) this.#sink.begin(path, (entry.mode & OWNER_EXECUTES) !== 0);
  }

  content(chunk: Buffer): void {
    if (!this.#wanted) return;
    this.#guard.count(chunk.length);
    this.#sink.write(chunk);
  }

  end(): void {
    if (this.#wanted) this.#sink.end();
  }
}

function describe({ name, type, size, sparse }: TarEntry): GuardedEntry {
  if (type === '1' || type === '2') return { path: name, type: 'link' };
  if (type === '5') return { path: name, type: 'directory' };
  // A contiguous file (7) is a file that old disks read faster.
  if ((type !== '0' && type !== '7') || sparse) return { path: name, type: 'special' };
  // Before POSIX, a directory was a file whose name ends in a slash.
  return { path: name, size, type: name.endsWith('/') && size === 0 ? 'directory' : 'file' };
}

function brokenBecause(error: unknown): string {
  const reason = reasonOf(error);
  if (!String((error as NodeJS.ErrnoException).code).startsWith('Z_')) return reason;
  if (/unexpected end/i.test(reason)) return 'it is cut off before its end';
  return `its gzip compression is broken (${reason})`;
}
