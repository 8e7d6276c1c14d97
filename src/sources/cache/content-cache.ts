/**
 * Packs by the directory checksum of their files, for locks, which know nothing else of a pack, and for git, whose content
 * is no archive that the cache of downloads could have by itself.
 *
 *     <hex>   { archive, type, url, ref, commit, registry }: the archive in the cache of downloads that holds these files,
 *             and where they came from, as the store records it of a pack
 *
 * It is as little believed as that cache: whoever takes content out of it computes the checksum anew.
 */
import { join } from 'node:path';
import type { Digest } from '../../packs/digest.ts';
import type { Provenance } from '../../packs/provenance.ts';
import { removeAbandoned, writePrivateFile } from '../../platform/files/private-files.ts';
import { exists, inspect, listDirectory, readFile, removeFile } from '../../platform/files/read.ts';
import type { CachedArchive, DownloadCache } from './download-cache.ts';

/** Where content came from. A mirror is left out: that is a matter of the one time. */
export interface ContentOrigin extends Omit<Provenance, 'type' | 'mirror'> {
  readonly type: 'git' | 'archive';
  /** The registry that promised it; `null` where somebody named it by its URL. */
  readonly registry: string | null;
}

export interface CachedContent {
  readonly archive: CachedArchive;
  readonly origin: ContentOrigin;
}

export class ContentCache {
  readonly #directory: string;
  readonly #downloads: DownloadCache;

  /** @param directory need not be there */
  constructor(directory: string, downloads: DownloadCache) {
    this.#directory = directory;
    this.#downloads = downloads;
  }

  /** The archive that is said to hold the files with this checksum. */
  find(checksum: Digest): CachedContent | undefined {
    const note = this.#note(checksum.hex);
    const archive = note && this.#downloads.get(note.archive);
    return archive && { archive, origin: note.origin };
  }

  /** Notes what an archive holds that is in the cache of downloads; one that is not is passed over. */
  keep(checksum: Digest, archive: Digest, origin: ContentOrigin): void {
    if (this.#downloads.get(archive) === undefined) return;
    const { type, url, ref, commit, registry } = origin;
    const text = `${JSON.stringify({ archive: archive.hex, type, url, ref, commit, registry })}\n`;
    this.#tolerate(() => {
      if (this.#text(checksum.hex) === text) return;
      writePrivateFile(join(this.#directory, checksum.hex), text);
      this.#forgetTheGone();
    });
  }

  /** Drops what turned out to be something else. */
  drop(checksum: Digest, { archive }: CachedContent): void {
    this.#downloads.remove(archive.sha256);
    this.#tolerate(() => removeFile(join(this.#directory, checksum.hex)));
  }

  /** Removes notes about archives that are no longer there, and what processes left that were killed. */
  tidy(): void {
    this.#tolerate(() => this.#forgetTheGone());
  }

  #note(hex: string): { archive: Digest; origin: ContentOrigin } | undefined {
    return readNote(this.#tolerate(() => this.#text(hex)));
  }

  #text(hex: string): string | undefined {
    const path = join(this.#directory, hex);
    const status = HEX.test(hex) ? inspect(path) : undefined;
    return status?.kind === 'file' && status.size <= NOTE_BYTES ? readFile(path).toString('utf8') : undefined;
  }

  /** Archives go when there are too many of them, and notes about those say nothing. */
  #forgetTheGone(): void {
    if (!exists(this.#directory)) return;
    removeAbandoned(this.#directory);
    for (const { name } of listDirectory(this.#directory)) {
      const note = HEX.test(name) ? this.#note(name) : undefined;
      if (HEX.test(name) && (note === undefined || this.#downloads.get(note.archive) === undefined)) {
        removeFile(join(this.#directory, name));
      }
    }
  }

  /** Where it cannot be used it is as if nothing were in it; the cache of downloads, its neighbour, says why. */
  #tolerate<T>(attempt: () => T): T | undefined {
    try {
      return attempt();
    } catch {
      return undefined;
    }
  }
}

const HEX = /^[0-9a-f]{64}$/;
/** Longer than any note with an address that a server would understand. */
const NOTE_BYTES = 16_384;

function readNote(text: string | undefined): { archive: Digest; origin: ContentOrigin } | undefined {
  try {
    const { archive, type, url, ref, commit, registry }: Record<string, unknown> = JSON.parse(text ?? '{}');
    if (typeof archive !== 'string' || !HEX.test(archive) || typeof url !== 'string') return undefined;
    if (type !== 'git' && type !== 'archive') return undefined;
    if (!isWord(ref) || !isWord(commit) || !isWord(registry)) return undefined;
    return { archive: { algorithm: 'sha256', hex: archive }, origin: { type, url, ref, commit, registry } };
  } catch {
    return undefined;
  }
}

function isWord(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}
