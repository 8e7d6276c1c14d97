import { formatField, shorten } from '../../documents/problems.ts';
import { PACK_REF } from '../../packs/pack-ref.ts';
import { severityOf } from './codes.ts';
import { type Finding, Findings, type IndexDocument, type Inspector } from './findings.ts';
import { type IndexEntry, type IndexHeader, isNetworkSource } from './format.ts';
import { type InspectedItem, inspectIndex } from './inspect-index.ts';

/** An entry that cannot be used, or several with the same ref. */
export interface InvalidEntry {
  /** The indexes in the list of packs, from 0. */
  readonly positions: number[];
  /** `undefined` if the entry has no valid ref. */
  readonly ref: string | undefined;
  /** The first problem, as in `version: is missing`. */
  readonly reason: string;
}

/** The result of reading an index. */
export interface ReadEntries {
  /** `undefined` if the document is not a mapping. */
  readonly head: IndexHeader | undefined;
  /** The problems that make the index unusable. */
  readonly findings: Findings;
  /** Empty unless invalid entries are tolerated. */
  readonly invalid: readonly InvalidEntry[];
}

export interface ReadOptions {
  /** True if the index was read over a network: its sources must not name files of this machine. */
  readonly remote: boolean;
}

const LOCAL_FILES: Inspector = {
  source(fields, source) {
    if (!isNetworkSource(source)) fields.problem('local-source', ['url'], LOCAL_SOURCE_MESSAGE);
  },
};

/** Completes the name of a field. */
export const LOCAL_SOURCE_MESSAGE = 'must be a network URL or relative, because the index is read over a network';

function newFindings(document: IndexDocument, { remote }: ReadOptions, defersOlderForms = false): Findings {
  return new Findings(document, {
    defersOlderForms,
    ...(remote ? { inspector: LOCAL_FILES } : {}),
    ignores: (code) => severityOf(code, 'local') !== 'error',
  });
}

/** Receives an entry with its position and whether fields of the full form may be missing. */
export type EntryReceiver = (entry: IndexEntry, item: Pick<InspectedItem, 'position' | 'hasOlderForm'>) => void;

/** Reads all entries; every problem makes the index unusable. @param onEntry is called with every entry */
export function readAllEntries(document: IndexDocument, options: ReadOptions, onEntry: EntryReceiver): ReadEntries {
  const findings = newFindings(document, options);
  const head = inspectIndex(findings, (item) => item.entry && onEntry(item.entry, item));
  return { head, findings, invalid: [] };
}

/** Bounds the memory that invalid entries can take. An index that has more of them is unusable. */
const MAX_INVALID = 100_000;
const MAX_REASON_LENGTH = 200;
const TOO_MANY_INVALID: Finding = {
  code: 'too-many-problems',
  path: ['packs'],
  message: `has more than ${MAX_INVALID.toLocaleString('en')} invalid entries`,
};

/**
 * Reads the valid entries; only a problem outside of the entries makes the index unusable (SPEC section 3).
 * @param onEntry is called with every entry that is valid by itself, and its position. The first one of two entries with
 * the same ref is passed as well: the result lists both as invalid.
 */
export function readValidEntries(document: IndexDocument, options: ReadOptions, onEntry: EntryReceiver): ReadEntries {
  const findings = newFindings(document, options, true);
  const invalid = new Map<string | number, InvalidEntry>();
  const head = inspectIndex(findings, (item) => {
    const problems = findings.takeFrom(item.findingsBefore);
    findings.settleOlderForms(problems.length === 0);
    if (item.entry && problems.length === 0) onEntry(item.entry, item);
    else if (invalid.size < MAX_INVALID) addInvalid(invalid, item, problems);
    else if (findings.found.at(-1)?.code !== 'too-many-problems') findings.add(TOO_MANY_INVALID);
  });
  return { head, findings, invalid: [...invalid.values()] };
}

function addInvalid(
  invalid: Map<string | number, InvalidEntry>,
  { position, entry, duplicateOf }: InspectedItem,
  [problem]: readonly Finding[],
): void {
  const ref = entry && PACK_REF.test(entry.ref) ? entry.ref : undefined;
  const known = ref === undefined ? undefined : invalid.get(ref);
  const positions = known?.positions ?? (duplicateOf === undefined ? [] : [duplicateOf]);
  positions.push(position);
  const reason = positions.length > 1 ? `${positions.length} entries have this ref` : reasonOf(problem as Finding);
  invalid.set(ref ?? position, { positions, ref, reason });
}

/** Formats a problem without the path of the entry and the name of the pack. */
function reasonOf({ path, message }: Finding): string {
  const field = formatField(path.slice(2));
  const text = message.replace(/ \(pack '[^']*'\)$/, '');
  return shorten(field === '' ? text : `${field}: ${text}`, MAX_REASON_LENGTH);
}
