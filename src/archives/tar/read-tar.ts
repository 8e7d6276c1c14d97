import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { AttuneError, reasonOf } from '../../errors.ts';
import { inspectTarget } from '../../platform/files/inspect.ts';
import { streamFile } from '../../platform/files/read.ts';
import { type ArchiveFile, type EntrySink, InvalidArchive } from '../archive.ts';
import { LimitExceeded, ViolationList } from '../guard/errors.ts';
import { type GuardedEntry, TreeGuard } from '../guard/tree-guard.ts';
import { type TarEntry, TarParser, type TarVisitor } from './parser.ts';

/** The allowance for headers and padding of one entry: a PAX header with the longest path, with a margin. */
const ENTRY_OVERHEAD_BYTES = 8192;
/** The bytes decompressed at a time, and the bytes decompressed ahead while earlier ones are written. */
const GUNZIP_OPTIONS = { chunkSize: 256 * 1024, readableHighWaterMark: 1024 * 1024 };
const OWNER_EXECUTES = 0o100;

/**
 * Reads a tar (ustar, PAX, GNU or older), optionally compressed by gzip, and passes its files to the sink. After the first
 * refused entry, the rest is only checked for further violations.
 * @throws InvalidArchive, UnsafeEntry (names all refused entries), LimitExceeded
 */
export async function readTar(
  archive: ArchiveFile,
  { compressed }: { readonly compressed: boolean },
  sink: EntrySink,
): Promise<void> {
  const reader = new TarReader(archive, sink);
  try {
    await reader.run(compressed);
  } catch (error) {
    // Entries after a refused one are often invalid too; the refusal is the more important error.
    reader.violations.throwIfAny();
    if (error instanceof AttuneError) throw error;
    throw new InvalidArchive(archive.label, describeFailure(error), error);
  }
  reader.violations.throwIfAny();
}

class TarReader implements TarVisitor {
  readonly violations: ViolationList;
  readonly #archive: ArchiveFile;
  readonly #sink: EntrySink;
  readonly #packedBytes: number;
  readonly #guard: TreeGuard;
  readonly #parser = new TarParser(this);
  #bytes = 0;
  /** True if the current entry's content is passed to the sink. */
  #unpacksEntry = false;

  constructor(archive: ArchiveFile, sink: EntrySink) {
    this.#archive = archive;
    this.#sink = sink;
    this.#packedBytes = inspectTarget(archive.file)?.size ?? 0;
    this.#guard = new TreeGuard(archive.limits, archive.label, this.#packedBytes);
    this.violations = new ViolationList(archive.label);
  }

  async run(compressed: boolean): Promise<void> {
    const packed = streamFile(this.#archive.file);
    if (compressed) {
      const gunzip = createGunzip(GUNZIP_OPTIONS);
      await pipeline(packed, gunzip, (chunks) => this.#parse(chunks));
      if (gunzip.bytesWritten !== this.#packedBytes) throw new Error('other data follows its end');
    } else await this.#parse(packed);
    // gzip has a checksum and a length of its own, so a stream that ends properly is complete.
    if (this.#parser.finish(compressed)) return;
    const { label, warn } = this.#archive;
    warn?.(`The tar in ${label} has no end marker. It was read to the end of its gzip stream, which is complete.`);
  }

  /** Parses the tar. Its total size is limited too, because headers and endless zeros cost as much as content. */
  async #parse(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    const { unpackedBytes, entries } = this.#archive.limits;
    for await (const chunk of chunks) {
      this.#bytes += chunk.length;
      if (this.#bytes > unpackedBytes + entries * ENTRY_OVERHEAD_BYTES) {
        throw new LimitExceeded(this.#archive.label, 'the tar in it is too long', 'unpackedBytes', unpackedBytes);
      }
      this.#parser.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
      await this.#sink.ready?.();
    }
  }

  begin(entry: TarEntry): void {
    const described = toGuardedEntry(entry);
    const path = this.violations.collect(() => this.#guard.accept(described));
    this.#unpacksEntry = path !== undefined && described.type === 'file' && this.violations.isEmpty;
    if (path !== undefined && this.#unpacksEntry) this.#sink.begin(path, (entry.mode & OWNER_EXECUTES) !== 0);
  }

  content(chunk: Buffer): void {
    if (!this.#unpacksEntry) return;
    this.#guard.count(chunk.length);
    this.#sink.write(chunk);
  }

  end(): void {
    if (this.#unpacksEntry) this.#sink.end();
  }
}

function toGuardedEntry({ name, type, size, sparse }: TarEntry): GuardedEntry {
  if (type === '1' || type === '2') return { path: name, type: 'link' };
  if (type === '5') return { path: name, type: 'directory' };
  // Type 7 is a contiguous file, a hint for old disks.
  if ((type !== '0' && type !== '7') || sparse) return { path: name, type: 'special' };
  // Before POSIX, a directory was a file whose name ends in a slash.
  return { path: name, size, type: name.endsWith('/') && size === 0 ? 'directory' : 'file' };
}

function describeFailure(error: unknown): string {
  const reason = reasonOf(error);
  if (!String((error as NodeJS.ErrnoException).code).startsWith('Z_')) return reason;
  if (/unexpected end/i.test(reason)) return 'it is truncated';
  return `its gzip compression is damaged (${reason})`;
}
