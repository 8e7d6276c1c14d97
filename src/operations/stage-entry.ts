import { AttuneError } from '../errors.ts';
import { type Digest, parseDigest } from '../packs/digest.ts';
import { withoutUserInfo } from '../platform/http.ts';
import type { IndexSource } from '../registry/index-format.ts';
import type { SourceRequest } from '../sources/source.ts';
import type { StagingArea } from '../store/staging.ts';
import type { Runtime } from './runtime.ts';
import { type StagedPack, stagePack } from './stage-pack.ts';

/** What an index says a pack is. */
export interface PromisedPack {
  readonly ref: string;
  readonly version: string;
  readonly registry: string;
  readonly sources: readonly IndexSource[];
}

export class NoSourceReachable extends AttuneError {
  constructor(promise: PromisedPack, failures: readonly AttuneError[]) {
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

export class NotWhatWasPromised extends AttuneError {
  constructor(promise: PromisedPack, actual: { ref: string; version: string }, url: string) {
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
 * @throws NoSourceReachable, NotWhatWasPromised, and what `stagePack` throws
 */
export async function stageEntry(
  promise: PromisedPack,
  allowWeak: boolean,
  area: StagingArea,
  runtime: Runtime,
): Promise<StagedPack> {
  const failures: AttuneError[] = [];
  for (const source of promise.sources) {
    const expected = parseDigest(source.checksum, { allowWeak });
    try {
      const staged = await stagePack(requestFor(source, expected), expected, area, runtime);
      confirmPromise(promise, staged, source.url);
      return staged;
    } catch (error) {
      if (!(error instanceof AttuneError) || !isUnreachable(error)) throw error;
      failures.push(error);
      if (failures.length < promise.sources.length) runtime.reporter.warn(`${error.message} Trying the next source.`);
    }
  }
  throw new NoSourceReachable(promise, failures);
}

function requestFor(source: IndexSource, expected: Digest): SourceRequest {
  return source.type === 'git'
    ? { kind: 'git', url: source.url, refSpec: source.ref }
    : { kind: 'archive', url: source.url, expected };
}

/** A mirror without this repository or this commit is as good as out of reach; content that is wrong never is. */
function isUnreachable({ family }: AttuneError): boolean {
  return family === 'NETWORK' || family === 'NOT_FOUND';
}

function confirmPromise(promise: PromisedPack, { pack }: StagedPack, url: string): void {
  const { ref, version } = pack.manifest;
  if (ref !== promise.ref || version !== promise.version)
    throw new NotWhatWasPromised(promise, { ref, version }, withoutUserInfo(url));
}
