import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type ExtractEvents, extract, type Header } from 'tar-stream';
import { AttuneError, reasonOf } from '../errors.ts';
import { inspectTarget, streamFile } from '../platform/files.ts';
import { type ArchiveFile, type EntrySink, InvalidArchive } from './archive.ts';
import { roundUpToBlock, TarBlocks } from './tar-blocks.ts';
import { type GuardedEntry, OffenceList, OverLimit, TreeGuard } from './tree-guard.ts';

/** What headers and padding may add to an entry's content: a PAX header with the longest path, and room to spare. */
const OVERHEAD_BYTES = 8192;
const OWNER_EXECUTES = 0o100;

/** Also tars from before ustar, which have no magic. */
const ANY_AGE: Parameters<typeof extract>[0] & { readonly allowUnknownFormat: boolean } = { allowUnknownFormat: true };

type Entry = ExtractEvents['entry'][1];
/** Where the block behind the header is, which tar-stream's types leave out, and records of a PAX header. */
type EntryHeader = Header & { readonly byteOffset: number; readonly pax: Readonly<Record<string, string>> | null };

/**
 * Reads a tar (ustar, PAX, GNU or older), compressed by gzip or not, and hands its files to the sink. Once an entry was
 * refused, the rest is only looked through for others.
 * @throws InvalidArchive, UnsafeEntry (names all that are refused), OverLimit
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

class TarReading {
  readonly offences: OffenceList;
  readonly #archive: ArchiveFile;
  readonly #sink: EntrySink;
  readonly #packedBytes: number;
  readonly #guard: TreeGuard;
  readonly #blocks = new TarBlocks();
  /** Where the content of the entry before ends. */
  #end = 0;

  constructor(archive: ArchiveFile, sink: EntrySink) {
    this.#archive = archive;
    this.#sink = sink;
    this.#packedBytes = inspectTarget(archive.file)?.size ?? 0;
    this.#guard = new TreeGuard(archive.limits, archive.what, this.#packedBytes);
    this.offences = new OffenceList(archive.what);
  }

  async run(compressed: boolean): Promise<void> {
    const entries = extract(ANY_AGE);
    const unpacked = compressed ? createGunzip({ chunkSize: 128 * 1024 }) : new PassThrough();
    const feeding = pipeline(streamFile(this.#archive.file), unpacked, (chunks) => this.#limited(chunks), entries);
    // It is awaited below; until then a failure reaches us through `entries`.
    feeding.catch(() => {});
    for await (const entry of entries) await this.#take(entry);
    await feeding;
    if ('bytesWritten' in unpacked && unpacked.bytesWritten !== this.#packedBytes) {
      throw new Error('other data follows after its end');
    }
    if (!this.#blocks.closesAfter(this.#end)) throw new Error('it is cut off: its end marker is missing');
  }

  /** The whole of the tar is limited too, because headers and zeros without end cost as much as content. */
  async *#limited(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
    const { unpackedBytes, entries } = this.#archive.limits;
    for await (const blocks of this.#blocks.follow(chunks)) {
      if (this.#blocks.bytes > unpackedBytes + entries * OVERHEAD_BYTES) {
        throw new OverLimit(this.#archive.what, 'the tar in it is too long', 'unpackedBytes', unpackedBytes);
      }
      yield blocks;
    }
  }

  async #take(entry: Entry): Promise<void> {
    const header = entry.header as EntryHeader;
    if (this.#blocks.endsAt(this.#end)) throw new Error('other entries follow after its end marker');
    const described = describe(header);
    this.#end = header.byteOffset + (header.type === 'directory' ? 0 : roundUpToBlock(header.size));
    const path = this.offences.gather(() => this.#guard.accept(described));
    if (path === undefined || described.type === 'directory' || !this.offences.empty) {
      entry.resume();
      return;
    }
    this.#sink.begin(path, (header.mode & OWNER_EXECUTES) !== 0);
    if (header.size > 0) await this.#copy(entry);
    this.#sink.end();
  }

  async #copy(entry: Entry): Promise<void> {
    for await (const chunk of entry as AsyncIterable<Buffer>) {
      this.#guard.count(chunk.length);
      this.#sink.write(chunk);
    }
  }
}

function describe({ name, type, size, pax }: EntryHeader): GuardedEntry {
  if (type === 'link' || type === 'symlink') return { path: name, type: 'link' };
  if (type === 'directory') return { path: name, type: 'directory' };
  // A sparse file's content is not what stands in the archive.
  const sparse = Object.keys(pax ?? {}).some((key) => key.startsWith('GNU.sparse.'));
  if ((type !== 'file' && type !== 'contiguous-file') || sparse) return { path: name, type: 'special' };
  // Before POSIX, a directory was a file whose name ends in a slash.
  return { path: name, size, type: name.endsWith('/') && size === 0 ? 'directory' : 'file' };
}

function brokenBecause(error: unknown): string {
  const reason = reasonOf(error);
  if (/unexpected end/i.test(reason)) return 'it is cut off before its end';
  if (/tar header|Invalid header|exceeds max size/i.test(reason)) return `one of its tar headers is broken (${reason})`;
  if (/incorrect|invalid|too far back/.test(reason)) return `its gzip compression is broken (${reason})`;
  return reason;
}
