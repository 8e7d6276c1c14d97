import compare from 'semver/functions/compare.js';
import { compareCodePoints } from '../../packs/tree/order.ts';
import type { EntryDocument } from '../index/entry-document.ts';
import {
  differingFields,
  differingReleaseFields,
  updatedReleases,
  withRelease,
  withUnknownFields,
} from '../index/entry-fields.ts';
import type { Mapping } from '../index/mapping.ts';
import {
  type IndexFileFormat,
  type LocatedEntry,
  type LocatedIndex,
  ROOT_FIELDS,
} from '../index/positions/located-index.ts';
import { JsonEditor } from './json/edit.ts';
import { YamlEditor } from './yaml/edit.ts';
import { DEFAULT_YAML, formatYaml } from './yaml/style.ts';

/** The difference between an entry and the entry of the same ref in an index. */
export type EntryComparison =
  | { readonly kind: 'new' }
  /** The index already has the same entry, or the same version among the releases of a newer entry. */
  | { readonly kind: 'same' }
  | {
      readonly kind: 'different';
      /** The version in the index. */
      readonly version: string;
      /** The fields that differ. */
      readonly fields: readonly string[];
    }
  /** The entry in the index has a higher version. */
  | {
      readonly kind: 'older';
      /** The version of the entry in the index. */
      readonly version: string;
      /** The fields in which the release of the same version in the index differs; `undefined` if there is none. */
      readonly release: readonly string[] | undefined;
    };

export interface IndexEdit {
  readonly entry: EntryDocument;
  /** ISO 8601 */
  readonly now: string;
  /** The name of the registry, which is set if the index has none. */
  readonly registryName: string | undefined;
  /** The URL of the registry, which is set if the index has none. */
  readonly registryUrl: string | undefined;
  /** True if the lower of the two versions is added to the `releases` of the entry; else the entry is replaced. */
  readonly keepReleases: boolean;
}

export function compareEntry(index: LocatedIndex, entry: EntryDocument): EntryComparison {
  const current = findEntry(index, entry.ref);
  if (current === undefined) return { kind: 'new' };
  const document = toJson(entry);
  const value = index.entryValue(current);
  if (compare(entry.version, current.version) < 0) {
    const release = differingReleaseFields(value, document);
    return release?.length === 0 ? { kind: 'same' } : { kind: 'older', version: current.version, release };
  }
  const fields = differingFields(value, document);
  return fields.length === 0 ? { kind: 'same' } : { kind: 'different', version: current.version, fields };
}

/**
 * Returns the bytes of an index with an entry inserted in sort order, or replacing the entry with the same ref. Apart from
 * that, only `last_updated` changes.
 * @throws IndexNotEditable
 */
export function editIndex(index: LocatedIndex, edit: IndexEdit): Uint8Array[] {
  const editor = index.format === 'json' ? new JsonEditor(index) : new YamlEditor(index);
  const entry = toJson(edit.entry);
  const current = findEntry(index, entry.ref);
  if (current) editor.replace(current, replacement(index.entryValue(current), entry, edit.keepReleases));
  else editor.insert(sortedPosition(index, entry.ref), entry as unknown as Mapping);
  const { registry_name, registry_url } = index.head.document;
  if (registry_name == null && edit.registryName !== undefined) editor.setRoot('registry_name', edit.registryName);
  if (registry_url == null && edit.registryUrl !== undefined) editor.setRoot('registry_url', edit.registryUrl);
  editor.setRoot('last_updated', edit.now);
  return editor.content();
}

/** Returns the bytes of a new index with one entry. */
export function newIndex(format: IndexFileFormat, { entry, now, registryName, registryUrl }: IndexEdit): Uint8Array[] {
  const values = [registryName ?? '', registryUrl ?? '', '1.0', now, [toJson(entry)]];
  const document = Object.fromEntries(ROOT_FIELDS.map((field, position) => [field, values[position]]));
  const text = format === 'json' ? `${JSON.stringify(document, null, 2)}\n` : formatYaml(document, DEFAULT_YAML);
  return [Buffer.from(text)];
}

function findEntry(index: LocatedIndex, ref: string): LocatedEntry | undefined {
  return index.entries.find((entry) => entry.ref === ref);
}

function replacement(current: Mapping, entry: EntryDocument, keepReleases: boolean): Mapping {
  if (keepReleases && compare(entry.version, current['version'] as string) < 0) return withRelease(current, entry);
  const whole = updated(current, entry);
  const { releases: _, ...next } = whole;
  const releases = updatedReleases(current, entry.version, keepReleases);
  if (releases.length === 0) return next;
  // Assigning to an existing key keeps its position.
  return 'releases' in current ? { ...whole, releases } : { ...next, releases };
}

/** Returns the updated entry. A new version inherits neither `published_at` nor `yanked` from the replaced one. */
function updated(current: Mapping, entry: EntryDocument): Mapping {
  const { published_at: _, yanked: _reason, ...next } = withUnknownFields(current, entry);
  return current['version'] === entry.version ? withUnknownFields(current, entry) : next;
}

/** Returns the position of the first valid entry with a higher ref, else the number of entries. */
function sortedPosition({ entries, invalid }: LocatedIndex, ref: string): number {
  const next = entries.find((entry) => compareCodePoints(entry.ref, ref) > 0);
  return next?.position ?? entries.length + invalid.flatMap(({ positions }) => positions).length;
}

/** Returns a value as it is after serialization: a manifest's `meta` may contain values that JSON cannot represent. */
function toJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}
