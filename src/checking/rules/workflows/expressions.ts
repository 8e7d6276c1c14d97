import type { PackModel } from '../../../packs/components/pack-model.ts';
import { callProblem } from '../../expressions/functions.ts';
import type { NamePath } from '../../expressions/parse.ts';
import { existence, findComponent } from '../../references.ts';
import { error, family, fixable, type Place, type Report, warning } from '../../rule.ts';
import { readSchema } from '../../schemas.ts';
import { at, field, insertAfter, replace, textOf, visit, within } from '../../values.ts';
import { type Graph, graphsOf } from './graph.ts';
import { expressionsOf, isNamespace, type Located, TASK_ROOTS, VARIABLE_ROOTS, variableOf } from './names.ts';

type Code =
  | 'workflow-condition-truncated'
  | 'workflow-expression-syntax'
  | 'workflow-unknown-function'
  | 'workflow-unknown-name'
  | 'workflow-null-namespace'
  | 'workflow-optional-parameter'
  | 'workflow-task-result-path';

export const workflowExpressionRules = family<Code>({
  title: 'Workflows: expressions',
  rules: {
    'workflow-condition-truncated': error(
      'A condition has more than `succeeded()`, `failed()` or `timed_out()`.',
      'when: "{{ succeeded() and result().ok }}"',
      'The rest of the condition is ignored.',
    ),
    'workflow-expression-syntax': error(
      'An expression does not parse: a filter, a map literal, a conditional, `<% %>` or an unclosed `{{`.',
      'name: "{{ parameters.name | upper }}"',
      'The task fails, or the text stays as it is.',
    ),
    'workflow-unknown-function': error(
      'A function does not exist, or has the wrong number of arguments.',
      'at: "{{ now() }}"',
      'The expression fails.',
    ),
    'workflow-unknown-name': error(
      'A parameter, task, variable or bare name is not declared.',
      'name: "{{ parameters.nmae }}"',
      'A missing key is an error: the task fails.',
    ),
    'workflow-null-namespace': error(
      'An expression reads `config` or `keystore`.',
      'url: "{{ config.url }}"',
      'Both are null in workflows.',
    ),
    'workflow-optional-parameter': fixable(
      warning(
        'An optional parameter without a default is read.',
        'note: "{{ parameters.note }}"',
        'If the caller omits it, the task fails.',
      ),
    ),
    'workflow-task-result-path': fixable(
      warning(
        'A path reads `task.<name>.result`, and the output has no field `result`.',
        'id: "{{ task.create.result.id }}"',
        'The fields of the output are at the top level: the key is missing.',
      ),
    ),
  },
  check(pack, report) {
    for (const graph of graphsOf(pack)) {
      for (const located of expressionsOf(graph)) checkExpression(pack, graph, located, report);
      for (const task of graph.tasks) {
        for (const { when } of task.transitions) if (when) checkCondition(graph, when, report);
        const input = field(task.node, 'input');
        if (input) visit(input, (node) => checkDelimiters(graph, node, report));
      }
    }
  },
});

function checkDelimiters(
  { file }: Graph,
  node: Parameters<typeof at>[1] & { value: unknown },
  report: Report<Code>,
): void {
  if (typeof node.value !== 'string' || !/<%[\s\S]*%>/.test(node.value)) return;
  report('workflow-expression-syntax', at(file, node), '<% %> is not an expression and stays as text', {
    severity: 'warning',
  });
}

const OUTCOME = /(?:succeeded|failed|timed_out)\(\)/;
const EXACT = /^\s*(?:\{\{)?\s*(?:succeeded|failed|timed_out)\(\)\s*(?:\}\})?\s*$/;

function checkCondition({ file }: Graph, when: Parameters<typeof textOf>[0] & object, report: Report<Code>): void {
  const text = textOf(when);
  if (text === undefined || !OUTCOME.test(text) || EXACT.test(text)) return;
  const call = ['succeeded()', 'failed()', 'timed_out()'].find((name) => text.includes(name));
  report('workflow-condition-truncated', at(file, when), `only ${call} counts; the rest of the condition is ignored`);
}

function checkExpression(pack: PackModel, graph: Graph, located: Located, report: Report<Code>): void {
  const { node, text, template, parts, error: failure } = located;
  const { file } = graph;
  if (template && !template.closed) {
    report('workflow-expression-syntax', within(file, node, '{{', template.index), 'the template is not closed', {
      severity: 'warning',
    });
    return;
  }
  if (failure) {
    const place = within(file, node, text, template?.index);
    report('workflow-expression-syntax', shifted(place, text, failure.offset), failure.message);
    return;
  }
  for (const part of parts ?? []) {
    const place = shifted(
      within(file, node, text, template?.index),
      text,
      part.offset,
      part.type === 'path' ? part.end : undefined,
    );
    if (part.type === 'path') checkPath(pack, graph, located, part, place, report);
    else {
      const reason = callProblem(part.name, part.args);
      if (reason) report('workflow-unknown-function', place, reason);
    }
  }
}

/** Moves the start of a place that was found for a whole expression to a part of it. */
function shifted(place: Place, text: string, offset: number, end = offset): Place {
  if (!('file' in place)) return place;
  const { file, span } = place;
  // A text with escapes was located as a whole.
  if (file.text.slice(span.start, span.end) !== text) return place;
  return { file, span: { start: span.start + offset, end: span.start + end } };
}

function checkPath(
  pack: PackModel,
  graph: Graph,
  located: Located,
  path: NamePath,
  place: Place,
  report: Report<Code>,
): void {
  const { root, steps } = path;
  if (root === 'config' || root === 'keystore') {
    report('workflow-null-namespace', place, `${root} is null in workflows: pass the value as a parameter`);
    return;
  }
  const reason = nameProblem(graph, located, path);
  if (reason) report('workflow-unknown-name', place, reason);
  else if (root === 'parameters') checkOptional(graph, steps[0], place, report);
  else if (TASK_ROOTS.includes(root)) checkResult(pack, graph, path, place, report);
}

function nameProblem(
  { parameters, variables, publishedNames, tasks, taskNames }: Graph,
  { task }: Located,
  path: NamePath,
): string | undefined {
  const { root, steps, beforeMinus } = path;
  const [first] = steps;
  if (root === 'parameters') {
    return first !== undefined && parameters && !parameters.has(first) ? `there is no parameter '${first}'` : undefined;
  }
  if (TASK_ROOTS.includes(root)) {
    if (first === undefined || taskNames.has(first)) return undefined;
    const hyphenated = beforeMinus ? tasks.find(({ name }) => name.startsWith(`${first}-`))?.name : undefined;
    return hyphenated
      ? `write task["${hyphenated}"]: a name with - cannot follow a dot`
      : `there is no task '${first}'`;
  }
  if (root === 'item' || root === 'index')
    return task && field(task.node, 'with_items') ? undefined : `'${root}' has a value only with with_items`;
  if (root === 'system')
    return first === undefined || first === 'workflow_start' ? undefined : `system has no '${first}'`;
  const name = variableOf(path);
  if (name === undefined || variables.has(name) || publishedNames.has(name)) return undefined;
  return VARIABLE_ROOTS.includes(root) || !isNamespace(root) ? `there is no variable '${name}'` : undefined;
}

function checkOptional(
  { parameters, actions }: Graph,
  name: string | undefined,
  place: Place,
  report: Report<Code>,
): void {
  const entry = name === undefined ? undefined : parameters?.get(name);
  if (!entry || entry.required || entry.hasDefault) return;
  const owner = actions.find(
    ({ root }) => field(root, 'parameters')?.entries.get(entry.name)?.start === entry.node.start,
  );
  const last = [...entry.node.entries.values()].at(-1);
  const edits = owner && last && !entry.node.flow ? insertAfter(owner, last, 'default: null') : [];
  const fix =
    edits.length > 0 ? { description: `Give the parameter ${entry.name} the default null.`, edits } : undefined;
  report(
    'workflow-optional-parameter',
    place,
    `'${entry.name}' is optional and has no default: the task fails without it`,
    { fix },
  );
}

function checkResult(pack: PackModel, { tasks }: Graph, { steps }: NamePath, place: Place, report: Report<Code>): void {
  const [name, second] = steps;
  if (second !== 'result') return;
  const ref = textOf(field(tasks.find((task) => task.name === name)?.node, 'action')) ?? '';
  const action = findComponent(pack, 'action', ref);
  if (!action && (existence(pack, 'action', ref) === 'unknown' || ref.startsWith('core.'))) return;
  if (readSchema(field(action?.root, 'output'))?.fields.has('result')) return;
  const text = 'file' in place ? place.file.text.slice(place.span.start, place.span.end) : '';
  const edits =
    'file' in place && /\.result\b/.test(text) ? [replace(place.file, place.span, text.replace('.result', ''))] : [];
  const fix = edits.length > 0 ? { description: 'Remove .result from the path.', edits } : undefined;
  report('workflow-task-result-path', place, `the output of '${name}' has no field 'result'`, { fix });
}
