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
 * An entry as it is written to an index (SPEC section 3). The keys are in the order of the public index; absent optional
 * fields have no key.
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

/** The dependencies of a pack, as written in an entry. */
export interface DependenciesDocument {
  readonly attune_version?: string;
  readonly python_version?: string;
  readonly nodejs_version?: string;
  readonly packs: readonly string[];
}

/**
 * Builds the entry of a pack from its manifest and components, with the precedence of SPEC section 7. The same pack
 * gives the same bytes, regardless of the order in which its manifest lists things.
 * @param identifiedLicense the license that the pack's license file has, if the manifest states none
 */
export function buildEntry(
  pack: Pack,
  sources: readonly [IndexSource, ...IndexSource[]],
  identifiedLicense?: string,
): EntryDocument {
  const { manifest } = pack;
  const { meta } = manifest;
  const isPresent = (field: string) => manifest.document[field] != null;
  return {
    ref: manifest.ref,
    label: firstNonBlank(manifest.document['label'], manifest.document['name']) ?? manifest.ref,
    description: manifest.description ?? '',
    version: manifest.version,
    author: firstNonBlank(manifest.author) ?? 'Unknown',
    license: firstNonBlank(manifest.license, meta['license'], identifiedLicense) ?? 'NOASSERTION',
    keywords: keywordsOf(manifest),
    runtime_deps: sortedUnique(manifest.runtimeDeps),
    install_sources: [...sources],
    contents: contentsOf(pack),
    ...optional('meta', isPresent('meta') ? toJson(meta) : undefined),
    ...optional('use_case', firstNonBlank(manifest.useCase, meta['use_case'])),
    ...optional('repository', firstNonBlank(manifest.repository, meta['repository_url'])),
    ...optional('email', firstNonBlank(manifest.email)),
    ...optional('homepage', firstNonBlank(manifest.homepage, meta['documentation_url'])),
    ...optional('dependencies', isPresent('dependencies') ? dependenciesDocument(manifest.dependencies) : undefined),
  };
}

/** Converts YAML values that JSON cannot represent (`.inf`, aliases) to what a reader of the index will see. */
function toJson(meta: Manifest['meta']): Manifest['meta'] {
  return JSON.parse(JSON.stringify(meta));
}

function keywordsOf({ keywords, meta, tags }: Manifest): string[] {
  const lists = [keywords, meta['keywords'] as Manifest['keywords'], tags].map((list) => sortedUnique(list ?? []));
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

function dependenciesDocument(dependencies: ManifestDependencies): DependenciesDocument {
  const { attuneVersion, pythonVersion, nodejsVersion, packs } = dependencies;
  return {
    ...optional('attune_version', firstNonBlank(attuneVersion)),
    ...optional('python_version', firstNonBlank(pythonVersion)),
    ...optional('nodejs_version', firstNonBlank(nodejsVersion)),
    packs: sortedUnique(packs),
  };
}

/** Returns the first string that is not blank. Authors often leave fields of a template empty. */
function firstNonBlank(...texts: readonly unknown[]): string | undefined {
  return texts.find((text): text is string => typeof text === 'string' && text.trim() !== '');
}

function sortedUnique(list: readonly string[]): string[] {
  const texts = list.map((text) => text.trim()).filter((text) => text !== '');
  return [...new Set(texts)].sort(compareCodePoints);
}

function optional<K extends string, T>(key: K, value: T | undefined): { readonly [key in K]?: T } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]: T });
}
