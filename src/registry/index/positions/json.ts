import { constants } from 'node:buffer';
import { InvalidDocument } from '../../../documents/problems.ts';
import type { Limits } from '../../../limits.ts';
import { type Reporter, silentReporter } from '../../../platform/reporter.ts';
import type { Mapping } from '../mapping.ts';
import { IndexTooLarge, readIndex } from '../read-index.ts';
import { chunksOf, contentStart, decodeRange, JsonScanError, type Range, scanIndex } from './json-scan.ts';
import type { IndexHead, LocatedEntry, LocatedJson } from './located-index.ts';

const CHUNK_PREFIX = Buffer.from(
  '{"registry_name":"","registry_url":"","version":"1.0","last_updated":"1970-01-01T00:00:00Z","packs":[',
);
const CHUNK_SUFFIX = Buffer.from(']}');

/**
 * Reads and validates a JSON index in chunks, because a file may be larger than the longest string. The head with an
 * empty list and every chunk of entries in a synthetic head are themselves indexes, and the file is valid if all of them
 * are. If one is not, the whole file is read again to find the positions.
 * @throws IndexTooLarge, InvalidDocument
 */
export function locateJson(bytes: Uint8Array, location: string, limits: Limits, reporter: Reporter): LocatedJson {
  if (bytes.length > limits.indexBytes) throw new IndexTooLarge(location, limits.indexBytes);
  try {
    return new ChunkReader(bytes, location, limits).read(reporter);
  } catch (error) {
    if (!(error instanceof JsonScanError || error instanceof InvalidDocument)) throw error;
    if (fitsIntoString(bytes)) readIndex(bytes, location, limits, reporter);
    throw error instanceof InvalidDocument || fitsIntoString(bytes) ? error : invalidWithoutPosition(location);
  }
}

function fitsIntoString(bytes: Uint8Array): boolean {
  return bytes.length <= constants.MAX_STRING_LENGTH;
}

function invalidWithoutPosition(location: string): InvalidDocument {
  const message = 'it is not JSON, or has no list of packs with unique refs';
  const problem = { path: location, line: 1, column: 1, field: '', message };
  const hint = 'The file is too large to locate the problem. Generate it again with the program that wrote it.';
  return new InvalidDocument('INVALID_INDEX', `'${location}' is not a valid index:`, [problem], hint);
}

class ChunkReader {
  readonly #bytes: Uint8Array;
  readonly #location: string;
  readonly #limits: Limits;
  readonly #warnings: string[] = [];

  constructor(bytes: Uint8Array, location: string, limits: Limits) {
    this.#bytes = bytes;
    this.#location = location;
    this.#limits = { ...limits, indexBytes: Number.POSITIVE_INFINITY };
  }

  read(reporter: Reporter): LocatedJson {
    const outline = scanIndex(this.#bytes);
    const { items } = outline;
    const head = this.#readHead(outline.packs);
    const entries = [...chunksOf(items)].flatMap(([from, to]) => this.#readChunk(items, from, to));
    if (new Set(entries.map(({ ref }) => ref)).size < entries.length) throw new JsonScanError();
    this.#reportWarnings(reporter);
    const bytes = this.#bytes;
    const entryValue = ({ position }: LocatedEntry) => {
      const { start, end } = items[position] as Range;
      return JSON.parse(decodeRange(bytes, start, end)) as Mapping;
    };
    return { format: 'json', location: this.#location, bytes, head, entries, outline, entryValue };
  }

  #readHead({ start, end }: Range): IndexHead {
    const skeleton = Buffer.concat([this.#bytes.subarray(0, start + 1), this.#bytes.subarray(end - 1)]);
    const { packs: _, ...head } = this.#read(skeleton);
    return { ...head, document: JSON.parse(decodeRange(skeleton, contentStart(skeleton), skeleton.length)) };
  }

  /** Reads the entries at the positions from `from` up to, but not including, `to`. */
  #readChunk(items: readonly Range[], from: number, to: number): LocatedEntry[] {
    const slice = this.#bytes.subarray(items[from]?.start, items[to - 1]?.end);
    const warnings = this.#warnings.length;
    const { packs } = this.#read(Buffer.concat([CHUNK_PREFIX, slice, CHUNK_SUFFIX]));
    if (packs.length !== to - from) throw new JsonScanError();
    const mayBeIncomplete = this.#warnings.length > warnings;
    return packs.map(({ ref, version, installSources, releases }, offset) => {
      return {
        position: from + offset,
        ref,
        version,
        installSources,
        hasReleases: releases.length > 0,
        mayBeIncomplete,
      };
    });
  }

  #read(bytes: Uint8Array) {
    const warn = (text: string) => this.#warnings.push(text);
    return readIndex(bytes, this.#location, this.#limits, { ...silentReporter, warn });
  }

  /** Reads the index once more to count older forms over all entries: the warnings of the chunks count separately. */
  #reportWarnings(reporter: Reporter): void {
    if (this.#warnings.length === 0) return;
    if (fitsIntoString(this.#bytes)) readIndex(this.#bytes, this.#location, this.#limits, reporter);
    else for (const warning of this.#warnings) reporter.warn(warning);
  }
}
