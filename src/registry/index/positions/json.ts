import { constants } from 'node:buffer';
import { InvalidDocument } from '../../../documents/problems.ts';
import type { Limits } from '../../../limits.ts';
import type { Reporter } from '../../../platform/reporter.ts';
import { openChunkedIndex } from '../chunked-index.ts';
import type { Mapping } from '../mapping.ts';
import { headerOf, IndexTooLarge, readIndex } from '../read-index.ts';
import { decodeRange, JsonScanError, type Range, scanIndex } from './json-scan.ts';
import { type LocatedEntry, type LocatedJson, type LocateOptions, locateEntries } from './located-index.ts';

/**
 * Reads and validates a JSON index in chunks, because a file may be larger than the longest string. If a part is not JSON,
 * the whole file is read again to find the position.
 * @throws IndexTooLarge, InvalidDocument
 */
export function locateJson(
  bytes: Uint8Array,
  location: string,
  limits: Limits,
  reporter: Reporter,
  options: LocateOptions,
): LocatedJson {
  if (bytes.length > limits.indexBytes) throw new IndexTooLarge(location, limits.indexBytes);
  try {
    return locate(bytes, location, reporter, options);
  } catch (error) {
    if (!(error instanceof JsonScanError || error instanceof InvalidDocument)) throw error;
    if (error instanceof InvalidDocument && error.code === 'INVALID_INDEX') throw error;
    if (bytes.length > constants.MAX_STRING_LENGTH) throw invalidWithoutPosition(location);
    readIndex(bytes, location, limits, reporter);
    throw error;
  }
}

function locate(bytes: Uint8Array, location: string, reporter: Reporter, options: LocateOptions): LocatedJson {
  const outline = scanIndex(bytes);
  const document = openChunkedIndex(bytes, location, outline);
  const { result, entries } = locateEntries(document, options);
  const header = headerOf(result, location, reporter);
  const entryValue = ({ position }: Pick<LocatedEntry, 'position'>) => {
    const { start, end } = outline.items[position] as Range;
    return JSON.parse(decodeRange(bytes, start, end)) as Mapping;
  };
  const head = { ...header, document: document.value as Mapping };
  return { format: 'json', location, bytes, head, entries, invalid: result.invalid, outline, entryValue };
}

function invalidWithoutPosition(location: string): InvalidDocument {
  const message = 'it is not JSON, or has no list of packs';
  const problem = { path: location, line: 1, column: 1, field: '', message };
  const hint = 'The file is too large to locate the problem. Generate it again with the program that wrote it.';
  return new InvalidDocument('INVALID_INDEX', `'${location}' is not a valid index:`, [problem], hint);
}
