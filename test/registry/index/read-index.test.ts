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

function refusal(content: unknown, location?: string): AttuneError {
  try {
    read(content, location);
  } catch (error) {
    if (error instanceof AttuneError) return error;
    throw error;
  }
  return assert.fail('it should have been refused');
}

const problemsIn = (content: unknown, location?: string) => {
  const error = refusal(content, location);
  assert.ok(error instanceof InvalidDocument, error.message);
  return error.problems.map(({ field, message }) => `${field}: ${message}`);
};

describe('the public index', () => {
  const bytes = readFileSync(new URL('../../../fixtures/registry/public-index.json', import.meta.url));
  const reporter = collectWarnings(silentReporter);
  const index = readIndex(bytes, 'public-index.json', DEFAULT_LIMITS, reporter);
  const original = JSON.parse(bytes.toString());

  test('is read whole, without a warning', () => {
    assert.deepEqual(reporter.warnings, []);
    assert.equal(index.packs.length, 44);
    assert.equal(index.registryName, 'Attune Standard Pack Index');
    assert.equal(index.lastUpdated, '2026-08-22T01:53:58Z');
  });

  test('loses nothing that the format names', () => {
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

test('an entry is read with all its fields', () => {
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
      { version: '1.0.0', runtimeDeps: ['python'], yanked: undefined },
      { version: '0.9.0', runtimeDeps: [], yanked: 'broken' },
      { version: '0.8.0', runtimeDeps: ['bash>=5'], yanked: undefined },
    ],
  );
});

describe('the form of the file is known', () => {
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
    { claim: 'by the ending of JSON', location: 'a/index.json', text: json },
    { claim: 'by the ending of YAML', location: 'a/index.yaml', text: yaml },
    { claim: 'by the other ending of YAML', location: 'a/INDEX.YML', text: yaml },
    { claim: 'by the ending before a query', location: 'https://a.example/i.json?raw=1#x', text: json },
    { claim: 'by a brace where there is no ending', location: 'https://a.example/index', text: ` \n${json}` },
    { claim: 'by a brace behind a byte order mark', location: 'index', text: `\u{FEFF}${json}` },
    { claim: 'as YAML where there is no brace', location: 'https://a.example/index', text: yaml },
    { claim: 'as YAML where JSON is in a YAML file', location: 'index.yaml', text: json },
  ];
  for (const { claim, location, text } of rows) {
    test(claim, () => assert.equal(read(text, location).index.packs[0]?.ref, 'a'));
  }

  test('a YAML index may be larger than another YAML file', () => {
    const large = `${yaml}${`# ${'x'.repeat(1000)}\n`.repeat(1100)}`;
    assert.equal(read(large, 'index.yaml').index.packs.length, 1);
  });

  test('a web page is called one', () => {
    for (const location of ['index.json', 'https://a.example/login', 'index.yaml']) {
      assert.deepEqual(problemsIn('\n<!DOCTYPE html><title>Sign in', location), [
        ': this is a web page or XML, neither JSON nor YAML',
      ]);
    }
  });

  test('YAML in a JSON file is not JSON', () => {
    assert.match(refusal(yaml, 'index.json').message, /Cannot read 'index\.json' as JSON/);
  });

  test('a number where the format version should be is told how to be quoted', () => {
    assert.deepEqual(problemsIn(yaml.replace('"1.0"', '1.0'), 'index.yaml'), [
      'version: expected a string but found the number 1 (quote it: "1.0")',
    ]);
  });
});

describe('an older form is accepted with one warning', () => {
  const without = (...keys: string[]) => Object.fromEntries(keys.map((key) => [key, undefined]));
  const rows: { claim: string; index: unknown; warning: string; want: Record<string, unknown> }[] = [
    ...(['registry_name', 'registry_url', 'last_updated'] as const).map((key) => ({
      claim: `no ${key}`,
      index: { ...indexOf(entryOf('a')), [key]: undefined },
      warning: `index.json: the index has no '${key}', as in older files.`,
      want: {},
    })),
    {
      claim: 'no description in one entry',
      index: indexOf(entryOf('a'), entryOf('b', without('description'))),
      warning: "index.json: the entry 'b' has no 'description', as in older files.",
      want: { description: '' },
    },
    {
      claim: 'no runtime_deps in several entries',
      index: indexOf(entryOf('a', without('runtime_deps')), entryOf('b', without('runtime_deps'))),
      warning: "index.json: 2 entries have no 'runtime_deps', as in older files; the first is 'a'.",
      want: { runtimeDeps: [] },
    },
    {
      claim: 'no contents',
      index: indexOf(entryOf('a', without('contents'))),
      warning: "index.json: the entry 'a' has no 'contents', as in older files.",
      want: { contents: { actions: [], sensors: [], triggers: [], rules: [], workflows: [] } },
    },
    {
      claim: 'null in place of a field',
      index: indexOf(entryOf('a', { description: null })),
      warning: "index.json: the entry 'a' has no 'description', as in older files.",
      want: { description: '' },
    },
    {
      claim: 'counts in place of lists',
      index: indexOf(entryOf('a', { contents: { actions: 3, sensors: 0, triggers: 0, rules: 1, workflows: 0 } })),
      warning: "index.json: the entry 'a' has counts in place of lists in 'contents', as in older files.",
      want: { contents: { actions: [], sensors: [], triggers: [], rules: [], workflows: [] } },
    },
    {
      claim: 'some kinds of contents alone',
      index: indexOf(entryOf('a', { contents: { actions: [{ name: 'x', description: '' }] } })),
      warning: "index.json: the entry 'a' has no 'contents' of some kinds, as in older files.",
      want: {
        contents: { actions: [{ name: 'x', description: '' }], sensors: [], triggers: [], rules: [], workflows: [] },
      },
    },
  ];
  for (const { claim, index, warning, want } of rows) {
    test(claim, () => {
      const result = read(index);
      assert.deepEqual(result.warnings, [warning]);
      assert.partialDeepStrictEqual(result.index.packs.at(-1), want);
    });
  }

  test('of each kind, however many there are', () => {
    const old = without('description', 'runtime_deps', 'contents');
    const { warnings } = read({ version: '1.0', packs: [entryOf('a', old), entryOf('b', old), entryOf('c', old)] });
    assert.equal(warnings.length, 6);
  });
});

describe('what is no index is refused', () => {
  const rows: { claim: string; index: unknown; want: string[] }[] = [
    { claim: 'a list', index: [], want: [': expected a mapping but found a list'] },
    { claim: 'nothing', index: 'null', want: [': expected a mapping but found nothing'] },
    { claim: 'no packs', index: { ...indexOf(), packs: undefined }, want: ['packs: is missing'] },
    {
      claim: 'packs that are no list',
      index: { ...indexOf(), packs: {} },
      want: ['packs: expected a list but found a mapping'],
    },
    {
      claim: 'a newer format',
      index: { ...indexOf(), version: '2.0' },
      want: ["version: is '2.0', and attune reads format 1.0"],
    },
    { claim: 'no format', index: { ...indexOf(), version: undefined }, want: ['version: is missing'] },
    {
      claim: 'an entry that is no mapping',
      index: indexOf('slack'),
      want: ['packs[0]: expected a mapping but found the string "slack"'],
    },
    {
      claim: 'an entry without a ref',
      index: indexOf(entryOf('a', { ref: undefined })),
      want: ['packs[0].ref: is missing'],
    },
    {
      claim: 'a ref that is a path',
      index: indexOf(entryOf('../a')),
      want: ["packs[0].ref: must be lower-case letters, digits, _ and -, and begin with a letter (pack '../a')"],
    },
    {
      claim: 'a ref twice',
      index: indexOf(entryOf('a'), entryOf('b'), entryOf('a')),
      want: ["packs[2].ref: another entry has this ref, on line 8 (pack 'a')"],
    },
    {
      claim: 'an entry without a label',
      index: indexOf(entryOf('a', { label: undefined })),
      want: ["packs[0].label: is missing (pack 'a')"],
    },
    {
      claim: 'a version that is none',
      index: indexOf(entryOf('a', { version: '1.0' })),
      want: ["packs[0].version: '1.0' is not a semantic version such as 1.2.0 (pack 'a')"],
    },
    {
      claim: 'a version with a v',
      index: indexOf(entryOf('a', { version: 'v1.0.0' })),
      want: ["packs[0].version: 'v1.0.0' is not a semantic version such as 1.2.0 (pack 'a')"],
    },
    {
      claim: 'a version that is a number',
      index: indexOf(entryOf('a', { version: 1 })),
      want: ['packs[0].version: expected a string but found the number 1 (quote it: "1") (pack \'a\')'],
    },
    {
      claim: 'keywords that are no list',
      index: indexOf(entryOf('a', { keywords: 'one' })),
      want: ['packs[0].keywords: expected a list but found the string "one" (pack \'a\')'],
    },
    {
      claim: 'a keyword that is a list',
      index: indexOf(entryOf('a', { keywords: ['a', []] })),
      want: ["packs[0].keywords[1]: expected a string but found a list (pack 'a')"],
    },
    {
      claim: 'no source',
      index: indexOf(entryOf('a', { install_sources: [] })),
      want: ["packs[0].install_sources: must have at least one source (pack 'a')"],
    },
    {
      claim: 'sources that are missing',
      index: indexOf(entryOf('a', { install_sources: undefined })),
      want: ["packs[0].install_sources: is missing (pack 'a')"],
    },
    {
      claim: 'a source of another type',
      index: indexOf(entryOf('a', { install_sources: [sourceOf({ type: 'svn' })] })),
      want: ["packs[0].install_sources[0].type: must be 'git' or 'archive', not 'svn' (pack 'a')"],
    },
    {
      claim: 'a git source without a ref',
      index: indexOf(entryOf('a', { install_sources: [sourceOf({ type: 'git' })] })),
      want: ["packs[0].install_sources[0].ref: is missing (pack 'a')"],
    },
    {
      claim: 'a source without a checksum',
      index: indexOf(entryOf('a', { install_sources: [sourceOf({ checksum: undefined })] })),
      want: ["packs[0].install_sources[0].checksum: is missing (pack 'a')"],
    },
    {
      claim: 'a checksum that is too short',
      index: indexOf(entryOf('a', { install_sources: [sourceOf({ checksum: 'sha256:abc' })] })),
      want: [
        "packs[0].install_sources[0].checksum: 'sha256:abc' is not a checksum that attune accepts: sha256 has 64 hexadecimal digits (pack 'a')",
      ],
    },
    {
      claim: 'contents that are no mapping',
      index: indexOf(entryOf('a', { contents: [] })),
      want: ["packs[0].contents: expected a mapping but found a list (pack 'a')"],
    },
    {
      claim: 'a negative count',
      index: indexOf(entryOf('a', { contents: { actions: -1, sensors: [], triggers: [], rules: [], workflows: [] } })),
      want: ["packs[0].contents.actions: expected a list but found the number -1 (pack 'a')"],
    },
    {
      claim: 'a component without a name',
      index: indexOf(
        entryOf('a', {
          contents: { actions: [{ description: '' }], sensors: [], triggers: [], rules: [], workflows: [] },
        }),
      ),
      want: ["packs[0].contents.actions[0].name: is missing (pack 'a')"],
    },
    {
      claim: 'a release without a version',
      index: indexOf(entryOf('a', { releases: [{ install_sources: [sourceOf()], runtime_deps: [] }] })),
      want: ["packs[0].releases[0].version: is missing (pack 'a')"],
    },
    {
      claim: 'a release of the current version',
      index: indexOf(
        entryOf('a', { releases: [{ version: '1.0.0', install_sources: [sourceOf()], runtime_deps: [] }] }),
      ),
      want: ["packs[0].releases[0].version: version 1.0.0 is there already (pack 'a')"],
    },
    {
      claim: 'a dependency that is a mapping',
      index: indexOf(entryOf('a', { dependencies: { packs: [{ core: '^1' }] } })),
      want: ["packs[0].dependencies.packs[0]: expected a string but found a mapping (pack 'a')"],
    },
  ];
  for (const { claim, index, want } of rows) {
    test(claim, () => {
      assert.deepEqual(problemsIn(index), want);
      assert.equal(refusal(index).code, 'INVALID_INDEX');
    });
  }

  test('with every problem, each with its place', () => {
    const text = '{"version": "1.0",\n "packs": [\n  {"ref": "a", "version": "x"},\n  7]}';
    assert.deepEqual(refusal(text).message.split('\n'), [
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

  test('without a warning about its age', () => {
    const reporter = collectWarnings(silentReporter);
    const bytes = Buffer.from('{"version": "1.0", "packs": [7]}');
    assert.throws(() => readIndex(bytes, 'index.json', DEFAULT_LIMITS, reporter));
    assert.deepEqual(reporter.warnings, []);
  });

  test('but a weak checksum is not a matter of reading', () => {
    const weak = sourceOf({ checksum: `md5:${'0'.repeat(32)}` });
    const { index } = read(indexOf(entryOf('a', { install_sources: [weak] })));
    assert.deepEqual(index.packs[0]?.installSources, [weak]);
  });
});

describe('an index of several megabytes, which is read in pieces,', () => {
  const description = 'word '.repeat(300);
  const entryAt = (at: number, changes = {}) => entryOf(`p${String(at).padStart(4, '0')}`, { description, ...changes });
  const large = (changesAt: (at: number) => Record<string, unknown> = () => ({})) =>
    indexOf(...Array.from({ length: 3000 }, (_, at) => entryAt(at, changesAt(at))));

  test('says what it says', () => {
    assert.ok(JSON.stringify(large()).length > 5e6);
    const { index } = read(large());
    assert.equal(index.registryName, 'Test');
    assert.equal(index.packs.length, 3000);
    for (const at of [0, 700, 1500, 2999]) {
      assert.deepEqual(index.packs[at], read(indexOf(entryAt(at))).index.packs[0]);
    }
  });

  test('is refused with all that is wrong with it, and with the lines of the file', () => {
    const late = [0, 1500, 2999];
    const spoilt = large((at) => (late.includes(at) ? { version: 'x' } : at === 2998 ? { ref: 'p0001' } : {}));
    const lines = JSON.stringify(spoilt, null, 1).split('\n');
    const wrong = lines.flatMap((line, at) => (line.includes('"version": "x"') ? [at + 1] : []));
    const again = lines.findLastIndex((line) => line.includes('"p0001"')) + 1;
    const error = refusal(spoilt);
    assert.ok(error instanceof InvalidDocument);
    assert.deepEqual(
      error.problems.map(({ line }) => line),
      [...wrong, again].sort((one, other) => one - other),
    );
  });

  test('is refused with the place when it is cut off, or has a key twice', () => {
    const text = JSON.stringify(large(), null, 1);
    const line = text.split('\n').length;
    assert.match(refusal(text.slice(0, -1)).message, new RegExp(`index\\.json:${line}:\\d+: expected ',' or '}'`));
    const position = text.lastIndexOf('"label"');
    assert.match(refusal(`${text.slice(0, position)}"ref": 1, ${text.slice(position)}`).message, /duplicate key 'ref'/);
  });

  test('has one warning for each kind of older form', () => {
    const { warnings } = read(large((at) => (at % 1000 === 7 ? { runtime_deps: undefined } : {})));
    assert.deepEqual(warnings, [
      "index.json: 3 entries have no 'runtime_deps', as in older files; the first is 'p0007'.",
    ]);
  });
});

describe('a hostile index', () => {
  test('is refused by its size before it is read', () => {
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

  test('does not get a line for each of a hundred thousand problems', () => {
    const error = refusal({ ...indexOf(), packs: Array(100_000).fill(1) });
    assert.ok(error instanceof InvalidDocument);
    assert.equal(error.problems.length, 1000);
    assert.match(error.message, /^'index\.json' is not a valid index \(the first 1000 problems\):$/m);
  });

  test('cannot reach the prototype of anything', () => {
    const text = JSON.stringify(indexOf(entryOf('a'))).replace('"label"', '"__proto__": {"label": "x"}, "constructor"');
    assert.deepEqual(problemsIn(text), ["packs[0].label: is missing (pack 'a')"]);
  });

  test('is refused when it has a key twice', () => {
    assert.match(refusal('{"packs": [], "packs": []}').message, /duplicate key 'packs'/);
  });

  test('is refused when it is nested without end', () => {
    assert.match(refusal(`{"packs": ${'['.repeat(10_000)}`).message, /nested more than 100 levels deep/);
  });
});
