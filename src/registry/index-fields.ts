import { inWords } from '../documents/issues.ts';
import type { FieldPath } from '../documents/problems.ts';
import type { SourceDocument } from '../documents/source-document.ts';
import type { IndexCode } from './index-codes.ts';
import type { FieldNames, IndexEntry, IndexRelease, IndexSource } from './index-format.ts';

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

type Mapping = Readonly<Record<string, unknown>>;

function isMapping(value: unknown): value is Mapping {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * A mapping of the document under the eyes of a reader: every question notes what is wrong with the answer and gives
 * something of the right type in its place, so that reading goes on. A field that is `null` is one that is missing.
 *
 * This is written by hand, not with a schema: an index may have ten thousand entries, every command reads it, and here
 * a path is only put together when there is something to say about it.
 */
export class Fields {
  readonly findings: Findings;
  /** Whose fields they are, for messages: `pack 'slack'`. */
  subject: string;
  /** The mapping itself. */
  readonly value: Mapping;
  readonly #path: () => FieldPath;

  constructor(findings: Findings, value: Mapping, path: () => FieldPath, subject = '') {
    this.findings = findings;
    this.subject = subject;
    this.value = value;
    this.#path = path;
  }

  /** The whole document. `undefined` when it is no mapping. */
  static ofDocument(findings: Findings): Fields | undefined {
    const { value } = findings.document;
    if (isMapping(value)) return new Fields(findings, value, () => []);
    findings.add({ code: 'wrong-type', path: [], message: `expected a mapping but found ${inWords(value)}` });
    return undefined;
  }

  get inspector(): Inspector {
    return this.findings.inspector;
  }

  path(...steps: FieldPath): FieldPath {
    return [...this.#path(), ...steps];
  }

  problem(code: IndexCode, steps: FieldPath, message: string, fix?: string): void {
    const whose = this.subject ? ` (${this.subject})` : '';
    this.findings.add({ code, path: this.path(...steps), message: message + whose, fix });
  }

  older(kind: string, entry: string, steps: FieldPath = []): void {
    this.findings.older(kind, entry, this.path(...steps));
  }

  has(key: string): boolean {
    return Object.hasOwn(this.value, key) && this.value[key] !== null;
  }

  /** As it is in the document; `undefined` where it is missing. */
  raw(key: string): unknown {
    return this.has(key) ? this.value[key] : undefined;
  }

  /** The strings of a list with their positions, and nothing where there is another thing: says nothing of what is wrong. */
  texts(key: string): { readonly text: string; readonly at: number }[] {
    const value = this.raw(key);
    if (!Array.isArray(value)) return [];
    return value.flatMap((text: unknown, at) => (typeof text === 'string' ? { text, at } : []));
  }

  /** Must be there. */
  string(key: string): string {
    return this.optionalString(key) ?? this.#missing(key, '');
  }

  optionalString(key: string): string | undefined {
    const value = this.raw(key);
    if (value === undefined || typeof value === 'string') return value;
    this.#wrong([key], 'a string', value);
    return '';
  }

  /** Must be there. */
  strings(key: string): readonly string[] {
    return this.optionalStrings(key) ?? this.#missing(key, []);
  }

  optionalStrings(key: string): readonly string[] | undefined {
    return this.optionalList(key)?.flatMap((item, position) => {
      if (typeof item === 'string') return item;
      this.#wrong([key, position], 'a string', item);
      return [];
    });
  }

  optionalList(key: string): readonly unknown[] | undefined {
    const value = this.raw(key);
    if (value === undefined || Array.isArray(value)) return value;
    this.#wrong([key], 'a list', value);
    return [];
  }

  /** The mappings in a list that must be there. */
  list(key: string): readonly Fields[] {
    return this.optionalMappings(key) ?? this.#missing(key, []);
  }

  optionalMappings(key: string): readonly Fields[] | undefined {
    const items = this.optionalList(key);
    return items && [...this.mappings(key, items)];
  }

  /** The mappings among the items of a list that may not be at hand as a whole. */
  *mappings(key: string, items: Iterable<unknown>): Generator<Fields> {
    let next = 0;
    for (const item of items) {
      const position = next++;
      if (isMapping(item)) yield new Fields(this.findings, item, () => this.path(key, position), this.subject);
      else this.#wrong([key, position], 'a mapping', item);
    }
  }

  optionalMapping(key: string): Fields | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (isMapping(value)) return new Fields(this.findings, value, () => this.path(key), this.subject);
    this.#wrong([key], 'a mapping', value);
    return new Fields(this.findings, {}, () => this.path(key), this.subject);
  }

  #missing<T>(key: string, instead: T): T {
    this.problem('missing-field', [key], 'is missing');
    return instead;
  }

  #wrong(steps: FieldPath, expected: string, found: unknown): void {
    const text = expected === 'a string' ? this.findings.document.textOf(this.path(...steps)) : undefined;
    const advice = text === undefined ? '' : ` (quote it: "${text}")`;
    this.problem('wrong-type', steps, `expected ${expected} but found ${inWords(found)}${advice}`);
  }
}
