import { isDeepStrictEqual } from 'node:util';
import compare from 'semver/functions/compare.js';
import { COMPONENT_KINDS } from '../../packs/manifest/types.ts';
import type { EntryDocument } from './entry-document.ts';
import { isMapping, type Mapping } from './mapping.ts';

/** The part of a value that the format defines: all of it, fields of a mapping, or fields of each mapping in a list. */
type Shape = 'all' | { readonly fields: Readonly<Record<string, Shape>> } | { readonly items: Shape };

const fields = (...names: string[]): Shape => ({ fields: Object.fromEntries(names.map((name) => [name, 'all'])) });
const COMPONENTS: Shape = { items: fields('name', 'description') };

/** The fields of an entry (SPEC section 3) in the order in which they are written. */
const ENTRY_FIELDS: Readonly<Record<keyof EntryDocument, Shape>> = {
  ref: 'all',
  label: 'all',
  description: 'all',
  version: 'all',
  author: 'all',
  license: 'all',
  keywords: 'all',
  runtime_deps: 'all',
  install_sources: { items: fields('type', 'url', 'ref', 'checksum') },
  contents: { fields: Object.fromEntries(COMPONENT_KINDS.map((kind) => [kind, COMPONENTS])) },
  meta: 'all',
  use_case: 'all',
  repository: 'all',
  email: 'all',
  homepage: 'all',
  dependencies: fields('attune_version', 'python_version', 'nodejs_version', 'packs'),
};
const ENTRY: Shape = { fields: ENTRY_FIELDS };
export const ENTRY_ORDER: readonly string[] = Object.keys(ENTRY_FIELDS);

/** Returns the defined fields in which an entry of an index differs from a newly built one. */
export function differingFields(current: Mapping, entry: EntryDocument): string[] {
  const known = definedPart(current, ENTRY) as Mapping;
  return ENTRY_ORDER.filter((key) => !isDeepStrictEqual(known[key], entry[key as keyof EntryDocument]));
}

/** Returns a value without the fields that the format does not define. A `null` field counts as missing. */
function definedPart(value: unknown, shape: Shape): unknown {
  if (shape === 'all') return value;
  if ('items' in shape) return Array.isArray(value) ? value.map((item) => definedPart(item, shape.items)) : value;
  if (!isMapping(value)) return value;
  const defined = Object.entries(value).filter(([key, member]) => Object.hasOwn(shape.fields, key) && member !== null);
  return Object.fromEntries(defined.map(([key, member]) => [key, definedPart(member, shape.fields[key] as Shape)]));
}

/** Returns the new entry with the unknown fields of the entry that it replaces, each at its previous position. */
export function withUnknownFields(current: Mapping, entry: EntryDocument): Mapping {
  return mergeUnknown(current, entry, ENTRY) as Mapping;
}

function mergeUnknown(current: unknown, next: unknown, shape: Shape): unknown {
  if (shape === 'all') return next;
  if ('items' in shape) return Array.isArray(current) ? mergeItems(current, next as unknown[], shape.items) : next;
  if (!isMapping(current) || !isMapping(next)) return next;
  const retained = Object.keys(current).filter((key) => !Object.hasOwn(shape.fields, key) || Object.hasOwn(next, key));
  const keys = insertKeys(retained, Object.keys(next), Object.keys(shape.fields));
  return Object.fromEntries(
    keys.map((key) => {
      const known = Object.hasOwn(shape.fields, key);
      return [key, known ? mergeUnknown(current[key], next[key], shape.fields[key] as Shape) : current[key]];
    }),
  );
}

/** Retains the unknown fields of an item whose defined fields are unchanged. */
function mergeItems(current: readonly unknown[], next: readonly unknown[], shape: Shape): unknown[] {
  const defined = current.map((item) => definedPart(item, shape));
  return next.map((item) => {
    const same = defined.findIndex((candidate) => isDeepStrictEqual(candidate, item));
    return same === -1 ? item : current[same];
  });
}

/** Inserts the missing keys, each after the nearest key that precedes it in `order`. */
export function insertKeys(present: readonly string[], wanted: readonly string[], order: readonly string[]): string[] {
  const keys = [...present];
  for (const key of wanted) {
    if (keys.includes(key)) continue;
    const earlier = order.slice(0, order.indexOf(key));
    keys.splice(keys.findLastIndex((other) => earlier.includes(other)) + 1, 0, key);
  }
  return keys;
}

const RELEASE_FIELDS = ['version', 'published_at', 'yanked', 'install_sources', 'runtime_deps', 'dependencies'];

/**
 * Returns the `releases` of an entry whose version becomes `version`, without that version itself. With `keepReplaced`,
 * the replaced version is inserted before all older releases.
 */
export function updatedReleases(current: Mapping, version: string, keepReplaced: boolean): readonly Mapping[] {
  const others = releasesIn(current).filter((release) => release['version'] !== version);
  return keepReplaced && current['version'] !== version ? insertRelease(others, releaseOf(current)) : others;
}

/** Returns the release form of an entry that is replaced by a later version. */
export function releaseOf(entry: Mapping): Mapping {
  const whole: Mapping = { ...entry, runtime_deps: entry['runtime_deps'] ?? [] };
  return Object.fromEntries(
    RELEASE_FIELDS.filter((field) => whole[field] != null).map((field) => [field, whole[field]]),
  );
}

const RELEASE = {
  fields: {
    version: 'all',
    install_sources: ENTRY_FIELDS.install_sources,
    runtime_deps: 'all',
    dependencies: ENTRY_FIELDS.dependencies,
  },
} satisfies Shape;

/**
 * Returns the defined fields in which a version of a pack differs from the release of the same version that its entry has.
 * @returns `undefined` if there is no such release
 */
export function differingReleaseFields(current: Mapping, entry: EntryDocument): string[] | undefined {
  const present = releasesIn(current).find(({ version }) => version === entry.version);
  if (present === undefined) return undefined;
  const [known, release] = [definedPart(present, RELEASE) as Mapping, releaseOf(entry as unknown as Mapping)];
  return RELEASE_FIELDS.filter((key) => Object.hasOwn(RELEASE.fields, key)).filter(
    (key) => !isDeepStrictEqual(known[key], release[key]),
  );
}

/** Returns the install sources of a version: of the entry itself or of a release; `undefined` if there is no such version. */
export function releasedSources(entry: Mapping, version: string): readonly Mapping[] | undefined {
  const found = [entry, ...releasesIn(entry)].find((one) => one['version'] === version);
  return found && ((found['install_sources'] ?? []) as readonly Mapping[]);
}

/**
 * Returns an entry with a lower version of its pack among its releases, newest first. A release of the same version is
 * replaced and keeps its unknown fields.
 * @param publishedAt the time of publication, for a release that is new
 */
export function withRelease(current: Mapping, entry: EntryDocument, publishedAt?: string): Mapping {
  const releases = releasesIn(current);
  const release = releaseOf(entry as unknown as Mapping);
  const present = releases.findIndex(({ version }) => version === entry.version);
  if (present !== -1) {
    const merged = mergeUnknown(releases[present], release, RELEASE) as Mapping;
    return { ...current, releases: releases.with(present, merged) };
  }
  const dated = releaseOf({ ...entry, published_at: publishedAt });
  return { ...current, releases: insertRelease(releases, dated) };
}

function releasesIn(entry: Mapping): readonly Mapping[] {
  return (entry['releases'] ?? []) as readonly Mapping[];
}

/** Inserts a release before all older ones. */
function insertRelease(releases: readonly Mapping[], release: Mapping): readonly Mapping[] {
  const older = releases.findIndex((other) => compare(release['version'] as string, other['version'] as string) > 0);
  return releases.toSpliced(older === -1 ? releases.length : older, 0, release);
}
