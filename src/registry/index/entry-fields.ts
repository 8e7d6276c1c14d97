import { isDeepStrictEqual } from 'node:util';
import compare from 'semver/functions/compare.js';
import { COMPONENT_KINDS } from '../../packs/manifest/types.ts';
import type { EntryDocument } from './entry-document.ts';
import type { Mapping } from './positions/located-index.ts';

/** What of a value the format names: all of it, the fields of a mapping, or those of each mapping in a list. */
type Shape = 'all' | { readonly fields: Readonly<Record<string, Shape>> } | { readonly items: Shape };

const fields = (...names: string[]): Shape => ({ fields: Object.fromEntries(names.map((name) => [name, 'all'])) });
const COMPONENTS: Shape = { items: fields('name', 'description') };

/** The fields of an entry (SPEC section 3), in the order in which they are written. */
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

/** The named fields in which an entry of an index differs from what it would be if it were written now. */
export function differingFields(current: Mapping, entry: EntryDocument): string[] {
  const known = namedPart(current, ENTRY) as Mapping;
  return ENTRY_ORDER.filter((key) => !isDeepStrictEqual(known[key], entry[key as keyof EntryDocument]));
}

/** A value without what the format does not name; a field that is null is one that is missing. */
function namedPart(value: unknown, shape: Shape): unknown {
  if (shape === 'all') return value;
  if ('items' in shape) return Array.isArray(value) ? value.map((item) => namedPart(item, shape.items)) : value;
  if (!isMapping(value)) return value;
  const named = Object.entries(value).filter(([key, held]) => Object.hasOwn(shape.fields, key) && held !== null);
  return Object.fromEntries(named.map(([key, held]) => [key, namedPart(held, shape.fields[key] as Shape)]));
}

/** The new entry with the fields of the one that it replaces which the format does not name, in their places. */
export function withUnknownFields(current: Mapping, entry: EntryDocument): Mapping {
  return keepUnknown(current, entry, ENTRY) as Mapping;
}

function keepUnknown(current: unknown, next: unknown, shape: Shape): unknown {
  if (shape === 'all') return next;
  if ('items' in shape) return Array.isArray(current) ? keepItems(current, next as unknown[], shape.items) : next;
  if (!isMapping(current) || !isMapping(next)) return next;
  const kept = Object.keys(current).filter((key) => !Object.hasOwn(shape.fields, key) || Object.hasOwn(next, key));
  const keys = insertKeys(kept, Object.keys(next), Object.keys(shape.fields));
  return Object.fromEntries(
    keys.map((key) => {
      const known = Object.hasOwn(shape.fields, key);
      return [key, known ? keepUnknown(current[key], next[key], shape.fields[key] as Shape) : current[key]];
    }),
  );
}

/** What the format does not name stays with an item that is otherwise the same. */
function keepItems(current: readonly unknown[], next: readonly unknown[], shape: Shape): unknown[] {
  const named = current.map((item) => namedPart(item, shape));
  return next.map((item) => {
    const same = named.findIndex((candidate) => isDeepStrictEqual(candidate, item));
    return same === -1 ? item : current[same];
  });
}

/** Adds the keys that are missing, each behind the nearest that comes before it in `order`. */
export function insertKeys(present: readonly string[], wanted: readonly string[], order: readonly string[]): string[] {
  const keys = [...present];
  for (const key of wanted) {
    if (keys.includes(key)) continue;
    const earlier = order.slice(0, order.indexOf(key));
    keys.splice(keys.findLastIndex((other) => earlier.includes(other)) + 1, 0, key);
  }
  return keys;
}

const RELEASE_FIELDS = ['version', 'published_at', 'install_sources', 'runtime_deps', 'dependencies'];

/**
 * The earlier releases beside a new version: that version itself is none of them, and what it replaces is one where that
 * is asked for, before all that are older.
 */
export function updatedReleases(current: Mapping, version: string, keepReplaced: boolean): readonly Mapping[] {
  const others = ((current['releases'] ?? []) as readonly Mapping[]).filter(
    (release) => release['version'] !== version,
  );
  const replaced = current['version'] as string;
  if (!keepReplaced || replaced === version) return others;
  const older = others.findIndex((other) => compare(replaced, other['version'] as string) > 0);
  return others.toSpliced(older === -1 ? others.length : older, 0, releaseOf(current));
}

/** What an entry becomes once a later version takes its place. */
export function releaseOf(entry: Mapping): Mapping {
  const whole: Mapping = { ...entry, runtime_deps: entry['runtime_deps'] ?? [] };
  return Object.fromEntries(
    RELEASE_FIELDS.filter((field) => whole[field] != null).map((field) => [field, whole[field]]),
  );
}

export function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
