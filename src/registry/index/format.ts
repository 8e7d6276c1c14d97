import { COMPONENT_KINDS, type ComponentKind, type ManifestDependencies } from '../../packs/manifest/types.ts';
import type { SafeUrl } from '../../platform/safe-url.ts';

/** An index in format 1.0 (SPEC section 3). Older forms have already been converted. */
export interface Index {
  /** Empty if an older file has none. */
  readonly registryName: string;
  /** Empty if an older file has none. */
  readonly registryUrl: string;
  /** The version of the format. */
  readonly version: string;
  /** ISO 8601; the epoch if an older file has none. */
  readonly lastUpdated: string;
  /** The entries in file order; refs are unique. */
  readonly packs: readonly IndexEntry[];
}

/** The fields of an index other than its entries. */
export type IndexHeader = Omit<Index, 'packs'>;

/** One version of a pack and its sources. */
export interface IndexRelease {
  /** A semantic version. */
  readonly version: string;
  /** In the order in which they are tried. An entry has at least one; all sources of an earlier release may have unknown types. */
  readonly installSources: readonly IndexSource[];
  readonly runtimeDeps: readonly string[];
  readonly dependencies: ManifestDependencies;
  /** Why the version must no longer be chosen; `undefined` if it is not yanked. */
  readonly yanked: string | undefined;
  /** The time when the version was published, as written; it should be ISO 8601. */
  readonly publishedAt: string | undefined;
}

/** One pack: its current release and the earlier ones. */
export interface IndexedPack extends IndexRelease {
  readonly ref: string;
  readonly releases: readonly IndexRelease[];
}

/** One pack with its description. */
export interface IndexEntry extends IndexedPack {
  readonly label: string;
  readonly description: string;
  readonly author: string;
  readonly license: string;
  readonly keywords: readonly string[];
  readonly contents: Readonly<Record<ComponentKind, readonly IndexComponent[]>>;
  readonly useCase: string | undefined;
  readonly email: string | undefined;
  readonly homepage: string | undefined;
  readonly repository: string | undefined;
  readonly meta: Readonly<Record<string, unknown>>;
}

export interface IndexComponent {
  readonly name: string;
  readonly description: string;
}

/** A source of a pack. URLs are as written; `checksum` is `algorithm:hex`, and the algorithm may be too weak. */
export type IndexSource =
  | { readonly type: 'git'; readonly url: string; readonly ref: string; readonly checksum: string }
  | { readonly type: 'archive'; readonly url: string; readonly checksum: string };

/** Returns all releases of a pack: the entry itself, then its earlier releases. */
export function releasesOf(entry: IndexedPack): readonly IndexRelease[] {
  return [entry, ...entry.releases];
}

/** Checks whether the URL of a source is relative to the index. `https://...`, `git@host:path` and the like are absolute. */
export function isRelativeSource(url: string): boolean {
  return !/^[a-z][a-z0-9+.-]*:|^[^/]+@[^/]+:/i.test(url);
}

const NETWORK_SCHEMES = {
  git: ['https:', 'http:', 'ssh:', 'git+https:', 'git+http:', 'git+ssh:', 'ssh+git:'],
  archive: ['https:', 'http:'],
};

/**
 * Checks whether a source of an index that is read over a network cannot name a file of this machine. Its URL is parsed as
 * it is for fetching, which ignores spaces around it and line ends in it: ` file:///` is not a relative URL.
 */
export function isNetworkSource({ type, url }: IndexSource): boolean {
  const parsed = isRelativeSource(url) ? URL.parse(url, 'https://index.invalid/') : URL.parse(url);
  if (parsed === null) return type === 'git' && /^[^/\s:@]+@[^/\s:]+:/.test(url);
  return NETWORK_SCHEMES[type].includes(parsed.protocol);
}

/** Checks whether a source in a document has a type that is known here. Later versions of the format may add types. */
export function isKnownSourceType(type: unknown): type is IndexSource['type'] {
  return type === 'git' || type === 'archive';
}

/** Resolves the URL of a source if it is relative. */
export function absoluteSource(source: IndexSource, base: SafeUrl): IndexSource {
  if (!isRelativeSource(source.url)) return source;
  return { ...source, url: URL.parse(source.url, base.reveal())?.href ?? source.url };
}

/** The fields that the format defines for one kind of mapping. */
export interface FieldNames {
  readonly required: readonly string[];
  readonly optional: readonly string[];
  /** Optional extensions of attune, which other readers ignore. */
  readonly additive?: readonly string[];
}

const RELEASE = ['version', 'install_sources', 'runtime_deps'];

/** Every field of the format. */
export const INDEX_FIELDS = {
  index: { required: ['registry_name', 'registry_url', 'version', 'last_updated', 'packs'], optional: [] },
  entry: {
    required: ['ref', 'label', 'description', ...RELEASE, 'author', 'license', 'keywords', 'contents'],
    optional: ['use_case', 'email', 'homepage', 'repository', 'dependencies', 'meta'],
    additive: ['releases', 'yanked', 'published_at'],
  },
  release: { required: RELEASE, optional: ['dependencies', 'yanked', 'published_at'] },
  git: { required: ['type', 'url', 'ref', 'checksum'], optional: [] },
  archive: { required: ['type', 'url', 'checksum'], optional: [] },
  contents: { required: COMPONENT_KINDS, optional: [] },
  component: { required: ['name', 'description'], optional: [] },
  dependencies: { required: [], optional: ['attune_version', 'python_version', 'nodejs_version', 'packs'] },
} satisfies Readonly<Record<string, FieldNames>>;
