/**
 * Reads an index (SPEC section 3). All commands read indexes through this module, so that the result can be relied on: an
 * invalid index is refused with every problem, and older forms are converted.
 */
import { readJson } from '../../documents/json/json.ts';
import { type FieldPath, formatField, InvalidDocument, shorten } from '../../documents/problems.ts';
import type { SourceDocument } from '../../documents/source-document.ts';
import { readYaml } from '../../documents/yaml/yaml.ts';
import { AttuneError } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import { PACK_REF, REF_FORM } from '../../packs/pack-ref.ts';
import type { Reporter } from '../../platform/reporter.ts';
import { openChunkedIndex } from './chunked-index.ts';
import { Fields } from './fields.ts';
import { Findings, type IndexDocument, type OlderForm } from './findings.ts';
import { INDEX_FIELDS, type Index, type IndexEntry, type IndexOf } from './format.ts';
import { JsonScanError } from './positions/json-scan.ts';
import { indexFileFormat } from './positions/located-index.ts';
import { readContents, readRelease, readReleases } from './read-entry.ts';

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

/**
 * Reads an index.
 * @param bytes JSON or YAML, by the file extension of the location, else by the content
 * @param location the path or URL for messages
 * @param reporter receives one warning for each kind of older form
 * @throws IndexTooLarge; InvalidDocument (`INVALID_INDEX`, or `INVALID_JSON` and the like if it is not a document at all)
 * that lists every problem with its position and its pack
 */
export function readIndex(bytes: Uint8Array, location: string, limits: Limits, reporter: Reporter): Index {
  return readIndexMapped((entry) => entry, bytes, location, limits, reporter);
}

/**
 * Reads an index like `readIndex`, but retains only a projection of each entry.
 * @param project returns the part of an entry to retain
 */
export function readIndexMapped<Retained>(
  project: (entry: IndexEntry) => Retained,
  bytes: Uint8Array,
  location: string,
  limits: Limits,
  reporter: Reporter,
): IndexOf<Retained> {
  const interpret = (document: IndexDocument) => interpretIndex(document, project);
  const { index, findings } =
    bytes.byteLength < CHUNKED_FROM_BYTES
      ? interpret(readIndexDocument(bytes, location, limits))
      : readChunkedOrWhole(bytes, location, limits, interpret);
  if (!index || findings.found.length > 0) throw invalidIndex(location, findings);
  for (const [kind, form] of findings.olderForms) reporter.warn(`${location}: ${describeOlderForm(kind, form)}.`);
  return index;
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
function readIndexDocument(bytes: Uint8Array, location: string, limits: Limits): SourceDocument {
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

const EPOCH = '1970-01-01T00:00:00Z';

/** Returns the index in a document and all findings about it; no index if the document is not a mapping. */
function interpretIndex<Retained>(
  document: IndexDocument,
  project: (entry: IndexEntry) => Retained,
): { index: IndexOf<Retained> | undefined; findings: Findings } {
  const findings = new Findings(document);
  const packs: Retained[] = [];
  const head = inspectIndex(findings, (entry) => packs.push(project(entry)));
  return { index: head && { ...head, packs }, findings };
}

/**
 * Reads the index in a document and adds every problem to `findings`.
 * @param onEntry is called with every entry, valid or not
 * @returns `undefined` if the document is not a mapping
 */
export function inspectIndex(
  findings: Findings,
  onEntry: (entry: IndexEntry) => void,
): Omit<Index, 'packs'> | undefined {
  const root = Fields.ofDocument(findings);
  if (!root) return undefined;
  root.inspector.names?.(root, INDEX_FIELDS.index);
  root.inspector.index?.(root);
  const readIdentity = (key: string, defaultValue: string): string => {
    if (!root.has(key)) root.olderForm(`no '${key}'`, '');
    return root.optionalString(key) ?? defaultValue;
  };
  const head = {
    registryName: readIdentity('registry_name', ''),
    registryUrl: readIdentity('registry_url', ''),
    version: readFormatVersion(root),
    lastUpdated: readIdentity('last_updated', EPOCH),
  };
  inspectPacks(root, onEntry);
  return head;
}

/** Accepts all minor versions of the format: they only add fields, and unknown fields are ignored. */
function readFormatVersion(root: Fields): string {
  const version = root.string('version');
  if (root.raw('version') === version && !/^1\.\d+$/.test(version)) {
    root.problem('unsupported-format', ['version'], `is '${version}', and attune reads format 1.0`);
  }
  return version;
}

function inspectPacks(root: Fields, onEntry: (entry: IndexEntry) => void): void {
  const { document } = root.findings;
  const seen = new Map<string, FieldPath>();
  for (const fields of document.entries ? root.mappings('packs', document.entries()) : root.list('packs')) {
    const ref = readRef(fields);
    const first = seen.get(ref);
    if (first) {
      const { line } = document.positionOf(first);
      fields.problem('duplicate-ref', ['ref'], `the entry on line ${line} has the same ref`);
    } else if (ref !== '') seen.set(ref, fields.path('ref'));
    onEntry(readEntry(fields, ref));
  }
}

function readRef(fields: Fields): string {
  const ref = fields.optionalString('ref');
  fields.subject = ref ? `pack '${shorten(ref, 128)}'` : '';
  if (ref === undefined) fields.problem('missing-field', ['ref'], 'is missing');
  else if (fields.raw('ref') === ref && !PACK_REF.test(ref))
    fields.problem('invalid-ref', ['ref'], `must be ${REF_FORM}`);
  return ref ?? '';
}

function readEntry(fields: Fields, ref: string): IndexEntry {
  fields.inspector.names?.(fields, INDEX_FIELDS.entry);
  if (!fields.has('description')) fields.olderForm("no 'description'", ref);
  const release = readRelease(fields, ref);
  const entry = {
    ref,
    label: fields.string('label'),
    description: fields.optionalString('description') ?? '',
    ...release,
    author: fields.string('author'),
    license: fields.string('license'),
    keywords: fields.strings('keywords'),
    contents: readContents(fields, ref),
    useCase: fields.optionalString('use_case'),
    email: fields.optionalString('email'),
    homepage: fields.optionalString('homepage'),
    repository: fields.optionalString('repository'),
    meta: fields.optionalMapping('meta')?.value ?? {},
    releases: readReleases(fields, ref, release.version),
  };
  fields.inspector.entry?.(fields, entry);
  return entry;
}
