/** A workflow as its rules see it: tasks, transitions and the action that supplies the interface. */
import type { YamlNode } from '../../../documents/yaml/nodes.ts';
import type { ComponentFile, PackModel } from '../../../packs/components/pack-model.ts';
import { readSchema, type SchemaField } from '../../schemas.ts';
import { field, textOf } from '../../values.ts';

export interface Transition {
  /** The condition; `undefined` if there is none. */
  readonly when: YamlNode | undefined;
  readonly targets: readonly Target[];
  readonly published: readonly Published[];
}

export interface Target {
  readonly name: string;
  readonly node: YamlNode;
}

export interface Published {
  readonly name: string;
  readonly value: YamlNode;
}

export interface Task {
  readonly node: YamlNode;
  readonly name: string;
  readonly transitions: readonly Transition[];
}

export interface Graph {
  readonly file: ComponentFile;
  /** The actions that name this file; none for a standalone workflow. */
  readonly actions: readonly ComponentFile[];
  readonly tasks: readonly Task[];
  /** The parameters of the action, else those of the file; `undefined` if they cannot be known. */
  readonly parameters: ReadonlyMap<string, SchemaField> | undefined;
  readonly variables: ReadonlyMap<string, YamlNode>;
  readonly published: readonly Published[];
  /** The tasks that lead to each task, by name. */
  readonly inbound: ReadonlyMap<string, readonly Inbound[]>;
  readonly taskNames: ReadonlySet<string>;
  readonly publishedNames: ReadonlySet<string>;
}

export interface Inbound {
  readonly task: Task;
  readonly when: YamlNode | undefined;
}

const cache = new WeakMap<PackModel, readonly Graph[]>();

/** Returns the graphs of a pack, those in `workflows/` included, that have a list of tasks. */
export function graphsOf(pack: PackModel): readonly Graph[] {
  const known = cache.get(pack);
  if (known) return known;
  const files = [...pack.components.graphs, ...pack.components.workflows];
  const graphs = files.filter(({ root }) => root).map((file) => readGraph(pack, file));
  cache.set(pack, graphs);
  return graphs;
}

function readGraph(pack: PackModel, file: ComponentFile): Graph {
  const actions = linkedActions(pack, file);
  const tasks = (field(file.root, 'tasks')?.items ?? []).map(readTask);
  const published = tasks.flatMap(({ transitions }) => transitions.flatMap((transition) => transition.published));
  return {
    ...{ file, actions, tasks, published, parameters: parametersOf(actions, file), inbound: inboundOf(tasks) },
    variables: field(file.root, 'vars')?.entries ?? new Map(),
    taskNames: new Set(tasks.map(({ name }) => name)),
    publishedNames: new Set(published.map(({ name }) => name)),
  };
}

function inboundOf(tasks: readonly Task[]): Graph['inbound'] {
  const inbound = tasks.flatMap((task) =>
    task.transitions.flatMap(({ when, targets }) => targets.map(({ name }) => ({ name, task, when }))),
  );
  return Map.groupBy(inbound, ({ name }) => name);
}

/** Returns the actions with this `workflow_file`. */
export function linkedActions({ components }: PackModel, { path }: ComponentFile): ComponentFile[] {
  return components.actions.filter(({ root }) => {
    const name = textOf(field(root, 'workflow_file'))?.replace(/^\.\//, '');
    return name !== undefined && (`actions/${name}` === path || name.replace(/^(?:\.\.\/)+/, '') === path);
  });
}

function parametersOf(actions: readonly ComponentFile[], file: ComponentFile): Graph['parameters'] {
  const owners = actions.length > 0 ? actions : [file];
  const schemas = owners.map(({ root }) => field(root, 'parameters'));
  if (
    owners.some(({ root }) => !root) ||
    schemas.some((node) => node && node.kind !== 'mapping' && node.value !== null)
  )
    return undefined;
  return new Map(schemas.flatMap((node) => [...(readSchema(node)?.fields ?? [])]));
}

const LEGACY = ['on_success', 'on_failure', 'on_complete', 'on_timeout'];

function readTask(node: YamlNode): Task {
  const name = textOf(field(node, 'name')) ?? '';
  const next = field(node, 'next');
  const transitions = next ? next.items.map(readTransition) : legacyTransitions(node);
  return { node, name, transitions };
}

function readTransition(node: YamlNode): Transition {
  const publish = field(node, 'publish');
  return { when: field(node, 'when'), targets: targetsOf(field(node, 'do')), published: publishedIn(publish) };
}

function targetsOf(node: YamlNode | undefined): Target[] {
  return (node?.items ?? []).flatMap((item) => {
    const name = textOf(item);
    return name === undefined ? [] : [{ name, node: item }];
  });
}

function publishedIn(node: YamlNode | undefined): Published[] {
  const maps = node?.kind === 'list' ? node.items : [];
  return maps.flatMap((item) => [...item.entries].map(([name, value]) => ({ name, value })));
}

function legacyTransitions(task: YamlNode): Transition[] {
  const single = LEGACY.flatMap((key) => {
    const node = field(task, key);
    const name = textOf(node);
    return node && name !== undefined ? [{ when: undefined, targets: [{ name, node }], published: [] }] : [];
  });
  const decisions = (field(task, 'decision')?.items ?? []).flatMap((item) => {
    const node = field(item, 'next');
    const name = textOf(node);
    return node && name !== undefined ? [{ when: field(item, 'when'), targets: [{ name, node }], published: [] }] : [];
  });
  const published = publishedIn(field(task, 'publish'));
  return [...single, ...decisions, ...(published.length > 0 ? [{ when: undefined, targets: [], published }] : [])];
}

/** Returns the tasks that no transition names: all of them start at once. */
export function entryTasks({ tasks, inbound }: Graph): Task[] {
  return tasks.filter(({ name }) => !inbound.has(name));
}

/** Returns the required names of an `output` schema, or all of its fields. */
export function outputOf(actions: readonly ComponentFile[], file: ComponentFile): readonly string[] {
  const owners = actions.length > 0 ? actions : [file];
  return owners.flatMap(({ root }) => [...(readSchema(field(root, 'output'))?.fields.keys() ?? [])]);
}
