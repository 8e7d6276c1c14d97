import { inWords } from '../documents/issues.ts';
import { type FieldPath, formatField, type Problem } from '../documents/problems.ts';
import type { SourceDocument } from '../documents/source-document.ts';

/** An index comes from anywhere, and one that is wrong a million times is told apart no better by a million lines. */
const MAX_PROBLEMS = 1000;

/** Where a kind of older form occurred. */
export interface OlderForm {
  readonly entries: number;
  /** The first entry's ref; empty for the index as a whole. */
  readonly first: string;
  readonly last: string;
}

/** What is found out about an index while it is read: what is wrong, and what is merely old. */
export class Findings {
  readonly problems: Problem[] = [];
  /** Whether there were more problems than are kept. */
  abridged = false;
  readonly olderForms = new Map<string, OlderForm>();
  readonly #document: SourceDocument;

  constructor(document: SourceDocument) {
    this.#document = document;
  }

  problem(path: FieldPath, message: string, subject: string): void {
    if (this.problems.length >= MAX_PROBLEMS) {
      this.abridged = true;
      return;
    }
    this.problems.push({
      path: this.#document.location,
      ...this.#document.positionOf(path),
      field: formatField(path),
      message: subject ? `${message} (${subject})` : message,
    });
  }

  /** @param entry the entry's ref; empty for the index as a whole */
  older(kind: string, entry: string): void {
    const known = this.olderForms.get(kind);
    if (!known) this.olderForms.set(kind, { entries: 1, first: entry, last: entry });
    else if (known.last !== entry) this.olderForms.set(kind, { ...known, entries: known.entries + 1, last: entry });
  }

  lineOf(path: FieldPath): number {
    return this.#document.positionOf(path).line;
  }

  textOf(path: FieldPath): string | undefined {
    return this.#document.textOf(path);
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
  readonly #value: Mapping;
  readonly #path: () => FieldPath;

  constructor(findings: Findings, value: Mapping, path: () => FieldPath, subject = '') {
    this.findings = findings;
    this.subject = subject;
    this.#value = value;
    this.#path = path;
  }

  /** The whole document. `undefined` when it is no mapping. */
  static ofDocument(document: SourceDocument, findings: Findings): Fields | undefined {
    if (isMapping(document.value)) return new Fields(findings, document.value, () => []);
    findings.problem([], `expected a mapping but found ${inWords(document.value)}`, '');
    return undefined;
  }

  path(...steps: FieldPath): FieldPath {
    return [...this.#path(), ...steps];
  }

  problem(steps: FieldPath, message: string): void {
    this.findings.problem(this.path(...steps), message, this.subject);
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#value, key) && this.#value[key] !== null;
  }

  /** As it is in the document; `undefined` where it is missing. */
  raw(key: string): unknown {
    return this.has(key) ? this.#value[key] : undefined;
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
    return this.optionalList(key)?.flatMap((item, position) => {
      if (isMapping(item)) return new Fields(this.findings, item, () => this.path(key, position), this.subject);
      this.#wrong([key, position], 'a mapping', item);
      return [];
    });
  }

  optionalMapping(key: string): Fields | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (isMapping(value)) return new Fields(this.findings, value, () => this.path(key), this.subject);
    this.#wrong([key], 'a mapping', value);
    return new Fields(this.findings, {}, () => this.path(key), this.subject);
  }

  /** The mapping itself. */
  get value(): Mapping {
    return this.#value;
  }

  #missing<T>(key: string, instead: T): T {
    this.problem([key], 'is missing');
    return instead;
  }

  #wrong(steps: FieldPath, expected: string, found: unknown): void {
    const text = expected === 'a string' ? this.findings.textOf(this.path(...steps)) : undefined;
    const advice = text === undefined ? '' : ` (quote it: "${text}")`;
    this.problem(steps, `expected ${expected} but found ${inWords(found)}${advice}`);
  }
}
