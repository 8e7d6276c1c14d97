import { fullEntry, fullRelease } from '../index/full-entry.ts';
import type { Mapping } from '../index/mapping.ts';
import type { Range } from '../index/positions/json-scan.ts';
import type { IndexFileFormat, LocatedIndex } from '../index/positions/located-index.ts';
import { reindentJson } from './json/reindent.ts';
import type { MergedEntry, MergedIndex } from './merge-indexes.ts';
import { type RebaseUrl, rebaseSources } from './rebase-sources.ts';
import { DEFAULT_YAML, formatYaml } from './yaml/style.ts';

/** The nesting depth of an entry: in the list of packs, which is in the index. */
const ENTRY_DEPTH = 2;
const CHUNK_BYTES = 1024 * 1024;

/** Returns how the source URLs of an input have to change in the merged index. */
export type Rebaser = (index: LocatedIndex) => RebaseUrl;

/**
 * Serializes a merged index: JSON indented by two spaces with a final newline, or YAML. The same index gives the same
 * bytes.
 * @param rebaser returns how the source URLs of an input change
 */
export function formatMerged(merged: MergedIndex, format: IndexFileFormat, rebaser: Rebaser): Iterable<Uint8Array> {
  if (format === 'json') return inChunks(jsonParts(merged, rebaser));
  const document = { ...merged.head, packs: merged.entries.map((entry) => valueOfMerged(entry, rebaser)) };
  return [Buffer.from(formatYaml(document, DEFAULT_YAML))];
}

function* jsonParts({ head, entries }: MergedIndex, rebaser: Rebaser): Generator<Uint8Array | string> {
  for (const [position, [key, value]] of Object.entries(head).entries()) {
    yield `${position === 0 ? '{' : ','}\n  ${JSON.stringify(key)}: `;
    if (key === 'packs') yield* jsonEntries(entries, rebaser);
    else yield indented(value, 1);
  }
  yield '\n}\n';
}

function* jsonEntries(entries: readonly MergedEntry[], rebaser: Rebaser): Generator<Uint8Array | string> {
  if (entries.length === 0) {
    yield '[]';
    return;
  }
  for (const [position, entry] of entries.entries()) {
    yield position === 0 ? '[\n    ' : ',\n    ';
    yield formatEntry(entry, rebaser);
  }
  yield '\n  ]';
}

/** Returns the reindented bytes of the input if the values are unchanged, else the serialized values. */
function formatEntry(merged: MergedEntry, rebaser: Rebaser): Uint8Array | string {
  const { index, entry, releases } = merged;
  const isUnchanged =
    releases === undefined &&
    !(entry.mayBeIncomplete && isIncomplete(index.entryValue(entry))) &&
    !isRebased(merged, rebaser(index));
  if (index.format === 'json' && isUnchanged)
    return reindentJson(index.bytes, index.outline.items[entry.position] as Range, ENTRY_DEPTH);
  return indented(valueOfMerged(merged, rebaser), ENTRY_DEPTH);
}

function isIncomplete(entry: Mapping): boolean {
  return fullEntry(entry) !== entry;
}

/** Checks whether a source URL changes. Most entries have no releases, and are not parsed for that. */
function isRebased({ index, entry }: MergedEntry, rebase: RebaseUrl): boolean {
  if (entry.installSources.some(({ url }) => rebase(url) !== url)) return true;
  if (!entry.hasReleases) return false;
  const value = index.entryValue(entry);
  return rebaseSources(value, rebase) !== value;
}

function valueOfMerged({ index, entry, releases }: MergedEntry, rebaser: Rebaser): Mapping {
  const value = rebaseSources(fullEntry(index.entryValue(entry)), rebaser(index));
  if (releases === undefined) return value;
  const rebased = releases.map((one) => fullRelease(rebaseSources(one.document, rebaser(one.index))));
  return { ...value, releases: rebased };
}

function indented(value: unknown, depth: number): string {
  return JSON.stringify(value, null, 2).replaceAll('\n', `\n${'  '.repeat(depth)}`);
}

/** Joins small parts into chunks, because each chunk is written with a separate system call. */
function* inChunks(parts: Iterable<Uint8Array | string>): Generator<Uint8Array> {
  let pending: Uint8Array[] = [];
  let size = 0;
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part;
    pending.push(bytes);
    size += bytes.length;
    if (size < CHUNK_BYTES) continue;
    yield Buffer.concat(pending);
    pending = [];
    size = 0;
  }
  yield Buffer.concat(pending);
}
