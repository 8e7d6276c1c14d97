import type { FieldPath } from '../../documents/problems.ts';
import type { SourceDocument } from '../../documents/source-document.ts';
import type { IndexCode } from './codes.ts';
import type { FieldNames, IndexEntry, IndexRelease, IndexSource } from './format.ts';
import type { Mapping } from './mapping.ts';

/** A problem found in an index. */
export interface Finding {
  readonly code: IndexCode;
  readonly path: FieldPath;
  /** The problem, without its position. */
  readonly message: string;
  /** A more specific fix than that of the code. */
  readonly fix?: string | undefined;
}

/** A document whose entries may be parsed on demand. */
export interface IndexDocument extends SourceDocument {
  /** The items of `packs`, which is an empty list in `value` if this method exists. */
  readonly entries?: () => Iterable<unknown>;
}

/** The occurrences of one kind of older form. */
export interface OlderForm {
  readonly entries: number;
  /** The ref of the first entry; empty for the index itself. */
  readonly first: string;
  readonly path: FieldPath;
  readonly last: string;
}

/** The fields of one mapping, as an inspector sees them. */
export interface InspectedFields {
  readonly value: Mapping;
  /** Returns the path of a field of the mapping, or of the mapping itself. */
  path(...steps: FieldPath): FieldPath;
  /** Reports a problem with a field of the mapping. */
  problem(code: IndexCode, steps: FieldPath, message: string, fix?: string): void;
  has(key: string): boolean;
  /** Returns a field as it is in the document; `undefined` if it is missing or `null`. */
  raw(key: string): unknown;
  /** Returns the strings of a list with their indexes; empty if the field is not a list. Reports nothing. */
  stringItems(key: string): readonly StringItem[];
}

export interface StringItem {
  readonly text: string;
  /** The index in the list. */
  readonly index: number;
}

/** The release that a source belongs to. */
export interface SourceOwner {
  readonly ref: string;
  readonly version: string;
}

/**
 * Callbacks for checks beyond those that reading requires, called with each part as it is read. A value that was
 * already reported as invalid is passed as an empty value.
 */
export interface Inspector {
  /** Called for every mapping, with the fields that the format defines for it. */
  readonly names?: (fields: InspectedFields, names: FieldNames) => void;
  readonly index?: (fields: InspectedFields) => void;
  readonly entry?: (fields: InspectedFields, entry: IndexEntry) => void;
  /** Called for the entry and for each of its earlier releases. */
  readonly release?: (fields: InspectedFields) => void;
  /** Called for each earlier release, with the version of its entry. */
  readonly earlierRelease?: (fields: InspectedFields, release: IndexRelease, current: string) => void;
  readonly dependencies?: (fields: InspectedFields) => void;
  readonly source?: (fields: InspectedFields, source: IndexSource, owner: SourceOwner) => void;
}

interface FindingsOptions {
  readonly inspector?: Inspector;
  readonly ignores?: (code: IndexCode) => boolean;
  /** The maximum number of findings to collect. */
  readonly limit?: number;
  /** Older forms of an entry count once `settleOlderForms` is called. */
  readonly defersOlderForms?: boolean;
}

/** Bounds the memory and the output that a hostile index can cause. */
const DEFAULT_LIMIT = 1000;

const NO_FINDINGS: readonly Finding[] = [];

/** Collects problems and older forms while an index is read. */
export class Findings {
  readonly found: Finding[] = [];
  /** True if there were more findings than the limit. */
  truncated = false;
  readonly olderForms = new Map<string, OlderForm>();
  /** The number of fields in an older form. */
  olderFormCount = 0;
  readonly document: IndexDocument;
  readonly inspector: Inspector;
  readonly #ignores: (code: IndexCode) => boolean;
  readonly #limit: number;
  readonly #deferred: [kind: string, entry: string, path: FieldPath][] | undefined;

  constructor(document: IndexDocument, options: FindingsOptions = {}) {
    this.document = document;
    this.inspector = options.inspector ?? {};
    this.#ignores = options.ignores ?? (() => false);
    this.#limit = options.limit ?? DEFAULT_LIMIT;
    this.#deferred = options.defersOlderForms ? [] : undefined;
  }

  add(finding: Finding): void {
    if (this.#ignores(finding.code)) return;
    if (this.found.length < this.#limit) this.found.push(finding);
    else this.truncated = true;
  }

  /** Removes the findings from a position on, and returns them. */
  takeFrom(position: number): readonly Finding[] {
    if (this.found.length === position) return NO_FINDINGS;
    this.truncated = false;
    return this.found.splice(position);
  }

  /** @param entry the ref of the entry; empty for the index itself */
  addOlderForm(kind: string, entry: string, path: FieldPath): void {
    this.olderFormCount += 1;
    if (this.#deferred && path[0] === 'packs') this.#deferred.push([kind, entry, path]);
    else this.#countOlderForm(kind, entry, path);
  }

  /** Counts the deferred older forms of an entry, or discards them if the entry is invalid. */
  settleOlderForms(isValid: boolean): void {
    if (!this.#deferred?.length) return;
    for (const form of this.#deferred.splice(0)) if (isValid) this.#countOlderForm(...form);
  }

  #countOlderForm(kind: string, entry: string, path: FieldPath): void {
    const known = this.olderForms.get(kind);
    if (!known) this.olderForms.set(kind, { entries: 1, first: entry, path, last: entry });
    else if (known.last !== entry) this.olderForms.set(kind, { ...known, entries: known.entries + 1, last: entry });
  }
}
