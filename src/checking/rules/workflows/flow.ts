import type { YamlNode } from '../../../documents/yaml/nodes.ts';
import { error, family, info, type Report, warning } from '../../rule.ts';
import { meantBy } from '../../suggest.ts';
import { at, atKey, field } from '../../values.ts';
import { entryTasks, type Graph, graphsOf, type Task } from './graph.ts';

type Code =
  | 'workflow-duplicate-task'
  | 'workflow-unknown-task'
  | 'workflow-no-entry'
  | 'workflow-unreachable'
  | 'workflow-cycle'
  | 'workflow-many-entries'
  | 'workflow-join';

export const workflowFlowRules = family<Code>({
  title: 'Workflows: flow',
  rules: {
    'workflow-duplicate-task': error('Two tasks have one name.', '- name: greet   # twice', 'One of them is lost.'),
    'workflow-unknown-task': error('A transition names no task.', 'do: [deplyo]', 'The whole file is refused.'),
    'workflow-no-entry': error(
      'Every task is the target of a transition.',
      'a -> b -> a',
      'Nothing runs, and the result is a success.',
    ),
    'workflow-unreachable': warning('Tasks are reached only from their own cycle.', 'c -> d -> c', 'They never run.'),
    'workflow-cycle': warning(
      'A transition leads back to a task that has run.',
      'a -> b -> a',
      'A task runs once: the transition has no effect.',
    ),
    'workflow-many-entries': info(
      'More than one task is named by no transition.',
      'two tasks without a transition to them',
      'All of them start at once, so that a forgotten transition starts a task too early.',
    ),
    'workflow-join': error(
      '`join` is above the number of inbound tasks, or these exclude each other.',
      'join: 3   # with 2 inbound tasks',
      'The task never starts.',
    ),
  },
  check(pack, report) {
    for (const graph of graphsOf(pack)) {
      checkNames(graph, report);
      checkEntries(graph, report);
      for (const task of graph.tasks) checkJoin(graph, task, report);
    }
  },
});

function checkNames({ file, tasks }: Graph, report: Report<Code>): void {
  const names = new Set<string>();
  for (const { node, name } of tasks) {
    const written = field(node, 'name');
    if (written && names.has(name))
      report('workflow-duplicate-task', at(file, written), `another task is named '${name}'`);
    names.add(name);
  }
  for (const { transitions } of tasks) {
    for (const { name, node } of transitions.flatMap(({ targets }) => targets)) {
      if (names.has(name)) continue;
      const meant = meantBy(name, names);
      report(
        'workflow-unknown-task',
        at(file, node),
        `there is no task '${name}'${meant ? `, did you mean '${meant}'?` : ''}`,
      );
    }
  }
}

function checkEntries(graph: Graph, report: Report<Code>): void {
  const { file, tasks } = graph;
  const entries = entryTasks(graph);
  const [first, ...others] = entries;
  if (tasks.length === 0) return;
  if (!first) {
    const list = field(file.root, 'tasks') as YamlNode;
    report('workflow-no-entry', atKey(file, list), 'every task is a target of another one, so that nothing runs');
    return;
  }
  for (const task of others) {
    const message = `'${task.name}' starts at once, like '${first.name}': no transition names it`;
    report('workflow-many-entries', at(file, nameNode(task)), message);
  }
  const reached = walk(graph, entries, report);
  for (const task of tasks) {
    if (!reached.has(task.name))
      report('workflow-unreachable', at(file, nameNode(task)), `'${task.name}' is only reached from its own cycle`);
  }
}

function nameNode({ node }: Task): YamlNode {
  return field(node, 'name') ?? node;
}

/** Visits the tasks in depth, without recursion, and reports transitions to a task on the way. */
function walk({ file, tasks }: Graph, entries: readonly Task[], report: Report<Code>): ReadonlySet<string> {
  const byName = new Map(tasks.map((task) => [task.name, task]));
  const reached = new Set<string>();
  const open = new Set<string>();
  const stack = entries.toReversed().map((task) => ({ task, targets: targetsOf(task) }));
  while (stack.length > 0) {
    const frame = stack.at(-1) as (typeof stack)[number];
    if (!open.has(frame.task.name) && reached.has(frame.task.name)) {
      stack.pop();
      continue;
    }
    reached.add(frame.task.name);
    open.add(frame.task.name);
    const target = frame.targets.pop();
    if (!target) {
      open.delete(frame.task.name);
      stack.pop();
    } else if (open.has(target.name)) {
      report('workflow-cycle', at(file, target.node), `'${target.name}' has run already: the transition has no effect`);
    } else {
      const next = byName.get(target.name);
      if (next && !reached.has(target.name)) stack.push({ task: next, targets: targetsOf(next) });
    }
  }
  return reached;
}

function targetsOf({ transitions }: Task) {
  return transitions.flatMap(({ targets }) => targets).reverse();
}

function checkJoin(graph: Graph, task: Task, report: Report<Code>): void {
  const { file } = graph;
  const node = field(task.node, 'join');
  if (!node || !Number.isInteger(node.value)) return;
  const join = Number(node.value);
  const inbound = [...new Set((graph.inbound.get(task.name) ?? []).map((found) => found.task))];
  if (join > inbound.length) {
    const what = `${inbound.length} inbound task${inbound.length === 1 ? '' : 's'}`;
    report('workflow-join', at(file, node), `join is ${join}, and '${task.name}' has ${what}`);
  } else if (join > 1 && join === inbound.length && join <= MAX_COMPARED && exclusive(graph, inbound)) {
    const message = 'the inbound tasks exclude each other, so that the task never starts';
    report('workflow-join', at(file, node), message, { severity: 'warning' });
  }
}

const MAX_COMPARED = 20;

/** Returns whether two tasks are only reached from one task, after its success and after its failure. */
function exclusive(graph: Graph, tasks: readonly Task[]): boolean {
  const origins = tasks.map(({ name }) => {
    const [only, ...others] = graph.inbound.get(name) ?? [];
    return others.length === 0 && only
      ? { task: only.task, outcome: outcomeOf(String(only.when?.value ?? '')) }
      : undefined;
  });
  return origins.some((one, index) =>
    origins.slice(index + 1).some((other) => {
      if (!one?.outcome || !other?.outcome || one.task !== other.task) return false;
      return one.outcome !== other.outcome;
    }),
  );
}

function outcomeOf(condition: string): string | undefined {
  return ['succeeded()', 'failed()', 'timed_out()'].find((call) => condition.includes(call));
}
