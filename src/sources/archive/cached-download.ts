import { AttuneError } from '../../errors.ts';
import { type Digest, sameDigest } from '../../packs/digest.ts';
import { exists, readChunks } from '../../platform/files/read.ts';
import type { SafeUrl } from '../../platform/safe-url.ts';
import type { CachedArchive, DownloadCache } from '../cache/download-cache.ts';
import type { SourceTools } from '../source.ts';
import { type Download, type DownloadOptions, download } from './download.ts';
import { type SavedFile, saveCopy } from './hashed-file.ts';

/** An archive that came from the web, this time or, without a status, earlier. */
export type WebArchive = SavedFile & Pick<Download, 'url'> & Partial<Omit<Download, keyof SavedFile>>;

interface Wanted {
  readonly url: SafeUrl;
  /** What progress and messages call it. */
  readonly shown: string;
  readonly expected: Digest | undefined;
}

/**
 * Brings an archive from the web into scratch: from the cache when it has what is expected, which takes no connection at
 * all; or when nothing is expected and the server says that nothing has changed; else by downloading it.
 * @throws what `download` throws
 */
export async function bringFromWeb(wanted: Wanted, tools: SourceTools): Promise<WebArchive> {
  const { url, expected } = wanted;
  const { cache } = tools;
  const cached = expected && cache?.get(expected);
  const algorithm = expected?.algorithm;
  const known = expected === undefined ? cache?.recall(url) : undefined;
  return (
    (cached && takeOut(cached, wanted, tools)) ??
    (await fetchAnew(wanted, { algorithm, known }, tools)) ??
    // Only what is known can be unchanged.
    (known && takeOut(known, wanted, tools)) ??
    ((await fetchAnew(wanted, {}, tools)) as Download)
  );
}

async function fetchAnew(
  { url, shown }: Wanted,
  options: DownloadOptions,
  tools: SourceTools,
): Promise<Download | undefined> {
  using activity = tools.reporter.activity(`Downloading ${shown}`);
  return await download(url, { ...tools, activity }, options);
}

/** A copy of what is in the cache; `undefined` when it is gone, or not what it should be, and then it goes. */
function takeOut(archive: CachedArchive, wanted: Wanted, tools: SourceTools): WebArchive | undefined {
  const { cache, reporter } = tools;
  const saved = copyOf(archive, wanted, tools);
  const { expected = archive.sha256, url, shown } = wanted;
  if (saved && sameDigest(saved.sha256, archive.sha256) && sameDigest(saved.digest, expected)) {
    cache?.touch(archive);
    return { ...saved, url };
  }
  // Another process may have made room since it was looked up.
  if (!exists(archive.path)) return undefined;
  cache?.remove(archive.sha256);
  reporter.note(`What the cache has of ${shown} is damaged: it is downloaded anew.`);
  return undefined;
}

/** @returns `undefined` when it cannot be read */
function copyOf({ path, bytes }: CachedArchive, { url, shown, expected }: Wanted, tools: SourceTools) {
  using activity = tools.reporter.activity(`Reading ${shown} from the cache`);
  try {
    const what = `archive '${url}'`;
    return saveCopy(readChunks(path), what, bytes, { ...tools, activity }, expected?.algorithm);
  } catch (error) {
    if (error instanceof AttuneError && error.facts['path'] === path) return undefined;
    throw error;
  }
}

/** Keeps an archive that turned out to be one, for the next time. */
export function keepForNextTime(url: SafeUrl, archive: WebArchive, cache: DownloadCache | undefined): void {
  if (cache === undefined || archive.status === undefined) return;
  const { file, sha256, digest, etag, lastModified, unkept } = archive;
  cache.put(file, sha256, digest);
  if (!unkept) cache.remember(url, { sha256, etag, lastModified });
}
