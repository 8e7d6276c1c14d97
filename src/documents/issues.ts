import type { BaseIssue, GenericSchema } from 'valibot';
import { nearest } from './nearest.ts';
import { type FieldPath, formatField, type Problem, shorten } from './problems.ts';
import { quotingAdvice } from './quoting-advice.ts';
import type { SourceDocument } from './source-document.ts';

interface Context {
  readonly schema: GenericSchema;
  readonly document: SourceDocument;
}

/** Converts a valibot issue into problems with a location. An issue without a message gets a default one. */
export function problemsOf(issue: BaseIssue<unknown>, parent: FieldPath, context: Context): Problem[] {
  const path = [...parent, ...(issue.path ?? []).map(({ key }) => key as string | number)];
  // Alternatives that matched at the top level give more precise problems than "none of them matched".
  const nested = issue.issues?.filter((alternative) => alternative.path) ?? [];
  if (nested.length > 0) return nested.flatMap((alternative) => problemsOf(alternative, path, context));
  if (issue.type === 'strict_object' && issue.expected === 'never') return unknownKeys(issue, path, context);
  return [problem(path, issue.message || defaultMessage(issue, path, context.document), context.document)];
}

function problem(path: FieldPath, message: string, document: SourceDocument): Problem {
  return { path: document.location, ...document.positionOf(path), field: formatField(path), message };
}

/** Reports every unknown key of a mapping; valibot itself stops at the first one. */
function unknownKeys(issue: BaseIssue<unknown>, path: FieldPath, { schema, document }: Context): Problem[] {
  const parent = path.slice(0, -1);
  const known = knownKeys(schema as SchemaNode, parent);
  const present = Object.keys(issue.path?.at(-1)?.input as object);
  return present
    .filter((key) => !known.includes(key))
    .map((key) => {
      const meant = nearest(key, known);
      return problem([...parent, key], `unknown key${meant ? `, did you mean '${meant}'?` : ''}`, document);
    });
}

/** The members of valibot's schemas that lead to nested schemas. */
interface SchemaNode {
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  /** The schema of a list's items. */
  readonly item?: SchemaNode;
  /** The schema of a record's values. */
  readonly value?: SchemaNode;
  /** The schema inside `optional` or `nullish`. */
  readonly wrapped?: SchemaNode;
  readonly pipe?: readonly SchemaNode[];
  readonly options?: readonly unknown[];
}

function knownKeys(schema: SchemaNode, path: FieldPath): string[] {
  const [step, ...rest] = path;
  const layers = layersOf(schema);
  if (step === undefined) return layers.flatMap(({ entries }) => Object.keys(entries ?? {}));
  return layers.flatMap(({ entries, item, value }) => {
    const next = entries && Object.hasOwn(entries, step) ? entries[step] : (item ?? value);
    return next ? knownKeys(next, rest) : [];
  });
}

/** Returns a schema and all schemas that describe the same value: steps of a pipe, alternatives, optional ones. */
function layersOf(schema: SchemaNode): SchemaNode[] {
  const { pipe = [], options = [], wrapped } = schema;
  const others = options.filter((option) => typeof option === 'object' && option !== null) as SchemaNode[];
  const steps = pipe.filter((step) => step !== schema);
  return [schema, ...[...steps, ...others, ...(wrapped ? [wrapped] : [])].flatMap(layersOf)];
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  boolean: 'true or false',
  Array: 'a list',
  Object: 'a mapping',
  unknown: 'a mapping',
};

function defaultMessage(issue: BaseIssue<unknown>, path: FieldPath, document: SourceDocument): string {
  const { input } = issue;
  if (input === undefined) return 'is missing';
  const expected = (issue.expected ?? 'something else').replace(/^\((.*)\)$/, '$1').split(' | ');
  const names = expected.filter((name) => name !== 'null' && name !== 'undefined');
  const expectedNames = joinOr(names.map((name) => TYPE_NAMES[name] ?? name));
  return `expected ${expectedNames} but found ${describeValue(input)}${suggestion(input, names, document.textOf(path), path)}`;
}

function suggestion(input: unknown, expected: readonly string[], text: string | undefined, path: FieldPath): string {
  const quotable = typeof input === 'number' || typeof input === 'boolean';
  if (quotable && expected.includes('string') && text !== undefined)
    return quotingAdvice(text, path.at(-1) === 'version');
  if (typeof input !== 'string') return '';
  const literals = expected.filter((name) => name.startsWith('"')).map((name) => name.slice(1, -1));
  const meant = nearest(input, literals);
  return meant ? ` (did you mean "${meant}"?)` : '';
}

function joinOr(items: readonly string[]): string {
  return items.length < 2 ? items.join() : `${items.slice(0, -1).join(', ')} or ${items.at(-1)}`;
}

/** Describes a value for a message: `the number 1`, `a list`, `nothing`. */
export function describeValue(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return `the string ${JSON.stringify(shorten(value, 60))}`;
  if (typeof value === 'number') return `the number ${value}`;
  return typeof value === 'object' ? 'a mapping' : String(value);
}
