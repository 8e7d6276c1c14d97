/**
 * An index together with the positions of its entries in the file, for editing and merging. Both preserve the bytes of
 * unchanged entries instead of parsing the file and serializing it again.
 */
import type { IndexDocument } from '../findings.ts';
import type { IndexHeader, IndexSource } from '../format.ts';
import type { Mapping } from '../mapping.ts';
import {
  type InvalidEntry,
  type ReadEntries,
  type ReadOptions,
  readAllEntries,
  readValidEntries,
} from '../valid-entries.ts';
import type { IndexOutline } from './json-scan.ts';

export type IndexFileFormat = 'json' | 'yaml';

/** The fields of an index in the order in which they are written (SPEC section 3). */
export const ROOT_FIELDS = ['registry_name', 'registry_url', 'version', 'last_updated', 'packs'];

/** An index without its entries. */
export interface IndexHead extends IndexHeader {
  /** The document with unknown fields, in file order; `packs` is an empty list. */
  readonly document: Mapping;
}

/** The properties of an entry that are needed to choose among those of a pack. Its full value is parsed on demand. */
export interface LocatedEntry {
  /** The index in the list of packs, from 0. */
  readonly position: number;
  readonly ref: string;
  /** A semantic version. */
  readonly version: string;
  readonly installSources: readonly IndexSource[];
  readonly hasReleases: boolean;
  /** True if fields of the full form may be missing. */
  readonly mayBeIncomplete: boolean;
}

interface Located {
  /** The path or URL for messages. */
  readonly location: string;
  readonly bytes: Uint8Array;
  readonly head: IndexHead;
  /** The valid entries in file order; refs are unique. */
  readonly entries: readonly LocatedEntry[];
  /** The invalid entries, if they were tolerated. */
  readonly invalid: readonly InvalidEntry[];
  entryValue(entry: Pick<LocatedEntry, 'position'>): Mapping;
}

export interface LocatedJson extends Located {
  readonly format: 'json';
  /** The items of the outline are the entries. */
  readonly outline: IndexOutline;
}

/** A YAML index. Its entries have no ranges, because aliases can place parts of an entry anywhere in the file. */
export interface LocatedYaml extends Located {
  readonly format: 'yaml';
  /** The items of the list of packs. */
  readonly values: readonly Mapping[];
}

export type LocatedIndex = LocatedJson | LocatedYaml;

export interface LocateOptions extends ReadOptions {
  /** True if the index may have invalid entries, whose bytes are preserved. */
  readonly toleratesInvalid: boolean;
}

/** Reads the entries of a document for editing or merging. */
export function locateEntries(
  document: IndexDocument,
  options: LocateOptions,
): { readonly result: ReadEntries; readonly entries: readonly LocatedEntry[] } {
  const entries: LocatedEntry[] = [];
  const read = options.toleratesInvalid ? readValidEntries : readAllEntries;
  const result = read(document, options, ({ ref, version, installSources, releases }, { position, hasOlderForm }) => {
    const hasReleases = releases.length > 0;
    entries.push({ position, ref, version, installSources, hasReleases, mayBeIncomplete: hasOlderForm });
  });
  const invalid = new Set(result.invalid.flatMap(({ positions }) => positions));
  return { result, entries: invalid.size === 0 ? entries : entries.filter(({ position }) => !invalid.has(position)) };
}

/** Detects the format by the file extension, else by the beginning of the content; JSON if neither is conclusive. */
export function indexFileFormat(location: string, bytes?: Uint8Array): IndexFileFormat {
  const extension = /\.(json|ya?ml)$/i.exec(location.replace(/[?#].*$/s, ''))?.[1]?.toLowerCase();
  if (extension !== undefined) return extension === 'json' ? 'json' : 'yaml';
  if (bytes === undefined) return 'json';
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 1024)).toString('utf8');
  return /^[[{]/.test(start.trimStart()) ? 'json' : 'yaml';
}
