import { redactVariables } from '../../config/variables.ts';
import { AttuneError } from '../../errors.ts';
import { type Digest, parseDigest } from '../../packs/digest.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import type { IndexSource } from '../../registry/index/format.ts';
import type { SourceRequest } from '../../sources/source.ts';
import type { StagingArea } from '../../store/staging.ts';
import type { Runtime } from '../runtime.ts';
import { restoreContent } from './cached-content.ts';
import { type StagedPack, type StageOptions, stagePack } from './stage-pack.ts';

/** What an index says a pack is. */
export interface IndexedRelease {
  readonly ref: string;
  readonly version: string;
  readonly registry: string;
  readonly sources: readonly IndexSource[];
}

export class NoSourceReachable extends AttuneError {
  constructor(promise: IndexedRelease, failures: readonly AttuneError[]) {
    const lines = failures.map(({ message }) => `  ${message}`);
    super(
      'NETWORK_NO_SOURCE',
      [`No source of ${promise.ref} ${promise.version} can be reached:`, ...lines].join('\n'),
      {
        facts: {
          ref: promise.ref,
          version: promise.version,
          registry: promise.registry,
          causes: failures.map(({ code, message }) => ({ code, message })),
        },
        hint: 'Check the network and any proxy (HTTPS_PROXY); behind an air gap, name a mirror of these addresses under pack_registry.mirrors in config.yaml.',
        cause: failures[0],
      },
    );
  }
}

export class PackIdentityMismatch extends AttuneError {
  constructor(promise: IndexedRelease, actual: { ref: string; version: string }, url: SafeUrl) {
    super(
      'INTEGRITY_IDENTITY',
      `The registry '${promise.registry}' promises ${promise.ref} ${promise.version} at ${url}, and what is there calls itself ${actual.ref} ${actual.version}.`,
      {
        facts: { ...promise, sources: undefined, actual },
        hint: "Tell the registry's maintainers: the entry and its source do not belong together.",
      },
    );
  }
}

/**
 * Tries the sources of an entry in their order. One that cannot be reached is passed over for the next, with its own
 * checksum; one whose content is wrong stops everything.
 * @throws NoSourceReachable, PackIdentityMismatch, and what `stagePack` throws
 */
export async function stageEntry(
  promise: IndexedRelease,
  allowWeak: boolean,
  area: StagingArea,
  runtime: Runtime,
  options: StageOptions = {},
): Promise<StagedPack> {
  const failures: AttuneError[] = [];
  const hide = await hidingVariables(runtime);
  for (const source of promise.sources) {
    const expected = parseDigest(source.checksum, { allowWeak });
    try {
      const url = new SafeUrl(source.url, hide);
      const { registry } = promise;
      const staged =
        (await restoreGit(source, url, expected, area, runtime, options)) ??
        (await stagePack(requestFor(source, url, expected), expected, area, runtime, { ...options, registry }));
      confirmPromise(promise, staged, url);
      return staged;
    } catch (error) {
      if (!(error instanceof AttuneError) || !isUnreachable(error)) throw error;
      failures.push(error);
      if (failures.length < promise.sources.length) runtime.reporter.warn(`${error.message} Trying the next source.`);
    }
  }
  throw new NoSourceReachable(promise, failures);
}

/** The files of a commit that was fetched before: like an archive's, they are the same wherever they are. */
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

/** A URL that is relative to the index's begins with what the user's variables stand for in that. */
async function hidingVariables(runtime: Runtime): Promise<(text: string) => string> {
  const { registries } = await runtime.config();
  const templates = registries.indices.map(({ url }) => url).join(' ');
  return (text) => redactVariables(text, templates, runtime.environment.variables);
}

function requestFor(source: IndexSource, url: SafeUrl, expected: Digest): SourceRequest {
  return source.type === 'git' ? { kind: 'git', url, refSpec: source.ref } : { kind: 'archive', url, expected };
}

/** A mirror without this repository or this commit is as good as out of reach; content that is wrong never is. */
function isUnreachable({ family }: AttuneError): boolean {
  return family === 'NETWORK' || family === 'NOT_FOUND';
}

function confirmPromise(promise: IndexedRelease, { pack }: StagedPack, url: SafeUrl): void {
  const { ref, version } = pack.manifest;
  if (ref !== promise.ref || version !== promise.version)
    throw new PackIdentityMismatch(promise, { ref, version }, url);
}
