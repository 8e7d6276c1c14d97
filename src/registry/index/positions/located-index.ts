/**
 * An index together with where each entry stands in its file: what editing and merging work on. Both keep the bytes of the
 * entries that they do not change, so neither makes values of a file and writes those.
 */
import type { Index, IndexSource } from '../format.ts';
import type { IndexOutline } from './json-scan.ts';

export type IndexFileFormat = 'json' | 'yaml';
export type Mapping = Readonly<Record<string, unknown>>;

/** What an index itself has, in the order in which it is written (SPEC section 3). */
export const ROOT_FIELDS = ['registry_name', 'registry_url', 'version', 'last_updated', 'packs'];

/** Everything about an index but its entries. */
export interface IndexHead extends Omit<Index, 'packs'> {
  /** Unknown fields included, in their order; `packs` is an empty list. */
  readonly document: Mapping;
}

/** What has to be known of an entry to choose among those of a pack. Its value is made when it is asked for. */
export interface LocatedEntry {
  /** In the index's list, from 0. */
  readonly position: number;
  readonly ref: string;
  /** A semantic version. */
  readonly version: string;
  readonly installSources: readonly IndexSource[];
  readonly hasReleases: boolean;
  /** It may lack what the full form has. */
  readonly older: boolean;
}

interface Located {
  /** What messages call it. */
  readonly location: string;
  readonly bytes: Uint8Array;
  readonly head: IndexHead;
  /** In the order of the file; every ref is there once. */
  readonly entries: readonly LocatedEntry[];
  entryValue(entry: LocatedEntry): Mapping;
}

export interface LocatedJson extends Located {
  readonly format: 'json';
  /** Its items are the entries. */
  readonly outline: IndexOutline;
}

/** Its entries have no outline: with aliases, an entry may be written anywhere. */
export interface LocatedYaml extends Located {
  readonly format: 'yaml';
}

export type LocatedIndex = LocatedJson | LocatedYaml;

/** By the ending of the name, else by what the content begins with; JSON where neither says. */
export function indexFileFormat(location: string, bytes?: Uint8Array): IndexFileFormat {
  const ending = /\.(json|ya?ml)$/i.exec(location.replace(/[?#].*$/s, ''))?.[1]?.toLowerCase();
  if (ending !== undefined) return ending === 'json' ? 'json' : 'yaml';
  if (bytes === undefined) return 'json';
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 1024)).toString('utf8');
  return /^[[{]/.test(start.trimStart()) ? 'json' : 'yaml';
}
