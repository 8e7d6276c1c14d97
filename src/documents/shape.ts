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
import { describeValue, problemsOf } from './issues.ts';
import { InvalidDocument, type Problem } from './problems.ts';
import type { SourceDocument } from './source-document.ts';

export interface ShapeOptions {
  /** The kind of document that was expected, for the message: `index`, `configuration`. */
  readonly documentType: string;
  readonly code?: ErrorCode & `INVALID_${string}`;
  readonly hint?: string;
}

/**
 * Validates a document against a schema and returns its typed value.
 * @throws InvalidDocument that lists every problem with its location
 */
export function parseShape<const S extends GenericSchema>(
  schema: S,
  document: SourceDocument,
  { documentType, code = 'INVALID_DOCUMENT', hint = 'Correct the fields named above.' }: ShapeOptions,
): InferOutput<S> {
  const { output, problems } = checkShape(schema, document);
  if (!problems) return output;
  throw new InvalidDocument(code, `'${document.location}' is not a valid ${documentType}:`, problems, hint);
}

export type ShapeResult<T> =
  | { readonly output: T; readonly problems?: never }
  | { readonly output?: never; readonly problems: readonly Problem[] };

/** Like `parseShape`, but returns the problems, in the order of the document, instead of throwing them. */
export function checkShape<const S extends GenericSchema>(
  schema: S,
  document: SourceDocument,
): ShapeResult<InferOutput<S>> {
  // The empty message marks issues that the schema defines no message for.
  const result = safeParse(schema, document.value, { message: '' });
  if (result.success) return { output: result.output };
  const problems = result.issues.flatMap((issue) => problemsOf(issue, [], { schema, document }));
  return { problems: problems.toSorted((one, other) => one.line - other.line || one.column - other.column) };
}

/** Builds the schema of a mapping with these fields and any others. valibot's object schemas alone accept lists too. */
export function mapping<const E extends ObjectEntries>(entries: E) {
  return pipe(anyMapping(), looseObject(entries));
}

/** Builds the schema of a mapping with these fields and no others. */
export function strictMapping<const E extends ObjectEntries>(entries: E) {
  return pipe(anyMapping(), strictObject(entries));
}

/** Builds the schema of a mapping of any keys to values of one schema. */
export function mappingOf<const S extends GenericSchema>(value: S) {
  return pipe(anyMapping(), record(string(), value));
}

function anyMapping() {
  return custom<Record<string, unknown>>(
    (input) => typeof input === 'object' && input !== null && !Array.isArray(input),
    ({ input }) => (input === undefined ? '' : `expected a mapping but found ${describeValue(input)}`),
  );
}
