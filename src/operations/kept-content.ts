/**
 * Packs that were fetched once and need not be fetched again: an archive stays as it was downloaded, the files of a git
 * commit as a tar that is made of them, and both are found by the directory checksum of the pack in them. What comes out
 * goes through the same gate as what comes from anywhere, and its checksum decides whether it is what was kept.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { readArchive } from '../archives/read-archive.ts';
import { writeTree } from '../archives/write-tree.ts';
import { AttuneError } from '../errors.ts';
import { fingerprint } from '../packs/checksum.ts';
import { type Digest, formatDigest, sameDigest } from '../packs/digest.ts';
import { readPack } from '../packs/pack.ts';
import type { Provenance } from '../packs/provenance.ts';
import type { FileTree } from '../packs/tree.ts';
import { beginFlush } from '../platform/flush.ts';
import { NewFile } from '../platform/write-files.ts';
import { ContentCache, type ContentOrigin } from '../sources/content-cache.ts';
import type { StagingArea } from '../store/staging.ts';
import type { Runtime } from './runtime.ts';
import type { StagedPack } from './stage-pack.ts';

/** A pack out of the cache, and where it once came from. */
export interface RestoredPack extends StagedPack {
  readonly origin: ContentOrigin;
}

/** Keeps what a pack that was fetched consists of. Where that cannot be done, that is worth a note and nothing more. */
export async function keepContent(
  { pack, fingerprint: { checksum, bytes }, provenance, archiveChecksum }: StagedPack,
  registry: string | undefined,
  area: StagingArea,
  runtime: Runtime,
): Promise<void> {
  const { type } = provenance;
  const { downloads } = await runtime.config();
  if (type === 'directory' || bytes > downloads.cacheBytes) return;
  const cache = await contentCache(runtime);
  try {
    const archive = archiveChecksum ?? cache.find(checksum)?.archive.sha256 ?? (await packed(pack.tree, area, runtime));
    cache.keep(checksum, archive, { ...provenance, type, registry: registry ?? null });
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
  runtime: Runtime,
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

async function contentCache(runtime: Runtime): Promise<ContentCache> {
  return new ContentCache(join(runtime.paths.cache, 'contents'), await runtime.downloads());
}

/** Puts a tar of the files into the cache. @returns its SHA-256 */
async function packed(tree: FileTree, area: StagingArea, runtime: Runtime): Promise<Digest> {
  const { packTar } = await import('../archives/write-tar.ts');
  const path = join(area.newDirectory(), 'content.tar');
  const hash = createHash('sha256');
  const file = new NewFile(path);
  try {
    for await (const chunk of packTar(tree)) {
      hash.update(chunk);
      file.write(chunk);
    }
  } finally {
    file.close();
  }
  const sha256: Digest = { algorithm: 'sha256', hex: hash.digest('hex') };
  (await runtime.downloads()).put(path, sha256);
  return sha256;
}

/** Its bytes are not looked at twice: the files that come out are, and they are what is used. */
async function unpacked(
  file: string,
  checksum: Digest,
  area: StagingArea,
  runtime: Runtime,
): Promise<Pick<StagedPack, 'pack' | 'fingerprint'> | undefined> {
  const { limits } = await runtime.config();
  const destination = area.newPath();
  try {
    using sink = writeTree(destination);
    await readArchive({ file, what: 'what the cache has', limits }, sink);
    const pack = readPack(destination, limits);
    const prints = fingerprint(pack.tree);
    if (!sameDigest(prints.checksum, checksum)) return undefined;
    beginFlush(pack.root, pack.tree.files.length);
    return { pack, fingerprint: prints };
  } catch (error) {
    if (!(error instanceof AttuneError)) throw error;
    // What cannot be read there is no better than what is wrong; what cannot be written here is another matter.
    if (error.family === 'INVALID' || error.facts['path'] === file) return undefined;
    throw error;
  }
}
