import type { BaseIssue, GenericSchema } from 'valibot';
import { nearest } from './nearest.ts';
import { type FieldPath, formatField, type Problem, shorten } from './problems.ts';
import type { SourceDocument } from './source-document.ts';

interface Context {
  readonly schema: GenericSchema;
  readonly document: SourceDocument;
}

/** What valibot found, in our words and with its place; an issue without a message is one that has no words yet. */
export function problemsOf(issue: BaseIssue<unknown>, parent: FieldPath, context: Context): Problem[] {
  const path = [...parent, ...(issue.path ?? []).map(({ key }) => key as string | number)];
  // Of several alternatives, those that got as far as looking inside say more than "none of them".
  const inside = issue.issues?.filter((alternative) => alternative.path) ?? [];
  if (inside.length > 0) return inside.flatMap((alternative) => problemsOf(alternative, path, context));
  if (issue.type === 'strict_object' && issue.expected === 'never') return unknownKeys(issue, path, context);
  return [problem(path, issue.message || phrase(issue, path, context.document), context.document)];
}

function problem(path: FieldPath, message: string, document: SourceDocument): Problem {
  return { path: document.location, ...document.positionOf(path), field: formatField(path), message };
}

/** valibot stops at the first unknown key; people want to see all of them. */
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

/** The few members of valibot's schemas that lead from one to those inside it. */
interface SchemaNode {
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  /** Of a list. */
  readonly item?: SchemaNode;
  /** Of a record. */
  readonly value?: SchemaNode;
  /** Of what may be missing. */
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

/** A schema with all that describe the same value: the steps of a pipe, the alternatives, what is optional. */
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

function phrase(issue: BaseIssue<unknown>, path: FieldPath, document: SourceDocument): string {
  const { input } = issue;
  if (input === undefined) return 'is missing';
  const expected = (issue.expected ?? 'something else').replace(/^\((.*)\)$/, '$1').split(' | ');
  const names = expected.filter((name) => name !== 'null' && name !== 'undefined');
  const wanted = joinOr(names.map((name) => TYPE_NAMES[name] ?? name));
  return `expected ${wanted} but found ${inWords(input)}${advice(input, names, document.textOf(path))}`;
}

function advice(input: unknown, expected: readonly string[], text: string | undefined): string {
  const quotable = typeof input === 'number' || typeof input === 'boolean';
  if (quotable && expected.includes('string') && text !== undefined) return ` (quote it: "${text}")`;
  if (typeof input !== 'string') return '';
  const words = expected.filter((name) => name.startsWith('"')).map((name) => name.slice(1, -1));
  const meant = nearest(input, words);
  return meant ? ` (did you mean "${meant}"?)` : '';
}

function joinOr(words: readonly string[]): string {
  return words.length < 2 ? words.join() : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** A value for people: `the number 1`, `a list`, `nothing`. */
export function inWords(value: unknown): string {
  if (value === null || value === undefined) return 'nothing';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'string') return `the string ${JSON.stringify(shorten(value, 60))}`;
  if (typeof value === 'number') return `the number ${value}`;
  return typeof value === 'object' ? 'a mapping' : String(value);
}
