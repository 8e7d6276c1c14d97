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

const rows: { title: string; fields: string; want: Partial<Record<keyof EntryDocument, unknown>> }[] = [
  { title: 'the label takes precedence over the name', fields: 'label: Slack\nname: Other', want: { label: 'Slack' } },
  { title: 'without a label, the name is the label', fields: 'name: Other', want: { label: 'Other' } },
  { title: 'without a label and a name, the ref is the label', fields: '', want: { label: 'slack' } },
  { title: 'a blank label is ignored', fields: 'label: " "\nname: Other', want: { label: 'Other' } },
  { title: 'a missing description is empty', fields: '', want: { description: '' } },
  {
    title: 'a description retains its lines',
    fields: 'description: |\n  One.\n  Two.\n',
    want: { description: 'One.\nTwo.\n' },
  },
  { title: 'an empty author is Unknown', fields: 'author: ""', want: { author: 'Unknown' } },
  { title: 'license takes precedence over meta.license', fields: `license: MIT\n${META}`, want: { license: 'MIT' } },
  { title: 'without a license, meta.license is used', fields: META, want: { license: 'BSD-3-Clause' } },
  { title: 'a missing license is NOASSERTION', fields: '', want: { license: 'NOASSERTION' } },
  {
    title: 'keywords take precedence over meta.keywords and tags',
    fields: `keywords: [b, a, b]\ntags: [t]\n${META}`,
    want: { keywords: ['a', 'b'] },
  },
  {
    title: 'meta.keywords take precedence over tags',
    fields: `tags: [t]\n${META}`,
    want: { keywords: ['alpha', 'zeta'] },
  },
  { title: 'without keywords, the tags are used', fields: 'tags: [z, "y ", z]', want: { keywords: ['y', 'z'] } },
  { title: 'an empty list of keywords is ignored', fields: 'keywords: []\ntags: [t]', want: { keywords: ['t'] } },
  { title: 'keywords may be empty', fields: '', want: { keywords: [] } },
  {
    title: 'lists are sorted by code point',
    fields: 'keywords: ["\u{1f600}", "\u{fb00}", a, B]',
    want: { keywords: ['B', 'a', '\u{fb00}', '\u{1f600}'] },
  },
  {
    title: 'runtimes are sorted, including those of older forms',
    fields: 'runtime_deps: [shell, "bash>=4", shell]\npython: "3.8"',
    want: { runtime_deps: ['bash>=4', 'python3>=3.8', 'shell'] },
  },
  {
    title: 'homepage and repository take precedence over meta',
    fields: `homepage: https://a.example\nrepository: https://b.example\n${META}`,
    want: { homepage: 'https://a.example', repository: 'https://b.example' },
  },
  {
    title: 'without homepage and repository, the URLs of meta are used',
    fields: META,
    want: { homepage: 'https://docs.example/slack', repository: 'https://git.example/slack' },
  },
  {
    title: 'use_case takes precedence over meta.use_case',
    fields: `use_case: Alerts.\n${META}`,
    want: { use_case: 'Alerts.' },
  },
  { title: 'without use_case, meta.use_case is used', fields: META, want: { use_case: 'Talk to people.' } },
  { title: 'the email is included', fields: 'email: a@b.example', want: { email: 'a@b.example' } },
  {
    title: 'meta retains the order of the manifest',
    fields: 'meta: {z: 1, a: {b: [x]}}',
    want: { meta: { z: 1, a: { b: ['x'] } } },
  },
  {
    title: 'values of meta that JSON cannot represent are null',
    fields: 'meta: {most: .inf}',
    want: { meta: { most: null } },
  },
  {
    title: 'a list of dependencies becomes packs',
    fields: 'dependencies: [jira@^2, core, core]',
    want: { dependencies: { packs: ['core', 'jira@^2'] } },
  },
  {
    title: 'an empty list of dependencies is retained',
    fields: 'dependencies: []',
    want: { dependencies: { packs: [] } },
  },
  {
    title: 'an object of dependencies retains its fields',
    fields: 'dependencies: {nodejs_version: "^20", packs: [core], attune_version: ">=1", python_version: ""}',
    want: { dependencies: { attune_version: '>=1', nodejs_version: '^20', packs: ['core'] } },
  },
];

describe('buildEntry: fields', () => {
  for (const { title, fields, want } of rows) {
    test(`buildEntry: ${title}`, () => {
      const entry: Partial<Record<keyof EntryDocument, unknown>> = entryOf(fields);
      const got = Object.fromEntries(Object.keys(want).map((key) => [key, entry[key as keyof EntryDocument]]));
      assert.deepEqual(got, want);
    });
  }
});

test('buildEntry: absent optional fields have no key', () => {
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

test('buildEntry: the keys are in the order of the public index', () => {
  const entry = entryOf(`email: a@b\n${META}dependencies: [core]\n`);
  const index = JSON.parse(readFileSync(join(FIXTURES, 'registry', 'public-index.json'), 'utf8'));
  const keys = Object.keys(entry).filter((key) => key !== 'use_case');
  assert.deepEqual(keys, Object.keys(index.packs[0]));
});

describe('buildEntry: contents', () => {
  test('buildEntry: contents has all five kinds, even if they are empty', () => {
    assert.deepEqual(entryOf('').contents, { actions: [], sensors: [], triggers: [], rules: [], workflows: [] });
  });

  test('buildEntry: contents lists the components by name without the prefix of the pack ref', () => {
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

const text = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' });
const texts = fc.array(text, { maxLength: 6 });
const name = fc.stringMatching(/^[a-z]{1,6}$/);
const manifests = fc.record(
  {
    label: text,
    description: text,
    author: text,
    keywords: texts,
    tags: texts,
    email: text,
    homepage: text,
    dependencies: fc.array(name, { maxLength: 5 }),
    meta: fc.dictionary(name, texts),
    actions: fc.dictionary(name, fc.record({ description: text })),
    rules: fc.dictionary(name, fc.record({ label: text })),
  },
  { requiredKeys: [] },
);

function packFrom(manifest: object): Pack {
  return packOf(dump({ ref: 'slack', version: '1.0.0', ...manifest }));
}

test('buildEntry: the entry does not depend on the order of keys and lists in the manifest', () => {
  const reversed = (manifest: Readonly<Record<string, unknown>>) =>
    Object.fromEntries(
      Object.entries(manifest)
        .map(([key, value]) => [key, Array.isArray(value) ? value.toReversed() : value] as const)
        .reverse(),
    );
  fc.assert(
    fc.property(manifests, (manifest) => {
      const json = JSON.stringify(buildEntry(packFrom(manifest), [SOURCE]));
      assert.equal(JSON.stringify(buildEntry(packFrom(manifest), [SOURCE])), json);
      assert.equal(JSON.stringify(buildEntry(packFrom(reversed(manifest)), [SOURCE])), json);
    }),
    { numRuns: 60 },
  );
});

test('buildEntry: every list is sorted and has no duplicates', () => {
  const bytes = (item: string) => Buffer.from(item);
  const isAscending = (list: readonly string[]) =>
    list.every((item, i) => i === 0 || Buffer.compare(bytes(list[i - 1] ?? ''), bytes(item)) < 0);
  fc.assert(
    fc.property(manifests, (manifest) => {
      const { keywords, runtime_deps, dependencies, contents } = buildEntry(packFrom(manifest), [SOURCE]);
      const names = COMPONENT_KINDS.map((kind) => contents[kind].map((component) => component.name));
      for (const list of [keywords, runtime_deps, dependencies?.packs ?? [], ...names])
        assert.ok(isAscending(list), `${list}`);
    }),
    { numRuns: 60 },
  );
});

test('buildEntry: readIndex reads a built entry without a warning', () => {
  const warnings: string[] = [];
  const reporter = { ...silentReporter, warn: (warning: string) => void warnings.push(warning) };
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
