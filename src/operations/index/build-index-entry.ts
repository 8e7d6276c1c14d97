import { formatDigest } from '../../packs/digest.ts';
import { readPack } from '../../packs/pack.ts';
import { directoryChecksum } from '../../packs/tree/checksum.ts';
import { realPath } from '../../platform/files/read.ts';
import { expandPath } from '../../platform/paths.ts';
import { buildEntry, type EntryDocument } from '../../registry/index/entry-document.ts';
import type { IndexSource } from '../../registry/index/format.ts';
import type { Runtime } from '../runtime.ts';
import { archiveSource } from './archive-source.ts';
import { gitSource } from './git-source.ts';

/** Which pack an entry is for and where it can be had, as it was typed. */
export interface EntryRequest {
  readonly path: string;
  readonly gitUrl: string | undefined;
  /** A tag, a branch or a commit; `v<version>` where it is left out. */
  readonly gitRef: string | undefined;
  readonly archiveUrl: string | undefined;
  readonly archiveFile: string | undefined;
  /** `algorithm:hex` */
  readonly archiveChecksum: string | undefined;
}

export interface BuiltEntry {
  readonly entry: EntryDocument;
  /** The directory checksum, `sha256:...`, of the pack's files as they are published: the commit's where it is known. */
  readonly contentChecksum: string;
  /** What the reporter was warned of on the way. */
  readonly warnings: readonly string[];
}

/**
 * The entry of a pack in a directory (SPEC section 7). Git comes first among its sources, as in the public index.
 * @throws what `gitSource` and `archiveSource` throw, and what reading a pack throws
 */
export async function buildIndexEntry(
  request: EntryRequest,
  runtime: Pick<Runtime, 'config' | 'environment' | 'http' | 'processes' | 'reporter'>,
): Promise<BuiltEntry> {
  const { limits } = await runtime.config();
  const before = runtime.reporter.warnings.length;
  const pack = readPack(realPath(expandPath(request.path, runtime.environment)), limits);
  const archive = await archiveSource(request, pack, runtime);
  const git = await gitSource(request, pack, runtime);
  return {
    entry: buildEntry(pack, [git?.source, archive].filter((source) => source !== undefined) as Sources),
    contentChecksum: formatDigest(git?.files.checksum ?? directoryChecksum(pack.tree)),
    warnings: runtime.reporter.warnings.slice(before),
  };
}

/** One of the two is there, or `gitSource` has thrown. */
type Sources = [IndexSource, ...IndexSource[]];
