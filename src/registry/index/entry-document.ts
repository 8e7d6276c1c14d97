import {
  COMPONENT_KINDS,
  type ComponentKind,
  type Manifest,
  type ManifestDependencies,
} from '../../packs/manifest/types.ts';
import type { Pack } from '../../packs/pack.ts';
import { compareCodePoints } from '../../packs/tree/order.ts';
import type { IndexComponent, IndexSource } from './format.ts';

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
  const given = (field: string) => manifest.document[field] != null;
  return {
    ref: manifest.ref,
    label: filled(manifest.document['label'], manifest.document['name']) ?? manifest.ref,
    description: manifest.description ?? '',
    version: manifest.version,
    author: filled(manifest.author) ?? 'Unknown',
    license: filled(manifest.license, meta['license']) ?? 'NOASSERTION',
    keywords: keywordsOf(manifest),
    runtime_deps: sortedSet(manifest.runtimeDeps),
    install_sources: [...sources],
    contents: contentsOf(pack),
    ...optional('meta', given('meta') ? asJson(meta) : undefined),
    ...optional('use_case', filled(manifest.useCase, meta['use_case'])),
    ...optional('repository', filled(manifest.repository, meta['repository_url'])),
    ...optional('email', filled(manifest.email)),
    ...optional('homepage', filled(manifest.homepage, meta['documentation_url'])),
    ...optional('dependencies', given('dependencies') ? needs(manifest.dependencies) : undefined),
  };
}

/** YAML knows what JSON does not (`.inf`, aliases): an entry is what a reader of the index will see. */
function asJson(meta: Manifest['meta']): Manifest['meta'] {
  return JSON.parse(JSON.stringify(meta));
}

function keywordsOf({ keywords, meta, tags }: Manifest): string[] {
  const lists = [keywords, meta['keywords'] as Manifest['keywords'], tags].map((list) => sortedSet(list ?? []));
  return lists.find((list) => list.length > 0) ?? [];
}

function contentsOf({ components }: Pack): EntryDocument['contents'] {
  const lists = COMPONENT_KINDS.map((kind) => [
    kind,
    components
      .filter((component) => component.kind === kind)
      .map(({ name, description }) => ({ name, description }))
      .sort((one, other) => compareCodePoints(one.name, other.name)),
  ]);
  return Object.fromEntries(lists) as Record<ComponentKind, IndexComponent[]>;
}

function needs({ attuneVersion, pythonVersion, nodejsVersion, packs }: ManifestDependencies): DependenciesDocument {
  return {
    ...optional('attune_version', filled(attuneVersion)),
    ...optional('python_version', filled(pythonVersion)),
    ...optional('nodejs_version', filled(nodejsVersion)),
    packs: sortedSet(packs),
  };
}

/** The first that says something: authors leave fields of a template empty. */
function filled(...texts: readonly unknown[]): string | undefined {
  return texts.find((text): text is string => typeof text === 'string' && text.trim() !== '');
}

function sortedSet(list: readonly string[]): string[] {
  const texts = list.map((text) => text.trim()).filter((text) => text !== '');
  return [...new Set(texts)].sort(compareCodePoints);
}

function optional<K extends string, T>(key: K, value: T | undefined): { readonly [key in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]: T });
}
