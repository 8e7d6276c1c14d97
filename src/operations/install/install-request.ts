import { AttuneError } from '../../errors.ts';
import type { Digest } from '../../packs/digest.ts';
import { parseDigest } from '../../packs/digest.ts';
import { parseReference, type Reference, type ReferenceOptions } from '../../packs/reference.ts';
import type { Environment } from '../../platform/environment.ts';
import { expandPath } from '../../platform/paths.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import type { SourceRequest } from '../../sources/source.ts';

export interface InstallRequest {
  /** SOURCE words, as they were typed. */
  readonly sources: readonly string[];
  readonly refSpec: string | undefined;
  readonly type: ReferenceOptions['type'];
  readonly checksum: string | undefined;
  readonly allowWeakChecksum: boolean;
  /** The only registry to ask. */
  readonly registry: string | undefined;
  readonly useRegistries: boolean;
  readonly force: boolean;
  readonly skipTests: boolean;
  /** Also brings together the packages that the packs' requirements name, for their tests and for later. */
  readonly env?: boolean;
  readonly skipDependencies: boolean;
  readonly skipExisting: boolean;
  readonly dryRun: boolean;
  /** How many packs are fetched at a time. */
  readonly jobs: number;
}

/** What one SOURCE asks for. */
export type Requested =
  | { readonly kind: 'source'; readonly request: SourceRequest; readonly expected: Digest | undefined }
  | { readonly kind: 'registry'; readonly ref: string; readonly range: string | undefined };

export class ContradictoryRequest extends AttuneError {
  constructor(message: string, hint: string) {
    super('USAGE', message, { hint });
  }
}

/** @throws InvalidReference, InvalidChecksum, ContradictoryRequest */
export function parseInstallRequest(request: InstallRequest, environment: Environment): Requested[] {
  const { refSpec, type, checksum, allowWeakChecksum, sources } = request;
  if (checksum !== undefined && sources.length > 1) {
    throw new ContradictoryRequest(
      '--checksum goes with one SOURCE only.',
      'Install them one by one, or take the packs from a registry.',
    );
  }
  const expected = checksum === undefined ? undefined : parseDigest(checksum, { allowWeak: allowWeakChecksum });
  return sources.map((word) => {
    const reference = parseReference(word, { refSpec, type, windows: environment.windows });
    if (reference.kind === 'registry') return registryRequest(reference, request);
    return { kind: 'source', expected, request: sourceRequest(reference, expected, environment) };
  });
}

function registryRequest(reference: Extract<Reference, { kind: 'registry' }>, request: InstallRequest): Requested {
  if (!request.useRegistries) {
    throw new ContradictoryRequest(
      `'${reference.ref}' is in a registry, and --no-registry forbids to ask one.`,
      'Leave out --no-registry, or name a path or a URL.',
    );
  }
  if (request.checksum !== undefined) {
    throw new ContradictoryRequest(
      `--checksum says nothing about '${reference.ref}': the registry has its own.`,
      'Leave out --checksum.',
    );
  }
  return reference;
}

function sourceRequest(
  reference: Exclude<Reference, { kind: 'registry' }>,
  expected: Digest | undefined,
  environment: Environment,
): SourceRequest {
  switch (reference.kind) {
    case 'path':
      return { kind: 'path', path: expandPath(reference.path, environment), expected };
    case 'git':
      return { kind: 'git', url: absolute(reference.url, environment), refSpec: reference.refSpec };
    case 'archive':
      return { kind: 'archive', url: absolute(reference.url, environment), expected };
    case 'web':
      return { kind: 'web', url: new SafeUrl(reference.url), expected };
  }
}

function absolute(url: string, environment: Environment): SafeUrl {
  const elsewhere = /^[a-z][a-z0-9+.-]+:\/\//i.test(url) || /^[^\s@/\\:]+@[^\s/\\]+:/.test(url);
  return new SafeUrl(elsewhere ? url : expandPath(url, environment));
}

/** A source as it may be printed. */
export function describeSource(request: SourceRequest): string {
  if (request.kind === 'path') return request.path;
  return `${request.url} (${request.kind === 'web' ? 'to be asked' : request.kind})`;
}
