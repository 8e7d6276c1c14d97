import type { YamlNode } from '../../../documents/yaml/nodes.ts';
import { error, family, fixable, info, type Report, warning } from '../../rule.ts';
import { readSchema, type SchemaField } from '../../schemas.ts';
import { meantBy } from '../../suggest.ts';
import { at, atKey, field, textOf } from '../../values.ts';
import { allSchemas, type WrittenSchema } from './all-schemas.ts';
import { flatten } from './flatten.ts';
import { schemaProblems } from './schema-problems.ts';

type Code =
  | 'params-not-a-map'
  | 'params-json-schema'
  | 'params-mixed-syntax'
  | 'params-type-unknown'
  | 'params-schema-invalid'
  | 'params-missing-description'
  | 'params-unknown-keyword';

export const paramShapeRules = family<Code>({
  title: 'Parameters and schemas: form',
  rules: {
    'params-not-a-map': error(
      'A schema is a list, or an entry of it is not a mapping.',
      'parameters:\n  name: string',
      'The entry is skipped: the parameter does not exist.',
    ),
    'params-json-schema': fixable(
      warning(
        'A schema is written as JSON Schema in place of the flat form.',
        'parameters:\n  type: object\n  properties: {name: {type: string}}',
        'Forms show one field named `properties`, and defaults are never applied.',
      ),
    ),
    'params-mixed-syntax': error(
      'A flat schema has the keywords `properties` or `required` of JSON Schema.',
      'parameters:\n  properties: {name: {type: string}}',
      'The keywords are read as parameters, and the parameters in `properties` are lost.',
    ),
    'params-type-unknown': error(
      'A type is not string, integer, number, boolean, array, object or null.',
      'name: {type: str}',
      'The schema does not compile, so that requests fail.',
    ),
    'params-schema-invalid': error(
      'A constraint is not valid.',
      'name: {type: string, pattern: "["}',
      'The schema does not compile, so that requests fail.',
    ),
    'params-missing-description': info(
      'A parameter has no description.',
      'name: {type: string}',
      'Forms show the name alone.',
    ),
    'params-unknown-keyword': info(
      'A keyword of a parameter is unknown.',
      'name: {type: string, requred: true}',
      'It has no effect.',
    ),
  },
  check(pack, report) {
    for (const written of allSchemas(pack)) checkSchema(written, report);
  },
});

function checkSchema(written: WrittenSchema, report: Report<Code>): void {
  const { file, name, node, isInput } = written;
  if (node.kind !== 'mapping') {
    report('params-not-a-map', at(file, node), `${name} is a mapping of names to schemas`);
    return;
  }
  const schema = readSchema(node);
  if (!schema) return;
  if (schema.syntax === 'json') reportJson(written, [...schema.fields.values()], report);
  else if (reportMixed(written, report)) return;
  const source = schema.syntax === 'json' ? field(node, 'properties') : node;
  for (const [key, entry] of source?.entries ?? []) {
    if (entry.kind !== 'mapping') {
      if (!(schema.syntax === 'flat' && key === 'required' && entry.kind === 'list'))
        report('params-not-a-map', at(file, entry), `${name}.${key} is a mapping such as {type: string}`);
    } else checkEntry(written, `${name}.${key}`, entry, isInput, report);
  }
}

function reportJson({ file, name, node }: WrittenSchema, fields: readonly SchemaField[], report: Report<Code>): void {
  const hasDefaults = fields.some(({ hasDefault }) => hasDefault);
  const message = `${name} is JSON Schema: write the flat form${hasDefaults ? ', since its defaults are never applied' : ''}`;
  report('params-json-schema', atKey(file, node), message, {
    severity: hasDefaults ? 'error' : undefined,
    fix: flatten(file, name, node),
  });
}

/** Reports keywords of JSON Schema between flat entries. @returns true if the other entries make no sense then */
function reportMixed({ file, name, node }: WrittenSchema, report: Report<Code>): boolean {
  const properties = field(node, 'properties');
  const looksLikeKeyword = properties?.kind === 'mapping' && textOf(field(properties, 'type')) === undefined;
  if (properties && looksLikeKeyword && [...properties.entries.values()].every(({ kind }) => kind === 'mapping')) {
    const message = `${name} mixes two syntaxes: the parameters in properties are lost`;
    report('params-mixed-syntax', atKey(file, properties), message);
    return true;
  }
  const required = field(node, 'required');
  if (required?.kind === 'list') {
    const message = `${name}: write required: true in each parameter`;
    report('params-mixed-syntax', atKey(file, required), message, { severity: 'warning' });
  }
  const type = field(node, 'type');
  if (type?.value === 'object') {
    report('params-mixed-syntax', atKey(file, type), `${name}: type: object is read as a parameter named type`);
    return true;
  }
  return false;
}

const TYPES = ['string', 'integer', 'number', 'boolean', 'array', 'object', 'null'];

function checkEntry(
  { file }: WrittenSchema,
  path: string,
  entry: YamlNode,
  isInput: boolean,
  report: Report<Code>,
): void {
  const type = field(entry, 'type');
  for (const node of type?.kind === 'list' ? type.items : type ? [type] : []) {
    const name = textOf(node);
    if (name !== undefined && TYPES.includes(name)) continue;
    if (!isInput && name === 'any') continue;
    const meant = meantBy(name ?? '', TYPES);
    const message = `${path}: '${String(node.value)}' is not a type${meant ? `, did you mean ${meant}?` : ''}`;
    report('params-type-unknown', at(file, node), message, { severity: isInput ? undefined : 'warning' });
  }
  for (const { node, message } of schemaProblems(entry, true))
    report('params-schema-invalid', at(file, node), `${path}: ${message}`, {
      severity: isInput ? undefined : 'warning',
    });
  if (isInput && (textOf(field(entry, 'description')) ?? '').trim() === '')
    report('params-missing-description', atKey(file, entry), `${path} has no description`);
  for (const [keyword, node] of entry.entries) {
    if (KEYWORDS.has(keyword)) continue;
    const meant = meantBy(keyword, KEYWORDS);
    const message = `${path}: unknown keyword '${keyword}'${meant ? `, did you mean '${meant}'?` : ''}`;
    report('params-unknown-keyword', atKey(file, node), message, { severity: meant ? 'warning' : 'info' });
  }
}

const KEYWORDS: ReadonlySet<string> = new Set([
  ...[
    'type',
    'description',
    'required',
    'secret',
    'position',
    'default',
    'enum',
    'const',
    'title',
    'examples',
    'format',
  ],
  ...['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf', 'minLength', 'maxLength', 'pattern'],
  ...['items', 'prefixItems', 'minItems', 'maxItems', 'uniqueItems', 'contains', 'minContains', 'maxContains'],
  ...['properties', 'additionalProperties', 'patternProperties', 'propertyNames', 'minProperties', 'maxProperties'],
  ...['anyOf', 'oneOf', 'allOf', 'not', 'if', 'then', 'else', 'dependentRequired', 'dependentSchemas', '$ref', '$defs'],
  ...[
    'unevaluatedProperties',
    'unevaluatedItems',
    'readOnly',
    'writeOnly',
    'deprecated',
    '$comment',
    'contentEncoding',
  ],
  ...['contentMediaType', 'label', 'nullable'],
]);
