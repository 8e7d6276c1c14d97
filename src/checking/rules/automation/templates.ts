import type { YamlNode } from '../../../documents/yaml/nodes.ts';
import type { ComponentFile, PackModel } from '../../../packs/components/pack-model.ts';
import { type Template, templatesOf } from '../../expressions/templates.ts';
import { findComponent } from '../../references.ts';
import { error, family, fixable, type Report, warning } from '../../rule.ts';
import { readSchema, type SchemaField } from '../../schemas.ts';
import { field, replace, textOf, visit, within } from '../../values.ts';
import { markSecret } from '../params/mark-secret.ts';

type Code = 'rule-template-source' | 'rule-template-expression' | 'rule-template-field' | 'rule-secret-target';

export const templateRules = family<Code>({
  title: 'Rules: templates',
  rules: {
    'rule-template-source': fixable(
      error(
        'A template of a rule begins with a name that has no value there.',
        'name: "{{ trigger.payload.who }}"',
        'The value is always null.',
      ),
    ),
    'rule-template-expression': error(
      'A template of a rule has an operator, a function or a filter.',
      'name: "{{ event.payload.who | upper }}"',
      'Templates of rules are paths: the value is always null.',
    ),
    'rule-template-field': warning(
      'A template reads a field that the payload or the configuration does not declare.',
      'name: "{{ event.payload.whom }}"',
      'The value is null.',
    ),
    'rule-secret-target': fixable(
      error(
        'A secret of the configuration goes into a parameter that is not secret.',
        'note: "{{ pack.config.token }}"',
        'The platform refuses it when the rule fires.',
      ),
    ),
  },
  check(pack, report) {
    for (const file of pack.components.rules) {
      const params = field(file.root, 'action_params');
      if (!params) continue;
      visit(params, (node) => checkNode(pack, file, node, report));
      for (const [name, node] of params.entries) checkSecret(pack, file, name, node, report);
    }
  },
});

const CORRECTIONS: readonly (readonly [RegExp, string])[] = [
  [/^trigger\.payload\./, 'event.payload.'],
  [/^payload\./, 'event.payload.'],
  [/^trigger\.(?=\w)/, 'event.payload.'],
  [/^config\./, 'pack.config.'],
];
const PATH = /^[A-Za-z_][\w-]*(?:\.[\w-]+)*$/;
const KNOWN =
  /^(?:event\.(?:payload(?:\..+)?|id|trigger|trigger_ref|created)|event|pack\.config(?:\..+)?|system\.(?:timestamp|rule\.(?:id|ref)))$/;

function checkNode(pack: PackModel, file: ComponentFile, node: YamlNode, report: Report<Code>): void {
  for (const template of templatesOf(textOf(node) ?? '')) {
    const path = template.inner.trim();
    const place = within(file, node, path, template.index);
    if (!template.closed || !PATH.test(path)) {
      report(
        'rule-template-expression',
        place,
        template.closed ? 'a template here is a path' : 'the template is not closed',
      );
    } else if (!KNOWN.test(path)) reportSource(file, node, path, report);
    else checkField(pack, file, node, path, report);
  }
}

function reportSource(file: ComponentFile, node: YamlNode, path: string, report: Report<Code>): void {
  const rule = CORRECTIONS.find(([pattern]) => pattern.test(path));
  const corrected = rule && path.replace(rule[0], rule[1]);
  const place = within(file, node, path);
  const edits = corrected && 'span' in place ? [replace(file, place.span, corrected)] : [];
  const isPart = edits.length > 0 && file.text.slice(edits[0]?.start, edits[0]?.end) === path;
  const fix = isPart ? { description: `Write ${corrected}.`, edits } : undefined;
  const message = `'${path}' has no value here${corrected ? `: write ${corrected}` : ''}`;
  report('rule-template-source', place, message, { fix });
}

function checkField(pack: PackModel, file: ComponentFile, node: YamlNode, path: string, report: Report<Code>): void {
  const [, payload, config] = /^(?:event\.payload\.([\w-]+)|pack\.config\.([\w-]+))/.exec(path) ?? [];
  const fields = payload === undefined ? configFields(pack) : payloadFields(pack, file);
  const name = payload ?? config;
  if (name === undefined || !fields || fields.has(name)) return;
  const what = payload === undefined ? 'conf_schema' : 'the output of the trigger';
  report('rule-template-field', within(file, node, path), `${what} has no field '${name}'`);
}

function payloadFields(pack: PackModel, file: ComponentFile): ReadonlyMap<string, SchemaField> | undefined {
  const ref = textOf(field(file.root, 'trigger_ref')) ?? '';
  const trigger = findComponent(pack, 'trigger', ref.includes('.') ? ref : `${pack.ref}.${ref}`);
  return readSchema(field(trigger?.root, 'output'))?.fields;
}

function configFields({ manifest }: PackModel): ReadonlyMap<string, SchemaField> | undefined {
  return readSchema(field(manifest?.root, 'conf_schema') ?? field(manifest?.root, 'config_schema'))?.fields;
}

function checkSecret(pack: PackModel, file: ComponentFile, name: string, node: YamlNode, report: Report<Code>): void {
  const secrets = configFields(pack);
  const ref = textOf(field(file.root, 'action_ref')) ?? '';
  const action = findComponent(pack, 'action', ref.includes('.') ? ref : `${pack.ref}.${ref}`);
  const parameter = readSchema(field(action?.root, 'parameters'))?.fields.get(name);
  if (!action || !parameter || parameter.secret) return;
  visit(node, (inner) => {
    for (const template of templatesOf(textOf(inner) ?? '')) {
      const secret = secretOf(template, secrets);
      if (secret === undefined) continue;
      const message = `pack.config.${secret} is secret, and the parameter '${name}' of ${action.ref} is not`;
      report('rule-secret-target', within(file, inner, template.inner.trim()), message, {
        fix: markSecret(action, parameter.node),
      });
    }
  });
}

function secretOf({ inner }: Template, fields: ReadonlyMap<string, SchemaField> | undefined): string | undefined {
  const name = /^\s*pack\.config\.([\w-]+)/.exec(inner)?.[1];
  return name !== undefined && fields?.get(name)?.secret ? name : undefined;
}
