import { AttuneError } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import { type Digest, formatDigest, sameDigest } from '../../packs/digest.ts';
import type { Provenance } from '../../packs/provenance.ts';
import { matchesDirectoryChecksum } from '../../packs/tree/checksum.ts';
import { reporterFor } from '../../platform/reporter.ts';
import { fetchSource } from '../../sources/fetch-source.ts';
import type { FetchedSource, SourceRequest, SourceTools } from '../../sources/source.ts';
import type { StagingArea } from '../../store/staging.ts';
import type { Runtime } from '../runtime.ts';
import { cacheContent } from './cached-content.ts';
import { readStagedContent, type StagedContent, type StagedPack } from './staged-content.ts';

export class ContentMismatch extends AttuneError {
  constructor(provenance: Provenance, expected: Digest, actual: Digest) {
    const commit = provenance.commit ? `\n  commit:   ${provenance.commit}` : '';
    super(
      'INTEGRITY_CHECKSUM',
      `The files from ${provenance.mirror ?? provenance.url} do not have the expected checksum.${commit}\n  expected: ${formatDigest(expected)}\n  actual:   ${formatDigest(actual)}`,
      {
        facts: {
          url: provenance.url,
          commit: provenance.commit,
          expected: formatDigest(expected),
          actual: formatDigest(actual),
        },
        hint: 'The checksum was computed from other files. Do not install them; contact the publisher.',
      },
    );
  }
}

/** The fetched content is not a valid pack. The error of reading it, with the requested source in place of the path. */
export class UnusablePack extends AttuneError {
  /** @param staged the staging directory, which is private and removed before the user could inspect it */
  constructor(reason: AttuneError, staged: string, { mirror, url }: Provenance) {
    const withSource = (text: string) => text.replaceAll(staged, () => mirror ?? url);
    const facts = Object.entries(reason.facts);
    super(reason.code, withSource(reason.message), {
      facts: Object.fromEntries(
        facts.map(([name, fact]) => [name, typeof fact === 'string' ? withSource(fact) : fact]),
      ),
      ...(reason.hint === undefined ? {} : { hint: reason.hint }),
      cause: reason,
    });
  }
}

export interface StageOptions {
  /** Downloads the content from its publisher even if it is cached, and does not cache it. */
  readonly uncached?: boolean;
  /** The registry that lists the pack. */
  readonly registry?: string;
  /** The ref of the pack if it is known before its content, for progress reports. */
  readonly ref?: string;
}

/**
 * Fetches a pack into staging, verifies its content and reads it.
 * @param expected for an archive a checksum of its bytes, otherwise of the files
 * @throws ContentMismatch, UnusablePack, and what `fetchSource` throws
 */
export async function stagePack(
  request: SourceRequest,
  expected: Digest | undefined,
  area: StagingArea,
  runtime: Runtime,
  { uncached = false, registry, ref }: StageOptions = {},
): Promise<StagedPack> {
  const destination = area.newPath();
  const tools = await sourceTools(area, runtime, uncached);
  const reporter = ref === undefined ? tools.reporter : reporterFor(ref, tools.reporter);
  const fetched = await fetchSource(request, destination, { ...tools, reporter });
  const { provenance, archiveChecksum } = fetched;
  const { limits } = await runtime.config();
  const content = readFetched(destination, fetched, limits);
  if (expected !== undefined && provenance.type !== 'archive' && !matches(content, expected)) {
    throw new ContentMismatch(provenance, expected, content.fingerprint.checksum);
  }
  const staged = { ...content, provenance, archiveChecksum };
  if (!uncached) await cacheContent(staged, { registry, packfile: fetched.packfile }, area, runtime);
  return staged;
}

function readFetched(directory: string, { provenance, written }: FetchedSource, limits: Limits): StagedContent {
  try {
    return readStagedContent(directory, written, limits);
  } catch (error) {
    throw error instanceof AttuneError ? new UnusablePack(error, directory, provenance) : error;
  }
}

/** Compares checksums; reads the files only if they differ, since `expected` may use the other order of the files. */
function matches({ pack, fingerprint: { checksum } }: StagedContent, expected: Digest): boolean {
  return sameDigest(checksum, expected) || matchesDirectoryChecksum(pack.tree, expected);
}

/** Returns the tools of a fetch. @param uncached leaves out what is cached */
export async function sourceTools(area: StagingArea, runtime: Runtime, uncached: boolean): Promise<SourceTools> {
  const { limits, registries } = await runtime.config();
  return {
    http: await runtime.http(),
    processes: runtime.processes,
    reporter: runtime.reporter,
    limits,
    mirrors: registries.mirrors,
    variables: runtime.environment.variables,
    scratch: area.newDirectory(),
    cache: uncached ? undefined : await runtime.downloads(),
    timeoutMs: registries.timeoutMs,
  };
}
