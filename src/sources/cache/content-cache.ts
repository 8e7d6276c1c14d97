/**
 * Packs by the directory checksum of their files. Locks identify packs by this checksum alone, and content from git is not
 * an archive that the download cache could store by itself.
 *
 *     <hex>   { archive, type, url, ref, commit, registry }: the archive in the download cache that contains these files,
 *             and their provenance, as the store records it for a pack
 *
 * Like the download cache, it is not trusted: callers compute the checksum of everything that they take from it.
 */
import { join } from 'node:path';
import type { Digest } from '../../packs/digest.ts';
import type { Provenance } from '../../packs/provenance.ts';
import { removeFile } from '../../platform/files/entries.ts';
import { exists, inspect, listDirectory } from '../../platform/files/inspect.ts';
import { removeStaleTemporaryFiles, writePrivateFile } from '../../platform/files/private-files.ts';
import { readFile } from '../../platform/files/read.ts';
import type { CachedArchive, DownloadCache } from './download-cache.ts';
import { SHA256_HEX } from './url-record.ts';

/** The provenance of cached content. The mirror is omitted, since it belongs to a single download. */
export interface ContentOrigin extends Omit<Provenance, 'type' | 'mirror'> {
  readonly type: 'git' | 'archive';
  /** The registry that listed the pack; `null` if the user gave its URL. */
  readonly registry: string | null;
}

/** An archive in the download cache, and the provenance of its files. */
export interface CachedContent {
  readonly archive: CachedArchive;
  readonly origin: ContentOrigin;
}

interface ContentRecord {
  readonly archive: Digest;
  readonly origin: ContentOrigin;
}

/** Larger than any record with a URL that a server would accept. */
const MAX_RECORD_BYTES = 16_384;

export class ContentCache {
  readonly #directory: string;
  readonly #downloads: DownloadCache;

  /** @param directory need not exist */
  constructor(directory: string, downloads: DownloadCache) {
    this.#directory = directory;
    this.#downloads = downloads;
  }

  /** Returns the archive that is recorded for the files with this checksum. */
  find(checksum: Digest): CachedContent | undefined {
    const record = this.#readRecord(checksum.hex);
    const archive = record && this.#downloads.get(record.archive);
    return archive && { archive, origin: record.origin };
  }

  /** Records the content of an archive in the download cache. An archive that is not in that cache is ignored. */
  record(checksum: Digest, archive: Digest, origin: ContentOrigin): void {
    if (this.#downloads.get(archive) === undefined) return;
    const { type, url, ref, commit, registry } = origin;
    const text = `${JSON.stringify({ archive: archive.hex, type, url, ref, commit, registry })}\n`;
    ignoreErrors(() => {
      if (this.#readText(checksum.hex) === text) return;
      writePrivateFile(join(this.#directory, checksum.hex), text);
      this.#removeDanglingRecords();
    });
  }

  /** Removes an archive whose content does not have the recorded checksum, and its record. */
  discard(checksum: Digest, { archive }: CachedContent): void {
    this.#downloads.remove(archive.sha256);
    ignoreErrors(() => removeFile(join(this.#directory, checksum.hex)));
  }

  /** Removes records of archives that no longer exist, and temporary files of processes that were killed. */
  tidy(): void {
    ignoreErrors(() => this.#removeDanglingRecords());
  }

  #readRecord(hex: string): ContentRecord | undefined {
    return parseRecord(ignoreErrors(() => this.#readText(hex)));
  }

  #readText(hex: string): string | undefined {
    const path = join(this.#directory, hex);
    const status = SHA256_HEX.test(hex) ? inspect(path) : undefined;
    return status?.kind === 'file' && status.size <= MAX_RECORD_BYTES ? readFile(path).toString('utf8') : undefined;
  }

  #removeDanglingRecords(): void {
    if (!exists(this.#directory)) return;
    removeStaleTemporaryFiles(this.#directory);
    for (const { name } of listDirectory(this.#directory)) {
      if (!SHA256_HEX.test(name)) continue;
      const record = this.#readRecord(name);
      if (record === undefined || this.#downloads.get(record.archive) === undefined) {
        removeFile(join(this.#directory, name));
      }
    }
  }
}

/** Returns `undefined` on errors: an unusable cache counts as empty, and the download cache in the same directory reports why. */
function ignoreErrors<T>(attempt: () => T): T | undefined {
  try {
    return attempt();
  } catch {
    return undefined;
  }
}

function parseRecord(text: string | undefined): ContentRecord | undefined {
  try {
    const { archive, type, url, ref, commit, registry }: Record<string, unknown> = JSON.parse(text ?? '{}');
    if (typeof archive !== 'string' || !SHA256_HEX.test(archive) || typeof url !== 'string') return undefined;
    if (type !== 'git' && type !== 'archive') return undefined;
    if (!isStringOrNull(ref) || !isStringOrNull(commit) || !isStringOrNull(registry)) return undefined;
    return { archive: { algorithm: 'sha256', hex: archive }, origin: { type, url, ref, commit, registry } };
  } catch {
    return undefined;
  }
}

function isStringOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}
