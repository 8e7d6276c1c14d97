import { reasonOf } from '../../errors.ts';
import { parseDigest } from '../../packs/digest.ts';
import { COMPONENT_KINDS, type ComponentKind, type ManifestDependencies } from '../../packs/manifest/types.ts';
import { isSemanticVersion } from '../../packs/pack-ref.ts';
import type { Fields } from './fields.ts';
import type { SourceOwner } from './findings.ts';
import {
  INDEX_FIELDS,
  type IndexComponent,
  type IndexEntry,
  type IndexRelease,
  type IndexSource,
  isKnownSourceType,
} from './format.ts';

/** Reads the fields that an entry and its earlier releases have in common. */
export function readRelease(fields: Fields, ref: string, isEntry = true): IndexRelease {
  if (!fields.has('runtime_deps')) fields.olderForm("no 'runtime_deps'", ref);
  const version = readVersion(fields);
  const release = {
    version,
    installSources: readSources(fields, { ref, version }, isEntry),
    runtimeDeps: fields.optionalStrings('runtime_deps') ?? [],
    dependencies: readDependencies(fields),
    yanked: fields.optionalString('yanked'),
    publishedAt: fields.optionalString('published_at'),
  };
  fields.inspector.release?.(fields);
  return release;
}

export function readReleases(fields: Fields, ref: string, current: string): readonly IndexRelease[] {
  const seen = new Set([current]);
  const releases = fields.optionalMappings('releases') ?? [];
  return releases.map((release) => {
    release.inspector.names?.(release, INDEX_FIELDS.release);
    const read = readRelease(release, ref, false);
    if (seen.has(read.version))
      release.problem('duplicate-version', ['version'], `version ${read.version} is already listed`);
    else if (read.version !== '') seen.add(read.version);
    release.inspector.earlierRelease?.(release, read, current);
    return read;
  });
}

function readVersion(fields: Fields): string {
  const version = fields.string('version');
  if (isSemanticVersion(version)) return version;
  if (fields.raw('version') === version)
    fields.problem('invalid-version', ['version'], `'${version}' is not a semantic version such as 1.2.0`);
  return '';
}

function readSources(fields: Fields, owner: SourceOwner, isEntry: boolean): IndexSource[] {
  const sources = fields.list('install_sources');
  if (fields.has('install_sources') && sources.length === 0) {
    fields.problem('no-source', ['install_sources'], 'must have at least one source');
  }
  const known = sources.filter((source) => !isUnknownType(source.raw('type')));
  const unknown = known.length === sources.length ? [] : sources.filter((source) => !known.includes(source));
  for (const source of unknown) reportUnknownType(source, known.length > 0 || !isEntry);
  return known.flatMap((fields) => {
    const source = readSource(fields);
    if (source === undefined) return [];
    fields.inspector.names?.(fields, INDEX_FIELDS[source.type]);
    fields.inspector.source?.(fields, source, owner);
    return source;
  });
}

/** Checks for a type of a later version of the format. What such a source has to contain is unknown. */
function isUnknownType(type: unknown): boolean {
  return typeof type === 'string' && !isKnownSourceType(type);
}

/** Reports a source that cannot be used, which is an error only if the entry has no other source. */
function reportUnknownType(source: Fields, isSkipped: boolean): void {
  const code = isSkipped ? 'skipped-source' : 'unknown-source-type';
  source.problem(code, ['type'], `must be 'git' or 'archive', not '${source.raw('type')}'`);
}

function readSource(source: Fields): IndexSource | undefined {
  const type = source.string('type');
  const url = source.string('url');
  const checksum = readChecksum(source);
  if (source.raw('url') === '') source.problem('invalid-url', ['url'], 'must not be empty');
  switch (type) {
    case 'git':
      return { type, url, ref: source.string('ref'), checksum };
    case 'archive':
      return { type, url, checksum };
    default:
      return undefined;
  }
}

/** Reads a checksum. Weak algorithms are accepted here and refused on use, unless they are allowed there. */
function readChecksum(source: Fields): string {
  const checksum = source.string('checksum');
  if (source.raw('checksum') !== checksum) return '';
  try {
    parseDigest(checksum, { allowWeak: true });
    return checksum;
  } catch (error) {
    source.problem('invalid-checksum', ['checksum'], reasonOf(error).replace(/\.$/, ''));
    return '';
  }
}

function readDependencies(fields: Fields): ManifestDependencies {
  const dependencies = fields.optionalMapping('dependencies');
  dependencies?.inspector.names?.(dependencies, INDEX_FIELDS.dependencies);
  dependencies?.inspector.dependencies?.(dependencies);
  return {
    attuneVersion: dependencies?.optionalString('attune_version'),
    pythonVersion: dependencies?.optionalString('python_version'),
    nodejsVersion: dependencies?.optionalString('nodejs_version'),
    packs: dependencies?.optionalStrings('packs') ?? [],
  };
}

export function readContents(fields: Fields, ref: string): IndexEntry['contents'] {
  const contents = fields.optionalMapping('contents');
  if (contents === undefined) fields.olderForm("no 'contents'", ref);
  contents?.inspector.names?.(contents, INDEX_FIELDS.contents);
  const kinds = COMPONENT_KINDS.map((kind) => [kind, contents ? readComponents(contents, kind, ref) : []]);
  return Object.fromEntries(kinds) as Record<ComponentKind, IndexComponent[]>;
}

function readComponents(contents: Fields, kind: ComponentKind, ref: string): IndexComponent[] {
  const value = contents.raw(kind);
  if (value === undefined) {
    contents.olderForm("incomplete 'contents'", ref);
    return [];
  }
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) {
    contents.olderForm("counts instead of lists in 'contents'", ref, [kind]);
    return [];
  }
  return contents.list(kind).map((component) => {
    component.inspector.names?.(component, INDEX_FIELDS.component);
    return { name: component.string('name'), description: component.string('description') };
  });
}
