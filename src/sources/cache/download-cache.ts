/**
 * Downloaded archives by their SHA-256, so that the same bytes are not downloaded twice:
 *
 *     sha256/<hex>   an archive
 *     sha512/<hex>   the SHA-256 of the archive that has this SHA-512
 *     urls/<hex>     what a server sent for a URL, see `url-record.ts`
 *
 * The cache is an optimization. Its content is not trusted: callers hash every archive that they take from it. Any file
 * may be deleted at any time. A cache that cannot be read or written causes one note and no error.
 */
import { join } from 'node:path';
import { reasonOf } from '../../errors.ts';
import type { Digest } from '../../packs/digest.ts';
import { removeFile } from '../../platform/files/entries.ts';
import { FileError } from '../../platform/files/file-error.ts';
import { exists, inspect, listDirectory } from '../../platform/files/inspect.ts';
import {
  copyPrivateFile,
  markUsed,
  removeStaleTemporaryFiles,
  writePrivateFile,
} from '../../platform/files/private-files.ts';
import { readFile } from '../../platform/files/read.ts';
import type { Validators } from '../../platform/http/conditional.ts';
import type { SafeUrl } from '../../platform/safe-url.ts';
import { type RetentionLimits, selectForEviction } from './eviction.ts';
import { formatUrlRecord, parseUrlRecord, SHA256_HEX, type UrlRecord, urlRecordName } from './url-record.ts';

/** An archive in the cache. */
export interface CachedArchive {
  readonly sha256: Digest;
  readonly path: string;
  readonly bytes: number;
  /** The time at which the archive was stored or last read. */
  readonly usedAt: Date;
}

type RecordKind = 'sha512' | 'urls';

/** Larger than any record that attune writes. */
const MAX_RECORD_BYTES = 4096;

export class DownloadCache {
  readonly #directory: string;
  readonly #maxBytes: number;
  readonly #note: (message: string) => void;
  #noted = false;

  /**
   * @param directory need not exist
   * @param maxBytes the total size of all archives; the least recently used ones are evicted first
   * @param note called once if the directory cannot be used
   */
  constructor(directory: string, maxBytes: number, note: (message: string) => void) {
    this.#directory = directory;
    this.#maxBytes = maxBytes;
    this.#note = note;
  }

  /** Returns the archive that is stored under a digest. */
  get(digest: Digest): CachedArchive | undefined {
    return this.#tolerateErrors(() => {
      const { algorithm, hex } = digest;
      const sha256 = algorithm === 'sha512' ? this.#readRecord('sha512', hex)?.trim() : algorithm === 'sha256' && hex;
      return sha256 ? this.#archive(sha256) : undefined;
    });
  }

  /**
   * Stores a copy of an archive.
   * @param sha256 the archive's SHA-256, as computed by the writer of the file
   * @param digest another digest of the archive
   */
  put(file: string, sha256: Digest, digest: Digest = sha256): void {
    this.#tolerateErrors(() => {
      if ((inspect(file)?.size ?? 0) > this.#maxBytes) return;
      const path = this.#path('sha256', sha256.hex);
      if (!markIfExists(path)) copyPrivateFile(file, path);
      if (digest.algorithm === 'sha512') writePrivateFile(this.#path('sha512', digest.hex), `${sha256.hex}\n`);
      this.#evict(sha256.hex);
    });
  }

  /** Lists all archives, the least recently used first. */
  entries(): CachedArchive[] {
    const names = this.#tolerateErrors(() => this.#names('sha256')) ?? [];
    return names
      .map((hex) => this.#tolerateErrors(() => this.#archive(hex)))
      .filter((archive) => archive !== undefined)
      .sort((a, b) => a.usedAt.getTime() - b.usedAt.getTime());
  }

  remove(sha256: Digest): void {
    this.#tolerateErrors(() => removeFile(this.#path('sha256', sha256.hex)));
  }

  /** Selects the archives to remove so that the rest satisfies the limits, the least recently used first. */
  selectForEviction(limits: RetentionLimits): CachedArchive[] {
    return selectForEviction(this.entries(), limits);
  }

  /**
   * Removes an archive unless it was used since `archive` was read. A process that has the file open can continue to read
   * it, and a process that only knows of it downloads it again.
   * @returns whether this call removed the archive
   */
  removeIfUnused({ sha256, usedAt }: CachedArchive): boolean {
    const current = this.#tolerateErrors(() => this.#archive(sha256.hex));
    if (current === undefined || current.usedAt.getTime() !== usedAt.getTime()) return false;
    this.remove(sha256);
    return this.#tolerateErrors(() => this.#archive(sha256.hex)) === undefined;
  }

  /** Removes records of archives that no longer exist, and temporary files of processes that were killed. */
  tidy(): void {
    this.#tolerateErrors(() => {
      for (const kind of ['sha256', 'sha512', 'urls'] as const) {
        const directory = join(this.#directory, kind);
        if (exists(directory)) removeStaleTemporaryFiles(directory);
      }
      this.#removeDanglingRecords();
    });
  }

  /** Marks an archive as used, which delays its eviction. Errors are ignored: a read-only cache evicts nothing. */
  touch({ path }: CachedArchive): void {
    try {
      markUsed(path);
    } catch {
      // See above.
    }
  }

  /** Returns the archive that was last downloaded from a URL and the validators of that response, if it is still cached. */
  findByUrl(url: SafeUrl): (CachedArchive & Validators) | undefined {
    return this.#tolerateErrors(() => {
      const record = parseUrlRecord(this.#readRecord('urls', urlRecordName(url)));
      const archive = record && this.#archive(record.sha256.hex);
      return archive && { ...record, ...archive };
    });
  }

  /** Records the archive that a URL returned. A response without validators cannot be revalidated and is not recorded. */
  recordUrl(url: SafeUrl, record: UrlRecord): void {
    if (record.etag === undefined && record.lastModified === undefined) return;
    this.#tolerateErrors(() => {
      if (!exists(this.#path('sha256', record.sha256.hex))) return;
      writePrivateFile(this.#path('urls', urlRecordName(url)), formatUrlRecord(record));
    });
  }

  #path(kind: 'sha256' | RecordKind, name: string): string {
    return join(this.#directory, kind, name);
  }

  #archive(hex: string): CachedArchive | undefined {
    if (!SHA256_HEX.test(hex)) return undefined;
    const path = this.#path('sha256', hex);
    const status = inspect(path);
    if (status?.kind !== 'file') return undefined;
    return { sha256: { algorithm: 'sha256', hex }, path, bytes: status.size, usedAt: status.modifiedAt };
  }

  #names(kind: 'sha256' | RecordKind): string[] {
    const directory = join(this.#directory, kind);
    return exists(directory) ? listDirectory(directory).map(({ name }) => name) : [];
  }

  #readRecord(kind: RecordKind, name: string): string | undefined {
    const path = this.#path(kind, name);
    const status = inspect(path);
    return status?.kind === 'file' && status.size <= MAX_RECORD_BYTES ? readFile(path).toString('utf8') : undefined;
  }

  /** @param retained the SHA-256 of an archive that is never evicted */
  #evict(retained: string): void {
    const archives = this.entries();
    const others = archives.filter(({ sha256 }) => sha256.hex !== retained);
    const retainedBytes = archives.find(({ sha256 }) => sha256.hex === retained)?.bytes ?? 0;
    removeStaleTemporaryFiles(join(this.#directory, 'sha256'));
    const evicted = selectForEviction(others, {
      usedBefore: new Date(-8.64e15),
      maxBytes: this.#maxBytes - retainedBytes,
    });
    for (const { sha256 } of evicted) this.remove(sha256);
    if (evicted.length > 0) this.#removeDanglingRecords();
  }

  #removeDanglingRecords(): void {
    for (const kind of ['sha512', 'urls'] as const) {
      for (const name of this.#names(kind)) {
        const text = this.#readRecord(kind, name);
        const hex = kind === 'sha512' ? text?.trim() : parseUrlRecord(text)?.sha256.hex;
        if (hex === undefined || this.#archive(hex) === undefined) removeFile(this.#path(kind, name));
      }
    }
  }

  #tolerateErrors<T>(attempt: () => T): T | undefined {
    try {
      return attempt();
    } catch (error) {
      if (!this.#noted) this.#note(`The download cache cannot be used. ${reasonOf(error)}`);
      this.#noted = true;
      return undefined;
    }
  }
}

/** Marks a file as used; returns `false` if it does not exist. Another process may evict the file at any time. */
function markIfExists(path: string): boolean {
  try {
    markUsed(path);
    return true;
  } catch (error) {
    if (error instanceof FileError && error.family === 'NOT_FOUND') return false;
    throw error;
  }
}
