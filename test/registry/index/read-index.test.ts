import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { InvalidDocument } from '../../../src/documents/problems.ts';
import { AttuneError } from '../../../src/errors.ts';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { collectWarnings, silentReporter } from '../../../src/platform/reporter.ts';
import { releasesOf } from '../../../src/registry/index/format.ts';
import { readIndex } from '../../../src/registry/index/read-index.ts';
import { entryOf, indexOf, sourceOf } from '../../support/registry/index.ts';

function read(content: unknown, location = 'index.json', limits = DEFAULT_LIMITS) {
  const reporter = collectWarnings(silentReporter);
  const bytes = Buffer.from(typeof content === 'string' ? content : JSON.stringify(content, null, 1));
  return { index: readIndex(bytes, location, limits, reporter), warnings: reporter.warnings };
}

function errorOf(content: unknown, location?: string): AttuneError {
  try {
    read(content, location);
  } catch (error) {
    if (error instanceof AttuneError) return error;
    throw error;
  }
  return assert.fail('it should have failed');
}

const problemsIn = (content: unknown, location?: string) => {
  const error = errorOf(content, location);
  assert.ok(error instanceof InvalidDocument, error.message);
  return error.problems.map(({ field, message }) => `${field}: ${message}`);
};

describe('readIndex: the public index', () => {
  const bytes = readFileSync(new URL('../../../fixtures/registry/public-index.json', import.meta.url));
  const reporter = collectWarnings(silentReporter);
  const index = readIndex(bytes, 'public-index.json', DEFAULT_LIMITS, reporter);
  const original = JSON.parse(bytes.toString());

  test('readIndex: the public index is read completely without a warning', () => {
    assert.deepEqual(reporter.warnings, []);
    assert.equal(index.packs.length, 44);
    assert.equal(index.registryName, 'Attune Standard Pack Index');
    assert.equal(index.lastUpdated, '2026-08-22T01:53:58Z');
  });

  test('readIndex: no field of the public index is lost', () => {
    for (const [position, entry] of index.packs.entries()) {
      const { ref, label, description, version, author, license, keywords, meta, email, homepage, repository } = entry;
      const back = {
        ref,
        label,
        description,
        version,
        author,
        license,
        keywords,
        meta,
        email,
        repository,
        runtime_deps: entry.runtimeDeps,
        install_sources: entry.installSources,
        contents: entry.contents,
        ...(homepage === undefined ? {} : { homepage }),
        ...(original.packs[position].dependencies ? { dependencies: { packs: entry.dependencies.packs } } : {}),
      };
      assert.deepEqual(back, original.packs[position]);
    }
  });
});

test('readIndex: an entry with every field is read', () => {
  const git = { type: 'git', url: '../a.git', ref: 'v1', checksum: `sha512:${'b'.repeat(128)}` };
  const { index, warnings } = read(
    indexOf(
      entryOf('slack', {
        install_sources: [git, sourceOf()],
        use_case: 'chat',
        dependencies: { attune_version: '>=1', python_version: '3.9', nodejs_version: '20', packs: ['core@^1'] },
        meta: { any: ['thing'] },
        releases: [
          {
            version: '0.9.0',
            install_sources: [sourceOf()],
            runtime_deps: [],
            dependencies: { packs: [] },
            yanked: 'broken',
          },
          { version: '0.8.0', install_sources: [sourceOf()], runtime_deps: ['bash>=5'] },
        ],
        yanked: 'worse',
        unknown_field: { ignored: true },
      }),
    ),
  );
  assert.deepEqual(warnings, []);
  const [entry] = index.packs;
  assert.ok(entry);
  assert.deepEqual(entry.installSources, [git, sourceOf()]);
  assert.deepEqual(entry.dependencies, {
    attuneVersion: '>=1',
    pythonVersion: '3.9',
    nodejsVersion: '20',
    packs: ['core@^1'],
  });
  assert.deepEqual(entry.meta, { any: ['thing'] });
  assert.deepEqual(
    releasesOf(entry).map(({ version, runtimeDeps, yanked }) => ({ version, runtimeDeps, yanked })),
    [
      { version: '1.0.0', runtimeDeps: ['python'], yanked: 'worse' },
      { version: '0.9.0', runtimeDeps: [], yanked: 'broken' },
      { version: '0.8.0', runtimeDeps: ['bash>=5'], yanked: undefined },
    ],
  );
});

describe('readIndex: file format', () => {
  const json = JSON.stringify(indexOf(entryOf('a')));
  const yaml = `
registry_name: Test
registry_url: https://index.example
version: "1.0"
last_updated: "2026-08-22T01:53:58Z"
packs:
  - ref: a
    label: A
    description: ''
    version: 1.0.0
    author: B
    license: MIT
    keywords: []
    runtime_deps: []
    install_sources: [{ type: archive, url: a.tgz, checksum: 'sha256:${'a'.repeat(64)}' }]
    contents: { actions: [], sensors: [], triggers: [], rules: [], workflows: [] }
`;
  const rows = [
    { title: '.json is read as JSON', location: 'a/index.json', text: json },
    { title: '.yaml is read as YAML', location: 'a/index.yaml', text: yaml },
    { title: '.YML is read as YAML', location: 'a/INDEX.YML', text: yaml },
    { title: 'a query after the extension is ignored', location: 'https://a.example/i.json?raw=1#x', text: json },
    {
      title: 'a brace without an extension is read as JSON',
      location: 'https://a.example/index',
      text: ` \n${json}`,
    },
    { title: 'a brace after a byte order mark is read as JSON', location: 'index', text: `\u{FEFF}${json}` },
    { title: 'other content without an extension is read as YAML', location: 'https://a.example/index', text: yaml },
    { title: 'JSON in a .yaml file is read as YAML', location: 'index.yaml', text: json },
  ];
  for (const { title, location, text } of rows) {
    test(`readIndex: ${title}`, () => assert.equal(read(text, location).index.packs[0]?.ref, 'a'));
  }

  test('readIndex: the size limit of YAML documents does not apply to a YAML index', () => {
    const large = `${yaml}${`# ${'x'.repeat(1000)}\n`.repeat(1100)}`;
    assert.equal(read(large, 'index.yaml').index.packs.length, 1);
  });

  test('readIndex: a web page is reported as such', () => {
    for (const location of ['index.json', 'https://a.example/login', 'index.yaml']) {
      assert.deepEqual(problemsIn('\n<!DOCTYPE html><title>Sign in', location), [
        ': this is a web page or XML, not JSON or YAML',
      ]);
    }
  });

  test('readIndex: YAML in a .json file is refused', () => {
    assert.match(errorOf(yaml, 'index.json').message, /Cannot read 'index\.json' as JSON/);
  });

  test('readIndex: a numeric format version is refused with advice to quote it', () => {
    assert.deepEqual(problemsIn(yaml.replace('"1.0"', '1.0'), 'index.yaml'), [
      'version: expected a string but found the number 1 (quote it: "1.0")',
    ]);
  });
});

describe('readIndex: older forms', () => {
  const without = (...keys: string[]) => Object.fromEntries(keys.map((key) => [key, undefined]));
  const rows: { title: string; index: unknown; warning: string; want: Record<string, unknown> }[] = [
    ...(['registry_name', 'registry_url', 'last_updated'] as const).map((key) => ({
      title: `an index without ${key}`,
      index: { ...indexOf(entryOf('a')), [key]: undefined },
      warning: `index.json: the index has no '${key}', as in older files.`,
      want: {},
    })),
    {
      title: 'an entry without description',
      index: indexOf(entryOf('a'), entryOf('b', without('description'))),
      warning: "index.json: the entry 'b' has no 'description', as in older files.",
      want: { description: '' },
    },
    {
      title: 'several entries without runtime_deps',
      index: indexOf(entryOf('a', without('runtime_deps')), entryOf('b', without('runtime_deps'))),
      warning: "index.json: 2 entries have no 'runtime_deps', as in older files; the first is 'a'.",
      want: { runtimeDeps: [] },
    },
    {
      title: 'an entry without contents',
      index: indexOf(entryOf('a', without('contents'))),
      warning: "index.json: the entry 'a' has no 'contents', as in older files.",
      want: { contents: { actions: [], sensors: [], triggers: [], rules: [], workflows: [] } },
    },
    {
      title: 'a field that is null',
      index: indexOf(entryOf('a', { description: null })),
      warning: "index.json: the entry 'a' has no 'description', as in older files.",
      want: { description: '' },
    },
    {
      title: 'counts instead of lists',
      index: indexOf(entryOf('a', { contents: { actions: 3, sensors: 0, triggers: 0, rules: 1, workflows: 0 } })),
      warning: "index.json: the entry 'a' has counts instead of lists in 'contents', as in older files.",
      want: { contents: { actions: [], sensors: [], triggers: [], rules: [], workflows: [] } },
    },
    {
      title: 'contents without some kinds',
      index: indexOf(entryOf('a', { contents: { actions: [{ name: 'x', description: '' }] } })),
      warning: "index.json: the entry 'a' has incomplete 'contents', as in older files.",
      want: {
        contents: { actions: [{ name: 'x', description: '' }], sensors: [], triggers: [], rules: [], workflows: [] },
      },
    },
  ];
  for (const { title, index, warning, want } of rows) {
    test(`readIndex: ${title} is accepted with one warning`, () => {
      const result = read(index);
      assert.deepEqual(result.warnings, [warning]);
      assert.partialDeepStrictEqual(result.index.packs.at(-1), want);
    });
  }

  test('readIndex: each kind of older form has one warning for all entries', () => {
    const old = without('description', 'runtime_deps', 'contents');
    const { warnings } = read({ version: '1.0', packs: [entryOf('a', old), entryOf('b', old), entryOf('c', old)] });
    assert.equal(warnings.length, 6);
  });
});

describe('readIndex: invalid indexes', () => {
  const rows: { title: string; index: unknown; want: string[] }[] = [
    { title: 'a list', index: [], want: [': expected a mapping but found a list'] },
    { title: 'null', index: 'null', want: [': expected a mapping but found nothing'] },
    { title: 'an index without packs', index: { ...indexOf(), packs: undefined }, want: ['packs: is missing'] },
    {
      title: 'packs that are not a list',
      index: { ...indexOf(), packs: {} },
      want: ['packs: expected a list but found a mapping'],
    },
    {
      title: 'format version 2.0',
      index: { ...indexOf(), version: '2.0' },
      want: ["version: is '2.0', and attune reads format 1.0"],
    },
    {
      title: 'an index without a format version',
      index: { ...indexOf(), version: undefined },
      want: ['version: is missing'],
    },
    {
      title: 'an entry that is not a mapping',
      index: indexOf('slack'),
      want: ['packs[0]: expected a mapping but found the string "slack"'],
    },
    {
      title: 'an entry without a ref',
      index: indexOf(entryOf('a', { ref: undefined })),
      want: ['packs[0].ref: is missing'],
    },
    {
      title: 'a ref that is a path',
      index: indexOf(entryOf('../a')),
      want: [
        "packs[0].ref: must be at most 128 lower-case letters, digits, _ and -, beginning with a letter (pack '../a')",
      ],
    },
    {
      title: 'a duplicate ref',
      index: indexOf(entryOf('a'), entryOf('b'), entryOf('a')),
      want: ["packs[2].ref: the entry on line 8 has the same ref (pack 'a')"],
    },
    {
      title: 'an entry without a label',
      index: indexOf(entryOf('a', { label: undefined })),
      want: ["packs[0].label: is missing (pack 'a')"],
    },
    {
      title: 'a version with two numbers',
      index: indexOf(entryOf('a', { version: '1.0' })),
      want: ["packs[0].version: '1.0' is not a semantic version such as 1.2.0 (pack 'a')"],
    },
    {
      title: 'a version with a v',
      index: indexOf(entryOf('a', { version: 'v1.0.0' })),
      want: ["packs[0].version: 'v1.0.0' is not a semantic version such as 1.2.0 (pack 'a')"],
    },
    {
      title: 'a version that is a number',
      index: indexOf(entryOf('a', { version: 1 })),
      want: [
        'packs[0].version: expected a string but found the number 1 (a version has three numbers: "1.0.0") (pack \'a\')',
      ],
    },
    {
      title: 'keywords that are not a list',
      index: indexOf(entryOf('a', { keywords: 'one' })),
      want: ['packs[0].keywords: expected a list but found the string "one" (pack \'a\')'],
    },
    {
      title: 'a keyword that is a list',
      index: indexOf(entryOf('a', { keywords: ['a', []] })),
      want: ["packs[0].keywords[1]: expected a string but found a list (pack 'a')"],
    },
    {
      title: 'an empty list of sources',
      index: indexOf(entryOf('a', { install_sources: [] })),
      want: ["packs[0].install_sources: must have at least one source (pack 'a')"],
    },
    {
      title: 'an entry without sources',
      index: indexOf(entryOf('a', { install_sources: undefined })),
      want: ["packs[0].install_sources: is missing (pack 'a')"],
    },
    {
      title: 'a source of an unknown type',
      index: indexOf(entryOf('a', { install_sources: [sourceOf({ type: 'svn' })] })),
      want: ["packs[0].install_sources[0].type: must be 'git' or 'archive', not 'svn' (pack 'a')"],
    },
    {
      title: 'a git source without a ref',
      index: indexOf(entryOf('a', { install_sources: [sourceOf({ type: 'git' })] })),
      want: ["packs[0].install_sources[0].ref: is missing (pack 'a')"],
    },
    {
      title: 'a source without a checksum',
      index: indexOf(entryOf('a', { install_sources: [sourceOf({ checksum: undefined })] })),
      want: ["packs[0].install_sources[0].checksum: is missing (pack 'a')"],
    },
    {
      title: 'a checksum that is too short',
      index: indexOf(entryOf('a', { install_sources: [sourceOf({ checksum: 'sha256:abc' })] })),
      want: [
        "packs[0].install_sources[0].checksum: 'sha256:abc' is not a checksum that attune accepts: sha256 has 64 hexadecimal digits (pack 'a')",
      ],
    },
    {
      title: 'contents that are not a mapping',
      index: indexOf(entryOf('a', { contents: [] })),
      want: ["packs[0].contents: expected a mapping but found a list (pack 'a')"],
    },
    {
      title: 'a negative count',
      index: indexOf(entryOf('a', { contents: { actions: -1, sensors: [], triggers: [], rules: [], workflows: [] } })),
      want: ["packs[0].contents.actions: expected a list but found the number -1 (pack 'a')"],
    },
    {
      title: 'a component without a name',
      index: indexOf(
        entryOf('a', {
          contents: { actions: [{ description: '' }], sensors: [], triggers: [], rules: [], workflows: [] },
        }),
      ),
      want: ["packs[0].contents.actions[0].name: is missing (pack 'a')"],
    },
    {
      title: 'a release without a version',
      index: indexOf(entryOf('a', { releases: [{ install_sources: [sourceOf()], runtime_deps: [] }] })),
      want: ["packs[0].releases[0].version: is missing (pack 'a')"],
    },
    {
      title: 'a release with the version of its entry',
      index: indexOf(
        entryOf('a', { releases: [{ version: '1.0.0', install_sources: [sourceOf()], runtime_deps: [] }] }),
      ),
      want: ["packs[0].releases[0].version: version 1.0.0 is already listed (pack 'a')"],
    },
    {
      title: 'a dependency that is a mapping',
      index: indexOf(entryOf('a', { dependencies: { packs: [{ core: '^1' }] } })),
      want: ["packs[0].dependencies.packs[0]: expected a string but found a mapping (pack 'a')"],
    },
  ];
  for (const { title, index, want } of rows) {
    test(`readIndex: ${title} is refused with INVALID_INDEX`, () => {
      assert.deepEqual(problemsIn(index), want);
      assert.equal(errorOf(index).code, 'INVALID_INDEX');
    });
  }

  test('readIndex: an invalid index is refused with every problem and its position', () => {
    const text = '{"version": "1.0",\n "packs": [\n  {"ref": "a", "version": "x"},\n  7]}';
    assert.deepEqual(errorOf(text).message.split('\n'), [
      "'index.json' is not a valid index:",
      "  index.json:3:3 packs[0].install_sources: is missing (pack 'a')",
      "  index.json:3:3 packs[0].label: is missing (pack 'a')",
      "  index.json:3:3 packs[0].author: is missing (pack 'a')",
      "  index.json:3:3 packs[0].license: is missing (pack 'a')",
      "  index.json:3:3 packs[0].keywords: is missing (pack 'a')",
      "  index.json:3:16 packs[0].version: 'x' is not a semantic version such as 1.2.0 (pack 'a')",
      '  index.json:4:3 packs[1]: expected a mapping but found the number 7',
    ]);
  });

  test('readIndex: an invalid index causes no warning about older forms', () => {
    const reporter = collectWarnings(silentReporter);
    const bytes = Buffer.from('{"version": "1.0", "packs": [7]}');
    assert.throws(() => readIndex(bytes, 'index.json', DEFAULT_LIMITS, reporter));
    assert.deepEqual(reporter.warnings, []);
  });

  test('readIndex: a weak checksum is accepted', () => {
    const weak = sourceOf({ checksum: `md5:${'0'.repeat(32)}` });
    const { index } = read(indexOf(entryOf('a', { install_sources: [weak] })));
    assert.deepEqual(index.packs[0]?.installSources, [weak]);
  });
});

describe('readIndex: chunked reading of large indexes', () => {
  const description = 'word '.repeat(300);
  const entryAt = (i: number, changes = {}) => entryOf(`p${String(i).padStart(4, '0')}`, { description, ...changes });
  const large = (changesAt: (i: number) => Record<string, unknown> = () => ({})) =>
    indexOf(...Array.from({ length: 3000 }, (_, i) => entryAt(i, changesAt(i))));

  test('readIndex: the entries of a large index equal those read from a small one', () => {
    assert.ok(JSON.stringify(large()).length > 5e6);
    const { index } = read(large());
    assert.equal(index.registryName, 'Test');
    assert.equal(index.packs.length, 3000);
    for (const i of [0, 700, 1500, 2999]) {
      assert.deepEqual(index.packs[i], read(indexOf(entryAt(i))).index.packs[0]);
    }
  });

  test('readIndex: the problems of a large index have the lines of the file', () => {
    const invalid = [0, 1500, 2999];
    const index = large((i) => (invalid.includes(i) ? { version: 'x' } : i === 2998 ? { ref: 'p0001' } : {}));
    const lines = JSON.stringify(index, null, 1).split('\n');
    const versionLines = lines.flatMap((line, i) => (line.includes('"version": "x"') ? [i + 1] : []));
    const duplicateLine = lines.findLastIndex((line) => line.includes('"p0001"')) + 1;
    const error = errorOf(index);
    assert.ok(error instanceof InvalidDocument);
    assert.deepEqual(
      error.problems.map(({ line }) => line),
      [...versionLines, duplicateLine].sort((one, other) => one - other),
    );
  });

  test('readIndex: a large index that is truncated or has a duplicate key is refused with the position', () => {
    const text = JSON.stringify(large(), null, 1);
    const line = text.split('\n').length;
    assert.match(errorOf(text.slice(0, -1)).message, new RegExp(`index\\.json:${line}:\\d+: expected ',' or '}'`));
    const position = text.lastIndexOf('"label"');
    assert.match(errorOf(`${text.slice(0, position)}"ref": 1, ${text.slice(position)}`).message, /duplicate key 'ref'/);
  });

  test('readIndex: a large index has one warning for each kind of older form', () => {
    const { warnings } = read(large((i) => (i % 1000 === 7 ? { runtime_deps: undefined } : {})));
    assert.deepEqual(warnings, [
      "index.json: 3 entries have no 'runtime_deps', as in older files; the first is 'p0007'.",
    ]);
  });
});

describe('readIndex: hostile indexes', () => {
  test('readIndex: an index above the size limit is refused without being parsed', () => {
    const error = (() => {
      try {
        return read('{'.repeat(101), 'index.json', { ...DEFAULT_LIMITS, indexBytes: 100 });
      } catch (thrown) {
        return thrown;
      }
    })();
    assert.ok(error instanceof AttuneError);
    assert.equal(error.code, 'INVALID_INDEX');
    assert.match(error.message, /more than 100 bytes/);
  });

  test('readIndex: at most 1000 problems are listed', () => {
    const error = errorOf({ ...indexOf(), packs: Array(100_000).fill(1) });
    assert.ok(error instanceof InvalidDocument);
    assert.equal(error.problems.length, 1000);
    assert.match(error.message, /^'index\.json' is not a valid index \(the first 1000 problems\):$/m);
  });

  test('readIndex: a __proto__ key does not provide fields', () => {
    const text = JSON.stringify(indexOf(entryOf('a'))).replace('"label"', '"__proto__": {"label": "x"}, "constructor"');
    assert.deepEqual(problemsIn(text), ["packs[0].label: is missing (pack 'a')"]);
  });

  test('readIndex: a duplicate key is refused', () => {
    assert.match(errorOf('{"packs": [], "packs": []}').message, /duplicate key 'packs'/);
  });

  test('readIndex: a deeply nested document is refused', () => {
    assert.match(errorOf(`{"packs": ${'['.repeat(10_000)}`).message, /nested more than 100 levels deep/);
  });
});
