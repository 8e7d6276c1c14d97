import { fullEntry, fullRelease } from '../index/full-entry.ts';
import type { Range } from '../index/positions/json-scan.ts';
import type { IndexFileFormat, Mapping } from '../index/positions/located-index.ts';
import { reindentJson } from './json/reindent.ts';
import type { MergedEntry, MergedIndex } from './merge-indexes.ts';
import { formatYaml, OWN_YAML } from './yaml/style.ts';

/** A list in a mapping. */
const ENTRY_DEPTH = 2;
const CHUNK_BYTES = 1024 * 1024;

/** A merged index as bytes: JSON with two blanks and a final newline, or YAML. The same index gives the same bytes. */
export function formatMerged(merged: MergedIndex, format: IndexFileFormat): Iterable<Uint8Array> {
  if (format === 'json') return inChunks(jsonParts(merged));
  const document = { ...merged.head, packs: merged.entries.map(valueOfMerged) };
  return [Buffer.from(formatYaml(document, OWN_YAML))];
}

function* jsonParts({ head, entries }: MergedIndex): Generator<Uint8Array | string> {
  for (const [position, [key, value]] of Object.entries(head).entries()) {
    yield `${position === 0 ? '{' : ','}\n  ${JSON.stringify(key)}: `;
    if (key === 'packs') yield* jsonEntries(entries);
    else yield indented(value, 1);
  }
  yield '\n}\n';
}

function* jsonEntries(entries: readonly MergedEntry[]): Generator<Uint8Array | string> {
  if (entries.length === 0) {
    yield '[]';
    return;
  }
  for (const [position, entry] of entries.entries()) {
    yield position === 0 ? '[\n    ' : ',\n    ';
    yield formatEntry(entry);
  }
  yield '\n  ]';
}

/** The bytes of the input where nothing has to be changed but the layout. */
function formatEntry(merged: MergedEntry): Uint8Array | string {
  const { index, entry, releases } = merged;
  const asItIs = releases === undefined && !(entry.older && lacksSomething(index.entryValue(entry)));
  if (index.format === 'json' && asItIs)
    return reindentJson(index.bytes, index.outline.items[entry.position] as Range, ENTRY_DEPTH);
  return indented(valueOfMerged(merged), ENTRY_DEPTH);
}

function lacksSomething(entry: Mapping): boolean {
  return fullEntry(entry) !== entry;
}

function valueOfMerged({ index, entry, releases }: MergedEntry): Mapping {
  const value = fullEntry(index.entryValue(entry));
  return releases === undefined ? value : { ...value, releases: releases.map(fullRelease) };
}

function indented(value: unknown, depth: number): string {
  return JSON.stringify(value, null, 2).replaceAll('\n', `\n${'  '.repeat(depth)}`);
}

/** Fewer and larger pieces, for each is written with a call of its own. */
function* inChunks(parts: Iterable<Uint8Array | string>): Generator<Uint8Array> {
  let held: Uint8Array[] = [];
  let size = 0;
  for (const part of parts) {
    const bytes = typeof part === 'string' ? Buffer.from(part) : part;
    held.push(bytes);
    size += bytes.length;
    if (size < CHUNK_BYTES) continue;
    yield Buffer.concat(held);
    held = [];
    size = 0;
  }
  yield Buffer.concat(held);
}
