import { Scalar, stringify } from 'yaml';

/** A file of a new pack. */
export interface ScaffoldFile {
  readonly path: string;
  readonly content: string;
  readonly executable?: true;
}

const SCHEMAS = 'https://raw.githubusercontent.com/attune-system/index/main/schemas';

/**
 * Formats a YAML file. Strings that a reader of YAML 1.1 or 1.2 would take for another type are quoted.
 * @param schema the name of the JSON Schema for editors
 */
export function yamlFile(path: string, document: unknown, schema?: string): ScaffoldFile {
  const hint = schema === undefined ? '' : `# yaml-language-server: $schema=${SCHEMAS}/${schema}.schema.json\n`;
  const options = { version: '1.1', lineWidth: 110, aliasDuplicateObjects: false } as const;
  return { path, content: hint + stringify(document, options) };
}

/** Returns a string that is always written in quotes. */
export function quoted(text: string): Scalar<string> {
  const scalar = new Scalar(text);
  scalar.type = Scalar.QUOTE_DOUBLE;
  return scalar;
}
