import type { YamlNode } from '../../../documents/yaml/nodes.ts';
import type { ComponentFile, PackModel } from '../../../packs/components/pack-model.ts';
import { candidates, existence, findComponent } from '../../references.ts';
import { error, family, fixable, info, type Report, warning } from '../../rule.ts';
import { hasTemplate, hasType, readSchema } from '../../schemas.ts';
import { meantBy } from '../../suggest.ts';
import { at, atKey, atStart, field, textOf } from '../../values.ts';
import { markSecret } from '../params/mark-secret.ts';
import { type Graph, graphsOf, outputOf, type Task } from './graph.ts';
import { readNames, readsSecret } from './names.ts';

type Code =
  | 'workflow-unknown-action'
  | 'workflow-task-input'
  | 'workflow-secret-target'
  | 'workflow-output-map'
  | 'workflow-unused';

export const workflowActionRules = family<Code>({
  title: 'Workflows: actions, inputs and results',
  rules: {
    'workflow-unknown-action': error(
      'A task names an action that the pack or core does not have, or a ref without a dot.',
      'action: demo.gret',
      'The task fails.',
    ),
    'workflow-task-input': warning(
      'An input is not a parameter of the action, has the wrong type, or a required one is missing.',
      'input: {nmae: you}',
      'Inputs are not validated: the value has no effect, or the action fails.',
    ),
    'workflow-secret-target': fixable(
      error(
        'A secret parameter goes into a parameter that is not secret.',
        'note: "{{ parameters.token }}"',
        'The platform refuses it: the task fails.',
      ),
    ),
    'workflow-output-map': warning(
      'A declared output is not in `output_map`.',
      'output: {id: {type: string}}   # without output_map',
      'The result lacks the field.',
    ),
    'workflow-unused': info(
      'A variable or a published value is never read.',
      'publish: [{count: 1}]',
      'The value may have been meant for an input or for `output_map`.',
    ),
  },
  check(pack, report) {
    for (const graph of graphsOf(pack)) {
      for (const task of graph.tasks) checkTask(pack, graph, task, report);
      checkOutput(graph, report);
      checkUnused(graph, report);
    }
  },
});

function checkTask(pack: PackModel, graph: Graph, { node: task }: Task, report: Report<Code>): void {
  const { file } = graph;
  const node = field(task, 'action');
  const ref = textOf(node);
  if (!node || ref === undefined || hasTemplate(ref)) return;
  if (!ref.includes('.')) {
    report('workflow-unknown-action', at(file, node), `'${ref}' is not complete: write ${pack.ref}.${ref}`);
    return;
  }
  if (existence(pack, 'action', ref) === 'missing' && !isStandalone(pack, ref)) {
    const meant = meantBy(ref, candidates(pack, 'action'));
    report(
      'workflow-unknown-action',
      at(file, node),
      `there is no action '${ref}'${meant ? `, did you mean '${meant}'?` : ''}`,
    );
    return;
  }
  const action = findComponent(pack, 'action', ref);
  if (action?.root) checkInput(graph, task, node, action, report);
}

/** The action of a standalone workflow does not remain either, which is reported at its file. */
function isStandalone({ components }: PackModel, ref: string): boolean {
  return components.workflows.some((file) => (file.ref ?? '') === ref || ref.endsWith(`.${file.stem}`));
}

function checkInput(graph: Graph, task: YamlNode, ref: YamlNode, action: ComponentFile, report: Report<Code>): void {
  const { file } = graph;
  const input = field(task, 'input');
  // Without input, the action receives the parameters of the workflow.
  if (input?.kind !== 'mapping' || input.entries.size === 0) return;
  const parameters = field(action.root, 'parameters');
  if (parameters && parameters.kind !== 'mapping') return;
  const fields = readSchema(parameters)?.fields ?? new Map();
  for (const [name, node] of input.entries) {
    const entry = fields.get(name);
    if (!entry) {
      // An entry of the schema that is not a mapping is reported there.
      if (parameters?.entries.has(name)) continue;
      const meant = meantBy(name, fields.keys());
      const message = `${action.ref} has no parameter '${name}'${meant ? `, did you mean '${meant}'?` : ''}`;
      report('workflow-task-input', atKey(file, node), message);
    } else if (!entry.secret && readsSecret(graph, node)) {
      const message = `a secret goes into the parameter '${name}' of ${action.ref}, which is not secret`;
      report('workflow-secret-target', at(file, node), message, { fix: markSecret(action, entry.node) });
    } else if (!hasTemplate(node.value) && node.value !== null && !hasType(node.value, entry.types)) {
      report('workflow-task-input', at(file, node), `${name} must be of type ${entry.types.join(' or ')}`);
    }
  }
  for (const entry of fields.values()) {
    if (!entry.required || entry.hasDefault || input.entries.has(entry.name)) continue;
    report(
      'workflow-task-input',
      at(file, ref),
      `the required parameter '${entry.name}' of ${action.ref} is not given`,
    );
  }
}

function checkOutput(graph: Graph, report: Report<Code>): void {
  const { file, actions } = graph;
  const map = field(file.root, 'output_map');
  const missing = [...new Set(outputOf(actions, file))].filter((name) => !map?.entries.has(name));
  if (missing.length === 0) return;
  const place = map ? atKey(file, map) : atStart(file);
  report('workflow-output-map', place, `output_map does not have the declared output ${missing.join(', ')}`);
}

function checkUnused(graph: Graph, report: Report<Code>): void {
  const { file, variables, published } = graph;
  const read = readNames(graph);
  if (read === undefined) return;
  for (const [name, node] of variables) {
    if (!read.has(name)) report('workflow-unused', atKey(file, node), `the variable '${name}' is never read`);
  }
  for (const { name, value } of published) {
    if (!read.has(name) && !variables.has(name))
      report('workflow-unused', atKey(file, value), `the published value '${name}' is never read`);
  }
}
