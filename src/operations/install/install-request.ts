import { AttuneError } from '../../errors.ts';
import { type Digest, parseDigest } from '../../packs/digest.ts';
import { parseReference, type Reference, type ReferenceOptions } from '../../packs/reference.ts';
import type { Environment } from '../../platform/environment.ts';
import { expandPath } from '../../platform/paths.ts';
import { SafeUrl } from '../../platform/safe-url.ts';
import type { SourceRequest } from '../../sources/source.ts';
import type { TestPolicy } from './test-gate.ts';

export interface InstallRequest extends TestPolicy {
  /** The SOURCE arguments as typed. */
  readonly sources: readonly string[];
  readonly refSpec: string | undefined;
  readonly type: ReferenceOptions['type'];
  readonly checksum: string | undefined;
  readonly allowWeakChecksum: boolean;
  /** The only registry to query. */
  readonly registry: string | undefined;
  /** False with `--no-registry`: no registry is queried, not even for dependencies. */
  readonly useRegistries: boolean;
  readonly force: boolean;
  readonly skipTests: boolean;
  /** Also prepares the environments with the packages that the packs require, for their tests and for later use. */
  readonly env?: boolean;
  readonly skipDependencies: boolean;
  readonly skipExisting: boolean;
  readonly dryRun: boolean;
  /** The number of packs that are fetched concurrently. */
  readonly jobs: number;
}

/** A parsed SOURCE argument. */
export type RequestedSource =
  | { readonly kind: 'source'; readonly request: SourceRequest; readonly expected: Digest | undefined }
  | { readonly kind: 'registry'; readonly ref: string; readonly range: string | undefined };

export class ContradictoryRequest extends AttuneError {
  constructor(message: string, hint: string) {
    super('USAGE', message, { hint });
  }
}

/**
 * Verifies that no pack is named twice.
 * @param argument the name of the arguments in the help
 * @throws ContradictoryRequest
 */
export function assertDistinct(refs: readonly string[], argument: 'SOURCE' | 'REF'): void {
  const duplicates = new Set(refs.filter((ref, index) => refs.indexOf(ref) !== index));
  if (duplicates.size === 0) return;
  const names = [...duplicates].map((ref) => `'${ref}'`).join(', ');
  throw new ContradictoryRequest(`More than one ${argument} refers to the pack ${names}.`, 'Name each pack once.');
}

/** Parses the SOURCE arguments of a request. @throws InvalidReference, InvalidChecksum, ContradictoryRequest */
export function parseInstallRequest(request: InstallRequest, environment: Environment): RequestedSource[] {
  const { refSpec, type, checksum, allowWeakChecksum, sources } = request;
  if (checksum !== undefined && sources.length > 1) {
    throw new ContradictoryRequest(
      '--checksum can be used with one SOURCE only.',
      'Install the packs one by one, or install them from a registry.',
    );
  }
  const expected = checksum === undefined ? undefined : parseDigest(checksum, { allowWeak: allowWeakChecksum });
  return sources.map((source) => {
    const reference = parseReference(source, { refSpec, type, windows: environment.windows });
    if (reference.kind === 'registry') return registryRequest(reference, request);
    return { kind: 'source', expected, request: sourceRequest(reference, expected, environment) };
  });
}

function registryRequest(
  reference: Extract<Reference, { kind: 'registry' }>,
  request: InstallRequest,
): RequestedSource {
  if (!request.useRegistries) {
    throw new ContradictoryRequest(
      `'${reference.ref}' refers to a registry, and --no-registry forbids the use of registries.`,
      'Remove --no-registry, or give a path or a URL.',
    );
  }
  if (request.checksum !== undefined) {
    throw new ContradictoryRequest(
      `--checksum cannot be used with '${reference.ref}': the registry provides its checksum.`,
      'Remove --checksum.',
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
      return { kind: 'git', url: absoluteUrl(reference.url, environment), refSpec: reference.refSpec };
    case 'archive':
      return { kind: 'archive', url: absoluteUrl(reference.url, environment), expected };
    case 'web':
      return { kind: 'web', url: new SafeUrl(reference.url), expected };
  }
}

/** Returns a URL or scp-like address unchanged, and the absolute path of anything else. */
function absoluteUrl(url: string, environment: Environment): SafeUrl {
  const isRemote = /^[a-z][a-z0-9+.-]+:\/\//i.test(url) || /^[^\s@/\\:]+@[^\s/\\]+:/.test(url);
  return new SafeUrl(isRemote ? url : expandPath(url, environment));
}

/** Formats a source for messages. */
export function formatSource(request: SourceRequest): string {
  if (request.kind === 'path') return request.path;
  return `${request.url} (${request.kind === 'web' ? 'git or archive' : request.kind})`;
}
