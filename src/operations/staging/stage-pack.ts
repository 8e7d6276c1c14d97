import { AttuneError } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import { type Digest, formatDigest, sameDigest } from '../../packs/digest.ts';
import type { Provenance } from '../../packs/provenance.ts';
import { matchesDirectoryChecksum } from '../../packs/tree/checksum.ts';
import { fetchSource } from '../../sources/fetch-source.ts';
import type { FetchedSource, SourceRequest, SourceTools } from '../../sources/source.ts';
import type { StagingArea } from '../../store/staging.ts';
import type { Runtime } from '../runtime.ts';
import { cacheContent } from './cached-content.ts';
import { readStagedContent, type StagedContent } from './staged-content.ts';

/** A pack in staging whose content is what it was promised to be. */
export interface StagedPack extends StagedContent {
  readonly provenance: Provenance;
  readonly archiveChecksum: Digest | undefined;
}

export class ContentMismatch extends AttuneError {
  constructor(provenance: Provenance, expected: Digest, actual: Digest) {
    const at = provenance.commit ? `\n  commit:   ${provenance.commit}` : '';
    super(
      'INTEGRITY_CHECKSUM',
      `The files from ${provenance.mirror ?? provenance.url} do not have the expected checksum.${at}\n  expected: ${formatDigest(expected)}\n  actual:   ${formatDigest(actual)}`,
      {
        facts: {
          url: provenance.url,
          commit: provenance.commit,
          expected: formatDigest(expected),
          actual: formatDigest(actual),
        },
        hint: 'They are not what the checksum was made of. Do not install them; ask the publisher.',
      },
    );
  }
}

/** What was fetched is no pack, or not a right one. The error of who read it, told of what was asked for. */
export class UnusablePack extends AttuneError {
  /** @param staged where it was read: private, and gone when anybody could look there */
  constructor(why: AttuneError, staged: string, { mirror, url }: Provenance) {
    const told = (fact: unknown) => (typeof fact === 'string' ? fact.replaceAll(staged, () => mirror ?? url) : fact);
    super(why.code, told(why.message) as string, {
      facts: Object.fromEntries(Object.entries(why.facts).map(([name, fact]) => [name, told(fact)])),
      ...(why.hint === undefined ? {} : { hint: why.hint }),
      cause: why,
    });
  }
}

export interface StageOptions {
  /** It has to come from its publisher, also when it is here already. */
  readonly uncached?: boolean;
  /** The registry that promises it. */
  readonly registry?: string;
}

/**
 * Brings one pack into staging, checks its content against `expected` (an archive's is over its bytes, all else over its
 * files), and reads it.
 * @throws ContentMismatch, UnusablePack, and whatever fetching throws
 */
export async function stagePack(
  request: SourceRequest,
  expected: Digest | undefined,
  area: StagingArea,
  runtime: Runtime,
  { uncached = false, registry }: StageOptions = {},
): Promise<StagedPack> {
  const destination = area.newPath();
  const fetched = await fetchSource(request, destination, await sourceTools(area, runtime, uncached));
  const { provenance, archiveChecksum } = fetched;
  const { limits } = await runtime.config();
  const content = readFetched(destination, fetched, limits);
  if (expected !== undefined && provenance.type !== 'archive' && !isExpected(content, expected)) {
    throw new ContentMismatch(provenance, expected, content.fingerprint.checksum);
  }
  const staged = { ...content, provenance, archiveChecksum };
  if (!uncached) await cacheContent(staged, { registry, gitPack: fetched.kept }, area, runtime);
  return staged;
}

function readFetched(directory: string, { provenance, written }: FetchedSource, limits: Limits): StagedContent {
  try {
    return readStagedContent(directory, written, limits);
  } catch (error) {
    throw error instanceof AttuneError ? new UnusablePack(error, directory, provenance) : error;
  }
}

/** The files are read for it only where the checksum is another than ours, which may be in the other order. */
function isExpected({ pack, fingerprint: { checksum } }: StagedContent, expected: Digest): boolean {
  return sameDigest(checksum, expected) || matchesDirectoryChecksum(pack.tree, expected);
}

async function sourceTools(area: StagingArea, runtime: Runtime, uncached: boolean): Promise<SourceTools> {
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
