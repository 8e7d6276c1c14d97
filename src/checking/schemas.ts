/** The two syntaxes of schemas (components.md, section 3.1): of parameters, output, configuration and queue items. */
import type { YamlNode } from '../documents/yaml/nodes.ts';
import { field, strings } from './values.ts';

export interface SchemaField {
  readonly name: string;
  readonly node: YamlNode;
  readonly required: boolean;
  readonly secret: boolean;
  readonly hasDefault: boolean;
  /** The type or types; empty if there is none. */
  readonly types: readonly string[];
}

export interface Schema {
  readonly syntax: 'flat' | 'json';
  readonly node: YamlNode;
  readonly fields: ReadonlyMap<string, SchemaField>;
}

/** Reads a schema; `undefined` for a missing one and for one that is not a mapping. */
export function readSchema(node: YamlNode | undefined): Schema | undefined {
  if (node?.kind !== 'mapping') return undefined;
  const json = field(node, 'type')?.value === 'object' && node.entries.has('properties');
  const source = json ? field(node, 'properties') : node;
  const required = json ? strings(field(node, 'required')) : undefined;
  const fields = [...(source?.entries ?? [])].flatMap(([name, entry]) =>
    entry.kind === 'mapping' ? [[name, readField(name, entry, required)] as const] : [],
  );
  return { syntax: json ? 'json' : 'flat', node, fields: new Map(fields) };
}

function readField(name: string, node: YamlNode, required: readonly string[] | undefined): SchemaField {
  const type = field(node, 'type');
  return {
    ...{ name, node },
    required: required ? required.includes(name) : field(node, 'required')?.value === true,
    secret: field(node, 'secret')?.value === true,
    hasDefault: field(node, 'default') !== undefined && field(node, 'default')?.value !== undefined,
    types: typeof type?.value === 'string' ? [type.value] : strings(type),
  };
}

/** Returns whether a value is of one of the types; any value is if there are none. */
export function hasType(value: unknown, types: readonly string[]): boolean {
  if (types.length === 0 || types.includes('any')) return true;
  return types.some((type) => isType(value, type));
}

function isType(value: unknown, type: string): boolean {
  switch (type) {
    case 'integer':
      return Number.isInteger(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'null':
      return value === null;
    case 'string':
    case 'number':
    case 'boolean':
      return typeof value === type;
    default:
      return true;
  }
}

/** Returns whether a text contains a template, whose value is only known at run time. */
export function hasTemplate(value: unknown): boolean {
  return typeof value === 'string' && value.includes('{{');
}
