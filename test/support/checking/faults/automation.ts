import type { Planted } from '../planted.ts';

const R = 'rules/on_tick.yaml';
const W = 'actions/workflows/deploy.workflow.yaml';
const D = 'actions/deploy.yaml';

export const RULE_FAULTS: readonly Planted[] = [
  { expect: 'rule-missing-field rules/on_tick.yaml:8:1', files: { [R]: ['action_ref:', 'action:'] } },
  { expect: 'rule-missing-field rules/on_tick.yaml:1:1', files: { [R]: ['trigger_ref: demo.tick\n', ''] } },
  {
    expect: 'rule-unknown-target rules/on_tick.yaml:8:13',
    files: { [R]: ['action_ref: demo.greet', 'action_ref: demo.gret'] },
  },
  {
    expect: 'rule-unknown-target rules/on_tick.yaml:5:14',
    files: { [R]: ['trigger_ref: demo.tick\ntrigger_params:\n  seconds: 10\n', 'trigger_ref: core.tick\n'] },
  },
  { expect: 'rule-parameter rules/on_tick.yaml:12:3', files: { [R]: ['conditions:', '  siez: 3\nconditions:'] } },
  { expect: 'rule-parameter rules/on_tick.yaml:7:12', files: { [R]: ['seconds: 10', 'seconds: "10"'] } },
  { expect: 'rule-parameter rules/on_tick.yaml:9:1', files: { [R]: ['  name: "{{ event.payload.who }}"\n', ''] } },
  {
    expect: 'rule-conditions-format rules/on_tick.yaml:13:3',
    files: { [R]: ['  expression: event.payload.count > 3', '  channel: {equals: x}'] },
  },
  {
    expect: 'rule-condition-invalid rules/on_tick.yaml:13:5',
    files: { [R]: ['  expression: event.payload.count > 3', '  - {operator: equals, value: 1}'] },
  },
  {
    expect: 'rule-condition-invalid rules/on_tick.yaml:13:30',
    files: { [R]: ['  expression: event.payload.count > 3', '  - {field: count, operator: like, value: 1}'] },
  },
  {
    expect: 'rule-condition-invalid rules/on_tick.yaml:13:13',
    files: {
      [R]: ['  expression: event.payload.count > 3', '  - {field: event.payload.count, operator: equals, value: 1}'],
    },
  },
  {
    expect: 'rule-condition-invalid rules/on_tick.yaml:13:15',
    files: { [R]: ['event.payload.count > 3', 'event.payload.count >'] },
  },
  {
    expect: 'rule-condition-invalid rules/on_tick.yaml:13:15',
    files: { [R]: ['event.payload.count > 3', 'payload.count > 3'] },
  },
  {
    expect: 'rule-template-source rules/on_tick.yaml:10:13',
    files: { [R]: ['event.payload.who', 'trigger.payload.who'] },
  },
  {
    expect: 'rule-template-expression rules/on_tick.yaml:10:13',
    files: { [R]: ['event.payload.who', 'event.payload.who | upper'] },
  },
  {
    expect: 'rule-template-field rules/on_tick.yaml:10:13',
    files: { [R]: ['event.payload.who', 'event.payload.whom'] },
  },
  { expect: 'rule-template-field rules/on_tick.yaml:11:14', files: { [R]: ['pack.config.token', 'pack.config.tokn'] } },
  {
    expect: 'rule-secret-target rules/on_tick.yaml:12:14',
    files: { [R]: ['conditions:', '  style: "{{ pack.config.token }}"\nconditions:'] },
  },
  {
    expect: 'rule-permission-sets rules/on_tick.yaml:14:23',
    files: {
      [R]: [
        '  expression: event.payload.count > 3\n',
        '  expression: event.payload.count > 3\npermission_set_refs: [""]\n',
      ],
    },
  },
  { expect: 'rule-active-on-install rules/on_tick.yaml:4:10', files: { [R]: ['enabled: false', 'enabled: true'] } },
];

export const WORKFLOW_FAULTS: readonly Planted[] = [
  {
    expect: 'workflow-field-type actions/workflows/deploy.workflow.yaml:14:14',
    files: { [W]: ['timeout: 60', 'timeout: "{{ parameters.size }}"'] },
  },
  {
    expect: 'workflow-field-type actions/workflows/deploy.workflow.yaml:1:1',
    files: { [W]: ['version: "1.0"\n', ''] },
  },
  {
    expect: 'workflow-field-type actions/workflows/deploy.workflow.yaml:11:5',
    files: { [W]: ['      delay: 5\n', ''] },
  },
  {
    expect: 'workflow-field-type actions/workflows/deploy.workflow.yaml:3:3',
    files: { [W]: ['  greeting: ""', '  - greeting: ""'] },
  },
  {
    expect: 'workflow-field-type actions/workflows/deploy.workflow.yaml:17:18',
    files: { [W]: ['publish:\n          - greeting: "{{ result().data.message }}"', 'publish: {greeting: x}'] },
  },
  {
    expect: 'workflow-duplicate-task actions/workflows/deploy.workflow.yaml:36:11',
    files: {
      [W]: [
        '  - name: finish\n    action: core.noop\n',
        '  - name: finish\n    action: core.noop\n  - name: finish\n    action: core.sleep\n',
      ],
    },
  },
  {
    expect: 'workflow-unknown-task actions/workflows/deploy.workflow.yaml:30:13',
    files: { [W]: ['          - finish\n', '          - finish\n          - finsh\n'] },
  },
  {
    expect: 'workflow-no-entry actions/workflows/deploy.workflow.yaml:4:1',
    files: { [W]: ['    action: core.noop\n', '    action: core.noop\n    next:\n      - do: [greet]\n'] },
  },
  {
    expect: 'workflow-cycle actions/workflows/deploy.workflow.yaml:37:14',
    files: { [W]: ['    action: core.noop\n', '    action: core.noop\n    next:\n      - do: [clean]\n'] },
  },
  {
    expect: [
      'workflow-unreachable actions/workflows/deploy.workflow.yaml:36:11',
      'workflow-unreachable actions/workflows/deploy.workflow.yaml:40:11',
    ],
    files: {
      [W]: [
        '    action: core.noop\n',
        '    action: core.noop\n  - name: a\n    action: core.noop\n    next:\n      - do: [b]\n  - name: b\n    action: core.noop\n    next:\n      - do: [a]\n',
      ],
    },
  },
  {
    expect: 'workflow-many-entries actions/workflows/deploy.workflow.yaml:36:11',
    files: { [W]: ['    action: core.noop\n', '    action: core.noop\n  - name: a\n    action: core.noop\n'] },
  },
  {
    expect: 'workflow-join actions/workflows/deploy.workflow.yaml:36:11',
    files: { [W]: ['    action: core.noop\n', '    action: core.noop\n    join: 2\n'] },
  },
  {
    expect: 'workflow-join actions/workflows/deploy.workflow.yaml:38:11',
    files: {
      [W]: [
        '  - name: finish\n    action: core.noop\n',
        '    next:\n      - do: [finish]\n  - name: finish\n    action: core.noop\n    join: 2\n',
      ],
    },
  },
  {
    expect: 'workflow-unknown-action actions/workflows/deploy.workflow.yaml:31:13',
    files: { [W]: ['action: core.echo', 'action: core.ehco'] },
  },
  {
    expect: 'workflow-unknown-action actions/workflows/deploy.workflow.yaml:24:13',
    files: { [W]: ['action: demo.clean\n    input:\n      days: 7\n', 'action: clean\n'] },
  },
  {
    expect: 'workflow-task-input actions/workflows/deploy.workflow.yaml:26:7',
    files: { [W]: ['      days: 7\n', '      day: 7\n'] },
  },
  {
    expect: 'workflow-task-input actions/workflows/deploy.workflow.yaml:6:13',
    files: { [W]: ['      name: "{{ parameters.name }}"\n', ''] },
  },
  {
    expect: 'workflow-parallel actions/workflows/deploy.workflow.yaml:36:11',
    files: { [W]: ['    action: core.noop\n', '    action: core.noop\n    type: parallel\n'] },
  },
  {
    expect: 'workflow-ignored-field actions/workflows/deploy.workflow.yaml:36:5',
    files: { [W]: ['    action: core.noop\n', '    action: core.noop\n    delay: 5\n'] },
  },
  {
    expect: 'workflow-legacy-transition actions/workflows/deploy.workflow.yaml:27:5',
    files: { [W]: ['    next:\n      - do:\n          - finish\n', '    on_success: finish\n'] },
  },
  {
    expect: 'workflow-condition-truncated actions/workflows/deploy.workflow.yaml:20:15',
    files: { [W]: ['"{{ failed() }}"', '"{{ failed() or timed_out() }}"'] },
  },
  {
    expect: 'workflow-expression-syntax actions/workflows/deploy.workflow.yaml:8:33',
    files: { [W]: ['"{{ parameters.name }}"\n      size', '"{{ parameters.name | upper }}"\n      size'] },
  },
  {
    expect: 'workflow-expression-syntax actions/workflows/deploy.workflow.yaml:33:25',
    files: { [W]: ['"failed: {{ parameters.name }}"', '"failed: {{ parameters.name"'] },
  },
  {
    expect: 'workflow-unknown-function actions/workflows/deploy.workflow.yaml:33:28',
    files: { [W]: ['"failed: {{ parameters.name }}"', '"failed: {{ now() }}"'] },
  },
  {
    expect: 'workflow-unknown-name actions/workflows/deploy.workflow.yaml:33:28',
    files: { [W]: ['"failed: {{ parameters.name }}"', '"failed: {{ parameters.nmae }}"'] },
  },
  {
    expect: 'workflow-unknown-name actions/workflows/deploy.workflow.yaml:33:28',
    files: { [W]: ['"failed: {{ parameters.name }}"', '"failed: {{ item }}"'] },
  },
  {
    expect: 'workflow-unknown-name actions/workflows/deploy.workflow.yaml:33:28',
    files: { [W]: ['"failed: {{ parameters.name }}"', '"failed: {{ task.gret.message }}"'] },
  },
  {
    expect: 'workflow-null-namespace actions/workflows/deploy.workflow.yaml:33:28',
    files: { [W]: ['"failed: {{ parameters.name }}"', '"failed: {{ config.url }}"'] },
  },
  {
    expect: 'workflow-optional-parameter actions/workflows/deploy.workflow.yaml:33:28',
    files: { [W]: ['"failed: {{ parameters.name }}"', '"failed: {{ parameters.note }}"'] },
  },
  {
    expect: 'workflow-task-result-path actions/workflows/deploy.workflow.yaml:33:28',
    files: { [W]: ['"failed: {{ parameters.name }}"', '"failed: {{ task.greet.result.message }}"'] },
  },
  {
    expect: 'workflow-with-items actions/workflows/deploy.workflow.yaml:36:17',
    files: { [W]: ['    action: core.noop\n', '    action: core.noop\n    with_items: parameters.hosts\n'] },
  },
  {
    expect: 'workflow-unused actions/workflows/deploy.workflow.yaml:4:3',
    files: { [W]: ['  greeting: ""\n', '  greeting: ""\n  other: 1\n'] },
  },
  {
    expect: 'workflow-output-map actions/workflows/deploy.workflow.yaml:36:1',
    files: { [D]: ['    description: The greeting.\n', '    description: The greeting.\n  id:\n    type: string\n'] },
  },
  {
    expect: 'workflow-secret-target actions/workflows/deploy.workflow.yaml:8:13',
    files: { [W]: ['name: "{{ parameters.name }}"\n', 'name: "{{ parameters.token }}"\n'] },
  },
  {
    expect: 'workflow-standalone workflows/extra.yaml:1:1',
    files: { 'workflows/extra.yaml': 'version: "1.0"\ntasks:\n  - name: a\n    action: core.noop\n' },
  },
  {
    expect: 'workflow-ref-mismatch actions/workflows/deploy.workflow.yaml:1:6',
    files: { [W]: ['version: "1.0"\n', 'ref: demo.other\nversion: "1.0"\n'] },
  },
];
