import type { Planted } from '../planted.ts';

const M = 'pack.yaml';

export const MANIFEST_FAULTS: readonly Planted[] = [
  { expect: 'yaml-syntax pack.yaml:11:1', files: { [M]: ['homepage: https://example.com/demo\n', 'homepage: "x\n'] } },
  {
    expect: 'yaml-syntax triggers/tick.yaml:6:1',
    files: { 'triggers/tick.yaml': ['parameters:\n', '---\nparameters:\n'] },
  },
  { expect: 'yaml-syntax rules/on_tick.yaml:1:1', files: { 'rules/on_tick.yaml': '- demo.on_tick\n' } },
  {
    expect: 'yaml-duplicate-key actions/clean.yaml:3:1',
    files: { 'actions/clean.yaml': ['description: Removes old greetings.', 'label: Remove'] },
  },
  {
    expect: 'yaml-encoding triggers/tick.yaml:2:1',
    files: { 'triggers/tick.yaml': Buffer.from('ref: demo.tick\nlabel: T\xefck\n', 'latin1') },
  },
  {
    expect: 'yaml-encoding runtimes/tool.yaml:1:1',
    files: { 'runtimes/tool.yaml': ['ref: demo.tool', '\u{FEFF}ref: demo.tool'] },
  },
  {
    expect: 'yaml-limits actions/clean.yaml:9:13',
    files: { 'actions/clean.yaml': ['parameters:\n', 'parameters: !include common.yaml\nother:\n'] },
  },
  {
    expect: 'yaml-merge-key actions/clean.yaml:14:5',
    files: {
      'actions/clean.yaml': [
        '  days:\n',
        '  weeks: &base\n    type: integer\n    description: The age.\n  years:\n    <<: *base\n  days:\n',
      ],
    },
  },
  {
    expect: 'yaml-merge-key actions/clean.yaml:15:5',
    files: {
      'actions/clean.yaml': [
        '    default: 7\n',
        '    default: 7\n  weeks: &base\n    <<: {type: integer}\n    description: The age.\n',
      ],
    },
  },
  {
    expect: 'yaml-boolean-word triggers/tick.yaml:4:10',
    files: { 'triggers/tick.yaml': ['enabled: true', 'enabled: yes'] },
  },
  {
    expect: 'yaml-boolean-word pack.yaml:49:9',
    files: { [M]: ['on_failure: block\n', 'on_failure: block\nsystem: no\n'] },
  },
  {
    expect: 'yaml-ambiguous-scalar actions/greet.yaml:25:12',
    files: { 'actions/greet.yaml': ['enum: [plain, loud]', 'enum: [Off, plain, loud]'] },
  },
  { expect: 'component-file-ignored actions/sub/x.yaml:1:1', files: { 'actions/sub/x.yaml': 'ref: demo.x\n' } },
  { expect: 'component-file-ignored actions/y.YAML:1:1', files: { 'actions/y.YAML': 'ref: demo.y\n' } },
  { expect: 'component-file-ignored action/z.yaml:1:1', files: { 'action/z.yaml': 'ref: demo.z\n' } },
  { expect: 'component-file-ignored policies/p.yaml:1:1', files: { 'policies/p.yaml': 'ref: demo.p\n' } },
  { expect: 'component-file-ignored config.schema.yaml:1:1', files: { 'config.schema.yaml': 'a: 1\n' } },
  { expect: 'manifest-ref-format pack.yaml:2:6', files: { [M]: ['ref: demo', 'ref: aux'] } },
  { expect: 'manifest-version-type pack.yaml:3:10', files: { [M]: ['version: "1.2.0"', 'version: 1.2'] } },
  { expect: 'manifest-version-format pack.yaml:3:10', files: { [M]: ['version: "1.2.0"', 'version: v1.2.0'] } },
  { expect: 'manifest-version-format pack.yaml:3:10', files: { [M]: ['version: "1.2.0"', 'version: "01.2.0"'] } },
  { expect: 'manifest-missing-version pack.yaml:1:1', files: { [M]: ['version: "1.2.0"\n', ''] } },
  {
    expect: 'manifest-field-type pack.yaml:12:7',
    files: { [M]: ['tags: [demo, example]\nkeywords: [demo, example]', 'tags: aws'] },
  },
  { expect: 'manifest-interpreter-type pack.yaml:32:9', files: { [M]: ['config:\n', 'python: 3.8\nconfig:\n'] } },
  {
    expect: 'manifest-missing-metadata pack.yaml:1:1',
    files: { [M]: ['description: Shows every kind of component.\n', ''] },
  },
  { expect: 'manifest-missing-metadata pack.yaml:1:1', files: { [M]: ['author: Demo Authors\n', ''] } },
  { expect: 'manifest-license pack.yaml:1:1', files: { [M]: ['license: Apache-2.0\n', ''] } },
  { expect: 'manifest-license pack.yaml:9:10', files: { [M]: ['license: Apache-2.0', 'license: Apache 2'] } },
  { expect: 'manifest-license pack.yaml:9:10', files: { [M]: ['license: Apache-2.0', 'license: MIT'] } },
  { expect: 'manifest-server-alias pack.yaml:4:1', files: { [M]: ['name: Demo\n', ''] } },
  { expect: 'manifest-server-alias pack.yaml:12:1', files: { [M]: ['keywords: [demo, example]\n', ''] } },
  { expect: 'manifest-unknown-field pack.yaml:10:1', files: { [M]: ['homepage: https', 'hompage: https'] } },
  {
    expect: 'manifest-inline-components pack.yaml:49:1',
    files: { [M]: ['on_failure: block\n', 'on_failure: block\nactions:\n  hello: {label: Hello}\n'] },
  },
  {
    expect: 'manifest-config-invalid pack.yaml:33:9',
    files: { [M]: ['config:\n  endpoint: https://example.com\n', 'config:\n  prot: 8\n'] },
  },
  {
    expect: 'manifest-config-invalid pack.yaml:34:10',
    files: {
      [M]: ['config:\n  endpoint: https://example.com\n', 'config:\n  endpoint: https://example.com\n  token: abc\n'],
    },
  },
  {
    expect: 'manifest-runtime-dep-unknown pack.yaml:36:5',
    files: { [M]: ['  - shell\n', '  - powershell-remoting\n'] },
  },
  { expect: 'manifest-runtime-dep-missing pack.yaml:34:1', files: { [M]: ['  - python\n', ''] } },
  { expect: 'manifest-runtime-dep-missing pack.yaml:37:5', files: { [M]: ['  - shell\n', '  - shell\n  - ruby\n'] } },
  {
    expect: 'manifest-dependency-format pack.yaml:37:16',
    files: { [M]: ['dependencies: [core]', 'dependencies: [core@not-a-range]'] },
  },
  {
    expect: 'manifest-dependency-format pack.yaml:37:16',
    files: { [M]: ['dependencies: [core]', 'dependencies: [core@^1.2]'] },
  },
  {
    expect: 'manifest-dependency-format pack.yaml:37:22',
    files: { [M]: ['dependencies: [core]', 'dependencies: [core, demo]'] },
  },
  {
    expect: 'manifest-dependency-missing pack.yaml:37:22',
    files: { [M]: ['dependencies: [core]', 'dependencies: [core, slack]'] },
  },
  {
    expect: 'manifest-dependency-missing rules/on_tick.yaml:8:13',
    files: { 'rules/on_tick.yaml': ['action_ref: demo.greet', 'action_ref: slack.post'] },
  },
  {
    expect: 'manifest-system-flag pack.yaml:49:9',
    files: { [M]: ['on_failure: block\n', 'on_failure: block\nsystem: true\n'] },
  },
  {
    expect: 'manifest-url-invalid pack.yaml:10:11',
    files: { [M]: ['homepage: https://example.com/demo\n', 'homepage: ftp://example.com\n'] },
  },
  {
    expect: 'manifest-url-invalid pack.yaml:11:13',
    files: { [M]: ['https://example.com/demo.git', 'https://github.com/your-org/demo'] },
  },
];
