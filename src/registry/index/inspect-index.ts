/** Reads the parts of an index (SPEC section 3) and collects every problem. It is used for reading and for validation. */
import { shorten } from '../../documents/problems.ts';
import { PACK_REF, REF_FORM } from '../../packs/pack-ref.ts';
import { Fields } from './fields.ts';
import type { Findings } from './findings.ts';
import { INDEX_FIELDS, type IndexEntry, type IndexHeader } from './format.ts';
import { readContents, readRelease, readReleases } from './read-entry.ts';

/** One item of the list of packs. */
export interface InspectedItem {
  /** The index in the list, from 0. */
  readonly position: number;
  /** The entry, valid or not; `undefined` if the item is not a mapping. */
  readonly entry: IndexEntry | undefined;
  /** The number of findings before those of this item. */
  readonly findingsBefore: number;
  /** True if fields of the full form may be missing. */
  readonly hasOlderForm: boolean;
  /** The position of the first entry that has the same ref, if there is one. */
  readonly duplicateOf: number | undefined;
}

const EPOCH = '1970-01-01T00:00:00Z';

/**
 * Reads the index in a document and adds every problem to `findings`.
 * @param onItem is called with every item of the list of packs, valid or not
 * @returns `undefined` if the document is not a mapping
 */
export function inspectIndex(findings: Findings, onItem: (item: InspectedItem) => void): IndexHeader | undefined {
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
  inspectPacks(root, onItem);
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

function inspectPacks(root: Fields, onItem: (item: InspectedItem) => void): void {
  const { findings } = root;
  const { document } = findings;
  const seen = new Map<string, number>();
  let next = 0;
  for (const value of document.entries?.() ?? root.requiredList('packs')) {
    const position = next++;
    const findingsBefore = findings.found.length;
    const formsBefore = findings.olderFormCount;
    const fields = root.item('packs', position, value);
    const ref = fields && readRef(fields);
    const duplicateOf = ref ? seen.get(ref) : undefined;
    if (duplicateOf !== undefined) reportDuplicate(fields as Fields, duplicateOf);
    else if (ref) seen.set(ref, position);
    const entry = fields && readEntry(fields, ref as string);
    const hasOlderForm = findings.olderFormCount > formsBefore;
    onItem({ position, entry, findingsBefore, hasOlderForm, duplicateOf });
  }
}

function reportDuplicate(fields: Fields, first: number): void {
  const { line } = fields.findings.document.positionOf(['packs', first, 'ref']);
  fields.problem('duplicate-ref', ['ref'], `the entry on line ${line} has the same ref`);
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
