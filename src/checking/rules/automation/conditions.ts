import type { YamlNode } from '../../../documents/yaml/nodes.ts';
import type { ComponentFile } from '../../../packs/components/pack-model.ts';
import { callProblem } from '../../expressions/functions.ts';
import { type Part, parseExpression } from '../../expressions/parse.ts';
import { wholeTemplate } from '../../expressions/templates.ts';
import { ExpressionError } from '../../expressions/tokens.ts';
import { error, family, fixable, type Report } from '../../rule.ts';
import { at, field, replace, textOf } from '../../values.ts';

type Code = 'rule-conditions-format' | 'rule-condition-invalid';

export const conditionRules = family<Code>({
  title: 'Rules: conditions',
  rules: {
    'rule-conditions-format': error(
      'Conditions are a mapping without `expression`, such as JSON Logic.',
      'conditions: {channel: {equals: ops}}',
      'The rule never matches.',
    ),
    'rule-condition-invalid': fixable(
      error(
        'A condition has an unknown operator or name, no field, a field with a prefix, or an expression that does not parse.',
        'conditions: [{field: event.payload.x, operator: equals, value: 1}]',
        'The condition is never true.',
      ),
    ),
  },
  check(pack, report) {
    for (const file of pack.components.rules) {
      const node = field(file.root, 'conditions');
      if (node && node.value !== null) checkConditions(file, node, report);
    }
  },
});

const OPERATORS = ['equals', 'not_equals', 'contains'];

function checkConditions(file: ComponentFile, node: YamlNode, report: Report<Code>): void {
  if (node.kind === 'list') {
    for (const item of node.items) checkItem(file, item, report);
    return;
  }
  if (node.kind === 'mapping' && node.entries.size === 0) return;
  const expression = field(node, 'expression');
  if (!expression || textOf(expression) === undefined) {
    report('rule-conditions-format', at(file, node), 'write {expression: "..."} or a list of {field, operator, value}');
    return;
  }
  checkExpression(file, expression, report);
}

function checkItem(file: ComponentFile, item: YamlNode, report: Report<Code>): void {
  if (item.kind !== 'mapping') {
    report('rule-condition-invalid', at(file, item), 'a condition is {field, operator, value}');
    return;
  }
  const name = field(item, 'field');
  const path = textOf(name);
  if (!name || path === undefined) report('rule-condition-invalid', at(file, item), 'the condition has no field');
  else if (/^(?:event\.)?payload\./.test(path)) {
    const edits = [replace(file, name, path.replace(/^(?:event\.)?payload\./, ''))];
    const fix = name.plain ? { description: 'Remove the prefix.', edits } : undefined;
    report('rule-condition-invalid', at(file, name), 'fields are paths inside the payload, without a prefix', { fix });
  }
  const operator = field(item, 'operator');
  if (!operator || !OPERATORS.includes(String(operator.value)))
    report('rule-condition-invalid', at(file, operator ?? item), `the operator is ${OPERATORS.join(', ')}`);
}

const EVENT_FIELDS = ['id', 'trigger', 'trigger_ref', 'created', 'payload'];

function checkExpression(file: ComponentFile, node: YamlNode, report: Report<Code>): void {
  const text = textOf(node) ?? '';
  const inner = wholeTemplate(text) ?? text;
  const wrong = (message: string) => report('rule-condition-invalid', at(file, node), message);
  try {
    for (const part of parseExpression(inner)) {
      const reason = partProblem(part);
      if (reason) wrong(reason);
    }
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    wrong(error.message);
  }
}

function partProblem(part: Part): string | undefined {
  if (part.type === 'call') return callProblem(part.name, part.args);
  if (part.root !== 'event') return `only 'event' has a value here, not '${part.root}'`;
  const [first] = part.steps;
  return first !== undefined && !EVENT_FIELDS.includes(first) ? `an event has no field '${first}'` : undefined;
}
