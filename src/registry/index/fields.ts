import { describeValue } from '../../documents/issues.ts';
import type { FieldPath } from '../../documents/problems.ts';
import { quotingAdvice } from '../../documents/quoting-advice.ts';
import type { IndexCode } from './codes.ts';
import type { Findings, InspectedFields, Inspector, StringItem } from './findings.ts';
import { isMapping, type Mapping } from './mapping.ts';

/**
 * The fields of one mapping of the document. Each getter reports an invalid value and returns a value of the right type
 * in its place, so that reading can continue. A field that is `null` counts as missing.
 *
 * This is written by hand instead of with a schema: every command reads the index, which may have ten thousand entries,
 * and here a path is only built when there is a problem to report.
 */
export class Fields implements InspectedFields {
  readonly findings: Findings;
  /** The owner of the fields for messages: `pack 'slack'`. */
  subject: string;
  readonly value: Mapping;
  readonly #path: () => FieldPath;

  constructor(findings: Findings, value: Mapping, path: () => FieldPath, subject = '') {
    this.findings = findings;
    this.subject = subject;
    this.value = value;
    this.#path = path;
  }

  /** Returns the fields of the document itself; `undefined` if it is not a mapping. */
  static ofDocument(findings: Findings): Fields | undefined {
    const { value } = findings.document;
    if (isMapping(value)) return new Fields(findings, value, () => []);
    findings.add({ code: 'wrong-type', path: [], message: `expected a mapping but found ${describeValue(value)}` });
    return undefined;
  }

  get inspector(): Inspector {
    return this.findings.inspector;
  }

  path(...steps: FieldPath): FieldPath {
    return [...this.#path(), ...steps];
  }

  problem(code: IndexCode, steps: FieldPath, message: string, fix?: string): void {
    const subject = this.subject ? ` (${this.subject})` : '';
    this.findings.add({ code, path: this.path(...steps), message: message + subject, fix });
  }

  olderForm(kind: string, entry: string, steps: FieldPath = []): void {
    this.findings.addOlderForm(kind, entry, this.path(...steps));
  }

  has(key: string): boolean {
    return Object.hasOwn(this.value, key) && this.value[key] !== null;
  }

  raw(key: string): unknown {
    return this.has(key) ? this.value[key] : undefined;
  }

  stringItems(key: string): StringItem[] {
    const value = this.raw(key);
    if (!Array.isArray(value)) return [];
    return value.flatMap((text: unknown, index) => (typeof text === 'string' ? { text, index } : []));
  }

  /** Returns a required string. */
  string(key: string): string {
    return this.optionalString(key) ?? this.#missing(key, '');
  }

  optionalString(key: string): string | undefined {
    const value = this.raw(key);
    if (value === undefined || typeof value === 'string') return value;
    this.#wrongType([key], 'a string', value);
    return '';
  }

  /** Returns a required list of strings. */
  strings(key: string): readonly string[] {
    return this.optionalStrings(key) ?? this.#missing(key, []);
  }

  optionalStrings(key: string): readonly string[] | undefined {
    return this.optionalList(key)?.flatMap((item, index) => {
      if (typeof item === 'string') return item;
      this.#wrongType([key, index], 'a string', item);
      return [];
    });
  }

  optionalList(key: string): readonly unknown[] | undefined {
    const value = this.raw(key);
    if (value === undefined || Array.isArray(value)) return value;
    this.#wrongType([key], 'a list', value);
    return [];
  }

  requiredList(key: string): readonly unknown[] {
    return this.optionalList(key) ?? this.#missing(key, []);
  }

  /** Returns the mappings of a required list. */
  list(key: string): readonly Fields[] {
    return this.optionalMappings(key) ?? this.#missing(key, []);
  }

  optionalMappings(key: string): readonly Fields[] | undefined {
    const items = this.optionalList(key);
    return items && [...this.mappings(key, items)];
  }

  /** Iterates over the mappings of a list. */
  *mappings(key: string, items: Iterable<unknown>): Generator<Fields> {
    let next = 0;
    for (const item of items) {
      const fields = this.item(key, next++, item);
      if (fields) yield fields;
    }
  }

  /** Returns the fields of an item of a list; `undefined` if it is not a mapping. */
  item(key: string, index: number, value: unknown): Fields | undefined {
    if (isMapping(value)) return new Fields(this.findings, value, () => this.path(key, index), this.subject);
    this.#wrongType([key, index], 'a mapping', value);
    return undefined;
  }

  optionalMapping(key: string): Fields | undefined {
    const value = this.raw(key);
    if (value === undefined) return undefined;
    if (isMapping(value)) return new Fields(this.findings, value, () => this.path(key), this.subject);
    this.#wrongType([key], 'a mapping', value);
    return new Fields(this.findings, {}, () => this.path(key), this.subject);
  }

  #missing<T>(key: string, replacement: T): T {
    this.problem('missing-field', [key], 'is missing');
    return replacement;
  }

  #wrongType(steps: FieldPath, expected: string, found: unknown): void {
    const text = expected === 'a string' ? this.findings.document.textOf(this.path(...steps)) : undefined;
    const path = this.path(...steps);
    // The version of the index itself is that of its format.
    const advice = text === undefined ? '' : quotingAdvice(text, path.length > 1 && path.at(-1) === 'version');
    this.problem('wrong-type', steps, `expected ${expected} but found ${describeValue(found)}${advice}`);
  }
}
