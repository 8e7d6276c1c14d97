/**
 * Reads an index (SPEC section 3). All commands read indexes through this module, so that the result can be relied on: an
 * invalid index is refused with every problem, and older forms are converted.
 */
import { readJson } from '../../documents/json/json.ts';
import { formatField, InvalidDocument } from '../../documents/problems.ts';
import type { SourceDocument } from '../../documents/source-document.ts';
import { readYaml } from '../../documents/yaml/yaml.ts';
import { AttuneError } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import type { Reporter } from '../../platform/reporter.ts';
import { openChunkedIndex } from './chunked-index.ts';
import type { Findings, IndexDocument, OlderForm } from './findings.ts';
import type { Index, IndexEntry, IndexHeader } from './format.ts';
import { JsonScanError } from './positions/json-scan.ts';
import { indexFileFormat } from './positions/located-index.ts';
import {
  type InvalidEntry,
  type ReadEntries,
  type ReadOptions,
  readAllEntries,
  readValidEntries,
} from './valid-entries.ts';

/** A smaller index is parsed as a whole, which is slightly faster. */
const CHUNKED_FROM_BYTES = 4 * 1024 * 1024;

export class IndexTooLarge extends AttuneError {
  constructor(location: string, limit: number) {
    super('INVALID_INDEX', `The index '${location}' is too large: it has more than ${limit} bytes.`, {
      facts: { location, limit },
      hint: 'If you trust the index, raise pack_registry.max_index_bytes in settings.yaml.',
    });
  }
}

const LOCAL: ReadOptions = { remote: false };

/**
 * Reads an index that has no invalid entry.
 * @param bytes JSON or YAML, by the file extension of the location, else by the content
 * @param location the path or URL for messages
 * @param reporter receives one warning for each kind of older form
 * @throws IndexTooLarge; InvalidDocument (`INVALID_INDEX`, or `INVALID_JSON` and the like if it is not a document at all)
 * that lists every problem with its position and its pack
 */
export function readIndex(
  bytes: Uint8Array,
  location: string,
  limits: Limits,
  reporter: Reporter,
  options = LOCAL,
): Index {
  let packs: IndexEntry[] = [];
  const read = (document: IndexDocument) => {
    packs = [];
    return readAllEntries(document, options, (entry) => packs.push(entry));
  };
  const header = headerOf(readEntries(bytes, location, limits, read), location, reporter);
  return { ...header, packs };
}

/**
 * Reads the valid entries of an index, one at a time (SPEC section 3).
 * @param onEntry is called with every valid entry. An entry is passed again if the file has to be read a second time, and
 * the first one of two entries with the same ref is passed as well.
 * @returns the invalid entries
 * @throws like `readIndex` for a problem outside of the entries
 */
export function forEachValidEntry(
  bytes: Uint8Array,
  location: string,
  limits: Limits,
  reporter: Reporter,
  options: ReadOptions,
  onEntry: (entry: IndexEntry) => void,
): readonly InvalidEntry[] {
  const read = (document: IndexDocument) => readValidEntries(document, options, onEntry);
  const result = readEntries(bytes, location, limits, read);
  headerOf(result, location, reporter);
  return result.invalid;
}

function readEntries(
  bytes: Uint8Array,
  location: string,
  limits: Limits,
  read: (document: IndexDocument) => ReadEntries,
): ReadEntries {
  return bytes.byteLength < CHUNKED_FROM_BYTES
    ? read(readIndexDocument(bytes, location, limits))
    : readChunkedOrWhole(bytes, location, limits, read);
}

/** Returns the header of a valid index and reports its older forms. @throws InvalidDocument */
export function headerOf({ head, findings }: ReadEntries, location: string, reporter: Reporter): IndexHeader {
  if (!head || findings.found.length > 0) throw invalidIndex(location, findings);
  for (const [kind, form] of findings.olderForms) reporter.warn(`${location}: ${describeOlderForm(kind, form)}.`);
  return head;
}

/**
 * Returns the result of `read` for a document. JSON is read in chunks, because the parsed whole takes seven times the
 * size of the file, which may also exceed the maximum length of a string. If that fails, the whole document is read, which
 * reports the reason.
 * @throws like `readIndex` if it is not a document at all
 */
export function readChunkedOrWhole<T>(
  bytes: Uint8Array,
  location: string,
  limits: Limits,
  read: (document: IndexDocument) => T,
): T {
  if (bytes.byteLength <= limits.indexBytes && indexFileFormat(location, bytes) === 'json') {
    try {
      return read(openChunkedIndex(bytes, location));
    } catch (error) {
      if (!(error instanceof JsonScanError || error instanceof InvalidDocument)) throw error;
    }
  }
  return read(readIndexDocument(bytes, location, limits));
}

/** Parses the document without interpreting it. @throws like `readIndex` if it is not a document at all */
export function readIndexDocument(bytes: Uint8Array, location: string, limits: Limits): SourceDocument {
  if (bytes.byteLength > limits.indexBytes) throw new IndexTooLarge(location, limits.indexBytes);
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 1024)).toString('utf8');
  if (start.trimStart().startsWith('<')) {
    const message = 'this is a web page or XML, not JSON or YAML';
    const problem = { path: location, line: 1, column: 1, field: '', message };
    const hint = 'Check the URL: it may have moved, or require a login.';
    throw new InvalidDocument('INVALID_INDEX', `'${location}' is not an index:`, [problem], hint);
  }
  return indexFileFormat(location, bytes) === 'json'
    ? readJson(bytes, location)
    : readYaml(bytes, location, { ...limits, yamlBytes: limits.indexBytes });
}

function invalidIndex(location: string, { found, truncated, document }: Findings): InvalidDocument {
  const count = truncated ? ` (the first ${found.length} problems)` : '';
  const problems = found.map(({ path, message }) => ({
    path: location,
    ...document.positionOf(path),
    field: formatField(path),
    message,
  }));
  return new InvalidDocument(
    'INVALID_INDEX',
    `'${location}' is not a valid index${count}:`,
    problems.sort((one, other) => one.line - other.line || one.column - other.column),
    'Correct the fields named above, or report them to the publisher of the index.',
  );
}

/** Describes the occurrences of an older form, in a sentence without its full stop. */
export function describeOlderForm(kind: string, { entries, first }: OlderForm): string {
  if (first === '') return `the index has ${kind}, as in older files`;
  if (entries === 1) return `the entry '${first}' has ${kind}, as in older files`;
  return `${entries} entries have ${kind}, as in older files; the first is '${first}'`;
}
