import type { Planted } from '../planted.ts';

const A = 'actions/clean.yaml';
const G = 'actions/greet.yaml';
const S = 'sensors/clock.yaml';

export const COMPONENT_FAULTS: readonly Planted[] = [
  {
    expect: 'sensor-entry-point sensors/clock.yaml:7:14',
    files: { [S]: ['entry_point: clock.py', 'entry_point: sensors/clock.py'] },
  },
  {
    expect: 'trigger-schema-field triggers/tock.yaml:4:1',
    files: {
      'triggers/tock.yaml': 'ref: demo.tock\nlabel: Tock\ndescription: T.\npayload_schema: {}\n',
      [S]: ['  - demo.tick\n', '  - demo.tick\n  - demo.tock\n'],
      'README.md': ['| `demo.clock`', '| `demo.tock` | T. |\n| `demo.clock`'],
    },
  },
  { expect: 'component-missing-ref runtimes/tool.yaml:1:1', files: { 'runtimes/tool.yaml': ['ref: demo.tool\n', ''] } },
  {
    expect: 'component-ref-format runtimes/tool.yaml:1:6',
    files: { 'runtimes/tool.yaml': ['ref: demo.tool', 'ref: demo.Tool'] },
  },
  {
    expect: 'component-ref-format permission_sets/viewer.yaml:1:6',
    files: { 'permission_sets/viewer.yaml': ['ref: demo.viewer', 'ref: viewer'] },
  },
  {
    expect: 'component-ref-format permission_sets/viewer.yaml:1:6',
    files: { 'permission_sets/viewer.yaml': ['ref: demo.viewer', 'ref: demo.a.viewer'] },
  },
  {
    expect: 'component-ref-foreign permission_sets/viewer.yaml:1:6',
    files: { 'permission_sets/viewer.yaml': ['ref: demo.viewer', 'ref: core.viewer'] },
  },
  {
    expect: 'component-ref-duplicate permission_sets/watcher.yaml:1:6',
    files: { 'permission_sets/watcher.yaml': 'ref: demo.viewer\nlabel: V\ndescription: D\ngrants: []\n' },
  },
  {
    expect: 'component-file-name permission_sets/viewer.yaml:1:6',
    files: { 'permission_sets/viewer.yaml': ['ref: demo.viewer', 'ref: demo.reader'] },
  },
  {
    expect: 'component-missing-text actions/clean.yaml:1:1',
    files: { [A]: ['description: Removes old greetings.\n', ''] },
  },
  { expect: 'component-missing-text actions/clean.yaml:1:1', files: { [A]: ['label: Clean\n', ''] } },
  {
    expect: 'component-field-type triggers/tick.yaml:4:10',
    files: { 'triggers/tick.yaml': ['enabled: true', 'enabled: "true"'] },
  },
  { expect: 'component-field-type actions/clean.yaml:2:8', files: { [A]: ['label: Clean', 'label: 7'] } },
  {
    expect: 'component-unknown-field actions/clean.yaml:6:1',
    files: { [A]: ['parameter_delivery: stdin', 'parameter_delivry: stdin'] },
  },
  {
    expect: 'component-field-ignored actions/clean.yaml:6:1',
    files: { [A]: ['parameter_delivery: stdin', 'timeout: 120'] },
  },
  {
    expect: 'component-field-ignored actions/clean.yaml:6:1',
    files: { [A]: ['parameter_delivery: stdin', 'enabled: false'] },
  },
  {
    expect: 'component-field-ignored actions/deploy.yaml:4:1',
    files: { 'actions/deploy.yaml': ['workflow_file:', 'runner_type: python\nworkflow_file:'] },
  },
  {
    expect: 'action-entry-point-missing actions/clean.yaml:1:1',
    files: { [A]: ['entry_point: clean.sh\n', ''], 'actions/clean.sh': null },
  },
  {
    expect: 'action-entry-point-not-found actions/clean.yaml:5:14',
    files: { [A]: ['entry_point: clean.sh', 'entry_point: Clean.sh'], 'actions/clean.sh': null },
  },
  {
    expect: 'action-entry-point-path actions/greet.yaml:6:14',
    files: { [G]: ['entry_point: greet.py', 'entry_point: actions/greet.py'] },
  },
  {
    expect: 'action-entry-point-path actions/clean.yaml:5:14',
    files: { [A]: ['entry_point: clean.sh', 'entry_point: ../clean.sh'], 'actions/clean.sh': null },
  },
  {
    expect: 'action-entry-point-extension actions/greet.yaml:6:14',
    files: {
      [G]: ['entry_point: greet.py', 'entry_point: clean.sh'],
      'actions/greet.py': null,
      'requirements.txt': null,
    },
  },
  { expect: 'action-runner-type actions/clean.yaml:4:14', files: { [A]: ['runner_type: shell', 'runner_type: rb'] } },
  { expect: 'action-runner-type actions/clean.yaml:1:1', files: { [A]: ['runner_type: shell\n', ''] } },
  {
    expect: 'action-native-not-executable actions/clean.yaml:5:14',
    files: {
      [A]: ['runner_type: shell', 'runner_type: native'],
      'actions/clean.sh': 0o644,
      'pack.yaml': ['  - shell\n', ''],
    },
  },
  {
    expect: 'action-delivery-invalid actions/clean.yaml:6:21',
    files: { [A]: ['parameter_delivery: stdin', 'parameter_delivery: env'] },
  },
  {
    expect: 'action-delivery-invalid actions/clean.yaml:7:19',
    files: { [A]: ['parameter_format: dotenv', 'parameter_format: ini'] },
  },
  { expect: 'action-output-schema actions/greet.yaml:30:1', files: { [G]: ['output:\n', 'output_schema:\n'] } },
  {
    expect: 'action-output-unparsed actions/clean.yaml:9:1',
    files: { [A]: ['output_format: text\n', 'output_format: text\noutput:\n  id: {type: string}\n'] },
  },
  {
    expect: 'action-retention-invalid actions/clean.yaml:6:23',
    files: { [A]: ['parameter_delivery: stdin', 'log_retention_policy: weeks'] },
  },
  {
    expect: 'action-retention-invalid sensors/clock.yaml:5:22',
    files: { [S]: ['runner_type: python', 'log_retention_limit: 0\nrunner_type: python'] },
  },
  { expect: 'action-runtime-version actions/greet.yaml:5:18', files: { [G]: ['">=3.10"', '">=3.8 <4"'] } },
  { expect: 'action-runtime-version actions/greet.yaml:5:18', files: { [G]: ['">=3.10"', '3.1'] } },
  {
    expect: 'action-runtime-version actions/clean.yaml:6:18',
    files: { [A]: ['parameter_delivery: stdin', 'runtime_version: ">=5"'] },
  },
  {
    expect: 'action-worker-placement actions/clean.yaml:6:18',
    files: { [A]: ['parameter_delivery: stdin', 'worker_selector: gpu'] },
  },
  {
    expect: 'action-worker-placement actions/clean.yaml:7:11',
    files: { [A]: ['parameter_delivery: stdin', 'required_worker_runtimes:\n  python: 3.12'] },
  },
  {
    expect: 'action-workflow-file actions/deploy.yaml:4:16',
    files: {
      'actions/deploy.yaml': ['workflows/deploy.workflow.yaml', '../workflows/x.yaml'],
      'actions/workflows': null,
    },
  },
  {
    expect: 'params-not-a-map actions/clean.yaml:10:9',
    files: {
      [A]: [
        '  days:\n    type: integer\n    description: The age of the greetings.\n    default: 7\n',
        '  days: integer\n',
      ],
    },
  },
  {
    expect: 'params-not-a-map actions/clean.yaml:10:3',
    files: {
      [A]: ['  days:\n    type: integer\n    description: The age of the greetings.\n    default: 7\n', '  - days\n'],
    },
  },
  {
    expect: 'params-json-schema actions/clean.yaml:9:1',
    files: {
      [A]: [
        '  days:\n    type: integer\n    description: The age of the greetings.\n    default: 7\n',
        '  type: object\n  properties:\n    days: {type: integer, description: Age.}\n',
      ],
    },
  },
  {
    expect: 'params-mixed-syntax actions/clean.yaml:14:3',
    files: { [A]: ['    default: 7\n', '    default: 7\n  required: [days]\n'] },
  },
  { expect: 'params-type-unknown actions/clean.yaml:11:11', files: { [A]: ['type: integer', 'type: int'] } },
  {
    expect: 'params-schema-invalid actions/clean.yaml:14:14',
    files: { [A]: ['    default: 7\n', '    default: 7\n    pattern: "["\n'] },
  },
  {
    expect: 'params-schema-invalid actions/clean.yaml:14:14',
    files: { [A]: ['    default: 7\n', '    required: true\n    minimum: 9\n    maximum: 8\n'] },
  },
  { expect: 'params-default-invalid actions/clean.yaml:13:14', files: { [A]: ['default: 7', 'default: "7"'] } },
  { expect: 'params-default-invalid actions/greet.yaml:24:14', files: { [G]: ['default: plain', 'default: loudest'] } },
  { expect: 'params-default-invalid actions/clean.yaml:13:15', files: { [A]: ['default: 7', 'required: "yes"'] } },
  {
    expect: 'params-secret-unmarked actions/clean.yaml:14:3',
    files: { [A]: ['    default: 7\n', '    default: 7\n  password: {type: string, description: P.}\n'] },
  },
  {
    expect: 'params-secret-default actions/greet.yaml:30:14',
    files: { [G]: ['    secret: true\n', '    secret: true\n    default: abc\n'] },
  },
  {
    expect: 'params-missing-description actions/clean.yaml:10:3',
    files: { [A]: ['    description: The age of the greetings.\n', ''] },
  },
  { expect: 'params-unknown-keyword actions/clean.yaml:13:5', files: { [A]: ['default: 7', 'requred: true'] } },
  {
    expect: 'trigger-schema-field triggers/tick.yaml:10:1',
    files: { 'triggers/tick.yaml': ['output:\n', 'payload_schema: {}\noutput:\n'] },
  },
  {
    expect: 'trigger-sensor-link triggers/tock.yaml:1:1',
    files: {
      'triggers/tock.yaml': 'ref: demo.tock\nlabel: Tock\ndescription: T.\n',
      'README.md': ['| `demo.clock`', '| `demo.tock` | T. |\n| `demo.clock`'],
    },
  },
  {
    expect: 'trigger-sensor-link sensors/clock.yaml:10:5',
    files: { [S]: ['  - demo.tick\n', '  - demo.tick\n  - core.crontimer\n'] },
  },
  {
    expect: 'sensor-trigger sensors/clock.yaml:10:5',
    files: { [S]: ['  - demo.tick\n', '  - demo.tick\n  - demo.tock\n'] },
  },
  {
    expect: 'sensor-entry-point sensors/clock.yaml:7:14',
    files: { [S]: ['entry_point: clock.py', 'entry_point: http://clock.py'], 'sensors/clock.py': null },
  },
  {
    expect: 'sensor-entry-point sensors/clock.yaml:7:14',
    files: { [S]: ['entry_point: clock.py', 'entry_point: cluck.py'], 'sensors/clock.py': null },
  },
  {
    expect: 'sensor-runner-type sensors/clock.yaml:1:1',
    files: { [S]: ['runner_type: python\nruntime_version: ">=3.10"\n', ''] },
  },
  {
    expect: 'sensor-runner-type sensors/clock.yaml:5:14',
    files: { [S]: ['runner_type: python\nruntime_version: ">=3.10"\n', 'runner_type: rb\n'] },
  },
];
