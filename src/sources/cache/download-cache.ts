/**
 * Archives that were downloaded before, by their SHA-256, so that the same bytes are not asked for twice:
 *
 *     sha256/<hex>   an archive
 *     sha512/<hex>   the SHA-256 of the archive that has this SHA-512
 *     urls/<hex>     what a server called the content of an address: { sha256, etag, last_modified }. The name is the
 *                    SHA-256 of the URL with its user info: no address is written down, and nobody is given what
 *                    somebody else's login brought
 *
 * It is a convenience: nothing in it is believed (whoever takes an archive out of it hashes it again), anything in it may
 * be deleted at any time, and where it cannot be read or written that is worth a note and nothing more.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { reasonOf } from '../../errors.ts';
import type { Digest } from '../../packs/digest.ts';
import { FileFault } from '../../platform/files/file-error.ts';
import { copyPrivateFile, markUsed, removeAbandoned, writePrivateFile } from '../../platform/files/private-files.ts';
import { exists, inspect, listDirectory, readFile, removeFile } from '../../platform/files/read.ts';
import type { SafeUrl } from '../../platform/safe-url.ts';

export interface CachedArchive {
  readonly sha256: Digest;
  readonly path: string;
  readonly bytes: number;
  /** When it was put there or last taken out. */
  readonly usedAt: Date;
}

/** What a server called the content of an address (RFC 9110, 8.8). */
export interface Validators {
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
}

/** What may stay in the cache. */
export interface Allowance {
  readonly usedBefore: Date;
  /** Of all archives together. */
  readonly maxBytes: number;
}

interface Remembered extends Validators {
  readonly sha256: Digest;
}

export class DownloadCache {
  readonly #directory: string;
  readonly #maxBytes: number;
  readonly #note: (text: string) => void;
  #noted = false;

  /**
   * @param directory need not be there
   * @param maxBytes what all archives may take together; the ones that were used longest ago go first
   * @param note is told once when the directory cannot be used
   */
  constructor(directory: string, maxBytes: number, note: (text: string) => void) {
    this.#directory = directory;
    this.#maxBytes = maxBytes;
    this.#note = note;
  }

  /** The archive that is said to have this digest. */
  get(digest: Digest): CachedArchive | undefined {
    return this.#tolerate(() => {
      const { algorithm, hex } = digest;
      const sha256 = algorithm === 'sha512' ? this.#text('sha512', hex)?.trim() : algorithm === 'sha256' && hex;
      return sha256 ? this.#archive(sha256) : undefined;
    });
  }

  /**
   * Keeps a copy of an archive.
   * @param sha256 its own, as whoever wrote the file computed it
   * @param digest another of its own
   */
  put(file: string, sha256: Digest, digest: Digest = sha256): void {
    this.#tolerate(() => {
      if ((inspect(file)?.size ?? 0) > this.#maxBytes) return;
      const path = this.#place('sha256', sha256.hex);
      if (!markIfThere(path)) copyPrivateFile(file, path);
      if (digest.algorithm === 'sha512') writePrivateFile(this.#place('sha512', digest.hex), `${sha256.hex}\n`);
      this.#makeRoom(sha256.hex);
    });
  }

  /** Those that are used most rarely come first. */
  entries(): CachedArchive[] {
    const names = this.#tolerate(() => this.#names('sha256')) ?? [];
    const archives = names.map((hex) => this.#tolerate(() => this.#archive(hex))).filter((one) => one !== undefined);
    return archives.sort((one, other) => one.usedAt.getTime() - other.usedAt.getTime());
  }

  remove(sha256: Digest): void {
    this.#tolerate(() => removeFile(this.#place('sha256', sha256.hex)));
  }

  /**
   * The archives to remove so that what stays was used since, and takes no more than that, those first that are used most
   * rarely.
   */
  superfluous({ usedBefore, maxBytes }: Allowance): CachedArchive[] {
    const archives = this.entries();
    let left = archives.reduce((sum, { bytes }) => sum + bytes, 0);
    return archives.filter(({ usedAt, bytes }) => {
      const goes = usedAt < usedBefore || left > maxBytes;
      if (goes) left -= bytes;
      return goes;
    });
  }

  /**
   * Removes an archive unless somebody has used it since it was looked at. Whoever is reading it reads on, and whoever
   * only knows that it was there fetches it.
   * @returns whether it is gone by that
   */
  removeUnused({ sha256, usedAt }: CachedArchive): boolean {
    const there = this.#tolerate(() => this.#archive(sha256.hex));
    if (there === undefined || there.usedAt.getTime() !== usedAt.getTime()) return false;
    this.remove(sha256);
    return this.#tolerate(() => this.#archive(sha256.hex)) === undefined;
  }

  /** Removes notes about archives that are no longer there, and what processes left that were killed. */
  tidy(): void {
    this.#tolerate(() => {
      for (const kind of ['sha256', 'sha512', 'urls'] as const) {
        const directory = join(this.#directory, kind);
        if (exists(directory)) removeAbandoned(directory);
      }
      this.#forgetTheGone();
    });
  }

  /** Notes that an archive was used, so that it stays the longer. In a cache that cannot be written none ever goes. */
  touch({ path }: CachedArchive): void {
    try {
      markUsed(path);
    } catch {
      // See above.
    }
  }

  /** What was at an address the last time and what the server called it, if it is still here. */
  recall(url: SafeUrl): (CachedArchive & Validators) | undefined {
    return this.#tolerate(() => {
      const remembered = readRemembered(this.#text('urls', keyOf(url)));
      const archive = remembered && this.#archive(remembered.sha256.hex);
      return archive && { ...remembered, ...archive };
    });
  }

  /** Notes what was at an address. Without anything to call it by, nobody can ask whether it has changed. */
  remember(url: SafeUrl, { sha256, etag, lastModified }: Remembered): void {
    if (etag === undefined && lastModified === undefined) return;
    this.#tolerate(() => {
      if (!exists(this.#place('sha256', sha256.hex))) return;
      const note = { sha256: sha256.hex, etag, last_modified: lastModified };
      writePrivateFile(this.#place('urls', keyOf(url)), `${JSON.stringify(note)}\n`);
    });
  }

  #place(kind: 'sha256' | 'sha512' | 'urls', name: string): string {
    return join(this.#directory, kind, name);
  }

  #archive(hex: string): CachedArchive | undefined {
    if (!SHA256.test(hex)) return undefined;
    const path = this.#place('sha256', hex);
    const status = inspect(path);
    if (status?.kind !== 'file') return undefined;
    return { sha256: { algorithm: 'sha256', hex }, path, bytes: status.size, usedAt: status.modifiedAt };
  }

  #names(kind: 'sha256' | 'sha512' | 'urls'): string[] {
    const directory = join(this.#directory, kind);
    return exists(directory) ? listDirectory(directory).map(({ name }) => name) : [];
  }

  #text(kind: 'sha512' | 'urls', name: string): string | undefined {
    const path = this.#place(kind, name);
    const status = inspect(path);
    return status?.kind === 'file' && status.size <= NOTE_BYTES ? readFile(path).toString('utf8') : undefined;
  }

  /** @param kept stays in any case */
  #makeRoom(kept: string): void {
    const archives = this.entries();
    let total = archives.reduce((sum, { bytes }) => sum + bytes, 0);
    removeAbandoned(join(this.#directory, 'sha256'));
    if (total <= this.#maxBytes) return;
    for (const { sha256, bytes } of archives) {
      if (total <= this.#maxBytes) break;
      if (sha256.hex === kept) continue;
      this.remove(sha256);
      total -= bytes;
    }
    this.#forgetTheGone();
  }

  /** Notes about archives that are no longer there say nothing. */
  #forgetTheGone(): void {
    for (const kind of ['sha512', 'urls'] as const) {
      for (const name of this.#names(kind)) {
        const text = this.#text(kind, name);
        const hex = kind === 'sha512' ? text?.trim() : readRemembered(text)?.sha256.hex;
        if (hex === undefined || this.#archive(hex) === undefined) removeFile(this.#place(kind, name));
      }
    }
  }

  #tolerate<T>(attempt: () => T): T | undefined {
    try {
      return attempt();
    } catch (error) {
      if (!this.#noted) this.#note(`The cache of downloads cannot be used. ${reasonOf(error)}`);
      this.#noted = true;
      return undefined;
    }
  }
}

const SHA256 = /^[0-9a-f]{64}$/;
/** Longer than any note that was written here. */
const NOTE_BYTES = 4096;

/** It may be gone between any two moments: another process makes room. */
function markIfThere(path: string): boolean {
  try {
    markUsed(path);
    return true;
  } catch (error) {
    if (error instanceof FileFault && error.family === 'NOT_FOUND') return false;
    throw error;
  }
}

function keyOf(url: SafeUrl): string {
  return createHash('sha256').update(url.reveal()).digest('hex');
}

function readRemembered(text: string | undefined): Remembered | undefined {
  try {
    const { sha256, etag, last_modified }: Record<string, unknown> = JSON.parse(text ?? '{}');
    if (typeof sha256 !== 'string' || !SHA256.test(sha256)) return undefined;
    return { sha256: { algorithm: 'sha256', hex: sha256 }, etag: header(etag), lastModified: header(last_modified) };
  } catch {
    return undefined;
  }
}

/** What can be sent back to the server. */
function header(value: unknown): string | undefined {
  return typeof value === 'string' && /^[\x21-\x7e\x80-\xff][\t\x20-\x7e\x80-\xff]*$/.test(value) ? value : undefined;
}
