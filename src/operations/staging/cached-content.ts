/**
 * Packs that were fetched once and need not be fetched again: an archive stays as it was downloaded, and so does what a
 * git server sent of one commit; the files of a local repository's commit, or of one that came with its history, are kept
 * as a tar. All are found by the directory checksum of the pack in them. What comes out goes through the same gate as what comes from anywhere, and its checksum decides whether it is what was kept.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readArchive } from '../../archives/read-archive.ts';
import { writeTree } from '../../archives/write-tree.ts';
import type { Config } from '../../config/config.ts';
import { AttuneError } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import { type Digest, formatDigest, sameDigest } from '../../packs/digest.ts';
import type { Provenance } from '../../packs/provenance.ts';
import type { FileTree } from '../../packs/tree/tree.ts';
import { readChunks, removeFile } from '../../platform/files/read.ts';
import { NewFile } from '../../platform/files/write.ts';
import type { Paths } from '../../platform/paths.ts';
import type { Reporter } from '../../platform/reporter.ts';
import { ContentCache, type ContentOrigin } from '../../sources/cache/content-cache.ts';
import { isPackfile, unpackCachedPackfile } from '../../sources/git/unpack-cached.ts';
import type { WrittenPack } from '../../sources/source.ts';
import type { StagingArea } from '../../store/staging.ts';
import type { Runtime } from '../runtime.ts';
import type { StagedPack } from './stage-pack.ts';
import { readStagedContent, type StagedContent } from './staged-content.ts';

/** A pack out of the cache, and where it once came from. */
export interface RestoredPack extends StagedPack {
  readonly origin: ContentOrigin;
}

interface CacheRuntime extends Pick<Runtime, 'downloads'> {
  readonly paths: Pick<Paths, 'cache'>;
  readonly reporter: Pick<Reporter, 'note'>;
  config(): Promise<Pick<Config, 'downloads' | 'limits'>>;
}

/** How a pack came. */
interface Arrival {
  /** The registry that promised it. */
  readonly registry: string | undefined;
  /** What a git server sent, in scratch; it is gone afterwards. */
  readonly gitPack: string | undefined;
}

/** Keeps what a pack that was fetched consists of. Where that cannot be done, that is worth a note and nothing more. */
export async function cacheContent(
  { pack, fingerprint: { checksum, bytes }, provenance, archiveChecksum }: StagedPack,
  { registry, gitPack }: Arrival,
  area: StagingArea,
  runtime: CacheRuntime,
): Promise<void> {
  const { type } = provenance;
  const { downloads } = await runtime.config();
  if (type === 'directory' || bytes > downloads.cacheBytes) return;
  const cache = await contentCache(runtime);
  try {
    // Of the same commit a server hardly ever sends the same pack twice.
    const known = archiveChecksum ?? cache.find(checksum)?.archive.sha256;
    const archive = known ?? (await putAway(gitPack ?? (await packed(pack.tree, area)), runtime));
    cache.keep(checksum, archive, { ...provenance, type, registry: registry ?? null });
    if (gitPack !== undefined) removeFile(gitPack);
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    runtime.reporter.note(`The files of ${pack.manifest.ref} are not kept for the next time. ${error.message}`);
  }
}

/**
 * Brings a pack into staging that was kept.
 * @param checksum of the directory
 * @param provenance what to record in place of what was noted when it was kept
 * @returns `undefined` where it was not, or is no longer what it was
 */
export async function restoreContent(
  checksum: Digest,
  area: StagingArea,
  runtime: CacheRuntime,
  provenance?: Provenance,
): Promise<RestoredPack | undefined> {
  const cache = await contentCache(runtime);
  const kept = cache.find(checksum);
  if (kept === undefined) return undefined;
  const { archive, origin } = kept;
  const staged = await unpacked(archive.path, checksum, area, runtime);
  if (staged === undefined) {
    cache.drop(checksum, kept);
    runtime.reporter.note(`What the cache has of ${formatDigest(checksum)} is damaged: it is fetched anew.`);
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

/** @returns a tar of the files, in scratch */
async function packed(tree: FileTree, area: StagingArea): Promise<string> {
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

/** Puts a copy of a file into the cache. @returns its SHA-256 */
async function putAway(file: string, runtime: CacheRuntime): Promise<Digest> {
  const hash = createHash('sha256');
  for (const chunk of readChunks(file)) hash.update(chunk);
  const sha256: Digest = { algorithm: 'sha256', hex: hash.digest('hex') };
  (await runtime.downloads()).put(file, sha256);
  return sha256;
}

/** Its bytes are not looked at twice: the files that come out are, and they are what is used. */
async function unpacked(
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
    // What cannot be read there is no better than what is wrong; what cannot be written here is another matter.
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
  await readArchive({ file, what: 'what the cache has', limits }, sink);
  return undefined;
}
