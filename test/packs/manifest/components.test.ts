import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InvalidDocument } from '../../../src/documents/problems.ts';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { readComponents } from '../../../src/packs/manifest/components.ts';
import { readManifest } from '../../../src/packs/manifest/manifest.ts';
import { treeOf } from '../../support/tree-of.ts';

const HEAD = 'ref: slack\nversion: 1.0.0\n';
type Files = Readonly<Record<string, string | Uint8Array>>;

function read(files: Files, manifest = '') {
  const tree = treeOf({ ...files, 'pack.yaml': HEAD + manifest });
  return readComponents(tree, readManifest(tree, DEFAULT_LIMITS), DEFAULT_LIMITS);
}

const shown = (files: Files, manifest?: string) =>
  read(files, manifest).map(({ kind, name, description, path }) => [kind, name, description, path].join('|'));

const rows: { claim: string; files: Files; manifest?: string; want: string[] }[] = [
  { claim: 'a pack without component files has no components', files: { 'README.md': '' }, want: [] },
  {
    claim: 'the name comes from the ref, without the pack ref',
    files: { 'actions/a.yaml': 'ref: slack.send\nname: x' },
    want: ['actions|send||actions/a.yaml'],
  },
  {
    claim: 'the ref of another pack is not removed from the name',
    files: { 'actions/a.yaml': 'ref: core.send' },
    want: ['actions|core.send||actions/a.yaml'],
  },
  {
    claim: 'the name comes from the field name when there is no ref',
    files: { 'actions/a.yml': 'name: send' },
    want: ['actions|send||actions/a.yml'],
  },
  {
    claim: 'the name comes from the file stem when there is no ref or name',
    files: { 'rules/a.b.yaml': '{}' },
    want: ['rules|a.b||rules/a.b.yaml'],
  },
  {
    claim: 'the description takes precedence over the label',
    files: { 'actions/a.yaml': 'description: D\nlabel: L', 'actions/b.yaml': 'label: L' },
    want: ['actions|a|D|actions/a.yaml', 'actions|b|L|actions/b.yaml'],
  },
  {
    claim: 'an empty description takes precedence over the label',
    files: { 'actions/a.yaml': 'description: ""\nlabel: L' },
    want: ['actions|a||actions/a.yaml'],
  },
  {
    claim: 'only YAML files at the top level of the directories are components',
    files: {
      'actions/a.py': '[',
      'actions/lib/b.yaml': '[',
      'lib/actions/c.yaml': '[',
      'actions.yaml': '[',
      'actions/._a.yaml': '\0\x05\x16\x07',
      'actions/.hidden.yml': '[',
      'actions/.yaml': '[',
      'actions/d.YAML': '[',
    },
    want: [],
  },
  {
    claim: 'components are sorted by kind and then by the code points of the name',
    files: {
      'workflows/a.yaml': '{}',
      'rules/b.yaml': '{}',
      'triggers/c.yaml': '{}',
      'sensors/d.yaml': '{}',
      'actions/\u{1F600}.yaml': '{}',
      'actions/\u{FB00}.yaml': '{}',
      'actions/Z.yaml': '{}',
      'actions/e.yaml': 'name: z',
    },
    want: [
      'actions|Z||actions/Z.yaml',
      'actions|z||actions/e.yaml',
      'actions|\u{FB00}||actions/\u{FB00}.yaml',
      'actions|\u{1F600}||actions/\u{1F600}.yaml',
      'sensors|d||sensors/d.yaml',
      'triggers|c||triggers/c.yaml',
      'rules|b||rules/b.yaml',
      'workflows|a||workflows/a.yaml',
    ],
  },
  {
    claim: 'inline components are used when the directory has none',
    files: { 'actions/README': '' },
    manifest: 'actions: {send: {label: L}, get: , c: {ref: slack.x}}',
    want: ['actions|get||pack.yaml', 'actions|send|L|pack.yaml', 'actions|x||pack.yaml'],
  },
  {
    claim: 'inline components are ignored when the directory has one',
    files: { 'actions/a.yaml': '{}' },
    manifest: 'actions: {b: }\nrules: {c: }',
    want: ['actions|a||actions/a.yaml', 'rules|c||pack.yaml'],
  },
  {
    claim: 'an action with a workflow file is a workflow',
    files: { 'actions/a.yaml': 'workflow_file: workflows/x.yaml', 'actions/b.yaml': 'workflow_file: ' },
    want: ['actions|b||actions/b.yaml', 'workflows|a||actions/a.yaml'],
  },
  {
    claim: 'the workflow file of an action is not a second workflow',
    files: {
      'actions/a.yaml': 'workflow_file: workflows/a.yaml',
      'actions/b.yaml': 'workflow_file: ../workflows/b.yaml',
      'workflows/a.yaml': 'ref: slack.a',
      'workflows/b.yaml': '{}',
      'workflows/c.yaml': '{}',
    },
    want: ['workflows|a||actions/a.yaml', 'workflows|b||actions/b.yaml', 'workflows|c||workflows/c.yaml'],
  },
  {
    claim: 'components of different kinds may have the same name',
    files: { 'actions/a.yaml': '{}', 'rules/a.yaml': '{}' },
    want: ['actions|a||actions/a.yaml', 'rules|a||rules/a.yaml'],
  },
  {
    claim: 'unknown fields are ignored',
    files: { 'actions/a.yaml': 'parameters: [1]\nenabled: 3' },
    want: ['actions|a||actions/a.yaml'],
  },
];

for (const { claim, files, manifest, want } of rows) {
  test(`readComponents: ${claim}`, () => assert.deepEqual(shown(files, manifest), want));
}

function problems(files: Files, manifest?: string): string[] {
  try {
    read(files, manifest);
  } catch (error) {
    assert.ok(error instanceof InvalidDocument, `threw ${error}`);
    assert.equal(error.code, 'INVALID_COMPONENT');
    const [heading, ...lines] = error.message.split('\n');
    assert.equal(heading, "The components of '/packs/slack' are not valid:");
    return lines.map((line) => line.trim());
  }
  return assert.fail('it was accepted');
}

test('readComponents: the problems of all files are reported together, by file and line', () => {
  const files = {
    'actions/a.yaml': '- a',
    'actions/b.yaml': 'label: x\nname: 3\ndescription: [d]',
    'actions/c.yaml': 'a: [',
    'actions/d.yaml': Buffer.from([0xff]),
    'actions/e.yaml': '',
    'actions/f.yaml': 'label: x\nref: slack.same',
    'actions/g.yaml': 'name: same',
    'actions/h.yaml': 'ref: slack.',
    'rules/i.yaml': 'a: 1\na: 2',
    'rules/j.yaml': 'a: !x b',
  };
  assert.deepEqual(problems(files), [
    'actions/a.yaml:1:1: expected a mapping but found a list',
    'actions/b.yaml:2:1 name: expected a string but found the number 3 (quote it: "3")',
    'actions/b.yaml:3:1 description: expected a string but found a list',
    'actions/c.yaml:1:5: unexpected end of the stream within a flow collection',
    'actions/d.yaml:1:1: this line is not UTF-8',
    'actions/e.yaml:1:1: expected a mapping but found nothing',
    "actions/g.yaml:1:1 name: the name 'same' is already used by another of the actions, on line 2 of actions/f.yaml",
    'actions/h.yaml:1:1 ref: the name is empty',
    "rules/i.yaml:2:1 a: duplicate key 'a', first on line 1",
    'rules/j.yaml:1:4 a: unknown scalar tag !<!x>',
  ]);
});

test('readComponents: duplicate names in pack.yaml are reported with both lines', () => {
  assert.deepEqual(problems({}, 'actions:\n  a: {ref: slack.b}\n  b:\n'), [
    "pack.yaml:5:3 actions.b: the name 'b' is already used by another of the actions, on line 4 of pack.yaml",
  ]);
});

test('readComponents: a component file above the size limit is rejected', () => {
  const [line] = problems({ 'actions/a.yaml': Buffer.alloc(1024 * 1024 + 1, '#') });
  assert.match(line ?? '', /^actions\/a\.yaml:1:1: the file has 1048577 bytes/);
});
