import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { dump } from 'js-yaml';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { readComponents } from '../../../src/packs/manifest/components.ts';
import { readManifest } from '../../../src/packs/manifest/manifest.ts';
import { COMPONENT_KINDS } from '../../../src/packs/manifest/types.ts';
import type { Pack } from '../../../src/packs/pack.ts';
import { silentReporter } from '../../../src/platform/reporter.ts';
import { buildEntry, type EntryDocument } from '../../../src/registry/index/entry-document.ts';
import type { IndexSource } from '../../../src/registry/index/format.ts';
import { readIndex } from '../../../src/registry/index/read-index.ts';
import { FIXTURES } from '../../support/attune.ts';
import { treeOf } from '../../support/tree-of.ts';

const SOURCE: IndexSource = { type: 'archive', url: 'https://host/a.tgz', checksum: `sha256:${'a'.repeat(64)}` };

function packOf(manifest: string, files: Readonly<Record<string, string>> = {}): Pack {
  const tree = treeOf({ 'pack.yaml': manifest, ...files });
  const read = readManifest(tree, DEFAULT_LIMITS);
  return { root: '/packs/slack', tree, manifest: read, components: readComponents(tree, read, DEFAULT_LIMITS) };
}

function entryOf(fields: string, files?: Readonly<Record<string, string>>): EntryDocument {
  return buildEntry(packOf(`ref: slack\nversion: 1.2.0\n${fields}`, files), [SOURCE]);
}

const META = `meta:
  license: BSD-3-Clause
  keywords: [zeta, alpha]
  documentation_url: https://docs.example/slack
  repository_url: https://git.example/slack
  use_case: Talk to people.
  category: chat
`;

const rows: { claim: string; fields: string; want: Partial<Record<keyof EntryDocument, unknown>> }[] = [
  { claim: 'the label is the label', fields: 'label: Slack\nname: Other', want: { label: 'Slack' } },
  { claim: 'else the name', fields: 'name: Other', want: { label: 'Other' } },
  { claim: 'else the ref', fields: '', want: { label: 'slack' } },
  { claim: 'an empty label says nothing', fields: 'label: " "\nname: Other', want: { label: 'Other' } },
  { claim: 'no description is an empty one', fields: '', want: { description: '' } },
  {
    claim: 'a description keeps its lines',
    fields: 'description: |\n  One.\n  Two.\n',
    want: { description: 'One.\nTwo.\n' },
  },
  { claim: 'no author is Unknown', fields: 'author: ""', want: { author: 'Unknown' } },
  { claim: 'the license comes before that of meta', fields: `license: MIT\n${META}`, want: { license: 'MIT' } },
  { claim: 'the license of meta comes next', fields: META, want: { license: 'BSD-3-Clause' } },
  { claim: 'no license is NOASSERTION', fields: '', want: { license: 'NOASSERTION' } },
  {
    claim: 'keywords come before those of meta and the tags',
    fields: `keywords: [b, a, b]\ntags: [t]\n${META}`,
    want: { keywords: ['a', 'b'] },
  },
  {
    claim: 'keywords of meta come before the tags',
    fields: `tags: [t]\n${META}`,
    want: { keywords: ['alpha', 'zeta'] },
  },
  { claim: 'tags come last', fields: 'tags: [z, "y ", z]', want: { keywords: ['y', 'z'] } },
  { claim: 'an empty list of keywords says nothing', fields: 'keywords: []\ntags: [t]', want: { keywords: ['t'] } },
  { claim: 'without any there are none', fields: '', want: { keywords: [] } },
  {
    claim: 'lists are in the order of code points',
    fields: 'keywords: ["\u{1f600}", "\u{fb00}", a, B]',
    want: { keywords: ['B', 'a', '\u{fb00}', '\u{1f600}'] },
  },
  {
    claim: 'runtimes come sorted, older forms among them',
    fields: 'runtime_deps: [shell, "bash>=4", shell]\npython: "3.8"',
    want: { runtime_deps: ['bash>=4', 'python3>=3.8', 'shell'] },
  },
  {
    claim: 'homepage and repository come before those of meta',
    fields: `homepage: https://a.example\nrepository: https://b.example\n${META}`,
    want: { homepage: 'https://a.example', repository: 'https://b.example' },
  },
  {
    claim: 'else they are those of meta',
    fields: META,
    want: { homepage: 'https://docs.example/slack', repository: 'https://git.example/slack' },
  },
  { claim: 'the use case is the use case', fields: `use_case: Alerts.\n${META}`, want: { use_case: 'Alerts.' } },
  { claim: 'else that of meta', fields: META, want: { use_case: 'Talk to people.' } },
  { claim: 'the e-mail address is there', fields: 'email: a@b.example', want: { email: 'a@b.example' } },
  {
    claim: 'meta is the manifest’s, in its order',
    fields: 'meta: {z: 1, a: {b: [x]}}',
    want: { meta: { z: 1, a: { b: ['x'] } } },
  },
  { claim: 'what JSON cannot say becomes null in meta', fields: 'meta: {most: .inf}', want: { meta: { most: null } } },
  {
    claim: 'a list of dependencies becomes packs',
    fields: 'dependencies: [jira@^2, core, core]',
    want: { dependencies: { packs: ['core', 'jira@^2'] } },
  },
  { claim: 'an empty list stays', fields: 'dependencies: []', want: { dependencies: { packs: [] } } },
  {
    claim: 'an object of dependencies keeps what it has',
    fields: 'dependencies: {nodejs_version: "^20", packs: [core], attune_version: ">=1", python_version: ""}',
    want: { dependencies: { attune_version: '>=1', nodejs_version: '^20', packs: ['core'] } },
  },
];

describe('a field of an entry', () => {
  for (const { claim, fields, want } of rows) {
    test(claim, () => {
      const entry: Partial<Record<keyof EntryDocument, unknown>> = entryOf(fields);
      const got = Object.fromEntries(Object.keys(want).map((key) => [key, entry[key as keyof EntryDocument]]));
      assert.deepEqual(got, want);
    });
  }
});

test('what is optional and absent is no key at all', () => {
  const optional = 'email:\nhomepage: ""\nrepository:\nuse_case:\nmeta:\ndependencies:\n';
  for (const fields of ['', optional]) {
    assert.deepEqual(Object.keys(entryOf(fields)), [
      'ref',
      'label',
      'description',
      'version',
      'author',
      'license',
      'keywords',
      'runtime_deps',
      'install_sources',
      'contents',
    ]);
  }
});

test('the keys are in the order of the public index', () => {
  const entry = entryOf(`email: a@b\n${META}dependencies: [core]\n`);
  const index = JSON.parse(readFileSync(join(FIXTURES, 'registry', 'public-index.json'), 'utf8'));
  const keys = Object.keys(entry).filter((key) => key !== 'use_case');
  assert.deepEqual(keys, Object.keys(index.packs[0]));
});

describe('the contents of an entry', () => {
  test('have all five kinds, also where there is nothing', () => {
    assert.deepEqual(entryOf('').contents, { actions: [], sensors: [], triggers: [], rules: [], workflows: [] });
  });

  test('are the components by name, the pack’s ref taken off', () => {
    const { contents } = entryOf('triggers: {late: {label: Late}}', {
      'actions/post.yaml': 'ref: slack.post\ndescription: Posts.\n',
      'actions/ask.yml': 'label: Ask\n',
      'actions/flow.yaml': 'name: all\nworkflow_file: workflows/all.yaml\n',
    });
    assert.deepEqual(contents, {
      actions: [
        { name: 'ask', description: 'Ask' },
        { name: 'post', description: 'Posts.' },
      ],
      sensors: [],
      triggers: [{ name: 'late', description: 'Late' }],
      rules: [],
      workflows: [{ name: 'all', description: '' }],
    });
  });
});

const word = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' });
const words = fc.array(word, { maxLength: 6 });
const name = fc.stringMatching(/^[a-z]{1,6}$/);
const manifests = fc.record(
  {
    label: word,
    description: word,
    author: word,
    keywords: words,
    tags: words,
    email: word,
    homepage: word,
    dependencies: fc.array(name, { maxLength: 5 }),
    meta: fc.dictionary(name, words),
    actions: fc.dictionary(name, fc.record({ description: word })),
    rules: fc.dictionary(name, fc.record({ label: word })),
  },
  { requiredKeys: [] },
);

function packFrom(manifest: object): Pack {
  return packOf(dump({ ref: 'slack', version: '1.0.0', ...manifest }));
}

test('an entry depends on the pack alone, and not on the order of what its author listed', () => {
  const reversed = (manifest: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(
      Object.entries(manifest)
        .map(([key, value]) => [key, Array.isArray(value) ? value.toReversed() : value] as const)
        .reverse(),
    );
  fc.assert(
    fc.property(manifests, (manifest) => {
      const text = JSON.stringify(buildEntry(packFrom(manifest), [SOURCE]));
      assert.equal(JSON.stringify(buildEntry(packFrom(manifest), [SOURCE])), text);
      assert.equal(JSON.stringify(buildEntry(packFrom(reversed(manifest)), [SOURCE])), text);
    }),
    { numRuns: 60 },
  );
});

test('every list of an entry is sorted and without repetition', () => {
  const bytes = (text: string) => Buffer.from(text);
  const rises = (list: readonly string[]) =>
    list.every((item, at) => at === 0 || Buffer.compare(bytes(list[at - 1] ?? ''), bytes(item)) < 0);
  fc.assert(
    fc.property(manifests, (manifest) => {
      const { keywords, runtime_deps, dependencies, contents } = buildEntry(packFrom(manifest), [SOURCE]);
      const names = COMPONENT_KINDS.map((kind) => contents[kind].map((component) => component.name));
      for (const list of [keywords, runtime_deps, dependencies?.packs ?? [], ...names])
        assert.ok(rises(list), `${list}`);
    }),
    { numRuns: 60 },
  );
});

test('an entry is read back from an index as it was written, without a warning', () => {
  const warnings: string[] = [];
  const reporter = { ...silentReporter, warn: (text: string) => void warnings.push(text) };
  fc.assert(
    fc.property(manifests, (manifest) => {
      const entry = buildEntry(packFrom(manifest), [SOURCE]);
      const index = {
        registry_name: 'x',
        registry_url: 'https://x',
        version: '1.0',
        last_updated: '2026-01-01T00:00:00Z',
        packs: [entry],
      };
      const [read] = readIndex(Buffer.from(JSON.stringify(index)), 'index.json', DEFAULT_LIMITS, reporter).packs;
      assert.equal(read?.label, entry.label);
      assert.deepEqual(read?.contents, entry.contents);
      assert.deepEqual(read?.meta, entry.meta ?? {});
    }),
    { numRuns: 40 },
  );
  assert.deepEqual(warnings, []);
});
