/** The templates of a workflow and the names that they read. */
import type { YamlNode } from '../../../documents/yaml/nodes.ts';
import { type NamePath, type Part, parseExpression } from '../../expressions/parse.ts';
import { type Template, templatesOf } from '../../expressions/templates.ts';
import { ExpressionError } from '../../expressions/tokens.ts';
import { field, textOf, visit } from '../../values.ts';
import type { Graph, Task } from './graph.ts';

/** An expression in a workflow. */
export interface Located {
  readonly node: YamlNode;
  /** The text of the expression, as it is written. */
  readonly text: string;
  readonly template: Template | undefined;
  /** The task that the expression belongs to; `undefined` for `output_map` and `vars`. */
  readonly task: Task | undefined;
  readonly parts: readonly Part[] | undefined;
  readonly error: ExpressionError | undefined;
}

const cache = new WeakMap<Graph, readonly Located[]>();

/** Returns the expressions of a workflow, in the order of its fields. */
export function expressionsOf(graph: Graph): readonly Located[] {
  const known = cache.get(graph);
  if (known) return known;
  const { file, tasks } = graph;
  const found = [
    ...expressionsIn(field(file.root, 'vars'), undefined),
    ...tasks.flatMap(taskExpressions),
    ...expressionsIn(field(file.root, 'output_map'), undefined),
  ];
  cache.set(graph, found);
  return found;
}

const TEMPLATED = [
  'input',
  'with_items',
  'permission_set_refs',
  'worker_selector',
  'worker_tolerations',
  'worker_affinity',
];

function taskExpressions(task: Task): Located[] {
  const fields = TEMPLATED.flatMap((name) => expressionsIn(field(task.node, name), task));
  const transitions = task.transitions.flatMap(({ when, published }) => [
    ...(when ? conditionExpressions(when, task) : []),
    ...published.flatMap(({ value }) => expressionsIn(value, task)),
  ]);
  return [...fields, ...transitions];
}

/** A condition may be written with or without delimiters. */
function conditionExpressions(node: YamlNode, task: Task): Located[] {
  const text = textOf(node) ?? '';
  if (text.includes('{{')) return expressionsIn(node, task);
  return text.trim() === '' ? [] : [parsed(node, text, undefined, task)];
}

function expressionsIn(node: YamlNode | undefined, task: Task | undefined): Located[] {
  const found: Located[] = [];
  if (!node) return found;
  visit(node, (inner) => {
    for (const template of templatesOf(textOf(inner) ?? '')) found.push(parsed(inner, template.inner, template, task));
  });
  return found;
}

function parsed(node: YamlNode, text: string, template: Template | undefined, task: Task | undefined): Located {
  const base = { node, text, template, task };
  if (template && !template.closed) return { ...base, parts: undefined, error: undefined };
  try {
    return { ...base, parts: parseExpression(text), error: undefined };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { ...base, parts: undefined, error };
  }
}

export const VARIABLE_ROOTS = ['workflow', 'vars', 'variables'];
export const TASK_ROOTS = ['task', 'tasks'];
const NAMESPACES = ['parameters', ...VARIABLE_ROOTS, ...TASK_ROOTS, 'item', 'index', 'system', 'config', 'keystore'];

export function isNamespace(root: string): boolean {
  return NAMESPACES.includes(root);
}

/** Returns the name of the workflow variable that a path reads. */
export function variableOf({ root, steps }: NamePath): string | undefined {
  if (VARIABLE_ROOTS.includes(root)) return steps[0];
  return isNamespace(root) ? undefined : root;
}

/** Returns the names of all variables that are read; `undefined` if an expression does not parse or computes a name. */
export function readNames(graph: Graph): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  for (const { parts } of expressionsOf(graph)) {
    if (!parts) return undefined;
    for (const part of parts) {
      if (part.type !== 'path') continue;
      if (VARIABLE_ROOTS.includes(part.root) && part.steps[0] === undefined) return undefined;
      const name = variableOf(part);
      if (name !== undefined) names.add(name);
    }
  }
  return names;
}

/** Returns whether a value reads a secret parameter of the workflow. */
export function readsSecret({ parameters }: Graph, node: YamlNode): boolean {
  return expressionsIn(node, undefined).some(({ parts }) =>
    (parts ?? []).some(
      (part) =>
        part.type === 'path' && part.root === 'parameters' && (parameters?.get(part.steps[0] ?? '')?.secret ?? false),
    ),
  );
}
