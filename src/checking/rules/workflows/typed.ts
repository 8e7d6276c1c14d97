/** The typed fields of a workflow file (components.md, section 4.2): a wrong type fails the whole file. */
import type { YamlNode } from '../../../documents/yaml/nodes.ts';
import type { ComponentFile } from '../../../packs/components/pack-model.ts';
import { field, textOf } from '../../values.ts';

export interface TypeProblem {
  /** The value; `undefined` for the file as a whole. */
  readonly node: YamlNode | undefined;
  /** True if the problem is located at the key. */
  readonly key?: boolean;
  readonly message: string;
}

type Check = (node: YamlNode) => string | undefined;

const isText: Check = ({ value }) => (typeof value === 'string' ? undefined : 'expected a string');
const isUint: Check = ({ value }) =>
  Number.isInteger(value) && Number(value) >= 0 ? undefined : 'expected a whole number, without quotes or a template';
const isMapping: Check = ({ kind }) => (kind === 'mapping' ? undefined : 'expected a mapping');
const isList: Check = ({ kind }) => (kind === 'list' ? undefined : 'expected a list');
const isTextList: Check = (node) =>
  node.kind === 'list' && node.items.every((item) => textOf(item) !== undefined)
    ? undefined
    : 'expected a list of names';
const oneOf =
  (...values: string[]): Check =>
  ({ value }) =>
    values.includes(String(value)) ? undefined : `expected ${values.join(' or ')}`;

const FILE_FIELDS: Readonly<Record<string, Check>> = {
  version: ({ value }) => {
    const length = typeof value === 'string' || typeof value === 'number' ? String(value).length : 0;
    return length >= 1 && length <= 50 ? undefined : 'expected a text or number of 1 to 50 characters';
  },
  label: isText,
  description: isText,
  tags: isTextList,
  vars: isMapping,
  output_map: (node) =>
    isMapping(node) ??
    ([...node.entries.values()].every((item) => textOf(item) !== undefined) ? undefined : 'expected templates'),
  cancellation_policy: oneOf('allow_finish', 'cancel_running'),
};

const TASK_FIELDS: Readonly<Record<string, Check>> = {
  name: ({ value }) =>
    typeof value === 'string' && value.length >= 1 && value.length <= 255 ? undefined : 'expected 1 to 255 characters',
  action: isText,
  type: oneOf('action', 'parallel', 'workflow'),
  input: isMapping,
  next: isList,
  ...Object.fromEntries(['on_success', 'on_failure', 'on_complete', 'on_timeout'].map((name) => [name, isText])),
  decision: isList,
  publish: isList,
  join: isUint,
  with_items: isText,
  concurrency: isUint,
  timeout: isUint,
  when: isText,
  batch_size: isUint,
  retry: isMapping,
};

const RETRY_FIELDS: Readonly<Record<string, Check>> = {
  count: ({ value }) =>
    Number.isInteger(value) && Number(value) >= 1 && Number(value) <= 100 ? undefined : 'expected 1 to 100',
  delay: isUint,
  backoff: oneOf('constant', 'linear', 'exponential'),
  max_delay: isUint,
};

/** Returns the fields of a workflow file that the platform cannot parse. */
export function typeProblems(file: ComponentFile): TypeProblem[] {
  const { root } = file;
  if (!root) return [];
  const tasks = field(root, 'tasks');
  return [
    ...missing(root, 'version', undefined),
    ...wrongFields(root, FILE_FIELDS),
    ...(!tasks || tasks.value === null ? [{ node: undefined, message: 'the workflow has no tasks' }] : []),
    ...(tasks && tasks.value !== null && (tasks.kind !== 'list' || tasks.items.length === 0)
      ? [{ node: tasks, message: 'tasks: expected a list of tasks' }]
      : []),
    ...(tasks?.items ?? []).flatMap(taskProblems),
  ];
}

function taskProblems(task: YamlNode): TypeProblem[] {
  if (task.kind !== 'mapping') return [{ node: task, message: 'expected a task with name and action' }];
  const retry = field(task, 'retry');
  const type = field(task, 'type')?.value;
  return [
    ...missing(task, 'name', task),
    ...(type === undefined || type === 'action' ? missing(task, 'action', task) : []),
    ...wrongFields(task, TASK_FIELDS),
    ...(retry?.kind === 'mapping' ? ['count', 'delay'].flatMap((name) => missing(retry, name, retry, true)) : []),
    ...(retry ? wrongFields(retry, RETRY_FIELDS) : []),
    ...(field(task, 'next')?.items ?? []).flatMap(transitionProblems),
  ];
}

function transitionProblems(transition: YamlNode): TypeProblem[] {
  if (transition.kind !== 'mapping') return [{ node: transition, message: 'expected {when, publish, do}' }];
  return wrongFields(transition, { when: isText, publish: isPublish, do: isTextList });
}

const isPublish: Check = (node) =>
  node.kind === 'list' && node.items.every((item) => item.kind === 'mapping' || textOf(item) !== undefined)
    ? undefined
    : 'expected a list of {name: value}';

function missing(parent: YamlNode, name: string, node: YamlNode | undefined, key = false): TypeProblem[] {
  const found = field(parent, name);
  return !found || found.value === null ? [{ node, key, message: `${name} is missing` }] : [];
}

function wrongFields(parent: YamlNode, checks: Readonly<Record<string, Check>>): TypeProblem[] {
  return Object.entries(checks).flatMap(([name, check]) => {
    const node = field(parent, name);
    const reason = node && node.value !== null ? check(node) : undefined;
    return reason ? [{ node, message: `${name}: ${reason}` }] : [];
  });
}
