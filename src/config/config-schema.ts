import {
  array,
  boolean,
  check,
  type InferOutput,
  literal,
  minValue,
  nonEmpty,
  nullish,
  optional,
  pipe,
  rawCheck,
  regex,
  safeInteger,
  string,
  transform,
  union,
} from 'valibot';
import { mappingOf, strictMapping } from '../documents/shape.ts';
import { DEFAULT_LIMITS, type Limits } from '../limits.ts';

/** The keys of `limits` in the file, each with the field that it sets. */
const LIMIT_FIELDS = new Map((Object.keys(DEFAULT_LIMITS) as (keyof Limits)[]).map((field) => [snakeCase(field), field]));

function snakeCase(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

/** Sections and lists may be left empty: a key with nothing behind it is a key that is not there. */
const wholeNumber = (least: number) =>
  pipe(
    // The words are ours because valibot's own name a JavaScript type.
    union([pipe(literal(Number.POSITIVE_INFINITY)), safeNumber()], `expected a whole number`),
    minValue(least, `must be ${least} or more`),
  );

function safeNumber() {
  return pipe(optional(string()), safeInteger());
}

export const CONFIG_SCHEMA = nullish(strictMapping({}));
export type ConfigFile = InferOutput<typeof CONFIG_SCHEMA>;
void [array, boolean, check, nonEmpty, rawCheck, regex, transform, mappingOf, LIMIT_FIELDS, wholeNumber];
