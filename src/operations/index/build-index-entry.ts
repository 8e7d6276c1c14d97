import { formatDigest } from '../../packs/digest.ts';
import { identifyLicense } from '../../packs/license/identify.ts';
import { readPack } from '../../packs/pack.ts';
import { directoryChecksum } from '../../packs/tree/checksum.ts';
import { realPath } from '../../platform/files/inspect.ts';
import { expandPath } from '../../platform/paths.ts';
import { buildEntry, type EntryDocument } from '../../registry/index/entry-document.ts';
import type { IndexSource } from '../../registry/index/format.ts';
import { buildArchiveSource } from './archive-source.ts';
import type { EntryRequest, EntryRuntime } from './entry-request.ts';
import { buildGitSource } from './git-source.ts';
import { unreachableReason } from './unreachable-source.ts';

export interface BuiltEntry {
  readonly entry: EntryDocument;
  /** The directory checksum, `sha256:...`, of the published files: those of the commit where it is available. */
  readonly contentChecksum: string;
  /** Warnings that were reported while the entry was built. */
  readonly warnings: readonly string[];
}

/**
 * Builds the index entry of a pack in a directory (SPEC section 7). The git source comes first, as in the public index.
 * @throws the errors of `readPack`, `buildGitSource` and `buildArchiveSource`
 */
export async function buildIndexEntry(request: EntryRequest, runtime: EntryRuntime): Promise<BuiltEntry> {
  const { limits } = await runtime.config();
  const before = runtime.reporter.warnings.length;
  const pack = readPack(realPath(expandPath(request.path, runtime.environment)), limits);
  const archive = await buildArchiveSource(request, pack, runtime);
  const git = await buildGitSource(request, pack, runtime);
  const sources = [git?.source, archive].filter((source) => source !== undefined) as Sources;
  warnAboutSources(sources, runtime);
  return {
    entry: buildEntry(pack, sources, identifyLicense(pack.tree)),
    contentChecksum: formatDigest(git?.files.checksum ?? directoryChecksum(pack.tree)),
    warnings: runtime.reporter.warnings.slice(before),
  };
}

/** Warns about sources that other machines probably cannot use. */
function warnAboutSources(sources: Sources, { reporter }: EntryRuntime): void {
  for (const { type, url } of sources) {
    const reason = unreachableReason(url);
    if (reason === undefined) continue;
    const what = type === 'git' ? 'git repository' : 'archive';
    reporter.warn(`Others may not be able to install the entry: the URL of its ${what}, ${url}, ${reason}.`);
  }
}

/** At least one source: without an archive, `buildGitSource` returns one or throws. */
type Sources = [IndexSource, ...IndexSource[]];
