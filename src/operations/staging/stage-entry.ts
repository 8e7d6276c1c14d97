import { redactVariables } from '../../config/variables.ts';
import { AttuneError } from '../../errors.ts';
import { type Digest, parseDigest } from '../../packs/digest.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import type { IndexSource } from '../../registry/index/format.ts';
import type { SourceRequest } from '../../sources/source.ts';
import type { StagingArea } from '../../store/staging.ts';
import type { Runtime } from '../runtime.ts';
import { restoreContent } from './cached-content.ts';
import { type StageOptions, stagePack } from './stage-pack.ts';
import type { StagedPack } from './staged-content.ts';

/** A version of a pack as an index lists it. */
export interface IndexedRelease {
  readonly ref: string;
  readonly version: string;
  readonly registry: string;
  readonly sources: readonly IndexSource[];
}

export class NoSourceReachable extends AttuneError {
  constructor({ ref, version, registry }: IndexedRelease, failures: readonly AttuneError[]) {
    const lines = failures.map(({ message }) => `  ${message}`);
    super('NETWORK_NO_SOURCE', [`No source of ${ref} ${version} can be reached:`, ...lines].join('\n'), {
      facts: { ref, version, registry, causes: failures.map(({ code, message }) => ({ code, message })) },
      hint: 'Check the network and the proxy (HTTPS_PROXY). Without internet access, configure a mirror of these URLs under pack_registry.mirrors in settings.yaml.',
      cause: failures[0],
    });
  }
}

/** The content of a source has another ref or version than its index entry. */
export class PackIdentityMismatch extends AttuneError {
  constructor(release: IndexedRelease, actual: { ref: string; version: string }, url: SafeUrl) {
    super(
      'INTEGRITY_IDENTITY',
      `The registry '${release.registry}' lists ${release.ref} ${release.version} at ${url}, but the pack there is ${actual.ref} ${actual.version}.`,
      {
        facts: { ...release, sources: undefined, actual },
        hint: "Report it to the registry's maintainers: the entry does not match its source.",
      },
    );
  }
}

/**
 * Stages a release of an index from the first of its sources that can be reached. Each source has its own checksum;
 * content that does not match is an error and no reason to try the next source.
 * @throws NoSourceReachable, PackIdentityMismatch, and what `stagePack` throws
 */
export async function stageEntry(
  release: IndexedRelease,
  allowWeak: boolean,
  area: StagingArea,
  runtime: Runtime,
  options: StageOptions = {},
): Promise<StagedPack> {
  const failures: AttuneError[] = [];
  const redact = await variableRedaction(runtime);
  for (const source of release.sources) {
    const expected = parseDigest(source.checksum, { allowWeak });
    try {
      const url = new SafeUrl(source.url, redact);
      const { registry, ref } = release;
      const staged =
        (await restoreGit(source, url, expected, area, runtime, options)) ??
        (await stagePack(requestFor(source, url, expected), expected, area, runtime, { ...options, registry, ref }));
      assertIdentity(release, staged, url);
      return staged;
    } catch (error) {
      if (!(error instanceof AttuneError) || !isUnreachable(error)) throw error;
      failures.push(error);
      if (failures.length < release.sources.length) {
        runtime.reporter.warn(`${error.message} Trying the next source.`, release.ref);
      }
    }
  }
  throw new NoSourceReachable(release, failures);
}

/** Restores the files of a commit from the cache. Their checksum identifies them regardless of the repository. */
async function restoreGit(
  source: IndexSource,
  url: SafeUrl,
  expected: Digest,
  area: StagingArea,
  runtime: Runtime,
  { uncached }: StageOptions,
): Promise<StagedPack | undefined> {
  if (source.type !== 'git' || expected.algorithm !== 'sha256' || uncached) return undefined;
  const { ref } = source;
  const commit = /^[0-9a-f]{40}$/.test(ref) ? ref : null;
  return restoreContent(expected, area, runtime, { type: 'git', url: String(url), mirror: undefined, ref, commit });
}

/**
 * Returns a function that redacts the values of variables in source URLs: a URL relative to the index's contains the
 * values of the variables that the user's configured index URL refers to.
 */
async function variableRedaction(runtime: Runtime): Promise<(text: string) => string> {
  const { registries } = await runtime.config();
  const templates = registries.indices.map(({ url }) => url).join(' ');
  return (text) => redactVariables(text, templates, runtime.environment.variables);
}

function requestFor(source: IndexSource, url: SafeUrl, expected: Digest): SourceRequest {
  return source.type === 'git' ? { kind: 'git', url, refSpec: source.ref } : { kind: 'archive', url, expected };
}

/** Returns true for network errors, and for a mirror that lacks the repository or commit; false for wrong content. */
function isUnreachable({ family }: AttuneError): boolean {
  return family === 'NETWORK' || family === 'NOT_FOUND';
}

function assertIdentity(release: IndexedRelease, { pack }: StagedPack, url: SafeUrl): void {
  const { ref, version } = pack.manifest;
  if (ref !== release.ref || version !== release.version) {
    throw new PackIdentityMismatch(release, { ref, version }, url);
  }
}
