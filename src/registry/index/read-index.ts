/**
 * Reading an index (SPEC section 3). Every pack passes through here, so the result can be relied on: whatever is no
 * index is refused with all that is wrong with it, and what older tools wrote comes out in the form of today.
 */
import { readJson } from '../../documents/json/json.ts';
import { type FieldPath, formatField, InvalidDocument } from '../../documents/problems.ts';
import type { SourceDocument } from '../../documents/source-document.ts';
import { readYaml } from '../../documents/yaml/yaml.ts';
import { AttuneError } from '../../errors.ts';
import type { Limits } from '../../limits.ts';
import { PACK_REF } from '../../packs/pack-ref.ts';
import type { Reporter } from '../../platform/reporter.ts';
import { openChunkedIndex } from './chunked-index.ts';
import { Fields } from './fields.ts';
import { Findings, type IndexDocument, type OlderForm } from './findings.ts';
import { INDEX_FIELDS, type Index, type IndexEntry, type IndexOf } from './format.ts';
import { JsonScanError } from './positions/json-scan.ts';
import { indexFileFormat } from './positions/located-index.ts';
import { readContents, readRelease, readReleases } from './read-entry.ts';

/** A smaller one is read as a whole, which is a little faster. */
const PIECEWISE_FROM_BYTES = 4 * 1024 * 1024;

export class IndexTooLarge extends AttuneError {
  constructor(location: string, limit: number) {
    super('INVALID_INDEX', `The index '${location}' is too large: it has more than ${limit} bytes.`, {
      facts: { location, limit },
      hint: 'If it is to be trusted, raise pack_registry.max_index_bytes in config.yaml.',
    });
  }
}

/**
 * @param bytes JSON or YAML, told apart by the location's ending, else by the content
 * @param location what messages call it: a path or a URL
 * @param reporter is given one warning for each kind of older form
 * @throws IndexTooLarge; InvalidDocument (`INVALID_INDEX`, or `INVALID_JSON` and the like where it is no document at
 * all) that lists every problem with its place and its pack
 */
export function readIndex(bytes: Uint8Array, location: string, limits: Limits, reporter: Reporter): Index {
  return readIndexMapped((entry) => entry, bytes, location, limits, reporter);
}

/**
 * Like `readIndex`, of which only a part of every entry stays in memory.
 * @param keep what of an entry is wanted
 */
export function readIndexMapped<Kept>(
  keep: (entry: IndexEntry) => Kept,
  bytes: Uint8Array,
  location: string,
  limits: Limits,
  reporter: Reporter,
): IndexOf<Kept> {
  const interpret = (document: IndexDocument) => interpretIndex(document, keep);
  const { index, findings } =
    bytes.byteLength < PIECEWISE_FROM_BYTES
      ? interpret(readIndexDocument(bytes, location, limits))
      : readChunkedOrWhole(bytes, location, limits, interpret);
  if (!index || findings.found.length > 0) throw invalidIndex(location, findings);
  for (const [kind, form] of findings.olderForms) reporter.warn(`${location}: ${describeOlderForm(kind, form)}.`);
  return index;
}

/**
 * What `read` makes of a document. One in JSON is shown to it in pieces: whole, it takes seven times its size, and may be
 * longer than a string can be. Where that fails it is shown once more as a whole, for only so is it known why.
 * @throws like `readIndex` where it is no document at all
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

/** The document, whatever is in it. @throws like `readIndex` where it is no document at all */
function readIndexDocument(bytes: Uint8Array, location: string, limits: Limits): SourceDocument {
  if (bytes.byteLength > limits.indexBytes) throw new IndexTooLarge(location, limits.indexBytes);
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 1024)).toString('utf8');
  const first = start.trimStart().charAt(0);
  if (first === '<') {
    const message = 'this is a web page or XML, neither JSON nor YAML';
    const problem = { path: location, line: 1, column: 1, field: '', message };
    const hint = 'Check the address: it may have moved, or want you to sign in.';
    throw new InvalidDocument('INVALID_INDEX', `'${location}' is not an index:`, [problem], hint);
  }
  return indexFileFormat(location, bytes) === 'json'
    ? readJson(bytes, location)
    : readYaml(bytes, location, { ...limits, yamlBytes: limits.indexBytes });
}

function invalidIndex(location: string, { found, abridged, document }: Findings): InvalidDocument {
  const which = abridged ? ` (the first ${found.length} problems)` : '';
  const problems = found.map(({ path, message }) => ({
    path: location,
    ...document.positionOf(path),
    field: formatField(path),
    message,
  }));
  return new InvalidDocument(
    'INVALID_INDEX',
    `'${location}' is not a valid index${which}:`,
    problems.sort((one, other) => one.line - other.line || one.column - other.column),
    'Correct the fields named above, or tell the publisher of the index.',
  );
}

/** A sentence without its full stop. */
export function describeOlderForm(kind: string, { entries, first }: OlderForm): string {
  if (first === '') return `the index has ${kind}, as in older files`;
  if (entries === 1) return `the entry '${first}' has ${kind}, as in older files`;
  return `${entries} entries have ${kind}, as in older files; the first is '${first}'`;
}

const EPOCH = '1970-01-01T00:00:00Z';

/** The index in a document, `undefined` when that is no mapping; all that is wrong with it is in `findings`. */
function interpretIndex<Kept>(
  document: IndexDocument,
  keep: (entry: IndexEntry) => Kept,
): { index: IndexOf<Kept> | undefined; findings: Findings } {
  const findings = new Findings(document);
  const packs: Kept[] = [];
  const head = inspectIndex(findings, (entry) => packs.push(keep(entry)));
  return { index: head && { ...head, packs }, findings };
}

/**
 * Goes through the index in a document.
 * @param onEntry is given every entry, right or wrong
 * @returns `undefined` when the document is no mapping
 */
export function inspectIndex(
  findings: Findings,
  onEntry: (entry: IndexEntry) => void,
): Omit<Index, 'packs'> | undefined {
  const root = Fields.ofDocument(findings);
  if (!root) return undefined;
  root.inspector.names?.(root, INDEX_FIELDS.index);
  root.inspector.index?.(root);
  const identity = (key: string, instead: string): string => {
    if (!root.has(key)) root.older(`no '${key}'`, '');
    return root.optionalString(key) ?? instead;
  };
  const head = {
    registryName: identity('registry_name', ''),
    registryUrl: identity('registry_url', ''),
    version: readFormatVersion(root),
    lastUpdated: identity('last_updated', EPOCH),
  };
  inspectPacks(root, onEntry);
  return head;
}

/** Minor versions of the format add fields, which are ignored where they are not known. */
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
      fields.problem('duplicate-ref', ['ref'], `another entry has this ref, on line ${line}`);
    } else if (ref !== '') seen.set(ref, fields.path('ref'));
    onEntry(readEntry(fields, ref));
  }
}

function readRef(fields: Fields): string {
  const ref = fields.optionalString('ref');
  fields.subject = ref ? `pack '${ref}'` : '';
  if (ref === undefined) fields.problem('missing-field', ['ref'], 'is missing');
  else if (fields.raw('ref') === ref && !PACK_REF.test(ref))
    fields.problem('invalid-ref', ['ref'], 'must be lower-case letters, digits, _ and -, and begin with a letter');
  return ref ?? '';
}

function readEntry(fields: Fields, ref: string): IndexEntry {
  fields.inspector.names?.(fields, INDEX_FIELDS.entry);
  if (!fields.has('description')) fields.older("no 'description'", ref);
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
