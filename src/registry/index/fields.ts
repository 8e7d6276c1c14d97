import { describeValue } from '../../documents/issues.ts';
import type { FieldPath } from '../../documents/problems.ts';
import type { IndexCode } from './codes.ts';
import type { Findings, Inspector } from './findings.ts';

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
    this.problem('wrong-type', steps, `expected ${expected} but found ${describeValue(found)}${advice}`);
  }
}
