import { constants } from 'node:buffer';
import { InvalidDocument } from '../../../documents/problems.ts';
import type { Limits } from '../../../limits.ts';
import { type Reporter, silentReporter } from '../../../platform/reporter.ts';
import { IndexTooLarge, readIndex } from '../read-index.ts';
import { chunksOf, contentStart, JsonScanError, type Range, scanIndex, textOf } from './json-scan.ts';
import type { IndexHead, LocatedEntry, LocatedJson, Mapping } from './located-index.ts';

const PIECE_START = Buffer.from(
  '{"registry_name":"","registry_url":"","version":"1.0","last_updated":"1970-01-01T00:00:00Z","packs":[',
);
const PIECE_END = Buffer.from(']}');

/**
 * Reads an index in JSON, checking all of it, and never holds more than a piece of it as values: a file may be larger
 * than the longest string. The head with an empty list, and every run of entries in a head of our own, are indexes too,
 * and the file is right when they are. When one is not, the whole is read again to say where.
 * @throws IndexTooLarge, InvalidDocument
 */
export function locateJson(bytes: Uint8Array, location: string, limits: Limits, reporter: Reporter): LocatedJson {
  if (bytes.length > limits.indexBytes) throw new IndexTooLarge(location, limits.indexBytes);
  try {
    return new PieceReader(bytes, location, limits).read(reporter);
  } catch (error) {
    if (!(error instanceof JsonScanError || error instanceof InvalidDocument)) throw error;
    if (isOneString(bytes)) readIndex(bytes, location, limits, reporter);
    throw error instanceof InvalidDocument || isOneString(bytes) ? error : unexplained(location);
  }
}

function isOneString(bytes: Uint8Array): boolean {
  return bytes.length <= constants.MAX_STRING_LENGTH;
}

function unexplained(location: string): InvalidDocument {
  const message = 'it is not JSON, or has no list of packs with a ref of its own for each';
  const problem = { path: location, line: 1, column: 1, field: '', message };
  const hint = 'The file is too large to say where. Write it anew with the program that made it.';
  return new InvalidDocument('INVALID_INDEX', `'${location}' is not a valid index:`, [problem], hint);
}

class PieceReader {
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
    const entries = [...chunksOf(items)].flatMap(([from, to]) => this.#readPiece(items, from, to));
    if (new Set(entries.map(({ ref }) => ref)).size < entries.length) throw new JsonScanError();
    this.#passOn(reporter);
    const bytes = this.#bytes;
    const entryValue = ({ position }: LocatedEntry) => {
      const { start, end } = items[position] as Range;
      return JSON.parse(textOf(bytes, start, end)) as Mapping;
    };
    return { format: 'json', location: this.#location, bytes, head, entries, outline, entryValue };
  }

  #readHead({ start, end }: Range): IndexHead {
    const skeleton = Buffer.concat([this.#bytes.subarray(0, start + 1), this.#bytes.subarray(end - 1)]);
    const { packs: _, ...head } = this.#read(skeleton);
    return { ...head, document: JSON.parse(textOf(skeleton, contentStart(skeleton), skeleton.length)) };
  }

  /** The entries at the positions from `from` up to `to`. */
  #readPiece(items: readonly Range[], from: number, to: number): LocatedEntry[] {
    const slice = this.#bytes.subarray(items[from]?.start, items[to - 1]?.end);
    const warnings = this.#warnings.length;
    const { packs } = this.#read(Buffer.concat([PIECE_START, slice, PIECE_END]));
    if (packs.length !== to - from) throw new JsonScanError();
    const older = this.#warnings.length > warnings;
    return packs.map(({ ref, version, installSources, releases }, offset) => {
      return { position: from + offset, ref, version, installSources, hasReleases: releases.length > 0, older };
    });
  }

  #read(bytes: Uint8Array) {
    const warn = (text: string) => this.#warnings.push(text);
    return readIndex(bytes, this.#location, this.#limits, { ...silentReporter, warn });
  }

  /** One warning for each kind of older form, about all entries together: those of the pieces count their own. */
  #passOn(reporter: Reporter): void {
    if (this.#warnings.length === 0) return;
    if (isOneString(this.#bytes)) readIndex(this.#bytes, this.#location, this.#limits, reporter);
    else for (const warning of this.#warnings) reporter.warn(warning);
  }
}
