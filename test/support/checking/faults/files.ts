import type { Planted } from '../planted.ts';

const Q = 'queues/greetings.yaml';
const P = 'permission_sets/viewer.yaml';
const T = 'runtimes/tool.yaml';
const M = 'pack.yaml';
const KEY = `-----BEGIN PRIVATE KEY-----\n${'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj'.repeat(3)}\n`;

export const PLATFORM_FAULTS: readonly Planted[] = [
  {
    expect: 'queue-invalid queues/greetings.yaml:5:1',
    files: { [Q]: ['update_strategy: replace', 'update_strateg: replace'] },
  },
  { expect: 'queue-invalid queues/greetings.yaml:1:1', files: { [Q]: ['label: Greetings\n', ''] } },
  {
    expect: 'queue-invalid queues/greetings.yaml:4:18',
    files: { [Q]: ['dispatch_action: demo.greet', 'dispatch_action: greet'] },
  },
  {
    expect: 'queue-invalid queues/greetings.yaml:4:18',
    files: { [Q]: ['dispatch_action: demo.greet', 'dispatch_action: demo.gret'] },
  },
  { expect: 'queue-invalid queues/greetings.yaml:15:15', files: { [Q]: ['source: literal', 'source: environment'] } },
  { expect: 'queue-invalid queues/greetings.yaml:17:18', files: { [Q]: ['retry_limit: 3', 'retry_limit: -3'] } },
  {
    expect: 'permission-set-invalid permission_sets/viewer.yaml:4:9',
    files: {
      [P]: [
        'grants:\n  - resource: packs\n    actions: [read]\n    constraints:\n      pack_refs: [demo]\n',
        'grants: all\n',
      ],
    },
  },
  {
    expect: 'permission-set-invalid permission_sets/viewer.yaml:5:15',
    files: { [P]: ['resource: packs', 'resource: pack'] },
  },
  { expect: 'permission-set-invalid permission_sets/viewer.yaml:6:15', files: { [P]: ['[read]', '[look]'] } },
  {
    expect: 'permission-set-invalid actions/clean.yaml:6:41',
    files: {
      'actions/clean.yaml': ['parameter_delivery: stdin\n', 'default_execution_permission_set_refs: [demo.reader]\n'],
    },
  },
  {
    expect: 'permission-set-unsupported permission_sets/viewer.yaml:6:21',
    files: { [P]: ['[read]', '[read, update]'] },
  },
  {
    expect: 'permission-set-unsupported permission_sets/viewer.yaml:8:7',
    files: { [P]: ['pack_refs: [demo]', 'encrypted: true'] },
  },
  {
    expect: 'permission-set-unsupported permission_sets/viewer.yaml:5:5',
    files: { [P]: ['    constraints:\n      pack_refs: [demo]\n', ''] },
  },
  { expect: 'runtime-invalid runtimes/tool.yaml:11:14', files: { [T]: ['version: "1.0"', 'version: 1.0'] } },
  {
    expect: 'runtime-invalid runtimes/tool.yaml:10:3',
    files: { [T]: ['versions:', '  environment: {dir_name: .venv}\nversions:'] },
  },
  {
    expect: 'runtime-invalid runtimes/tool.yaml:13:5',
    files: { [T]: ['    is_default: true\n', '    is_default: true\n  - version: "2.0"\n    is_default: true\n'] },
  },
  { expect: 'runtime-invalid runtimes/tool.yaml:5:1', files: { [T]: ['    binary: tool\n', ''] } },
];

export const CODE_FAULTS: readonly Planted[] = [
  { expect: 'script-crlf actions/clean.sh:1:1', files: { 'actions/clean.sh': '#!/bin/sh\r\ncat\r\n' } },
  {
    expect: 'script-crlf lib/texts.py:1:1',
    files: { 'lib/texts.py': 'def exclaim(name, size):\r\n    return name * size\r\n' },
  },
  { expect: 'script-shebang sensors/clock.py:1:1', files: { 'sensors/clock.py': 'import time\n\ntime.sleep(1)\n' } },
  {
    expect: 'script-shebang sensors/clock.py:1:1',
    files: { 'sensors/clock.py': ['#!/usr/bin/env python3', '#!/bin/sh'] },
  },
  { expect: 'script-shebang sensors/clock.py:1:1', files: { 'sensors/clock.py': 0o644 } },
  { expect: 'script-orphan actions/old.py:1:1', files: { 'actions/old.py': 'print("x")\n' } },
  {
    expect: 'action-env-parameters actions/clean.sh:4:8',
    files: { 'actions/clean.sh': ['echo cleaned', 'echo "$ATTUNE_ACTION_DAYS"'] },
  },
  {
    expect: 'action-api-token-not-requested actions/clean.yaml:1:1',
    files: { 'actions/clean.sh': ['echo cleaned', 'echo "$ATTUNE_API_TOKEN"'] },
  },
  {
    expect: 'action-api-token-not-requested actions/greet.yaml:1:1',
    files: {
      'lib/texts.py': [
        '"""Texts of the pack."""\n',
        '"""Texts of the pack."""\nimport os\n\nTOKEN = os.environ["ATTUNE_API_TOKEN"]\n',
      ],
    },
  },
  { expect: 'deps-unpinned requirements.txt:1:1', files: { 'requirements.txt': 'requests>=2.31\n' } },
  { expect: 'deps-unpinned requirements.txt:1:1', files: { 'requirements.txt': 'requests>=2.31,<3\n' } },
  {
    expect: 'deps-unpinned package.json:1:20',
    files: {
      'package.json': '{"dependencies": { "left-pad": "*" }}\n',
      'actions/greet.py': ['import json\n', 'import json  # left-pad\n'],
    },
  },
  {
    expect: ['deps-undeclared-import actions/greet.py:6:8', 'deps-not-read pyproject.toml:1:1'],
    files: { 'pyproject.toml': '[project]\n', 'requirements.txt': null },
  },
  {
    expect: 'deps-undeclared-import lib/texts.py:2:8',
    files: { 'lib/texts.py': ['"""Texts of the pack."""\n', '"""Texts of the pack."""\nimport boto3\n'] },
  },
  { expect: 'deps-unused requirements.txt:2:1', files: { 'requirements.txt': 'requests==2.32.3\nboto3==1.34.0\n' } },
  {
    expect: 'deps-meta-drift pack.yaml:14:30',
    files: {
      [M]: [
        'conf_schema:',
        'meta: {python_dependencies: ["requests>=2"]}\nmetadata: {python_dependencies: ["requests>=2"]}\nconf_schema:',
      ],
    },
  },
  { expect: 'deps-not-portable requirements.txt:2:1', files: { 'requirements.txt': 'requests==2.32.3\n-e ../lib\n' } },
  {
    expect: 'deps-not-portable requirements.txt:2:1',
    files: { 'requirements.txt': 'requests==2.32.3\ngit+https://example.com/x.git@main\n' },
  },
  {
    expect: 'code-sdk-call actions/greet.py:8:29',
    files: {
      'actions/greet.py': [
        'import requests\n',
        'import requests\n\nkey = get_key.sync_detailed(key_ref="t", client=client)\n',
      ],
      'requirements.txt': 'requests==2.32.3\n',
    },
  },
];

export const PACKAGE_FAULTS: readonly Planted[] = [
  { expect: 'package-name lib/readme.txt:1:1', files: { 'lib/README.txt': 'x', 'lib/readme.txt': 'x' } },
  { expect: 'package-name lib/aux.txt:1:1', files: { 'lib/aux.txt': 'x' } },
  { expect: 'package-name lib/a.:1:1', files: { 'lib/a.': 'x' } },
  {
    expect: 'package-link lib/data.bin:1:1',
    files: { 'lib/data.bin': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\n' },
  },
  { expect: 'package-size pack.yaml:1:1', files: { 'lib/data.bin': Buffer.alloc(11 * 1024 * 1024) } },
  { expect: 'package-junk lib/.DS_Store:1:1', files: { 'lib/.DS_Store': 'x' } },
  { expect: 'package-junk node_modules:1:1', files: { 'node_modules/x/index.js': 'x' } },
  { expect: 'package-secret lib/key.pem:1:1', files: { 'lib/key.pem': KEY } },
  {
    expect: 'package-secret lib/notes.txt:1:8',
    files: { 'lib/notes.txt': `token: ghp_${'Ab3dEf9hIjKlMnOpQrStUvWxYz2468ACEGIK'}\n` },
  },
  { expect: 'package-secret .env:1:1', files: { '.env': 'A=1\n' } },
  { expect: 'package-ignored-file actions/clean.yaml:5:14', files: { '.gitignore': '*.sh\n' } },
  { expect: 'package-attributes .gitattributes:1:6', files: { '.gitattributes': '*.md export-ignore\n' } },
  { expect: 'testing-invalid pack.yaml:38:1', files: { [M]: ['  enabled: true\n', ''] } },
  { expect: 'testing-invalid pack.yaml:47:18', files: { [M]: ['min_pass_rate: 1.0', 'min_pass_rate: 95'] } },
  {
    expect: ['testing-invalid pack.yaml:46:20', 'testing-file-not-run tests/test_pack.py:1:1'],
    files: { [M]: ['entry_point: tests/test_pack.py', 'entry_point: tests/test_pock.py'] },
  },
  { expect: 'testing-runner-type pack.yaml:45:13', files: { [M]: ['type: unittest', 'type: nose'] } },
  {
    expect: 'testing-runner-type pack.yaml:49:13',
    files: {
      [M]: [
        [
          '  min_pass_rate: 1.0',
          '    node:\n      type: node\n      entry_point: tests/test_pack.py\n  min_pass_rate: 1.0',
        ],
        ['  - shell\n', '  - shell\n  - nodejs\n'],
      ],
    },
  },
  {
    expect: 'testing-sh-bashism tests/run.sh:1:1',
    files: {
      'tests/run.sh': '#!/bin/bash\necho\n',
      [M]: [
        '  min_pass_rate: 1.0',
        '    shell:\n      type: script\n      entry_point: tests/run.sh\n  min_pass_rate: 1.0',
      ],
    },
  },
  { expect: 'testing-file-not-run tests/test_more.py:1:1', files: { 'tests/test_more.py': 'import unittest\n' } },
  { expect: 'docs-missing-readme pack.yaml:1:1', files: { 'README.md': null } },
  { expect: 'docs-missing-readme README.md:1:1', files: { 'README.md': '# Demo\n' } },
  { expect: 'docs-missing-license-file pack.yaml:1:1', files: { LICENSE: null } },
  { expect: 'docs-missing-changelog pack.yaml:1:1', files: { 'CHANGELOG.md': null } },
  { expect: 'docs-missing-changelog CHANGELOG.md:1:1', files: { 'CHANGELOG.md': ['1.2.0', '1.1.0'] } },
  {
    expect: 'docs-component actions/clean.yaml:1:1',
    files: { 'README.md': ['| `demo.clean` | Removes old greetings. |\n', ''] },
  },
  {
    expect: 'docs-component README.md:8:4',
    files: { 'README.md': ['| `demo.clean`', '| `demo.scrub` | No. |\n| `demo.clean`'] },
  },
  {
    expect: 'testing-missing pack.yaml:1:1',
    files: {
      [M]: [
        'testing:\n  enabled: true\n  discovery:\n    method: directory\n    path: tests\n  runners:\n    python:\n      type: unittest\n      entry_point: tests/test_pack.py\n  min_pass_rate: 1.0\n  on_failure: block\n',
        '',
      ],
    },
  },
];
