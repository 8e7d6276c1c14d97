import { crc32 } from 'node:zlib';
import AdmZip from 'adm-zip';
import { AttuneError, reasonOf } from '../errors.ts';
import { inspectTarget, readFile } from '../platform/files.ts';
import { type ArchiveFile, type EntrySink, InvalidArchive } from './archive.ts';
import { type GuardedEntry, OffenceList, OverLimit, TreeGuard, UnsafeEntry } from './tree-guard.ts';
import { contentStart, findDirectory, readRecords, type ZipRecord } from './zip-directory.ts';

/**
 * Reads a zip and hands its files to the sink. Every name, type and declared size is checked before the first file.
 * @throws InvalidArchive, UnsafeEntry (names all that are refused), OverLimit
 */
export function readZip(archive: ArchiveFile, sink: EntrySink): void {
  try {
    new ZipReading(archive, sink).run();
  } catch (error) {
    if (error instanceof AttuneError) throw error;
    throw new InvalidArchive(archive.what, reasonOf(error).replace(/^ADM-ZIP: |\.$/g, ''), error);
  }
}

/** An entry that the guard has let in. */
interface AcceptedEntry {
  readonly path: string;
  readonly type: 'file' | 'directory';
  readonly record: ZipRecord;
}

/** The part of the file that an entry takes up. */
interface Extent {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

const OWNER_EXECUTES = 0o100;
const STORED = 0;
const DEFLATED = 8;

class ZipReading {
  readonly #archive: ArchiveFile;
  readonly #sink: EntrySink;
  readonly #zip: Buffer;
  readonly #guard: TreeGuard;

  constructor(archive: ArchiveFile, sink: EntrySink) {
    this.#archive = archive;
    this.#sink = sink;
    this.#zip = loadWithin(archive);
    this.#guard = new TreeGuard(archive.limits, archive.what, this.#zip.length);
  }

  run(): void {
    const directory = findDirectory(this.#zip);
    this.#checkCount(directory.count);
    const accepted = this.#acceptAll(readRecords(this.#zip, directory));
    const entries = new AdmZip(this.#zip, { noSort: true }).getEntries();
    if (entries.length !== accepted.length) throw new Error('its entries cannot be told apart');
    const extents = entries.map((entry, index) => this.#checkDeclared(entry, accepted[index] as AcceptedEntry));
    refuseOverlap(extents, directory.start);
    for (const [index, entry] of entries.entries()) this.#unpack(entry, accepted[index] as AcceptedEntry);
  }

  #checkCount(count: number): void {
    const { entries } = this.#archive.limits;
    if (count > entries) throw new OverLimit(this.#archive.what, `it has ${count} entries`, 'entries', entries);
  }

  #acceptAll(records: readonly ZipRecord[]): AcceptedEntry[] {
    const offences = new OffenceList(this.#archive.what);
    const accepted = records.map((record) => {
      return offences.gather(() => {
        const { path, type } = this.#describe(record);
        return { path: this.#guard.accept({ path, type }), type: type as AcceptedEntry['type'], record };
      });
    });
    offences.throwIfAny();
    return accepted.filter((entry) => entry !== undefined);
  }

  #describe(record: ZipRecord): GuardedEntry {
    const path = record.rawName.toString('utf8');
    const refuse = (rule: string, why: string) => new UnsafeEntry(this.#archive.what, [{ entry: path, rule, why }]);
    if (record.encrypted) throw refuse('encrypted', 'is encrypted');
    if (record.disk !== 0) throw refuse('split', 'is on another part of a split zip');
    const type = typeOf(record.mode);
    const named = path.endsWith('/') ? 'directory' : 'file';
    if ((type === 'file' || type === 'directory') && type !== named) {
      throw refuse('file-directory', `is a ${named} by its name and a ${type} by its mode`);
    }
    return { path, type: type ?? named };
  }

  /** All that can be known of an entry before it is unpacked. */
  #checkDeclared({ header }: AdmZip.IZipEntry, { path, type, record }: AcceptedEntry): Extent {
    if (header.method !== STORED && header.method !== DEFLATED) {
      throw new Error(`'${path}' is compressed by method ${header.method}, and only stored and deflated are read`);
    }
    if (type === 'directory' && header.size > 0) throw new Error(`the directory '${path}' has content`);
    this.#guard.enter(path);
    this.#guard.declare(header.size);
    const content = contentStart(this.#zip, header.offset, record.rawName);
    return { path, start: header.offset, end: content + header.compressedSize };
  }

  #unpack(entry: AdmZip.IZipEntry, { path, type, record }: AcceptedEntry): void {
    if (type === 'directory') return;
    const content = this.#inflate(entry, path);
    this.#guard.enter(path);
    this.#guard.count(content.length);
    this.#sink.begin(path, record.fromUnix && (record.mode & OWNER_EXECUTES) !== 0);
    this.#sink.write(content);
    this.#sink.end();
  }

  #inflate(entry: AdmZip.IZipEntry, path: string): Buffer {
    let content: Buffer;
    try {
      content = entry.getData();
    } catch (error) {
      throw new Error(`'${path}' cannot be unpacked (${reasonOf(error)})`, { cause: error });
    }
    const { size, crc } = entry.header;
    if (content.length !== size) throw new Error(`'${path}' has ${content.length} bytes where ${size} were declared`);
    // adm-zip compares with the local header's only.
    if (crc32(content) !== crc) throw new Error(`'${path}' does not have the checksum (CRC-32) that was declared`);
    return content;
  }
}

/** The whole file, which adm-zip needs in memory, if it is not too large for that. */
function loadWithin({ file, what, limits }: ArchiveFile): Buffer {
  const size = inspectTarget(file)?.size ?? 0;
  if (size > limits.archiveBytes)
    throw new OverLimit(what, `it has ${size} bytes`, 'archiveBytes', limits.archiveBytes);
  return readFile(file);
}

const MODE_TYPES: ReadonlyMap<number, GuardedEntry['type']> = new Map([
  [0o040000, 'directory'],
  [0o100000, 'file'],
  [0o120000, 'link'],
]);

/** What a Unix mode says that an entry is; `undefined` where it says nothing. */
function typeOf(mode: number): GuardedEntry['type'] | undefined {
  const kind = mode & 0o170000;
  return kind === 0 ? undefined : (MODE_TYPES.get(kind) ?? 'special');
}

/** Entries that share bytes are how a small file is made to unpack to a huge one. */
function refuseOverlap(extents: readonly Extent[], directoryStart: number): void {
  let previous: Extent | undefined;
  for (const extent of extents.toSorted((one, other) => one.start - other.start)) {
    if (previous && extent.start < previous.end) throw new Error(`'${previous.path}' and '${extent.path}' overlap`);
    if (extent.end > directoryStart) throw new Error(`the content of '${extent.path}' is cut off`);
    previous = extent;
  }
}
