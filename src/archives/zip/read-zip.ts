import { AttuneError, reasonOf } from '../../errors.ts';
import { type ArchiveFile, type EntrySink, InvalidArchive } from '../archive.ts';
import { FileWindow } from '../file-window.ts';
import { type GuardedEntry, LimitExceeded, TreeGuard, UnsafeEntry, ViolationList } from '../guard/tree-guard.ts';
import { contentStart, findDirectory, hidesEntry, readRecords, type ZipRecord } from './central-directory.ts';
import { DEFLATED, inflated, STORED } from './content.ts';

/**
 * Reads a zip and hands its files to the sink. Every name, type and declared size, and every local header, is checked
 * before the first file. Memory is bounded by the number of entries, whatever they hold.
 * @throws InvalidArchive, UnsafeEntry (names all that are refused), LimitExceeded, FileFault
 */
export async function readZip(archive: ArchiveFile, sink: EntrySink): Promise<void> {
  using zip = new FileWindow(archive.file);
  try {
    await new ZipReading(archive, zip, sink).run();
  } catch (error) {
    if (error instanceof AttuneError) throw error;
    throw new InvalidArchive(archive.what, reasonOf(error), error);
  }
}

/** An entry that the guard has let in. */
interface AcceptedEntry {
  readonly path: string;
  readonly type: 'file' | 'directory';
  readonly record: ZipRecord;
}

/** An accepted entry, and where its content begins in the file. */
interface PlacedEntry extends AcceptedEntry {
  readonly start: number;
}

const OWNER_EXECUTES = 0o100;

class ZipReading {
  readonly #archive: ArchiveFile;
  readonly #zip: FileWindow;
  readonly #sink: EntrySink;
  readonly #guard: TreeGuard;

  constructor(archive: ArchiveFile, zip: FileWindow, sink: EntrySink) {
    this.#archive = archive;
    this.#zip = zip;
    this.#sink = sink;
    this.#guard = new TreeGuard(archive.limits, archive.what, zip.size);
  }

  async run(): Promise<void> {
    const { what, limits } = this.#archive;
    const { size } = this.#zip;
    if (size > limits.archiveBytes)
      throw new LimitExceeded(what, `it has ${size} bytes`, 'archiveBytes', limits.archiveBytes);
    const directory = findDirectory(this.#zip);
    if (directory.count > limits.entries)
      throw new LimitExceeded(what, `it has ${directory.count} entries`, 'entries', limits.entries);
    const accepted = this.#acceptAll(readRecords(this.#zip, directory));
    for (const entry of accepted) this.#checkDeclared(entry);
    // As they lie in the file, so that it is gone through from one end to the other.
    const placed = accepted
      .sort((one, other) => one.record.offset - other.record.offset)
      .map((entry) => ({ ...entry, start: contentStart(this.#zip, entry.record) }));
    this.#checkPlaces(placed, directory.start);
    for (const entry of placed) await this.#unpack(entry);
  }

  #acceptAll(records: Iterable<ZipRecord>): AcceptedEntry[] {
    const offences = new ViolationList(this.#archive.what);
    const accepted: AcceptedEntry[] = [];
    for (const record of records) {
      const entry = offences.gather(() => this.#accept(record));
      if (entry !== undefined && offences.empty) accepted.push(entry);
    }
    offences.throwIfAny();
    return accepted;
  }

  #accept(record: ZipRecord): AcceptedEntry {
    const { path } = record;
    const refuse = (rule: string, why: string) => new UnsafeEntry(this.#archive.what, [{ entry: path, rule, why }]);
    if (record.encrypted) throw refuse('encrypted', 'is encrypted');
    if (record.disk !== 0) throw refuse('split', 'is on another part of a split zip');
    const named = path.endsWith('/') ? 'directory' : 'file';
    const type = typeOf(record.mode) ?? named;
    if ((type === 'file' || type === 'directory') && type !== named) {
      throw refuse('file-directory', `is a ${named} by its name and a ${type} by its mode`);
    }
    return { path: this.#guard.accept({ path, type }), type: named, record };
  }

  /** All that the central directory tells of an entry's content. */
  #checkDeclared({ path, type, record: { method, size } }: AcceptedEntry): void {
    if (method !== STORED && method !== DEFLATED) {
      throw new Error(`'${path}' is compressed by method ${method}, and only stored and deflated are read`);
    }
    if (type === 'directory' && size > 0) throw new Error(`the directory '${path}' has content`);
    this.#guard.enter(path);
    this.#guard.declare(size);
  }

  /**
   * Entries that share bytes are how a small file is made to unpack to a huge one, and bytes that no entry has are where
   * another entry hides, for programs that read from the beginning.
   * @param placed in the order of their places
   */
  #checkPlaces(placed: readonly PlacedEntry[], directoryStart: number): void {
    let previous: PlacedEntry | undefined;
    for (const entry of placed) {
      const free = previous ? endOf(previous) : 0;
      const { offset } = entry.record;
      if (previous && offset < free) throw new Error(`'${previous.path}' and '${entry.path}' overlap`);
      if (endOf(entry) > directoryStart) throw new Error(`the content of '${entry.path}' is cut off`);
      if (hidesEntry(this.#zip, free, offset)) throw hidden(`before '${entry.path}'`);
      previous = entry;
    }
    const free = previous ? endOf(previous) : 0;
    if (hidesEntry(this.#zip, free, directoryStart)) throw hidden('before its central directory');
  }

  async #unpack({ path, type, record, start }: PlacedEntry): Promise<void> {
    if (type === 'directory') return;
    this.#guard.enter(path);
    this.#sink.begin(path, record.fromUnix && (record.mode & OWNER_EXECUTES) !== 0);
    const pieces = inflated(this.#zip, { ...record, path, start }, (chunk) => {
      this.#guard.count(chunk.length);
      this.#sink.write(chunk);
    });
    // Most are small and come at once; waiting for nothing would cost more than writing them.
    if (pieces !== undefined) await pieces;
    this.#sink.end();
  }
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

function hidden(where: string): Error {
  return new Error(`an entry that its central directory does not name is hidden ${where}`);
}

function endOf({ start, record }: PlacedEntry): number {
  return start + record.packedSize;
}
