import { AttuneError, reasonOf } from '../../errors.ts';
import { count } from '../../platform/count.ts';
import { interruptible } from '../../platform/interruptible.ts';
import { type ArchiveFile, type EntrySink, InvalidArchive } from '../archive.ts';
import { FileWindow } from '../file-window.ts';
import { LimitExceeded, UnsafeEntry, ViolationList } from '../guard/errors.ts';
import { type GuardedEntry, TreeGuard } from '../guard/tree-guard.ts';
import { findContentStart, findDirectory, mayHideEntry, readRecords, type ZipRecord } from './central-directory.ts';
import { DEFLATED, STORED, unpackContent } from './content.ts';

/**
 * Reads a zip and passes its files to the sink. All names, types, declared sizes and local headers are checked before the
 * first file. Memory is bounded by the number of entries, regardless of their content.
 * @throws InvalidArchive, UnsafeEntry (names all refused entries), LimitExceeded, FileError
 */
export async function readZip(archive: ArchiveFile, sink: EntrySink): Promise<void> {
  using zip = new FileWindow(archive.file);
  try {
    await new ZipReader(archive, zip, sink).run();
  } catch (error) {
    if (error instanceof AttuneError) throw error;
    throw new InvalidArchive(archive.label, reasonOf(error), error);
  }
}

/** An entry that the guard has accepted. */
interface AcceptedEntry {
  readonly path: string;
  readonly type: 'file' | 'directory';
  readonly record: ZipRecord;
}

/** An accepted entry with the offset of its content. */
interface LocatedEntry extends AcceptedEntry {
  readonly start: number;
}

const OWNER_EXECUTES = 0o100;

class ZipReader {
  readonly #archive: ArchiveFile;
  readonly #zip: FileWindow;
  readonly #sink: EntrySink;
  readonly #guard: TreeGuard;

  constructor(archive: ArchiveFile, zip: FileWindow, sink: EntrySink) {
    this.#archive = archive;
    this.#zip = zip;
    this.#sink = sink;
    this.#guard = new TreeGuard(archive.limits, archive.label, zip.size);
  }

  async run(): Promise<void> {
    const { label, limits } = this.#archive;
    const { size } = this.#zip;
    if (size > limits.archiveBytes) {
      throw new LimitExceeded(label, `it has ${count(size, 'byte')}`, 'archiveBytes', limits.archiveBytes);
    }
    const directory = findDirectory(this.#zip);
    if (directory.count > limits.entries) {
      throw new LimitExceeded(label, `it has ${directory.count} entries`, 'entries', limits.entries);
    }
    const accepted = this.#acceptAll(readRecords(this.#zip, directory));
    for (const entry of accepted) this.#checkDeclared(entry);
    // In the order of their offsets, so that the file is read sequentially.
    const located = accepted
      .sort((a, b) => a.record.offset - b.record.offset)
      .map((entry) => ({ ...entry, start: findContentStart(this.#zip, entry.record) }));
    this.#checkRanges(located, directory.start);
    for await (const entry of interruptible(located)) {
      await this.#unpack(entry);
      await this.#sink.ready?.();
    }
  }

  #acceptAll(records: Iterable<ZipRecord>): AcceptedEntry[] {
    const violations = new ViolationList(this.#archive.label);
    const accepted: AcceptedEntry[] = [];
    for (const record of records) {
      const entry = violations.collect(() => this.#accept(record));
      if (entry !== undefined && violations.isEmpty) accepted.push(entry);
    }
    violations.throwIfAny();
    return accepted;
  }

  #accept(record: ZipRecord): AcceptedEntry {
    const { path } = record;
    const unsafe = (rule: string, why: string) => new UnsafeEntry(this.#archive.label, [{ entry: path, rule, why }]);
    if (record.encrypted) throw unsafe('encrypted', 'is encrypted');
    if (record.disk !== 0) throw unsafe('split', 'is in another part of a split zip');
    const typeByName = path.endsWith('/') ? 'directory' : 'file';
    const type = typeFromMode(record.mode) ?? typeByName;
    if ((type === 'file' || type === 'directory') && type !== typeByName) {
      throw unsafe('file-directory', `is a ${typeByName} by its name and a ${type} by its mode`);
    }
    return { path: this.#guard.accept({ path, type }), type: typeByName, record };
  }

  /** Checks the properties of an entry's content that the central directory declares. */
  #checkDeclared({ path, type, record: { method, size } }: AcceptedEntry): void {
    if (method !== STORED && method !== DEFLATED) {
      throw new Error(`'${path}' uses compression method ${method}; only stored and deflated entries are supported`);
    }
    if (type === 'directory' && size > 0) throw new Error(`the directory '${path}' has content`);
    this.#guard.enter(path);
    this.#guard.declare(size);
  }

  /**
   * Checks that the entries and the directory account for the whole file. Overlapping entries make a small file unpack to
   * a huge one, and bytes outside of all entries can hide another entry from programs that read the directory.
   * @param located in the order of their offsets
   */
  #checkRanges(located: readonly LocatedEntry[], directoryStart: number): void {
    let previous: LocatedEntry | undefined;
    for (const entry of located) {
      const gapStart = previous ? endOf(previous) : 0;
      const { offset } = entry.record;
      if (previous && offset < gapStart) throw new Error(`'${previous.path}' and '${entry.path}' overlap`);
      if (endOf(entry) > directoryStart) throw new Error(`the content of '${entry.path}' is truncated`);
      if (mayHideEntry(this.#zip, gapStart, offset)) throw hiddenEntry(`before '${entry.path}'`);
      previous = entry;
    }
    const gapStart = previous ? endOf(previous) : 0;
    if (mayHideEntry(this.#zip, gapStart, directoryStart)) throw hiddenEntry('before its central directory');
  }

  async #unpack({ path, type, record, start }: LocatedEntry): Promise<void> {
    if (type === 'directory') return;
    this.#guard.enter(path);
    this.#sink.begin(path, record.fromUnix && (record.mode & OWNER_EXECUTES) !== 0);
    const unpacking = unpackContent(this.#zip, { ...record, path, start }, (chunk) => {
      this.#guard.count(chunk.length);
      this.#sink.write(chunk);
    });
    // Most entries are small and unpacked synchronously; awaiting nothing would cost more than writing them.
    if (unpacking !== undefined) await unpacking;
    this.#sink.end();
  }
}

const MODE_TYPES: ReadonlyMap<number, GuardedEntry['type']> = new Map([
  [0o040000, 'directory'],
  [0o100000, 'file'],
  [0o120000, 'link'],
]);

/** Returns the type of an entry according to its Unix mode; `undefined` if the mode has none. */
function typeFromMode(mode: number): GuardedEntry['type'] | undefined {
  const kind = mode & 0o170000;
  return kind === 0 ? undefined : (MODE_TYPES.get(kind) ?? 'special');
}

function hiddenEntry(where: string): Error {
  return new Error(`an entry that its central directory does not list is hidden ${where}`);
}

function endOf({ start, record }: LocatedEntry): number {
  return start + record.packedSize;
}
