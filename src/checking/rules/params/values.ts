import type { YamlNode } from '../../../documents/yaml/nodes.ts';
import type { YamlFile } from '../../../packs/components/pack-model.ts';
import { error, family, fixable, type Report, warning } from '../../rule.ts';
import { hasTemplate, hasType, readSchema, type SchemaField } from '../../schemas.ts';
import { at, atKey, field } from '../../values.ts';
import { allSchemas } from './all-schemas.ts';
import { markSecret } from './mark-secret.ts';
import { patternOf } from './schema-problems.ts';

type Code = 'params-default-invalid' | 'params-secret-unmarked' | 'params-secret-default';

export const paramValueRules = family<Code>({
  title: 'Parameters and schemas: values and secrets',
  rules: {
    'params-default-invalid': warning(
      'A default breaks the type, `enum`, range or pattern; `required` is not a boolean; an `enum` has a wrong item.',
      'size: {type: integer, default: "10"}',
      'Callers that omit the value get one that the schema refuses.',
    ),
    'params-secret-unmarked': fixable(
      warning(
        'A parameter with the name of a secret is not marked `secret: true`.',
        'password: {type: string}',
        'Its values are stored and shown in clear text.',
      ),
    ),
    'params-secret-default': error(
      'A secret has a default.',
      'token: {type: string, secret: true, default: abc}',
      'Everyone who has the pack knows the secret.',
    ),
  },
  check(pack, report) {
    for (const { file, node, isInput } of allSchemas(pack)) {
      const schema = readSchema(node);
      for (const entry of schema?.fields.values() ?? []) {
        checkDefault(file, entry, isInput, report);
        checkEnum(file, entry, report);
        if (schema?.syntax === 'flat') checkRequired(file, entry, report);
        if (isInput) checkSecret(file, entry, report);
      }
    }
  },
});

function checkDefault(file: YamlFile, entry: SchemaField, isInput: boolean, report: Report<Code>): void {
  const node = field(entry.node, 'default');
  if (!node) return;
  if (entry.secret && isInput && node.value !== null && node.value !== '') {
    report('params-secret-default', at(file, node), `${entry.name}: a secret has no default`);
    return;
  }
  // A null default stands for "none", and YAML 1.1 words are reported as ambiguous.
  if (node.value === null || hasTemplate(node.value) || isAmbiguous(file, node)) return;
  const reason = valueProblem(node, entry);
  if (reason) report('params-default-invalid', at(file, node), `${entry.name}: the default ${reason}`);
}

function isAmbiguous(file: YamlFile, node: YamlNode): boolean {
  return node.plain && /^(?:yes|no|on|off|0\d+)$/i.test(file.text.slice(node.start, node.end));
}

function valueProblem({ value }: YamlNode, { node, types }: SchemaField): string | undefined {
  if (!hasType(value, types)) return `is not of type ${types.join(' or ')}`;
  const allowed = field(node, 'enum')?.value;
  if (Array.isArray(allowed) && !allowed.some((item) => JSON.stringify(item) === JSON.stringify(value)))
    return 'is not one of the allowed values';
  const limit = (name: string) => field(node, name)?.value;
  const size = sizeOf(value);
  if (size === undefined) return undefined;
  const [low, high] = LIMITS[typeof value === 'number' ? 'number' : typeof value === 'string' ? 'string' : 'list'];
  if (isBelow(size, limit(low))) return `is below ${low}`;
  if (isBelow(limit(high), size)) return `is above ${high}`;
  if (typeof value === 'string' && value.length <= 200 && patternOf(node)?.test(value) === false)
    return 'does not match the pattern';
  return undefined;
}

const LIMITS = {
  number: ['minimum', 'maximum'],
  string: ['minLength', 'maxLength'],
  list: ['minItems', 'maxItems'],
} as const;

function sizeOf(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'string') return [...value].length;
  return Array.isArray(value) ? value.length : undefined;
}

function isBelow(one: unknown, other: unknown): boolean {
  return typeof one === 'number' && typeof other === 'number' && one < other;
}

function checkEnum(file: YamlFile, { name, node, types }: SchemaField, report: Report<Code>): void {
  const seen = new Set<string>();
  for (const item of field(node, 'enum')?.items ?? []) {
    const text = JSON.stringify(item.value);
    if (isAmbiguous(file, item)) continue;
    if (seen.has(text)) report('params-default-invalid', at(file, item), `${name}: ${text} is listed twice in enum`);
    else if (item.value !== null && !hasType(item.value, types))
      report('params-default-invalid', at(file, item), `${name}: ${text} is not of type ${types.join(' or ')}`);
    seen.add(text);
  }
}

function checkRequired(file: YamlFile, { name, node, types }: SchemaField, report: Report<Code>): void {
  const required = field(node, 'required');
  if (!required || typeof required.value === 'boolean') return;
  if (required.kind === 'list' && types.includes('object')) return;
  // yaml-boolean-word reports unquoted words.
  if (required.plain && /^(?:yes|no|on|off|y|n)$/i.test(String(required.value))) return;
  report('params-default-invalid', at(file, required), `${name}: required must be true or false`);
}

const SECRET_NAME = /(?:^|_|-)(?:password|passwd|secret|private_?key|api_?key|passphrase)$/i;
const CAMEL_SECRET = /(?:Password|Secret|PrivateKey|ApiKey|Passphrase)$/;
const SECRET_TOKENS = ['token', 'security_token'];

function checkSecret(file: YamlFile, entry: SchemaField, report: Report<Code>): void {
  const { name, node, secret, types } = entry;
  const isSecret = SECRET_NAME.test(name) || CAMEL_SECRET.test(name) || SECRET_TOKENS.includes(name);
  if (!isSecret || secret || (types.length > 0 && !types.includes('string'))) return;
  // yaml-boolean-word reports a misspelled flag.
  if (field(node, 'secret')?.plain && typeof field(node, 'secret')?.value === 'string') return;
  const fix = markSecret(file, node);
  report('params-secret-unmarked', atKey(file, node), `'${name}' is not marked secret: true`, { fix });
}
