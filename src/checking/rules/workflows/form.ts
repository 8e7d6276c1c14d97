import type { YamlNode } from '../../../documents/yaml/nodes.ts';
import type { ComponentFile } from '../../../packs/components/pack-model.ts';
import { error, family, fixable, info, type Report, warning } from '../../rule.ts';
import { at, atKey, atStart, field, replace, textOf } from '../../values.ts';
import { graphsOf } from './graph.ts';
import { typeProblems } from './typed.ts';

type Code =
  | 'workflow-field-type'
  | 'workflow-parallel'
  | 'workflow-ignored-field'
  | 'workflow-legacy-transition'
  | 'workflow-with-items'
  | 'workflow-standalone'
  | 'workflow-ref-mismatch';

export const workflowFormRules = family<Code>({
  title: 'Workflows: form',
  rules: {
    'workflow-field-type': error(
      'A field has a type that the platform cannot parse, or a required field is missing.',
      'do: deploy',
      'The whole file is refused: the action has no workflow.',
    ),
    'workflow-parallel': error('A task has `type: parallel`.', 'type: parallel', 'Such a task is never executed.'),
    'workflow-ignored-field': warning(
      'A task has a field that has no effect.',
      'when: "{{ parameters.on }}"',
      'The task runs as if the field were absent.',
    ),
    'workflow-legacy-transition': fixable(
      info(
        'A task uses `on_success` and the like, or has them next to `next`.',
        'on_success: report',
        'They are converted to `next`, and dropped without a message if `next` exists.',
      ),
    ),
    'workflow-with-items': error(
      '`with_items` is not exactly one template.',
      'with_items: parameters.hosts',
      'The task fails, since a text is not a list.',
    ),
    'workflow-standalone': error(
      'No action names the workflow file.',
      'workflows/deploy.yaml',
      'Registration creates an action for it and deletes that action again.',
    ),
    'workflow-ref-mismatch': fixable(
      warning(
        'The `ref` in a workflow file is not `<pack>.<file name>`, or a task has a reserved name.',
        'ref: demo.other',
        'Later registrations of the file fail.',
      ),
    ),
  },
  check(pack, report) {
    for (const { file, actions, tasks } of graphsOf(pack)) {
      if (actions.length === 0 && pack.components.actions.every(({ root }) => root))
        report('workflow-standalone', atStart(file), 'no action names this file in workflow_file');
      checkRef(file, `${pack.ref}.${file.stem}`, report);
      for (const { node, key, message } of typeProblems(file)) {
        report('workflow-field-type', node ? (key ? atKey(file, node) : at(file, node)) : atStart(file), message);
      }
      for (const { node, name } of tasks) checkTask(file, node, name, report);
    }
  },
});

function checkRef(file: ComponentFile, expected: string, report: Report<Code>): void {
  const node = field(file.root, 'ref');
  if (!node || file.ref === undefined || file.ref === expected) return;
  const fix = node.plain ? { description: `Write ${expected}.`, edits: [replace(file, node, expected)] } : undefined;
  report('workflow-ref-mismatch', at(file, node), `the ref of this file is ${expected}, not ${file.ref}`, { fix });
}

const RESERVED = ['parameters', 'vars', 'task', 'system', 'kv', 'pack', 'item', 'batch', 'index'];
const IGNORED = ['when', 'batch_size', 'delay', 'on_error', 'on-success', 'on-failure', 'on-complete', 'on-error'];
const LEGACY = ['on_success', 'on_failure', 'on_complete', 'on_timeout', 'decision'];

function checkTask(file: ComponentFile, task: YamlNode, name: string, report: Report<Code>): void {
  const nameNode = field(task, 'name');
  if (nameNode && RESERVED.includes(name))
    report('workflow-ref-mismatch', at(file, nameNode), `'${name}' is a reserved name`, { severity: 'info' });
  const type = field(task, 'type');
  if (type?.value === 'parallel') report('workflow-parallel', at(file, type), 'parallel tasks are never executed');
  for (const key of IGNORED) {
    const node = field(task, key);
    if (node) report('workflow-ignored-field', atKey(file, node), `${key} has no effect in a task`);
  }
  const retryError = field(task, 'retry', 'on_error');
  if (retryError) report('workflow-ignored-field', atKey(file, retryError), 'on_error has no effect in retry');
  for (const key of LEGACY) checkLegacy(file, task, key, report);
  const items = field(task, 'with_items');
  const text = textOf(items);
  if (items && text !== undefined && !/^\s*\{\{(?:(?!\}\}|\{\{)[\s\S])*\}\}\s*$/.test(text))
    report('workflow-with-items', at(file, items), 'with_items is exactly one template that yields a list');
}

const CONDITIONS: Readonly<Record<string, string>> = {
  on_success: 'succeeded()',
  on_failure: 'failed()',
  on_timeout: 'timed_out()',
};

function checkLegacy(file: ComponentFile, task: YamlNode, key: string, report: Report<Code>): void {
  const node = field(task, key);
  if (!node) return;
  const next = field(task, 'next');
  if (next) {
    report('workflow-ignored-field', atKey(file, node), `${key} is dropped, because the task has next`);
    return;
  }
  const target = textOf(node);
  const others = [...LEGACY, 'publish'].filter((other) => other !== key && field(task, other));
  const column = node.key ? file.positionOf(node.key.start).column - 1 : 0;
  const indent = ' '.repeat(column);
  const when = CONDITIONS[key] === undefined ? '' : `when: "{{ ${CONDITIONS[key]} }}"\n${indent}    `;
  const canFix = target !== undefined && node.key && others.length === 0 && !task.flow && key !== 'decision';
  const edits = canFix
    ? [replace(file, { start: node.key.start, end: node.end }, `next:\n${indent}  - ${when}do: [${target}]`)]
    : [];
  const fix = edits.length > 0 ? { description: 'Write the transition in next.', edits } : undefined;
  report('workflow-legacy-transition', atKey(file, node), `${key} is an older form of next`, { fix });
}
