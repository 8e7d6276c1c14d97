import { COMPONENT_KINDS, type ComponentKind, type Manifest, type ManifestDependencies } from '../packs/manifest-types.ts';
import { compareCodePoints } from '../packs/order.ts';
import type { Pack } from '../packs/pack.ts';
import type { IndexComponent, IndexSource } from './index-format.ts';

/**
 * An entry as an index holds it (SPEC section 3). The keys are in the order in which attune writes them, which is that
 * of the public index; what is optional and absent is no key at all.
 */
export interface EntryDocument {
  readonly ref: string;
  readonly label: string;
  readonly description: string;
  readonly version: string;
  readonly author: string;
  readonly license: string;
  readonly keywords: readonly string[];
  readonly runtime_deps: readonly string[];
  readonly install_sources: readonly [IndexSource, ...IndexSource[]];
  readonly contents: Readonly<Record<ComponentKind, readonly IndexComponent[]>>;
  readonly meta?: Readonly<Record<string, unknown>>;
  readonly use_case?: string;
  readonly repository?: string;
  readonly email?: string;
  readonly homepage?: string;
  readonly dependencies?: DependenciesDocument;
}

/** What a pack needs, in an entry. */
export interface DependenciesDocument {
  readonly attune_version?: string;
  readonly python_version?: string;
  readonly nodejs_version?: string;
  readonly packs: readonly string[];
}

/**
 * The entry of a pack, from its manifest and its components by the precedence of SPEC section 7. The same pack gives
 * the same bytes, whatever order its author wrote things in.
 */
export function buildEntry(pack: Pack, sources: readonly [IndexSource, ...IndexSource[]]): EntryDocument {
  const { manifest } = pack;
  const { meta } = manifest;
  return {
    ref: manifest.ref,
    label: filled(manifest.document['label'], manifest.document['name']) ?? manifest.ref,
    description: manifest.description?.trim() ?? '',
    version: manifest.version,
    author: filled(manifest.author) ?? 'Unknown',
    license: filled(manifest.license, meta['license']) ?? 'NOASSERTION',
    keywords: keywordsOf(manifest),
    runtime_deps: sortedSet(manifest.runtimeDeps),
    install_sources: [...sources],
    contents: contentsOf(pack),
    ...optional('meta', manifest.document['meta'] == null ? undefined : meta),
    ...optional('use_case', filled(manifest.useCase, meta['use_case'])),
    ...optional('repository', filled(manifest.repository, meta['repository_url'])),
    ...optional('email', filled(manifest.email)),
    ...optional('homepage', filled(manifest.homepage, meta['documentation_url'])),
    ...optional('dependencies', manifest.document['dependencies'] == null ? undefined : needs(manifest.dependencies)),
  };
}
