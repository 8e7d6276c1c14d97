import { compareCodePoints } from '../../packs/tree/order.ts';
import type { EntryDocument } from '../index/entry-document.ts';
import { differingFields, updatedReleases, withUnknownFields } from '../index/entry-fields.ts';
import {
  type IndexFileFormat,
  type LocatedEntry,
  type LocatedIndex,
  type Mapping,
  ROOT_FIELDS,
} from '../index/positions/located-index.ts';
import { JsonEditor } from './json/edit.ts';
import { YamlEditor } from './yaml/edit.ts';
import { formatYaml, OWN_YAML } from './yaml/style.ts';

/** How an entry stands to an index. */
export type Standing =
  | { readonly kind: 'new' }
  /** The index says all that the entry says. */
  | { readonly kind: 'same' }
  | {
      readonly kind: 'other';
      /** The version that is in the index. */
      readonly version: string;
      /** The fields that differ. */
      readonly fields: readonly string[];
    };

export interface IndexEdit {
  readonly entry: EntryDocument;
  /** ISO 8601 */
  readonly now: string;
  /** Names of the registry to fill in where the index has none. */
  readonly registryName: string | undefined;
  readonly registryUrl: string | undefined;
  /** The version that is replaced becomes one of the entry's `releases`. */
  readonly keepReleases: boolean;
}

export function standingOf(index: LocatedIndex, entry: EntryDocument): Standing {
  const current = findEntry(index, entry.ref);
  if (current === undefined) return { kind: 'new' };
  const fields = differingFields(index.entryValue(current), inJson(entry));
  return fields.length === 0 ? { kind: 'same' } : { kind: 'other', version: current.version, fields };
}

/**
 * The bytes of an index with an entry added in its sorted place, or put in the place of the one with the same ref. Nothing
 * else changes but `last_updated`.
 * @throws IndexNotEditable
 */
export function editIndex(index: LocatedIndex, edit: IndexEdit): Uint8Array[] {
  const editor = index.format === 'json' ? new JsonEditor(index) : new YamlEditor(index);
  const entry = inJson(edit.entry);
  const current = findEntry(index, entry.ref);
  if (current) editor.replace(current, replacement(index.entryValue(current), entry, edit.keepReleases));
  else editor.insert(sortedPosition(index.entries, entry.ref), entry as unknown as Mapping);
  const { registry_name, registry_url } = index.head.document;
  if (registry_name == null && edit.registryName !== undefined) editor.setRoot('registry_name', edit.registryName);
  if (registry_url == null && edit.registryUrl !== undefined) editor.setRoot('registry_url', edit.registryUrl);
  editor.setRoot('last_updated', edit.now);
  return editor.content();
}

/** An index with one entry, where there was no file. */
export function newIndex(format: IndexFileFormat, { entry, now, registryName, registryUrl }: IndexEdit): Uint8Array[] {
  const values = [registryName ?? '', registryUrl ?? '', '1.0', now, [inJson(entry)]];
  const document = Object.fromEntries(ROOT_FIELDS.map((field, position) => [field, values[position]]));
  const text = format === 'json' ? `${JSON.stringify(document, null, 2)}\n` : formatYaml(document, OWN_YAML);
  return [Buffer.from(text)];
}

function findEntry(index: LocatedIndex, ref: string): LocatedEntry | undefined {
  return index.entries.find((entry) => entry.ref === ref);
}

function replacement(current: Mapping, entry: EntryDocument, keepReleases: boolean): Mapping {
  const whole = updated(current, entry);
  const { releases: _, ...next } = whole;
  const releases = updatedReleases(current, entry.version, keepReleases);
  if (releases.length === 0) return next;
  // Assigning to the key keeps its place.
  return 'releases' in current ? { ...whole, releases } : { ...next, releases };
}

/** When a version was published is not known of the one that takes its place. */
function updated(current: Mapping, entry: EntryDocument): Mapping {
  const { published_at: _, ...next } = withUnknownFields(current, entry);
  return current['version'] === entry.version ? withUnknownFields(current, entry) : next;
}

function sortedPosition(entries: readonly LocatedEntry[], ref: string): number {
  const next = entries.findIndex((entry) => compareCodePoints(entry.ref, ref) > 0);
  return next === -1 ? entries.length : next;
}

/** As it is once it was written and read: a manifest's `meta` may hold what JSON has no way to write. */
function inJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}
