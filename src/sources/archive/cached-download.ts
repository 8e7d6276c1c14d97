import { AttuneError } from '../../errors.ts';
import { type Digest, sameDigest } from '../../packs/digest.ts';
import { exists } from '../../platform/files/inspect.ts';
import { readChunks } from '../../platform/files/read.ts';
import type { SafeUrl } from '../../platform/safe-url.ts';
import type { CachedArchive, DownloadCache } from '../cache/download-cache.ts';
import type { SourceTools } from '../source.ts';
import { type Download, type DownloadOptions, download } from './download.ts';
import { type SavedFile, saveCopy } from './hashed-file.ts';

/** An archive in scratch. The properties of the response are present if it was downloaded by this process. */
export type SavedArchive = SavedFile & Pick<Download, 'url'> & Partial<Omit<Download, keyof SavedFile>>;

interface WebArchiveRequest {
  readonly url: SafeUrl;
  /** The name of the archive in progress and messages. */
  readonly shown: string;
  readonly expected: Digest | undefined;
}

/**
 * Saves an archive from a web URL in scratch. It is taken from the cache if the expected digest is cached, which needs no
 * connection, or if no digest is expected and the server confirms that the cached content is current. Otherwise it is
 * downloaded.
 * @throws the errors of `download`
 */
export async function fetchWebArchive(request: WebArchiveRequest, tools: SourceTools): Promise<SavedArchive> {
  const { url, expected } = request;
  const { cache } = tools;
  const cached = expected && cache?.get(expected);
  const algorithm = expected?.algorithm;
  const known = expected === undefined ? cache?.findByUrl(url) : undefined;
  return (
    (cached && copyFromCache(cached, request, tools)) ??
    (await downloadWithProgress(request, { algorithm, known }, tools)) ??
    // `undefined` means that the known content is current.
    (known && copyFromCache(known, request, tools)) ??
    ((await downloadWithProgress(request, {}, tools)) as Download)
  );
}

async function downloadWithProgress(
  { url, shown }: WebArchiveRequest,
  options: DownloadOptions,
  tools: SourceTools,
): Promise<Download | undefined> {
  using activity = tools.reporter.activity(`Downloading ${shown}`);
  return await download(url, { ...tools, activity }, options);
}

/** Copies an archive from the cache; returns `undefined` if it is gone or damaged. A damaged one is removed. */
function copyFromCache(
  archive: CachedArchive,
  request: WebArchiveRequest,
  tools: SourceTools,
): SavedArchive | undefined {
  const { cache, reporter } = tools;
  const saved = tryCopy(archive, request, tools);
  const { expected = archive.sha256, url, shown } = request;
  if (saved && sameDigest(saved.sha256, archive.sha256) && sameDigest(saved.digest, expected)) {
    cache?.touch(archive);
    return { ...saved, url };
  }
  // Another process may have evicted it in the meantime.
  if (!exists(archive.path)) return undefined;
  cache?.remove(archive.sha256);
  reporter.note(`The cached copy of ${shown} is damaged. Downloading it again.`);
  return undefined;
}

/** Copies an archive from the cache; returns `undefined` if it cannot be read. */
function tryCopy({ path, bytes }: CachedArchive, { url, shown, expected }: WebArchiveRequest, tools: SourceTools) {
  using activity = tools.reporter.activity(`Reading ${shown} from the cache`);
  try {
    return saveCopy(readChunks(path), `archive '${url}'`, bytes, { ...tools, activity }, expected?.algorithm);
  } catch (error) {
    if (error instanceof AttuneError && error.facts['path'] === path) return undefined;
    throw error;
  }
}

/** Stores a downloaded archive in the cache. Call it after the archive proved to be readable. */
export function cacheArchive(url: SafeUrl, archive: SavedArchive, cache: DownloadCache | undefined): void {
  if (cache === undefined || archive.status === undefined) return;
  const { file, sha256, digest, etag, lastModified, noStore } = archive;
  cache.put(file, sha256, digest);
  if (!noStore) cache.recordUrl(url, { sha256, etag, lastModified });
}
