import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import compare from 'semver/functions/compare.js';
import { InvalidDocument } from '../../../src/documents/problems.ts';
import { readYaml } from '../../../src/documents/yaml/yaml.ts';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { silentReporter } from '../../../src/platform/reporter.ts';
import { compareEntry, editIndex, type IndexEdit, newIndex } from '../../../src/registry/editing/edit-index.ts';
import { IndexNotEditable } from '../../../src/registry/editing/yaml/edit.ts';
import type { EntryDocument } from '../../../src/registry/index/entry-document.ts';
import type { Mapping } from '../../../src/registry/index/mapping.ts';
import { locateIndex } from '../../../src/registry/index/positions/locate-index.ts';
import type { LocatedIndex } from '../../../src/registry/index/positions/located-index.ts';
import { IndexTooLarge } from '../../../src/registry/index/read-index.ts';
import { FIXTURES } from '../../support/attune.ts';
import { entryOf, indexOf } from '../../support/registry/index.ts';

const NOW = '2026-11-22T20:00:00Z';
const PUBLIC = readFileSync(join(FIXTURES, 'registry', 'public-index.json'));

function locate(text: string | Uint8Array, location = 'index.json', warnings: string[] = []): LocatedIndex {
  const reporter = { ...silentReporter, warn: (warning: string) => warnings.push(warning) };
  return locateIndex(Buffer.from(text), location, DEFAULT_LIMITS, reporter);
}

function entry(ref: string, changes: Record<string, unknown> = {}): EntryDocument {
  return entryOf(ref, changes) as unknown as EntryDocument;
}

function edited(text: string | Uint8Array, change: EntryDocument, options: Partial<IndexEdit> = {}, location?: string) {
  const edit = { entry: change, now: NOW, registryName: undefined, registryUrl: undefined, keepReleases: false };
  return Buffer.concat(editIndex(locate(text, location), { ...edit, ...options })).toString();
}

/** Returns the lines between the common beginning and the common end of two texts. */
function diff(before: string, after: string): { removed: string[]; added: string[] } {
  const [old, now] = [before.split('\n'), after.split('\n')];
  let start = 0;
  while (start < old.length && old[start] === now[start]) start += 1;
  let end = 0;
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end += 1;
  return { removed: old.slice(start, old.length - end), added: now.slice(start, now.length - end) };
}

const LAST_UPDATED = /"last_updated": "[^"]*"/;

describe('editIndex: JSON', () => {
  test('editIndex: a new pack adds only its entry to the public index and changes last_updated', () => {
    const before = PUBLIC.toString().replace(LAST_UPDATED, `"last_updated": "${NOW}"`);
    const { removed, added } = diff(before, edited(PUBLIC, entry('demo')));
    assert.deepEqual(removed, []);
    const lines = added
      .join('\n')
      .replace(/^ {4}\},\n/, '')
      .replace(/,\n {4}\{$/, '');
    assert.ok(added.includes('      "ref": "demo",'), lines);
    assert.equal(added.length, JSON.stringify(entry('demo'), null, 2).split('\n').length);
  });

  test('editIndex: a new version of a pack changes only the differing fields of the public index', () => {
    const before = PUBLIC.toString().replace(LAST_UPDATED, `"last_updated": "${NOW}"`);
    const index = locate(PUBLIC);
    const position = 20;
    const current = index.entryValue(index.entries[position]!) as unknown as EntryDocument;
    const { removed, added } = diff(before, edited(PUBLIC, { ...current, version: '9.0.0' }));
    assert.deepEqual(removed, [`      "version": "${current.version}",`]);
    assert.deepEqual(added, ['      "version": "9.0.0",']);
  });

  test('compareEntry: every entry of the public index equals itself', () => {
    const index = locate(PUBLIC);
    for (const one of index.entries)
      assert.deepEqual(compareEntry(index, index.entryValue(one) as unknown as EntryDocument), { kind: 'same' });
  });

  const before = (text: string) => text.replace('NEW', '');
  const LAYOUTS: readonly { title: string; text: string }[] = [
    { title: 'two spaces', text: JSON.stringify(indexOf(entryOf('b'), entryOf('d')), null, 2) },
    { title: 'a final newline', text: `${JSON.stringify(indexOf(entryOf('b'), entryOf('d')), null, 2)}\n` },
    { title: 'four spaces', text: JSON.stringify(indexOf(entryOf('b'), entryOf('d')), null, 4) },
    { title: 'tabs', text: JSON.stringify(indexOf(entryOf('b'), entryOf('d')), null, '\t') },
    { title: 'one line', text: JSON.stringify(indexOf(entryOf('b'), entryOf('d'))) },
    { title: 'an empty list', text: `${JSON.stringify(indexOf(), null, 2)}\n` },
    { title: 'an empty list on one line', text: JSON.stringify(indexOf()) },
    {
      title: 'CR LF and a byte order mark',
      text: `\u{FEFF}${JSON.stringify(indexOf(entryOf('b'), entryOf('d')), null, 2).replaceAll('\n', '\r\n')}\r\n`,
    },
    {
      title: 'one entry per line',
      text: JSON.stringify(indexOf(entryOf('b'), entryOf('d'))).replace(/(?<=\[)\{"ref"|,\{"ref"/g, (match) =>
        match.replace('{', '\n  {'),
      ),
    },
  ];
  for (const { title, text } of LAYOUTS) {
    const plain = text.replace(/^\u{FEFF}/u, '');
    const value = JSON.parse(plain);
    for (const ref of ['a', 'c', 'e']) {
      test(`editIndex: '${ref}' is inserted in sort order and follows the layout of ${title}`, () => {
        const after = edited(text, entry(ref)).replace(/^\u{FEFF}/u, '');
        const packs = [...value.packs, entryOf(ref)].sort((one, other) => (one.ref < other.ref ? -1 : 1));
        const indent = /^\{\r?\n([ \t]+)/.exec(plain)?.[1] ?? '';
        const crlf = plain.includes('\r\n');
        const want = JSON.stringify({ ...value, last_updated: NOW, packs }, null, indent);
        const layout = title === 'one entry per line' ? undefined : crlf ? want.replaceAll('\n', '\r\n') : want;
        assert.deepEqual(JSON.parse(after), JSON.parse(want));
        if (layout !== undefined) assert.equal(after.trimEnd(), layout);
        assert.equal(/\s*$/.exec(after)?.[0], /\s*$/.exec(before(text))?.[0]);
      });
    }
  }

  test('editIndex: a file with one entry per line keeps that layout', () => {
    const text = `{"version":"1.0","last_updated":"x","packs":[\n${['b', 'd'].map((ref) => JSON.stringify(entryOf(ref))).join(',\n')}\n]}\n`;
    const lines = edited(text, entry('c')).split('\n');
    assert.equal(lines.length, 6);
    assert.equal(lines[2], `${JSON.stringify(entryOf('c'))},`);
  });

  test('editIndex: escapes, numbers, spaces and unknown fields of other entries keep their bytes', () => {
    const unusual = JSON.stringify(entryOf('b', { zz: 'X' })).replace(
      '"X"',
      '{ "n" : 1.0e+2 ,"big":12345678901234567890, "s":"\\u00e9\\/"}',
    );
    const text = `{ "more": [ 1 ], "version":"1.0", "last_updated":"x" , "packs":[ ${unusual} ] , "z": null}`;
    const after = edited(text, entry('a'));
    assert.ok(after.includes(unusual));
    assert.ok(after.startsWith('{ "more": [ 1 ], "version":"1.0", "last_updated":"2026'));
    assert.ok(after.endsWith(' ] , "z": null}'));
  });

  test('editIndex: a file that escapes all non-ASCII characters keeps doing so', () => {
    const text = JSON.stringify(indexOf(entryOf('b', { description: 'X' })), null, 2).replace('"X"', '"caf\\u00e9"');
    const after = edited(text, entry('a', { description: 'na\u00efve \u{1F600}' }));
    assert.ok(after.includes('"na\\u00efve \\ud83d\\ude00"'));
    assert.ok(edited(text.replace('\\u00e9', 'é'), entry('a', { description: 'ï' })).includes('"ï"'));
  });

  test('editIndex: a replaced entry retains its unknown fields, also in sources and components', () => {
    const source = { type: 'archive', url: 'https://h/b.tgz', checksum: `sha256:${'b'.repeat(64)}` };
    const current = {
      first: 1,
      ...entryOf('b', {
        install_sources: [{ ...source, signature: 'S' }],
        contents: {
          actions: [{ name: 'run', description: 'Runs', x: 1 }],
          sensors: [],
          triggers: [],
          rules: [],
          workflows: [],
          more: 2,
        },
        homepage: 'https://old',
      }),
      last: { deep: [1.5] },
    };
    const next = entry('b', { version: '1.1.0', install_sources: [source], email: 'a@b' });
    const after = JSON.parse(edited(JSON.stringify(indexOf(current), null, 2), next)).packs[0];
    const { homepage: _, ...retained } = current as Record<string, unknown>;
    assert.deepEqual(after, { ...retained, version: '1.1.0', email: 'a@b' });
    assert.deepEqual(Object.keys(after).slice(0, 2), ['first', 'ref']);
    assert.equal(Object.keys(after).at(-2), 'email');
    assert.equal(Object.keys(after).at(-1), 'last');
  });

  test('editIndex: a missing registry name and URL are set, and existing ones are not changed', () => {
    const { registry_name: _, registry_url: __, last_updated: ___, ...rest } = indexOf(entryOf('b'));
    const filled = edited(JSON.stringify(rest, null, 2), entry('a'), { registryName: 'N', registryUrl: 'https://u' });
    assert.deepEqual(Object.keys(JSON.parse(filled)), [
      'registry_name',
      'registry_url',
      'version',
      'last_updated',
      'packs',
    ]);
    assert.match(
      filled,
      /^\{\n {2}"registry_name": "N",\n {2}"registry_url": "https:\/\/u",\n {2}"version": "1.0",\n {2}"last_updated"/,
    );
    const unchanged = JSON.parse(edited(JSON.stringify(indexOf()), entry('a'), { registryName: 'N' }));
    assert.equal(unchanged.registry_name, 'Test');
  });
});

describe('editIndex: releases', () => {
  const published = entryOf('b', { version: '1.1.0', dependencies: { packs: ['core'] }, secret: 1 });
  const moved = ({ version, install_sources, runtime_deps, dependencies }: Mapping) => ({
    version,
    install_sources,
    runtime_deps,
    dependencies,
  });

  test('editIndex: with keepReleases, the replaced version becomes the first release', () => {
    const next = entry('b', { version: '2.0.0' });
    const after = JSON.parse(edited(JSON.stringify(indexOf(published)), next, { keepReleases: true })).packs[0];
    assert.deepEqual(after.releases, [moved(published)]);
    assert.equal(after.secret, 1);
    assert.equal(Object.keys(after).at(-1), 'releases');
  });

  test('editIndex: publishedAt is written once for each version: for a new entry, a new version and a new release', () => {
    const at = '2026-11-22T20:00:00Z';
    const dated = (text: string, change: EntryDocument, keepReleases = true) =>
      JSON.parse(edited(text, change, { keepReleases, publishedAt: at })).packs[0];
    const first = dated(JSON.stringify(indexOf()), entry('slack', { version: '1.2.0' }));
    assert.equal(first.published_at, at);
    const old = JSON.stringify(indexOf({ ...first, published_at: '2026-01-01T00:00:00Z', yanked: 'broken' }));
    const next = dated(old, entry('slack', { version: '2.0.0' }));
    assert.deepEqual([next.published_at, next.yanked], [at, undefined]);
    assert.equal(next.releases[0].published_at, '2026-01-01T00:00:00Z');
    const same = dated(old, entry('slack', { version: '1.2.0', author: 'Other' }));
    assert.deepEqual([same.published_at, same.yanked], ['2026-01-01T00:00:00Z', 'broken']);
    const older = dated(old, entry('slack', { version: '1.0.0' }));
    assert.deepEqual([older.published_at, older.releases[0].published_at], ['2026-01-01T00:00:00Z', at]);
    const again = dated(JSON.stringify(indexOf(older)), entry('slack', { version: '1.0.0', runtime_deps: ['shell'] }));
    assert.equal(again.releases[0].published_at, at);
    const created = newIndex('json', {
      entry: entry('a'),
      now: NOW,
      registryName: undefined,
      registryUrl: undefined,
      keepReleases: true,
      publishedAt: at,
    });
    assert.equal(JSON.parse(Buffer.concat(created).toString()).packs[0].published_at, at);
  });

  test('editIndex: published_at and yanked move to the releases with a replaced version and stay with the same version', () => {
    const text = JSON.stringify(indexOf({ ...published, published_at: '2026-01-01T00:00:00Z', yanked: 'broken' }));
    const next = JSON.parse(edited(text, entry('b', { version: '2.0.0' }), { keepReleases: true })).packs[0];
    assert.deepEqual([next.published_at, next.yanked], [undefined, undefined]);
    assert.equal(next.releases[0].published_at, '2026-01-01T00:00:00Z');
    assert.equal(next.releases[0].yanked, 'broken');
    const { version } = published;
    const same = JSON.parse(edited(text, entry('b', { version, label: 'Another' }))).packs[0];
    assert.deepEqual([same.published_at, same.yanked], ['2026-01-01T00:00:00Z', 'broken']);
  });

  test('editIndex: releases stay sorted, and a version that becomes the entry again is removed from them', () => {
    const release = (version: string) => ({ ...moved(published), version, yanked: 'broken' });
    const text = JSON.stringify(indexOf({ ...published, releases: [release('1.10.0'), release('1.0.0')] }));
    const up = JSON.parse(edited(text, entry('b', { version: '2.0.0' }), { keepReleases: true })).packs[0];
    assert.deepEqual(
      up.releases.map(({ version }: Mapping) => version),
      ['1.10.0', '1.1.0', '1.0.0'],
    );
    assert.equal(up.releases[2].yanked, 'broken');
    const back = JSON.parse(edited(text, entry('b', { version: '1.0.0' }))).packs[0];
    assert.deepEqual([back.version, ...back.releases.map(({ version }: Mapping) => version)], ['1.0.0', '1.10.0']);
  });

  test('editIndex: with keepReleases, a lower version is filed among the releases and the entry stays', () => {
    const release = (version: string) => ({ ...moved(published), version, yanked: 'broken' });
    const text = JSON.stringify(indexOf({ ...published, releases: [release('1.0.5'), release('1.0.0')] }));
    const filed = JSON.parse(edited(text, entry('b', { version: '1.0.1' }), { keepReleases: true })).packs[0];
    const { releases, ...rest } = filed;
    assert.deepEqual(rest, published);
    assert.deepEqual(
      releases.map(({ version }: Mapping) => version),
      ['1.0.5', '1.0.1', '1.0.0'],
    );
    const again = entry('b', { version: '1.0.0', runtime_deps: ['node'] });
    const replaced = JSON.parse(edited(text, again, { keepReleases: true })).packs[0];
    assert.deepEqual(replaced.releases[1].runtime_deps, ['node']);
    assert.equal(replaced.releases[1].yanked, 'broken');
  });

  test('editIndex: without keepReleases, existing releases are retained and none is added', () => {
    const text = JSON.stringify(indexOf({ ...published, releases: [{ ...moved(published), version: '1.0.0' }] }));
    const after = JSON.parse(edited(text, entry('b', { version: '2.0.0' }))).packs[0];
    assert.deepEqual(
      after.releases.map(({ version }: Mapping) => version),
      ['1.0.0'],
    );
    assert.equal('releases' in JSON.parse(edited(text, entry('b', { version: '1.0.0' }))).packs[0], false);
  });
});

describe('compareEntry', () => {
  const index = locate(JSON.stringify(indexOf(entryOf('b', { unknown: 1, homepage: null }))));
  const ROWS: readonly { title: string; entry: EntryDocument; want: unknown }[] = [
    { title: 'an equal entry is the same', entry: entry('b'), want: { kind: 'same' } },
    { title: 'an unknown ref is new', entry: entry('a'), want: { kind: 'new' } },
    {
      title: 'another version is different',
      entry: entry('b', { version: '2.0.0' }),
      want: { kind: 'different', version: '1.0.0', fields: ['version'] },
    },
    {
      title: 'the same version with other content is different',
      entry: entry('b', { email: 'a@b', keywords: [] }),
      want: { kind: 'different', version: '1.0.0', fields: ['keywords', 'email'] },
    },
  ];
  for (const { title, entry: change, want } of ROWS)
    test(`compareEntry: ${title}`, () => assert.deepEqual(compareEntry(index, change), want));
});

const YAML = `# The internal registry
registry_name: Test   # its name
registry_url: https://index.example
version: "1.0"
last_updated: '2026-08-22T01:53:58Z'  # by hand
packs:
  # about b
  - ref: b   # the second letter
    label: A label
    description: >-
      A description
    version: 1.0.0
    author: An author
    license: Apache-2.0
    keywords: [one]
    runtime_deps:
      - python   # any
    install_sources:
      - {type: archive, url: https://packs.example/b.tgz, checksum: "sha256:${'a'.repeat(64)}"}
    contents:
      actions:
        - name: run
          description: Runs
      sensors: []
      triggers: []
      rules: []
      workflows: []
    unknown: {a: 1}   # kept

  # about d
  - ref: d
    label: "D"
    description: |
      Two

      lines
    version: 1.0.0
    author: An author
    license: Apache-2.0
    keywords: []
    runtime_deps: []
    install_sources:
      - {type: archive, url: https://packs.example/d.tgz, checksum: "sha256:${'a'.repeat(64)}"}
    contents: {actions: [], sensors: [], triggers: [], rules: [], workflows: []}
# the end
`;

const fromYaml = (text: string) =>
  readYaml(Buffer.from(text), 'index.yaml', DEFAULT_LIMITS).value as { packs: Mapping[] } & Mapping;

describe('editIndex: YAML', () => {
  for (const ref of ['a', 'c', 'e']) {
    for (const [name, text] of [
      ['LF', YAML],
      ['CR LF', YAML.replaceAll('\n', '\r\n')],
      ['no final newline', YAML.replace(/\n# the end\n$/, '')],
      ['flat lists', YAML.replace(/^ {2}(?=.)/gm, '')],
    ] as const) {
      test(`editIndex: '${ref}' is inserted in sort order into YAML with ${name}, and comments are retained`, () => {
        const after = edited(text, entry(ref), {}, 'index.yaml');
        const same = text.replace(/'2026-08-22T01:53:58Z'/, `'${NOW}'`);
        const { removed, added } = diff(same, after);
        assert.ok(removed.length <= 1 && removed.every((line) => after.includes(line)), removed.join('\n'));
        assert.ok(added.join('\n').includes(`ref: ${ref}`));
        const want = [...fromYaml(text).packs, entryOf(ref)].sort((one, other) =>
          one['ref']! < other['ref']! ? -1 : 1,
        );
        assert.deepEqual(fromYaml(after).packs, want);
        for (const line of text.split('\n').filter((line) => line.includes('#') && !line.includes('by hand')))
          assert.ok(after.split('\n').includes(line), line);
        assert.equal(after.includes('\r\n'), text.includes('\r\n'));
        assert.equal(/[^\r]\n/.test(after), !text.includes('\r\n'));
        assert.equal(after.endsWith('\n'), text.endsWith('\n'));
      });
    }
  }

  test('editIndex: a new version in YAML changes only the differing fields and keeps their quotes', () => {
    const current = fromYaml(YAML).packs[0] as unknown as EntryDocument;
    const after = edited(
      YAML,
      { ...current, version: '1.1.0', homepage: 'https://h', keywords: ['one', 'two'] },
      {},
      'i.yaml',
    );
    const lines = YAML.split('\n');
    const removed = lines.filter((line) => !after.split('\n').includes(line));
    const added = after.split('\n').filter((line) => !lines.includes(line));
    assert.deepEqual(removed, ["last_updated: '2026-08-22T01:53:58Z'  # by hand", '    keywords: [one]']);
    assert.deepEqual(added, [
      `last_updated: '${NOW}'  # by hand`,
      '    version: 1.1.0',
      '    keywords:',
      '      - one',
      '      - two',
      '    homepage: https://h',
    ]);
  });

  test('editIndex: a removed field of a YAML entry is removed with its lines', () => {
    const text = YAML.replace('    label: A label\n', '    label: A label\n    homepage: https://old  # gone\n');
    const current = fromYaml(YAML).packs[0] as unknown as EntryDocument;
    const after = edited(text, { ...current, description: 'B' }, {}, 'i.yaml');
    assert.ok(!after.includes('homepage'));
    assert.deepEqual(fromYaml(after).packs[0], { ...current, description: 'B' });
  });

  test('editIndex: the first entry is inserted into an empty YAML list', () => {
    const text = 'version: "1.0"\npacks: [] # none yet\nregistry_name: X\n';
    const after = edited(text, entry('a'), {}, 'index.yml');
    assert.deepEqual(fromYaml(after).packs, [entryOf('a')]);
    assert.equal(fromYaml(after)['last_updated'], NOW);
    assert.match(after, /^version: "1.0"\npacks: # none yet\n {2}- ref: a\n/);
  });

  test('editIndex: a flow mapping is rewritten without changing adjacent entries', () => {
    const braces = `  - ${JSON.stringify(entryOf('a', { unknown: 'value' }))}   # note\n`;
    const text = YAML.replace('packs:\n', `packs:\n${braces}`);
    const after = edited(text, entry('a', { version: '3.0.0' }), {}, 'i.yaml');
    assert.deepEqual(fromYaml(after).packs[0], { ...entryOf('a', { version: '3.0.0' }), unknown: 'value' });
    assert.ok(after.endsWith(YAML.slice(YAML.indexOf('  # about b'))));
  });

  const NOT_EDITABLE: readonly { title: string; text: string }[] = [
    { title: 'a flow sequence', text: `version: "1.0"\npacks: [${JSON.stringify(entryOf('b'))}]\n` },
    { title: 'a flow mapping as the document', text: `{version: "1.0", packs: [${JSON.stringify(entryOf('b'))}]}\n` },
    {
      title: 'an anchor in the replaced entry that another entry uses',
      text: YAML.replace('label: A label', 'label: &l A label').replace('label: "D"', 'label: *l'),
    },
    { title: 'dashes on separate lines', text: YAML.replace('  - ref: b ', '  -\n    ref: b ') },
  ];
  for (const { title, text } of NOT_EDITABLE) {
    test(`editIndex: YAML with ${title} is refused with a hint`, () => {
      const change = entry('b', { version: '2.0.0', label: 'B' });
      const insert = title.startsWith('dashes') ? entry('a') : change;
      assert.throws(
        () => edited(text, insert, {}, 'i.yaml'),
        (error: unknown) => {
          assert.ok(error instanceof IndexNotEditable);
          assert.match(error.hint ?? '', /index-merge/);
          return true;
        },
      );
    });
  }
});

describe('editIndex: properties', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.constantFrom('yes', '1.0', 'a: b', '# x', ' ', 'é\n\n', 'a\u00a0'),
  );
  const change = (ref: string) =>
    fc
      .record({ description: text, label: text, keywords: fc.array(text, { maxLength: 3 }), patch: fc.nat(3) })
      .map(({ patch, ...fields }) => entry(ref, { ...fields, version: `1.0.${patch}` }));
  const ref = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f-1', 'f_1');
  const arbitraryIndex = fc
    .uniqueArray(ref, { maxLength: 5 })
    .chain((refs) => fc.tuple(...refs.sort().map((one) => change(one).map((made) => ({ ...made, x: [1] })))))
    .map((packs) => indexOf(...packs));
  const layouts = fc.constantFrom<(value: unknown) => [string, string]>(
    (value) => [JSON.stringify(value), 'i.json'],
    (value) => [`${JSON.stringify(value, null, 2)}\n`, 'i.json'],
    (value) => [JSON.stringify(value, null, '\t').replaceAll('\n', '\r\n'), 'i.json'],
    (value) => [Buffer.concat(newIndexOf(value)).toString(), 'i.yaml'],
  );
  const read = (content: string, location: string) => (location === 'i.json' ? JSON.parse(content) : fromYaml(content));

  test('editIndex: the edited file has the intended value, other entries keep their bytes, and editing is idempotent', () => {
    fc.assert(
      fc.property(arbitraryIndex, layouts, ref.chain(change), fc.boolean(), (value, layout, one, keepReleases) => {
        const [content, location] = layout(value);
        const after = edited(content, one, { keepReleases }, location);
        const packs = value.packs as Mapping[];
        const old = packs.find((pack) => pack['ref'] === one.ref);
        const moved = keepReleases && old && old['version'] !== one.version;
        const release = !moved
          ? undefined
          : {
              version: old['version'],
              install_sources: old['install_sources'],
              runtime_deps: old['runtime_deps'],
            };
        const filed = release !== undefined && compare(one.version, old!['version'] as string) < 0;
        const { version, install_sources, runtime_deps } = one;
        const now = filed
          ? { ...old, releases: [{ version, install_sources, runtime_deps }] }
          : { ...one, ...(old ? { x: [1] } : {}), ...(release ? { releases: [release] } : {}) };
        const want = [...packs.filter((pack) => pack !== old), now as Mapping].sort((a, b) =>
          a['ref']! < b['ref']! ? -1 : 1,
        );
        assert.deepEqual(read(after, location), { ...value, last_updated: NOW, packs: want });
        const located = locate(content, location);
        if (located.format === 'json')
          for (const [position, { start, end }] of located.outline.items.entries())
            if (located.entries[position]?.ref !== one.ref)
              assert.ok(after.includes(Buffer.from(content).subarray(start, end).toString()));
        assert.deepEqual(compareEntry(locate(after, location), one), { kind: 'same' });
      }),
      { numRuns: 150 },
    );
  });
});

function newIndexOf(value: unknown): Uint8Array[] {
  const { packs, ...rest } = value as Record<string, unknown> & { packs: EntryDocument[] };
  const [first] = packs;
  if (first === undefined)
    return [
      Buffer.from(
        `${Object.entries(rest)
          .map(([key, field]) => `${key}: ${JSON.stringify(field)}\n`)
          .join('')}packs: []\n`,
      ),
    ];
  const edit = {
    entry: first,
    now: rest['last_updated'] as string,
    registryName: rest['registry_name'] as string,
    registryUrl: rest['registry_url'] as string,
    keepReleases: false,
  };
  return packs
    .slice(1)
    .reduce<Uint8Array[]>(
      (content, entry) => editIndex(locate(Buffer.concat(content), 'i.yaml'), { ...edit, entry }),
      newIndex('yaml', edit),
    );
}

describe('locateIndex: invalid files', () => {
  const valid = JSON.stringify(indexOf(entryOf('a'), entryOf('b')), null, 2);
  const ROWS: readonly { title: string; text: string; message: RegExp }[] = [
    { title: 'a truncated file', text: valid.slice(0, 700), message: /index\.json:\d+:\d+/ },
    { title: 'a file that is not JSON', text: 'hello', message: /index\.json:1:1/ },
    { title: 'an empty file', text: '', message: /index\.json:1:1/ },
    { title: 'a list', text: `[${valid}]`, message: /expected a mapping but found a list/ },
    { title: 'a comment', text: valid.replace('{\n', '{ // x\n'), message: /index\.json:1:3/ },
    {
      title: 'a trailing comma',
      text: valid.replace(/\n {2}\]/, ',\n  ]'),
      message: /index\.json:\d+:\d+: expected a value/,
    },
    {
      title: 'a trailing comma in an entry',
      text: valid.replace(/\n {4}\},/, ',\n    },'),
      message: /index\.json:\d+/,
    },
    { title: 'text after the document', text: `${valid} x`, message: /expected the end of the document/ },
    { title: 'a bracket of the wrong kind', text: valid.replace(/\n {4}\},/, '\n    ],'), message: /index\.json:\d+/ },
    {
      title: 'a duplicate ref',
      text: valid.replace('"ref": "b"', '"ref": "a"'),
      message: /the entry on line 8 has the same ref/,
    },
    {
      title: 'a duplicate key',
      text: valid.replace('"label"', '"ref"'),
      message: /duplicate key 'ref', first on line 8/,
    },
    {
      title: 'a duplicate list of packs',
      text: valid.replace('"version": "1.0",', '"packs": [],'),
      message: /duplicate key 'packs'/,
    },
    {
      title: 'a value of the wrong type',
      text: valid.replace('"A label"', '7'),
      message: /index\.json:9:7 packs\[0\]\.label: expected a string/,
    },
    {
      title: 'packs that are not a list',
      text: valid.replace(/"packs": \[[\s\S]*\]/, '"packs": {}'),
      message: /packs: expected a list/,
    },
    { title: 'an index without packs', text: '{"version": "1.0"}', message: /packs: is missing/ },
    { title: 'an unterminated string', text: `${valid.slice(0, 300)}\\`, message: /index\.json:\d+/ },
    {
      title: 'an invalid version',
      text: valid.replace('"1.0.0"', '"1.0"'),
      message: /packs\[0\]\.version: '1.0' is not a semantic version.*pack 'a'/,
    },
    {
      title: 'a value that is nested too deeply',
      text: valid.replace('"A label"', '['.repeat(200) + ']'.repeat(200)),
      message: /nested more than 100/,
    },
  ];
  for (const { title, text, message } of ROWS) {
    test(`locateIndex: ${title} is refused with the position`, () => {
      assert.throws(
        () => locate(text),
        (error: unknown) => {
          assert.ok(error instanceof InvalidDocument, String(error));
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }

  test('locateIndex: an entry that is not UTF-8 is refused with the line', () => {
    const bytes = Buffer.from(valid);
    bytes[bytes.indexOf('A label')] = 0xff;
    assert.throws(() => locate(bytes), /index\.json:9:1: this line is not UTF-8/);
  });

  test('locateIndex: every text that JSON.parse rejects is refused', () => {
    const mutation = fc.record({
      offset: fc.nat(valid.length),
      length: fc.nat(3),
      replacement: fc.constantFrom('', '{', '}', '[', ']', '"', ',', ':', '\\', ' ', '1', 'x'),
    });
    fc.assert(
      fc.property(mutation, ({ offset, length, replacement }) => {
        const text = valid.slice(0, offset) + replacement + valid.slice(offset + length);
        let json = true;
        try {
          JSON.parse(text);
        } catch {
          json = false;
        }
        let located = true;
        try {
          locate(text);
        } catch (error) {
          assert.ok(error instanceof InvalidDocument, String(error));
          located = false;
        }
        assert.ok(json || !located);
      }),
      { numRuns: 500 },
    );
  });

  test('locateIndex: an index above the size limit is refused', () => {
    assert.throws(
      () => locateIndex(Buffer.from(valid), 'i.json', { ...DEFAULT_LIMITS, indexBytes: 100 }, silentReporter),
      IndexTooLarge,
    );
  });
});

test('locateIndex: each kind of older form has one warning, even in a large index', () => {
  const refs = Array.from({ length: 3000 }, (_, position) => `p${String(position).padStart(4, '0')}`);
  const packs = refs.map((ref) => entryOf(ref, { contents: undefined, x: 'y'.repeat(500) }));
  const warnings: string[] = [];
  const index = locate(JSON.stringify(indexOf(...packs)), 'index.json', warnings);
  assert.equal(index.entries.length, 3000);
  assert.deepEqual(warnings, ["index.json: 3000 entries have no 'contents', as in older files; the first is 'p0000'."]);
});
