import type { Kind, PackDesign, Template } from '../request.ts';
import { type ScaffoldFile, yamlFile } from './files.ts';
import { actionScript, RUNNERS, sensorScript } from './scripts.ts';

/** The kinds without which another kind has nothing to refer to. */
const IMPLIED: Readonly<Partial<Record<Kind, readonly Kind[]>>> = {
  rule: ['trigger', 'action'],
  sensor: ['trigger'],
  workflow: ['action'],
};

/** Returns the kinds of a design and those that they refer to. */
export function completeKinds(kinds: readonly Kind[]): ReadonlySet<Kind> {
  return new Set(kinds.flatMap((kind) => [kind, ...(IMPLIED[kind] ?? [])]));
}

/** Returns the name of a component; with several templates, each has its own. */
export function componentName(base: string, template: Template, { templates }: PackDesign): string {
  return templates.length === 1 ? base : `${base}_${template}`;
}

const PARAMETERS = { name: { type: 'string', description: 'Whom to greet', default: 'World' } };
const OUTPUT = { greeting: { type: 'string', description: 'The greeting' } };

/** Returns the files of all components. */
export function componentFiles(design: PackDesign): ScaffoldFile[] {
  const { ref, templates } = design;
  const kinds = completeKinds(design.kinds);
  const [first = 'shell'] = templates;
  const action = `${ref}.${componentName('hello', first, design)}`;
  return [
    ...(kinds.has('action') ? templates.flatMap((template) => actionFiles(template, design)) : []),
    ...(kinds.has('trigger') ? [triggerFile(ref)] : []),
    ...(kinds.has('sensor') ? templates.flatMap((template) => sensorFiles(template, design)) : []),
    ...(kinds.has('rule') ? [ruleFile(ref, action)] : []),
    ...(kinds.has('workflow') ? workflowFiles(ref, action) : []),
  ];
}

function actionFiles(template: Template, design: PackDesign): ScaffoldFile[] {
  const name = componentName('hello', template, design);
  const { runnerType, extension, parameterFormat, runtimeVersion } = RUNNERS[template];
  const document = {
    ref: `${design.ref}.${name}`,
    label: 'Hello',
    description: 'Greets somebody.',
    runner_type: runnerType,
    ...(runtimeVersion !== undefined && { runtime_version: runtimeVersion }),
    entry_point: `${name}.${extension}`,
    parameter_delivery: 'stdin',
    parameter_format: parameterFormat,
    output_format: 'json',
    parameters: PARAMETERS,
    output: OUTPUT,
    tags: ['example'],
  };
  return [yamlFile(`actions/${name}.yaml`, document, 'action'), actionScript(template, name)];
}

function triggerFile(ref: string): ScaffoldFile {
  const document = {
    ref: `${ref}.something_happened`,
    label: 'Something happened',
    description: 'Fires when something has happened.',
    output: { name: { type: 'string', description: 'Who did it' } },
  };
  return yamlFile('triggers/something_happened.yaml', document, 'trigger');
}

function sensorFiles(template: Template, design: PackDesign): ScaffoldFile[] {
  const { runnerType, extension, runtimeVersion } = RUNNERS[template];
  // A trigger has one sensor at most, so only the first template's is enabled.
  const isFirst = template === design.templates[0];
  if (!isFirst) return [];
  const document = {
    ref: `${design.ref}.watch`,
    label: 'Watch',
    description: 'Reports that something has happened.',
    runner_type: runnerType,
    ...(runtimeVersion !== undefined && { runtime_version: runtimeVersion }),
    entry_point: `watch.${extension}`,
    trigger_types: [`${design.ref}.something_happened`],
  };
  return [yamlFile('sensors/watch.yaml', document, 'sensor'), sensorScript(template, 'watch')];
}

function ruleFile(ref: string, action: string): ScaffoldFile {
  const document = {
    ref: `${ref}.greet_when_something_happened`,
    label: 'Greet when something happened',
    description: 'Greets whoever did it. Enable the rule to use it.',
    enabled: false,
    trigger_ref: `${ref}.something_happened`,
    conditions: {},
    action_ref: action,
    action_params: { name: '{{ event.payload.name }}' },
  };
  return yamlFile('rules/greet_when_something_happened.yaml', document, 'rule');
}

function workflowFiles(ref: string, action: string): ScaffoldFile[] {
  const document = {
    ref: `${ref}.greet_twice`,
    label: 'Greet twice',
    description: 'Greets somebody two times, one after the other.',
    workflow_file: 'workflows/greet_twice.workflow.yaml',
    parameters: PARAMETERS,
    output: OUTPUT,
    tags: ['example'],
  };
  const input = { name: '{{ parameters.name }}' };
  const graph = {
    version: '1.0.0',
    vars: { greeting: '' },
    tasks: [
      { name: 'first', action, input, next: [{ when: '{{ succeeded() }}', do: ['second'] }] },
      {
        name: 'second',
        action,
        input,
        next: [{ when: '{{ succeeded() }}', publish: [{ greeting: '{{ task.second.greeting }}' }] }],
      },
    ],
    output_map: { greeting: '{{ workflow.greeting }}' },
  };
  return [
    yamlFile('actions/greet_twice.yaml', document, 'action'),
    yamlFile('actions/workflows/greet_twice.workflow.yaml', graph, 'workflow'),
  ];
}
