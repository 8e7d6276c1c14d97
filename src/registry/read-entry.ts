import { reasonOf } from '../errors.ts';
import { parseDigest } from '../packs/digest.ts';
import { COMPONENT_KINDS, type ComponentKind, type ManifestDependencies } from '../packs/manifest-types.ts';
import { isSemanticVersion } from '../packs/pack-ref.ts';
import type { Fields } from './index-fields.ts';
import type { IndexComponent, IndexEntry, IndexRelease, IndexSource } from './index-format.ts';

/** What an entry and each of its earlier releases have in common. */
export function readRelease(fields: Fields, ref: string): IndexRelease {
  if (!fields.has('runtime_deps')) fields.findings.older("no 'runtime_deps'", ref);
  return {
    version: readVersion(fields),
    installSources: readSources(fields),
    runtimeDeps: fields.optionalStrings('runtime_deps') ?? [],
    dependencies: readDependencies(fields),
    yanked: undefined,
  };
}

export function readReleases(fields: Fields, ref: string, current: string): readonly IndexRelease[] {
  const seen = new Set([current]);
  const releases = fields.optionalMappings('releases') ?? [];
  return releases.map((release) => {
    const read = { ...readRelease(release, ref), yanked: release.optionalString('yanked') };
    if (seen.has(read.version)) release.problem(['version'], `version ${read.version} is there already`);
    else if (read.version !== '') seen.add(read.version);
    return read;
  });
}

function readVersion(fields: Fields): string {
  const version = fields.string('version');
  if (version !== '' && !isSemanticVersion(version)) {
    fields.problem(['version'], `'${version}' is not a semantic version such as 1.2.0`);
  }
  return version;
}

function readSources(fields: Fields): IndexSource[] {
  const sources = fields.list('install_sources');
  if (fields.has('install_sources') && sources.length === 0) {
    fields.problem(['install_sources'], 'must have at least one source');
  }
  return sources.flatMap((source) => readSource(source) ?? []);
}

function readSource(source: Fields): IndexSource | undefined {
  const type = source.string('type');
  const url = source.string('url');
  const checksum = readChecksum(source);
  if (source.raw('url') === '') source.problem(['url'], 'must not be empty');
  switch (type) {
    case 'git':
      return { type, url, ref: source.string('ref'), checksum };
    case 'archive':
      return { type, url, checksum };
    default:
      if (type !== '') source.problem(['type'], `must be 'git' or 'archive', not '${type}'`);
      return undefined;
  }
}

/** Weak algorithms are refused where a checksum is used, for there they may have been allowed. */
function readChecksum(source: Fields): string {
  const checksum = source.string('checksum');
  try {
    if (checksum !== '') parseDigest(checksum, { allowWeak: true });
  } catch (error) {
    source.problem(['checksum'], reasonOf(error).replace(/\.$/, ''));
  }
  return checksum;
}

function readDependencies(fields: Fields): ManifestDependencies {
  const dependencies = fields.optionalMapping('dependencies');
  return {
    attuneVersion: dependencies?.optionalString('attune_version'),
    pythonVersion: dependencies?.optionalString('python_version'),
    nodejsVersion: dependencies?.optionalString('nodejs_version'),
    packs: dependencies?.optionalStrings('packs') ?? [],
  };
}

export function readContents(fields: Fields, ref: string): IndexEntry['contents'] {
  const contents = fields.optionalMapping('contents');
  if (contents === undefined) fields.findings.older("no 'contents'", ref);
  const kinds = COMPONENT_KINDS.map((kind) => [kind, contents ? readComponents(contents, kind, ref) : []]);
  return Object.fromEntries(kinds) as Record<ComponentKind, IndexComponent[]>;
}

function readComponents(contents: Fields, kind: ComponentKind, ref: string): IndexComponent[] {
  const value = contents.raw(kind);
  if (value === undefined) {
    contents.findings.older("no 'contents' of some kinds", ref);
    return [];
  }
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) {
    contents.findings.older("counts in place of lists in 'contents'", ref);
    return [];
  }
  return contents.list(kind).map((component) => ({
    name: component.string('name'),
    description: component.string('description'),
  }));
}
