import {
  custom,
  type GenericSchema,
  type InferOutput,
  looseObject,
  type ObjectEntries,
  pipe,
  record,
  safeParse,
  strictObject,
  string,
} from 'valibot';
import type { ErrorCode } from '../errors.ts';
import { inWords, problemsOf } from './issues.ts';
import { InvalidDocument, type Problem } from './problems.ts';
import type { SourceDocument } from './source-document.ts';

export interface ShapeOptions {
  /** What the document should have been: `index`, `configuration`. */
  readonly what: string;
  readonly code?: ErrorCode & `INVALID_${string}`;
  readonly hint?: string;
}

/**
 * The document as the schema types it.
 * @throws InvalidDocument that lists every problem with its place
 */
export function parseShape<const S extends GenericSchema>(
  schema: S,
  document: SourceDocument,
  { what, code = 'INVALID_DOCUMENT', hint = 'Correct the fields named above.' }: ShapeOptions,
): InferOutput<S> {
  const { output, problems } = inspectShape(schema, document);
  if (!problems) return output;
  throw new InvalidDocument(code, `'${document.location}' is not a valid ${what}:`, problems, hint);
}

export type Inspected<T> =
  | { readonly output: T; readonly problems?: never }
  | { readonly output?: never; readonly problems: readonly Problem[] };

/** Like `parseShape`, for those who gather the problems of several documents. In the order of the document. */
export function inspectShape<const S extends GenericSchema>(
  schema: S,
  document: SourceDocument,
): Inspected<InferOutput<S>> {
  // The empty message marks the issues that the schema has no words of its own for.
  const result = safeParse(schema, document.value, { message: '' });
  if (result.success) return { output: result.output };
  const problems = result.issues.flatMap((issue) => problemsOf(issue, [], { schema, document }));
  return { problems: problems.toSorted((one, other) => one.line - other.line || one.column - other.column) };
}

/** A mapping with these fields, and whatever others it has. (valibot's objects alone would take a list for one.) */
export function mapping<const E extends ObjectEntries>(entries: E) {
  return pipe(aMapping(), looseObject(entries));
}

/** A mapping with these fields and no others. */
export function strictMapping<const E extends ObjectEntries>(entries: E) {
  return pipe(aMapping(), strictObject(entries));
}

/** A mapping of any keys to values of one shape. */
export function mappingOf<const S extends GenericSchema>(value: S) {
  return pipe(aMapping(), record(string(), value));
}

function aMapping() {
  return custom<Record<string, unknown>>(
    (input) => typeof input === 'object' && input !== null && !Array.isArray(input),
    ({ input }) => (input === undefined ? '' : `expected a mapping but found ${inWords(input)}`),
  );
}
