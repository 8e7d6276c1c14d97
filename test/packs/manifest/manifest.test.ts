import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidDocument } from '../../../src/documents/problems.ts';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { readManifest } from '../../../src/packs/manifest/manifest.ts';
import type { Manifest } from '../../../src/packs/manifest/types.ts';
import { treeOf } from '../../support/tree-of.ts';

const HEAD = 'ref: slack\nversion: 1.2.3\n';
const read = (text: string | Uint8Array) => readManifest(treeOf({ 'pack.yaml': text }), DEFAULT_LIMITS);

function problems(text: string | Uint8Array): string[] {
  try {
    read(text);
  } catch (error) {
    assert.ok(error instanceof InvalidDocument, `threw ${error}`);
    assert.equal(error.code, 'INVALID_MANIFEST');
    const [heading, ...lines] = error.message.split('\n');
    assert.equal(heading, "The pack.yaml of '/packs/slack' is not valid:");
    return lines.map((line) => line.replace(/^ {2}pack\.yaml:/, ''));
  }
  return assert.fail('it was accepted');
}

test('readManifest: a ref and a version are sufficient', () => {
  assert.deepEqual(read(HEAD), {
    ref: 'slack',
    version: '1.2.3',
    label: 'slack',
    description: undefined,
    author: undefined,
    email: undefined,
    license: undefined,
    homepage: undefined,
    repository: undefined,
    useCase: undefined,
    keywords: undefined,
    tags: undefined,
    system: false,
    enabled: true,
    meta: {},
    runtimeDeps: [],
    dependencies: { attuneVersion: undefined, pythonVersion: undefined, nodejsVersion: undefined, packs: [] },
    testing: undefined,
    inlineComponents: { actions: {}, sensors: {}, triggers: {}, rules: {}, workflows: {} },
    document: { ref: 'slack', version: '1.2.3' },
  } satisfies Manifest);
});

test('readManifest: every field is read', () => {
  const manifest = read(`${HEAD}label: Slack
description: Talks
author: A
email: a@example.com
license: MIT
homepage: https://example.com
repository: https://example.com/x.git
use_case: chat
keywords: [chat]
tags: [im]
system: true
enabled: false
conf_schema: {type: object}
config: {token: x}
meta: {category: chat, own: [1]}
`);
  const { label, description, author, email, license, homepage, repository } = manifest;
  assert.deepEqual(
    [label, description, author, email, license, homepage, repository],
    ['Slack', 'Talks', 'A', 'a@example.com', 'MIT', 'https://example.com', 'https://example.com/x.git'],
  );
  const { useCase, keywords, tags, system, enabled, meta } = manifest;
  assert.deepEqual([useCase, keywords, tags, system, enabled], ['chat', ['chat'], ['im'], true, false]);
  assert.deepEqual(meta, { category: 'chat', own: [1] });
});

const readings: { claim: string; text: string; pick: (manifest: Manifest) => unknown; want: unknown }[] = [
  { claim: 'name is an alias of label', text: 'name: Slack', pick: (manifest) => manifest.label, want: 'Slack' },
  {
    claim: 'label takes precedence over name',
    text: 'name: A\nlabel: B',
    pick: (manifest) => manifest.label,
    want: 'B',
  },
  {
    claim: 'empty fields count as missing',
    text: 'label:\nkeywords:\ntesting:\nmeta:\nactions:',
    pick: ({ label, keywords, testing, meta, inlineComponents }) => [
      label,
      keywords,
      testing,
      meta,
      inlineComponents.actions,
    ],
    want: ['slack', undefined, undefined, {}, {}],
  },
  {
    claim: 'unknown fields are retained',
    text: 'x_own: {a: [1]}',
    pick: (manifest) => manifest.document['x_own'],
    want: { a: [1] },
  },
  {
    claim: 'runtimes may be a list',
    text: 'runtime_deps: [python3>=3.9, nodejs^20, shell]',
    pick: (manifest) => manifest.runtimeDeps,
    want: ['python3>=3.9', 'nodejs^20', 'shell'],
  },
  {
    claim: 'the older field python is a minimum version of python3',
    text: 'python: "3.8"',
    pick: (manifest) => manifest.runtimeDeps,
    want: ['python3>=3.8'],
  },
  {
    claim: 'the older field nodejs is a minimum version',
    text: 'nodejs: "18"',
    pick: (manifest) => manifest.runtimeDeps,
    want: ['nodejs>=18'],
  },
  {
    claim: 'the older fields may contain an operator',
    text: 'nodejs: "^18"\npython: ">=3.8,<4"',
    pick: (manifest) => manifest.runtimeDeps,
    want: ['python3>=3.8,<4', 'nodejs^18'],
  },
  {
    claim: 'the older list of mappings is accepted',
    text: 'runtime_deps: [{python: ">=3.8"}, {bash: "5"}, {shell: }, {go: "*"}, {java: 17.x}]',
    pick: (manifest) => manifest.runtimeDeps,
    want: ['python>=3.8', 'bash>=5', 'shell', 'go', 'java=17.x'],
  },
  {
    claim: 'old and new forms are combined without duplicates',
    text: 'python: "3.8"\nruntime_deps: [shell, python3>=3.8]',
    pick: (manifest) => manifest.runtimeDeps,
    want: ['shell', 'python3>=3.8'],
  },
  {
    claim: 'dependencies may be a list',
    text: 'dependencies:\n  - core\n  - core@^1.2\n  - core@1.2.0\n  - core>=1,<3',
    pick: (manifest) => manifest.dependencies.packs,
    want: ['core', 'core@^1.2', 'core@1.2.0', 'core>=1,<3'],
  },
  {
    claim: 'dependencies may be a mapping of packs to version ranges',
    text: 'dependencies:\n  core: ^1.2\n  slack: ">=1,<3"\n  other: "*"',
    pick: (manifest) => manifest.dependencies.packs,
    want: ['core@^1.2', 'slack@>=1,<3', 'other@*'],
  },
  {
    claim: 'dependencies may be an object',
    text: 'dependencies: {attune_version: ">=1", python_version: "3", nodejs_version: ^20, packs: [core]}',
    pick: (manifest) => manifest.dependencies,
    want: { attuneVersion: '>=1', pythonVersion: '3', nodejsVersion: '^20', packs: ['core'] },
  },
  {
    claim: 'inline components are retained unchanged',
    text: 'actions: {send: {label: Send, own: 1}, get: }',
    pick: (manifest) => manifest.inlineComponents.actions,
    want: { send: { label: 'Send', own: 1 }, get: null },
  },
  {
    claim: 'a prerelease with build metadata is a valid version',
    text: 'label: x',
    pick: () => read('ref: a\nversion: 1.0.0-rc.1+build.5\n').version,
    want: '1.0.0-rc.1+build.5',
  },
];

for (const { claim, text, pick, want } of readings) {
  test(`readManifest: ${claim}`, () => assert.deepEqual(pick(read(`${HEAD}${text}\n`)), want));
}

test('readManifest: an empty testing section gets the defaults', () => {
  assert.deepEqual(read(`${HEAD}testing: {}\n`).testing, {
    enabled: true,
    discovery: { method: 'directory', path: 'tests' },
    runners: [],
    resultFormat: undefined,
    resultPath: undefined,
    minPassRate: 1,
    onFailure: 'block',
    network: false,
  });
});

test('readManifest: the runners of a testing section keep the order of the file', () => {
  const text = `${HEAD}testing:
  enabled: true
  discovery: { method: directory, path: tests }
  runners:
    python: { type: unittest, entry_point: tests/test_pack.py, timeout: 120, result_format: simple }
    shell:  { type: script,   entry_point: tests/run_tests.sh, timeout: 60 }
    node:   { type: node,     entry_point: tests/ }
  result_format: junit-xml
  result_path: tests/results/
  min_pass_rate: 0.5
  on_failure: warn
`;
  const none = { command: undefined, resultPath: undefined, resultFormat: undefined };
  assert.deepEqual(read(text).testing, {
    enabled: true,
    discovery: { method: 'directory', path: 'tests' },
    runners: [
      {
        ...none,
        name: 'python',
        type: 'unittest',
        entryPoint: 'tests/test_pack.py',
        timeoutSeconds: 120,
        resultFormat: 'simple',
      },
      { ...none, name: 'shell', type: 'script', entryPoint: 'tests/run_tests.sh', timeoutSeconds: 60 },
      { ...none, name: 'node', type: 'node', entryPoint: 'tests/', timeoutSeconds: undefined },
    ],
    resultFormat: 'junit-xml',
    resultPath: 'tests/results/',
    minPassRate: 0.5,
    onFailure: 'warn',
    network: false,
  });
});

test('readManifest: tests may be listed or be a single command', () => {
  const listed =
    'testing: {discovery: {method: manifest, tests: [{name: a, runner: py, timeout: 5}, {name: b, command: make b}]}}';
  assert.deepEqual(read(`${HEAD}${listed}\n`).testing?.discovery, {
    method: 'manifest',
    tests: [
      { name: 'a', runner: 'py', command: undefined, timeoutSeconds: 5 },
      { name: 'b', runner: undefined, command: 'make b', timeoutSeconds: undefined },
    ],
  });
  const command = 'testing: {discovery: {method: executable, command: make test}}';
  assert.deepEqual(read(`${HEAD}${command}\n`).testing?.discovery, { method: 'executable', command: 'make test' });
});

test('readManifest: a ref of 128 characters is the longest that is valid', () => {
  assert.doesNotThrow(() => read(`ref: ${'a'.repeat(128)}\nversion: 1.0.0\n`));
  assert.match(problems(`ref: ${'a'.repeat(129)}\nversion: 1.0.0\n`)[0] ?? '', /^1:1 ref: 'a{79}…' .*at most 128/);
});

test('readManifest: all fields of a wrong type are reported together, with file, line and field', () => {
  const text = [
    'ref: Slack',
    'version: 1.0',
    'label: {a: b}',
    'keywords: [1, a]',
    'system: "true"',
    'meta: []',
    'runtime_deps: [{python: 3.8}, 4, " "]',
    'dependencies: {packs: 3}',
    'actions: {a: 3}',
    'rules: [a]',
    'conf_schema: x',
    'python: 3.10',
  ].join('\n');
  assert.deepEqual(problems(text), [
    "1:1 ref: 'Slack' is not a valid ref: use at most 128 lower-case letters, digits, _ and -, beginning with a letter",
    '2:1 version: expected a string but found the number 1 (a version has three numbers: "1.0.0")',
    '3:1 label: expected a string but found a mapping',
    '4:12 keywords[0]: expected a string but found the number 1 (quote it: "1")',
    '5:1 system: expected true or false but found the string "true"',
    '6:1 meta: expected a mapping but found a list',
    '7:17 runtime_deps[0].python: expected a string but found the number 3.8 (quote it: "3.8")',
    '7:31 runtime_deps[1]: expected a string or a mapping but found the number 4 (quote it: "4")',
    '7:34 runtime_deps[2]: it is empty',
    '8:16 dependencies.packs: expected a list but found the number 3',
    '9:11 actions.a: expected a mapping but found the number 3',
    '10:1 rules: expected a mapping but found a list',
    '11:1 conf_schema: expected a mapping but found the string "x"',
    '12:1 python: expected a string but found the number 3.1 (quote it: "3.10")',
  ]);
});

const rejected = [
  { claim: 'an empty file', text: '', want: '1:1: expected a mapping but found nothing' },
  { claim: 'a list', text: '- ref: slack', want: '1:1: expected a mapping but found a list' },
  { claim: 'a missing ref', text: 'version: 1.0.0', want: '1:1 ref: is missing' },
  { claim: 'a missing version', text: 'ref: slack', want: '1:1 version: is missing' },
  { claim: 'an empty version', text: 'ref: slack\nversion:', want: '2:1 version: expected a string but found nothing' },
  { claim: 'a duplicate key', text: `${HEAD}ref: other`, want: "3:1 ref: duplicate key 'ref', first on line 1" },
  { claim: 'an unknown tag', text: `${HEAD}label: !secret x`, want: '3:8 label: unknown scalar tag !<!secret>' },
  {
    claim: 'a dependency with an invalid ref',
    text: `${HEAD}dependencies: [Core]`,
    want: "3:16 dependencies[0]: 'Core' is not a valid dependency: write core, core@^1.2 or core>=1,<3",
  },
  {
    claim: 'a dependency without its range',
    text: `${HEAD}dependencies: {packs: [core@]}`,
    want: "3:24 dependencies.packs[0]: 'core@' is not a valid dependency: write core, core@^1.2 or core>=1,<3",
  },
  {
    claim: 'a pack next to the fields of dependencies',
    text: `${HEAD}dependencies: {packs: [core], slack: ^1}`,
    want: '3:31 dependencies.slack: unknown key: list packs under packs, or write a mapping of packs alone',
  },
  {
    claim: 'a pack without a range in a mapping of packs',
    text: `${HEAD}dependencies: {core: ^1, slack: }`,
    want: '3:26 dependencies.slack: expected a string but found nothing',
  },
  {
    claim: 'a pack with an invalid ref in a mapping of packs',
    text: `${HEAD}dependencies: {Core: ^1}`,
    want: "3:16 dependencies.Core: 'Core: ^1' is not a valid dependency: write it as core: ^1.2",
  },
  {
    claim: 'a testing section that is a list',
    text: `${HEAD}testing: []`,
    want: '3:1 testing: expected a mapping but found a list',
  },
  {
    claim: 'an unknown runner type',
    text: `${HEAD}testing: {runners: {py: {type: pytst}}}`,
    want: '3:26 testing.runners.py.type: expected "script", "unittest", "pytest", "node", "jest", "mocha" or "command" but found the string "pytst" (did you mean "pytest"?)',
  },
  {
    claim: 'a runner without a type',
    text: `${HEAD}testing: {runners: {py: {}}}`,
    want: '3:21 testing.runners.py.type: is missing',
  },
  {
    claim: 'a timeout with a unit',
    text: `${HEAD}testing: {runners: {py: {type: node, timeout: 2m}}}`,
    want: '3:38 testing.runners.py.timeout: expected a number but found the string "2m"',
  },
  {
    claim: 'a timeout of zero',
    text: `${HEAD}testing: {runners: {py: {type: node, timeout: 0}}}`,
    want: '3:38 testing.runners.py.timeout: 0 is not a valid duration: write a number of seconds greater than 0',
  },
  {
    claim: 'an infinite timeout',
    text: `${HEAD}testing: {runners: {py: {type: node, timeout: .inf}}}`,
    want: '3:38 testing.runners.py.timeout: Infinity is not a valid duration: write a number of seconds greater than 0',
  },
  {
    claim: 'an entry point outside the pack',
    text: `${HEAD}testing: {runners: {py: {type: node, entry_point: a/../../x}}}`,
    want: "3:38 testing.runners.py.entry_point: 'a/../../x' points outside the pack: write a path relative to its root",
  },
  {
    claim: 'a result path outside the pack',
    text: `${HEAD}testing: {result_path: /etc/passwd}`,
    want: "3:11 testing.result_path: '/etc/passwd' points outside the pack: write a path relative to its root",
  },
  {
    claim: 'a rate above 1',
    text: `${HEAD}testing: {min_pass_rate: 80}`,
    want: '3:11 testing.min_pass_rate: must be from 0 to 1',
  },
  {
    claim: 'the method manifest without tests',
    text: `${HEAD}testing: {discovery: {method: manifest}}`,
    want: '3:11 testing.discovery.tests: is required when the method is manifest',
  },
  {
    claim: 'the method executable without a command',
    text: `${HEAD}testing: {discovery: {method: executable}}`,
    want: '3:11 testing.discovery.command: is required when the method is executable',
  },
];

for (const { claim, text, want } of rejected) {
  test(`readManifest: ${claim} is rejected`, () => assert.deepEqual(problems(text), [want]));
}

for (const version of [
  '1',
  '1.2',
  'v1.2.3',
  '=1.2.3',
  '1.2.3.4',
  '01.2.3',
  '1.2.3-',
  '1.2.3-01',
  ' 1.2.3',
  '1.2.3 ',
  'latest',
  '^1.2.3',
  '../1.0.0',
  '1.2.3\n',
]) {
  test(`readManifest: the version ${JSON.stringify(version)} is rejected`, () => {
    const [line] = problems(`ref: slack\nversion: ${JSON.stringify(version)}\n`);
    assert.match(line ?? '', /^2:1 version: .* is not a semantic version/s);
  });
}

for (const ref of ['', '1slack', '-slack', '_slack', 'sl ack', 'slack.x', '../slack', 'sl\u{e4}ck', 'slack\n', 'a/b']) {
  test(`readManifest: the ref ${JSON.stringify(ref)} is rejected`, () => {
    const [line] = problems(`ref: ${JSON.stringify(ref)}\nversion: 1.0.0\n`);
    assert.match(line ?? '', /^1:1 ref: .* is not a valid ref/s);
  });
}

test('readManifest: the content of a file cannot forge a problem line or flood the terminal', () => {
  const lines = problems(`ref: "a\\n  pack.yaml:9:9 label: forged"\nversion: ${'9'.repeat(5000)}x\n`);
  assert.equal(lines.length, 2);
  assert.match(lines[0] ?? '', /^1:1 ref: 'a\\n {2}pack\.yaml:9:9/);
  assert.ok((lines[1] ?? '').length < 200);
  const many = problems(`${HEAD}keywords: [${Array(10_500).fill(1)}]\n`);
  assert.deepEqual([many.length, many.at(-1)], [10_001, '  and 500 more']);
});

test('readManifest: a file that is not UTF-8 is rejected with the line', () => {
  assert.deepEqual(problems(Buffer.from([...Buffer.from(HEAD), 0xff])), ['3:1: this line is not UTF-8']);
});

test('readManifest: a tree without pack.yaml is not a pack', () => {
  assert.throws(() => readManifest(treeOf({ 'a/pack.yaml': HEAD, 'pack.yml': HEAD }), DEFAULT_LIMITS), {
    code: 'INVALID_PACK',
    message: "There is no pack.yaml in '/packs/slack'.",
  });
});

test('readManifest: a manifest above the size limit is not read', () => {
  const chunks = () => assert.fail('it was read');
  const file = { path: 'pack.yaml', size: 1024 * 1024 + 1, executable: false, chunks };
  assert.throws(() => readManifest({ location: 'x', files: [file] }, DEFAULT_LIMITS), {
    code: 'INVALID_MANIFEST',
    message: /pack\.yaml:1:1: the file has 1048577 bytes, and the limit is 1048576 bytes/,
  });
});
