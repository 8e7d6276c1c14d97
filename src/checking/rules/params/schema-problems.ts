import type { YamlNode } from '../../../documents/yaml/nodes.ts';
import { field, textOf } from '../../values.ts';

export interface SchemaProblem {
  readonly node: YamlNode;
  readonly message: string;
}

const COUNTS = ['minLength', 'maxLength', 'minItems', 'maxItems', 'minProperties', 'maxProperties'];
const NUMBERS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'];
const PAIRS = [
  ['minimum', 'maximum'],
  ['minLength', 'maxLength'],
  ['minItems', 'maxItems'],
  ['minProperties', 'maxProperties'],
] as const;

/**
 * Returns why a schema does not compile (draft 2020-12), or cannot be satisfied.
 * @param isTop true for an entry of a flat schema, where `required` is a flag
 */
export function schemaProblems(schema: YamlNode, isTop: boolean): SchemaProblem[] {
  const problems: SchemaProblem[] = [];
  const expect = (name: string, isValid: (value: unknown) => boolean, what: string) => {
    const node = field(schema, name);
    if (node && !isValid(node.value)) problems.push({ node, message: `${name} must be ${what}` });
  };
  for (const name of COUNTS) expect(name, isCount, 'a whole number of 0 or more');
  for (const name of NUMBERS) expect(name, (value) => typeof value === 'number', 'a number');
  expect('enum', (value) => Array.isArray(value) && value.length > 0, 'a list of values');
  expect('pattern', isPattern, 'a regular expression');
  for (const name of ['uniqueItems']) expect(name, (value) => typeof value === 'boolean', 'true or false');
  for (const name of ['anyOf', 'oneOf', 'allOf']) expect(name, isSchemaList, 'a list of schemas');
  expect('items', isSchema, 'a schema');
  expect('properties', isMapping, 'a mapping of names to schemas');
  if (!isTop) expect('required', isNameList, 'a list of names here, since it is JSON Schema below the first level');
  problems.push(...crossed(schema));
  return [...problems, ...children(schema).flatMap((child) => schemaProblems(child, false))];
}

function children(schema: YamlNode): YamlNode[] {
  const items = field(schema, 'items');
  const lists = ['anyOf', 'oneOf', 'allOf'].flatMap((name) => [...(field(schema, name)?.items ?? [])]);
  const properties = [...(field(schema, 'properties')?.entries.values() ?? [])];
  return [...(items ? [items] : []), ...lists, ...properties].filter(({ kind }) => kind === 'mapping');
}

function crossed(schema: YamlNode): SchemaProblem[] {
  return PAIRS.flatMap(([low, high]) => {
    const [one, other] = [field(schema, low), field(schema, high)];
    if (!one || !other || typeof one.value !== 'number' || typeof other.value !== 'number') return [];
    return one.value > other.value ? [{ node: one, message: `${low} is above ${high}` }] : [];
  });
}

function isCount(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0;
}

function isPattern(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  // The platform's engine also knows inline flags and possessive quantifiers, which JavaScript does not.
  if (/\(\?[a-z-]+[):]|\\[pPAzZ]|\[:|[*+?]\+/.test(value)) return true;
  try {
    new RegExp(value, 'u');
    return true;
  } catch {
    return isRegExp(value);
  }
}

function isRegExp(value: string): boolean {
  try {
    new RegExp(value);
    return true;
  } catch {
    return false;
  }
}

function isMapping(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSchema(value: unknown): boolean {
  return typeof value === 'boolean' || isMapping(value);
}

function isSchemaList(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every(isSchema);
}

function isNameList(value: unknown): boolean {
  return Array.isArray(value) && value.every((name) => typeof name === 'string');
}

/** Returns the pattern of a schema, if it is valid and harmless to evaluate. */
export function patternOf(schema: YamlNode): RegExp | undefined {
  const text = textOf(field(schema, 'pattern'));
  if (text === undefined || text.length > 200 || !isRegExp(text)) return undefined;
  // Repeated groups and many quantifiers may take exponential time on a hostile default.
  if (/\)[*+?{]|\\[1-9k]/.test(text) || (text.match(/[*+]|\{\d+,/g) ?? []).length > 3) return undefined;
  return new RegExp(text);
}
