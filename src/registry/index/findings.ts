import type { FieldPath } from '../../documents/problems.ts';
import type { SourceDocument } from '../../documents/source-document.ts';
import type { IndexCode } from './codes.ts';
import type { Fields } from './fields.ts';
import type { FieldNames, IndexEntry, IndexRelease, IndexSource } from './format.ts';

/** One thing that is found out about an index. */
export interface Finding {
  readonly code: IndexCode;
  readonly path: FieldPath;
  /** What is wrong, without the place. */
  readonly message: string;
  /** What to do, where it is more than the code has to say. */
  readonly fix?: string | undefined;
}

/** A document that may keep back its entries, to make them into values one by one. */
export interface IndexDocument extends SourceDocument {
  /** What stands in `packs`, which is an empty list in `value` then. */
  readonly entries?: () => Iterable<unknown>;
}

/** Where a kind of older form occurred. */
export interface OlderForm {
  readonly entries: number;
  /** The first entry's ref; empty for the index as a whole. */
  readonly first: string;
  readonly path: FieldPath;
  readonly last: string;
}

/**
 * Looks at each part as it is read, with its fields at hand, for more than reading demands. A value that was wrong is
 * there too, empty: it was reported already.
 */
export interface Inspector {
  /** Every mapping, and the fields that the format names in it. */
  readonly names?: (fields: Fields, names: FieldNames) => void;
  readonly index?: (fields: Fields) => void;
  readonly entry?: (fields: Fields, entry: IndexEntry) => void;
  /** The entry and each of its earlier releases. */
  readonly release?: (fields: Fields) => void;
  /** Each earlier release, with the version of its entry. */
  readonly earlier?: (fields: Fields, release: IndexRelease, current: string) => void;
  readonly dependencies?: (fields: Fields) => void;
  readonly source?: (
    fields: Fields,
    source: IndexSource,
    of: { readonly ref: string; readonly version: string },
  ) => void;
}

interface FindingsOptions {
  readonly inspector?: Inspector;
  readonly ignores?: (code: IndexCode) => boolean;
  /** How many are kept. */
  readonly most?: number;
}

/** An index comes from anywhere, and one that is wrong a million times is told apart no better by a million lines. */
const MOST_FINDINGS = 1000;

/** What is found out about an index while it is read: what is wrong, and what is merely old. */
export class Findings {
  readonly found: Finding[] = [];
  /** Whether there were more than are kept. */
  abridged = false;
  readonly olderForms = new Map<string, OlderForm>();
  readonly document: IndexDocument;
  readonly inspector: Inspector;
  readonly #ignores: (code: IndexCode) => boolean;
  readonly #most: number;

  constructor(document: IndexDocument, options: FindingsOptions = {}) {
    this.document = document;
    this.inspector = options.inspector ?? {};
    this.#ignores = options.ignores ?? (() => false);
    this.#most = options.most ?? MOST_FINDINGS;
  }

  add(finding: Finding): void {
    if (this.#ignores(finding.code)) return;
    if (this.found.length < this.#most) this.found.push(finding);
    else this.abridged = true;
  }

  /** @param entry the entry's ref; empty for the index as a whole */
  older(kind: string, entry: string, path: FieldPath): void {
    const known = this.olderForms.get(kind);
    if (!known) this.olderForms.set(kind, { entries: 1, first: entry, path, last: entry });
    else if (known.last !== entry) this.olderForms.set(kind, { ...known, entries: known.entries + 1, last: entry });
  }
}
