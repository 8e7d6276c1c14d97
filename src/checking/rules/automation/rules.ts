import type { YamlNode } from '../../../documents/yaml/nodes.ts';
import type { ComponentFile, PackModel } from '../../../packs/components/pack-model.ts';
import { candidates, existence, findComponent } from '../../references.ts';
import { error, family, fixable, info, type Report, warning } from '../../rule.ts';
import { hasTemplate, hasType, readSchema } from '../../schemas.ts';
import { meantBy } from '../../suggest.ts';
import { at, atKey, atStart, field, isBlank, replace, textOf } from '../../values.ts';

type Code =
  | 'rule-missing-field'
  | 'rule-unknown-target'
  | 'rule-parameter'
  | 'rule-permission-sets'
  | 'rule-active-on-install';

export const ruleRules = family<Code>({
  title: 'Rules',
  rules: {
    'rule-missing-field': fixable(
      error('A rule has no `trigger_ref` or no `action_ref`.', 'trigger: demo.tick', 'The platform skips the rule.'),
    ),
    'rule-unknown-target': error(
      'A rule names a trigger or an action that its pack or core does not have.',
      'action_ref: demo.gret',
      'The platform skips the rule.',
    ),
    'rule-parameter': warning(
      'A parameter is not in the schema of the action or trigger, has the wrong type, or is missing.',
      'action_params: {nmae: you}',
      'The value has no effect, or the action fails.',
    ),
    'rule-permission-sets': error(
      '`permission_set_refs` has an empty text, a number or a mapping.',
      'permission_set_refs: [""]',
      'The platform stops loading this and all later components.',
    ),
    'rule-active-on-install': info(
      'A rule is enabled, which is the default.',
      'enabled: true',
      'It acts as soon as the pack is installed.',
    ),
  },
  check(pack, report) {
    for (const file of pack.components.rules) {
      if (!file.root) continue;
      checkTarget(pack, file, 'trigger', report);
      checkTarget(pack, file, 'action', report);
      checkPermissions(file, report);
      checkActive(file, report);
    }
  },
});

type Target = 'trigger' | 'action';

function checkTarget(pack: PackModel, file: ComponentFile, target: Target, report: Report<Code>): void {
  const name = `${target}_ref`;
  const node = field(file.root, name);
  if (!node || isBlank(node)) {
    const older = field(file.root, target);
    const edits = older?.key && !node ? [replace(file, older.key, name)] : [];
    const fix = edits.length > 0 ? { description: `Rename ${target} to ${name}.`, edits } : undefined;
    const message = older ? `${target} is not read: write ${name}` : `the rule has no ${name}`;
    report('rule-missing-field', older ? atKey(file, older) : node ? at(file, node) : atStart(file), message, { fix });
    return;
  }
  const text = textOf(node);
  if (text === undefined) {
    report('rule-missing-field', at(file, node), `${name} is a ref`);
    return;
  }
  const ref = text.includes('.') ? text : `${pack.ref}.${text}`;
  if (existence(pack, target, ref) === 'missing') {
    const meant = meantBy(ref, candidates(pack, target));
    const message = `there is no ${target} '${ref}'${meant ? `, did you mean '${meant}'?` : ''}`;
    report('rule-unknown-target', at(file, node), message);
    return;
  }
  checkParameters(pack, file, target, ref, report);
}

function checkParameters(
  pack: PackModel,
  file: ComponentFile,
  target: Target,
  ref: string,
  report: Report<Code>,
): void {
  const component = findComponent(pack, target, ref);
  if (!component?.root) return;
  const fields = readSchema(field(component.root, 'parameters'))?.fields;
  const given = field(file.root, `${target}_params`);
  // A wrong syntax of the schema is reported there.
  if (given && given.kind !== 'mapping') return;
  for (const [name, node] of given?.entries ?? []) {
    const entry = fields?.get(name);
    if (!entry) {
      if (field(component.root, 'parameters', name)) continue;
      const meant = meantBy(name, fields?.keys() ?? []);
      const message = `${ref} has no parameter '${name}'${meant ? `, did you mean '${meant}'?` : ''}`;
      report('rule-parameter', atKey(file, node), message);
    } else if (!hasTemplate(node.value) && node.value !== null && !hasType(node.value, entry.types)) {
      report('rule-parameter', at(file, node), `${name} must be of type ${entry.types.join(' or ')}`);
    }
  }
  for (const entry of fields?.values() ?? []) {
    if (!entry.required || entry.hasDefault || given?.entries.has(entry.name)) continue;
    const place = given ? atKey(file, given) : at(file, field(file.root, `${target}_ref`) as YamlNode);
    report('rule-parameter', place, `the required parameter '${entry.name}' of ${ref} is not given`);
  }
}

function checkPermissions(file: ComponentFile, report: Report<Code>): void {
  for (const name of ['permission_set_refs', 'permission_set_ref']) {
    const node = field(file.root, name);
    if (!node || node.value === null) continue;
    const items = node.kind === 'list' ? node.items : [node];
    for (const item of items) {
      if ((textOf(item) ?? '').trim() !== '') continue;
      report('rule-permission-sets', at(file, item), `${name}: write refs of permission sets`);
    }
  }
}

function checkActive(file: ComponentFile, report: Report<Code>): void {
  const enabled = field(file.root, 'enabled');
  if (enabled && enabled.value !== true) return;
  const message = 'the rule acts as soon as the pack is installed';
  report('rule-active-on-install', enabled ? at(file, enabled) : atStart(file), message);
}
