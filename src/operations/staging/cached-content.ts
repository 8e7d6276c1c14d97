/**
 * Caches the content of fetched packs by their directory checksum. An archive is cached as downloaded, and a commit as
 * the packfile that the git server sent; the files of a commit from a local repository, or of one fetched with its
 * history, are cached as a tar. Restored content passes the same checks as content from any source, and its checksum is
 * computed again.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readArchive } from '../../archives/read-archive.ts';
import { writeTree } from '../../archives/write-tree.ts';
import type { Config } from '../../config/types.ts';
import { AttuneError } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import { type Digest, formatDigest, sameDigest } from '../../packs/digest.ts';
import type { Provenance } from '../../packs/provenance.ts';
import type { FileTree } from '../../packs/tree/tree.ts';
import { removeFile } from '../../platform/files/entries.ts';
import { readChunks } from '../../platform/files/read.ts';
import { NewFile } from '../../platform/files/write.ts';
import type { Paths } from '../../platform/paths.ts';
import type { Reporter } from '../../platform/reporter.ts';
import { ContentCache, type ContentOrigin } from '../../sources/cache/content-cache.ts';
import { isPackfile, unpackCachedPackfile } from '../../sources/git/unpack-cached.ts';
import type { WrittenPack } from '../../sources/source.ts';
import type { StagingArea } from '../../store/staging.ts';
import type { Runtime } from '../runtime.ts';
import { readStagedContent, type StagedContent, type StagedPack } from './staged-content.ts';

/** A pack restored from the cache, with the origin that was recorded when it was cached. */
export interface RestoredPack extends StagedPack {
  readonly origin: ContentOrigin;
}

interface CacheRuntime extends Pick<Runtime, 'downloads'> {
  readonly paths: Pick<Paths, 'cache'>;
  readonly reporter: Pick<Reporter, 'note'>;
  config(): Promise<Pick<Config, 'downloads' | 'limits'>>;
}

interface FetchDetails {
  /** The registry that lists the pack. */
  readonly registry: string | undefined;
  /** The packfile that the git server sent, in scratch; it is removed once it is cached. */
  readonly packfile: string | undefined;
}

/** Caches the content of a fetched pack. A failure is only noted. */
export async function cacheContent(
  { pack, fingerprint: { checksum, bytes }, provenance, archiveChecksum }: StagedPack,
  { registry, packfile }: FetchDetails,
  area: StagingArea,
  runtime: CacheRuntime,
): Promise<void> {
  const { type } = provenance;
  const { downloads } = await runtime.config();
  if (type === 'directory' || bytes > downloads.cacheBytes) return;
  const cache = await contentCache(runtime);
  try {
    // A server hardly ever sends the same packfile twice for a commit, so a cached archive of these files is reused.
    const known = archiveChecksum ?? cache.find(checksum)?.archive.sha256;
    const archive = known ?? (await cacheFile(packfile ?? (await createTar(pack.tree, area)), runtime));
    cache.record(checksum, archive, { ...provenance, type, registry: registry ?? null });
    if (packfile !== undefined) removeFile(packfile);
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    runtime.reporter.note(`The files of ${pack.manifest.ref} were not cached. ${error.message}`);
  }
}

/**
 * Restores a cached pack into staging.
 * @param checksum of the directory
 * @param provenance recorded in place of the cached origin
 * @returns `undefined` if the pack is not cached, or the cached content is damaged
 */
export async function restoreContent(
  checksum: Digest,
  area: StagingArea,
  runtime: CacheRuntime,
  provenance?: Provenance,
): Promise<RestoredPack | undefined> {
  const cache = await contentCache(runtime);
  const cached = cache.find(checksum);
  if (cached === undefined) return undefined;
  const { archive, origin } = cached;
  const staged = await unpackVerified(archive.path, checksum, area, runtime);
  if (staged === undefined) {
    cache.discard(checksum, cached);
    runtime.reporter.note(`The cached content of ${formatDigest(checksum)} is damaged and will be downloaded again.`);
    return undefined;
  }
  (await runtime.downloads()).touch(archive);
  const { type, url, ref, commit } = origin;
  return {
    ...staged,
    provenance: provenance ?? { type, url, ref, commit, mirror: undefined },
    archiveChecksum: (provenance?.type ?? type) === 'archive' ? archive.sha256 : undefined,
    origin,
  };
}

async function contentCache(runtime: CacheRuntime): Promise<ContentCache> {
  return new ContentCache(join(runtime.paths.cache, 'contents'), await runtime.downloads());
}

/** Writes the files to a tar in scratch. @returns its path */
async function createTar(tree: FileTree, area: StagingArea): Promise<string> {
  const { packTar } = await import('../../archives/tar/write-tar.ts');
  const path = join(area.newDirectory(), 'content.tar');
  const file = new NewFile(path);
  try {
    for await (const chunk of packTar(tree)) file.write(chunk);
  } finally {
    file.close();
  }
  return path;
}

/** Copies a file into the download cache. @returns its SHA-256 */
async function cacheFile(file: string, runtime: CacheRuntime): Promise<Digest> {
  const hash = createHash('sha256');
  for (const chunk of readChunks(file)) hash.update(chunk);
  const sha256: Digest = { algorithm: 'sha256', hex: hash.digest('hex') };
  (await runtime.downloads()).put(file, sha256);
  return sha256;
}

/**
 * Unpacks a cached file. Verifies the checksum of the extracted files instead of the file's own.
 * @returns `undefined` if the file is unreadable or has other content
 */
async function unpackVerified(
  file: string,
  checksum: Digest,
  area: StagingArea,
  runtime: CacheRuntime,
): Promise<StagedContent | undefined> {
  const { limits } = await runtime.config();
  const destination = area.newPath();
  try {
    const written = await unpack(file, destination, limits, area);
    const content = readStagedContent(destination, written, limits);
    return sameDigest(content.fingerprint.checksum, checksum) ? content : undefined;
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    // A cached file that cannot be read counts as damaged; an error of writing to staging does not.
    if (error.family === 'INVALID' || error.facts['path'] === file) return undefined;
    throw error;
  }
}

async function unpack(
  file: string,
  destination: string,
  limits: Limits,
  area: StagingArea,
): Promise<WrittenPack | undefined> {
  if (isPackfile(file)) return unpackCachedPackfile(file, destination, { limits, scratch: area.newDirectory() });
  using sink = writeTree(destination);
  await readArchive({ file, label: 'the cached archive', limits }, sink);
  return undefined;
}
