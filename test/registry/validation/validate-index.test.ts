import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { AttuneError, reasonOf } from '../../../src/errors.ts';
import { DEFAULT_LIMITS } from '../../../src/limits.ts';
import { silentReporter } from '../../../src/platform/reporter.ts';
import { INDEX_CODES, PROFILES, type Profile } from '../../../src/registry/index/codes.ts';
import { readIndex } from '../../../src/registry/index/read-index.ts';
import { validateIndex } from '../../../src/registry/validation/validate-index.ts';
import { parseConstraint } from '../../../src/resolver/constraint.ts';
import { parseRuntime } from '../../../src/resolver/runtimes/check-runtimes.ts';
import { entryOf, indexOf, sourceOf } from '../../support/registry/index.ts';
import { COMMIT, INVALID_INDEXES, INVALID_RELEASES, VALID_INDEXES } from '../../support/registry/invalid-indexes.ts';

const errorOf = (parse: () => unknown) => {
  try {
    parse();
  } catch (error) {
    return reasonOf(error);
  }
  return undefined;
};

const grammar = {
  runtime: (text: string) => errorOf(() => parseRuntime(text)),
  constraint: (text: string) => errorOf(() => parseConstraint(text)),
};

function bytesOf(index: unknown): Buffer {
  if (Buffer.isBuffer(index)) return index;
  return Buffer.from(typeof index === 'string' ? index : JSON.stringify(index, null, 1));
}

function validate(index: unknown, profile: Profile, location = 'index.json') {
  return validateIndex(bytesOf(index), location, { profile, grammar, limits: DEFAULT_LIMITS, remote: false });
}

const diagnosticsOf = (index: unknown, profile: Profile = 'local', location?: string) =>
  validate(index, profile, location).diagnostics();

/** Returns the rest of the line from a position. */
function textAt(index: unknown, { line, column }: { line: number; column: number }): string {
  return (bytesOf(index).toString().split('\n')[line - 1] ?? '').slice(column - 1);
}

describe('validateIndex: the public index', () => {
  const bytes = readFileSync(new URL('../../../fixtures/registry/public-index.json', import.meta.url));
  for (const profile of PROFILES) {
    test(`validateIndex: the public index has no diagnostics with profile ${profile}`, () => {
      const validated = validate(bytes, profile);
      assert.deepEqual(validated.diagnostics(), []);
      assert.equal(validated.entries, 44);
      assert.equal(validated.sources.length, 88);
    });
  }
});

describe('validateIndex: valid indexes', () => {
  for (const { title, index } of VALID_INDEXES)
    test(`validateIndex: ${title} has no diagnostics`, () => assert.deepEqual(diagnosticsOf(index), []));
});

describe('validateIndex: invalid indexes', () => {
  for (const { title, index, location, code, path, at, message, ...severities } of INVALID_INDEXES) {
    for (const profile of PROFILES) {
      const severity = severities[profile];
      const outcome = severity === 'off' ? `does not report ${code}` : `reports the ${severity} ${code}`;
      test(`validateIndex: ${title} ${outcome} with profile ${profile}`, () => {
        const diagnostics = diagnosticsOf(index, profile, location);
        if (severity === 'off') {
          assert.deepEqual(diagnostics, []);
          return;
        }
        assert.deepEqual(
          diagnostics.map((one) => [one.code, one.severity, one.path]),
          [[code, severity, path]],
        );
        const [diagnostic] = diagnostics;
        assert.ok(diagnostic);
        assert.ok(textAt(index, diagnostic).startsWith(at), `at ${textAt(index, diagnostic)}`);
        assert.match(diagnostic.message, message);
        assert.match(diagnostic.fix, /\w.*[.?]$/s);
      });
    }
  }

  for (const { title, index, code, local, path, at, message } of INVALID_RELEASES) {
    test(`validateIndex: ${title} reports the ${local} ${code}`, () => {
      const diagnostics = diagnosticsOf(index);
      assert.deepEqual(
        diagnostics.map((one) => [one.code, one.severity, one.path]),
        [[code, local, path]],
      );
      assert.ok(textAt(index, diagnostics[0]!).startsWith(at));
      assert.match(diagnostics[0]!.message, message);
    });
  }

  test('validateIndex: the tables of invalid indexes cover every code that is not tested elsewhere', () => {
    const covered = new Set([...INVALID_INDEXES, ...INVALID_RELEASES].map(({ code }) => code));
    const others = Object.keys(INDEX_CODES).filter((code) => !covered.has(code as keyof typeof INDEX_CODES));
    assert.deepEqual(others, [
      'too-many-problems',
      'local-source',
      'source-unreachable',
      'source-missing',
      'source-checksum',
      'source-identity',
      'source-invalid',
    ]);
  });
});

describe('validateIndex: positions', () => {
  const text = `{"version": "1.0", "registry_name": "a", "registry_url": "https://a.example",
 "last_updated": "2026-08-22T01:53:58Z",
 "packs": [
  {"ref": "a", "label": "A", "description": "", "version": "1.0", "author": "B", "license": "MIT",
   "keywords": [], "runtime_deps": [], "contents": {"actions": 1, "sensors": [], "triggers": [], "rules": [], "workflows": []},
   "install_sources": [{"type": "git", "ref": "-x", "url": "ftp://a/b", "checksum": "x"}]}]}`;

  test('validateIndex: diagnostics are in file order with lines and columns from 1', () => {
    assert.deepEqual(
      diagnosticsOf(text).map(({ code, line, column }) => `${line}:${column} ${code}`),
      ['4:49 invalid-version', '5:53 older-form', '6:40 invalid-git-ref', '6:53 invalid-url', '6:73 invalid-checksum'],
    );
  });

  test('validateIndex: diagnostics of a YAML index have lines and columns', () => {
    const yaml = `version: "1.0"\nregistry_name: A\nregistry_url: https://a.example\nlast_updated: "2026-08-22T01:53:58Z"\npacks:\n  - ref: Big\n    label: 3\n`;
    const [type, ref] = ['wrong-type', 'invalid-ref'].map((code) =>
      diagnosticsOf(yaml, 'local', 'index.yaml').find((one) => one.code === code),
    );
    assert.deepEqual([ref?.line, ref?.column, ref?.path], [6, 5, '/packs/0/ref']);
    assert.deepEqual([type?.line, type?.column], [7, 5]);
    assert.match(type?.message ?? '', /^packs\[0\]\.label: .*\(quote it: "3"\) \(pack 'Big'\)$/);
  });
});

describe('validateIndex: chunked reading of JSON', () => {
  // A .yaml location makes the reader parse the same JSON as a whole.
  const readWhole = (index: unknown) => diagnosticsOf(index, 'standard', 'index.yaml');
  const documents = [...INVALID_INDEXES, ...INVALID_RELEASES].filter(
    ({ code }) => code !== 'syntax' && code !== 'not-an-index',
  );
  const forms: Record<string, (text: string) => string> = {
    'on one line': (text) => JSON.stringify(JSON.parse(text)),
    'with CR LF': (text) => text.replaceAll('\n', '\r\n'),
    'with a byte order mark': (text) => `\u{FEFF}${text}`,
    'with multi-byte characters': (text) => text.replaceAll('A label', '\u{1F600} \u{FB00}'),
  };
  for (const [form, convert] of Object.entries(forms)) {
    test(`validateIndex: JSON ${form} has the same diagnostics in chunks as in one piece`, () => {
      for (const { index, title } of documents) {
        const text = convert(JSON.stringify(index, null, 1));
        assert.deepEqual(diagnosticsOf(text, 'standard'), readWhole(text), title);
      }
    });
  }

  test('validateIndex: paths, positions and sources are correct across chunk boundaries', () => {
    const late = [0, 1, 1500, 2998, 2999];
    const entries = Array.from({ length: 3000 }, (_, i) =>
      entryOf(`p${String(i).padStart(4, '0')}`, late.includes(i) ? { version: 'x', license: undefined } : {}),
    );
    const index = indexOf(...entries, entryOf('p0001'), 7);
    assert.ok(bytesOf(index).length > 1.2 * 1024 * 1024);
    const diagnostics = diagnosticsOf(index);
    assert.deepEqual(
      diagnostics.map(({ code, path }) => `${path} ${code}`),
      [
        ...late.flatMap((i) => [`/packs/${i}/license missing-field`, `/packs/${i}/version invalid-version`]),
        '/packs/3000/ref duplicate-ref',
        '/packs/3000/ref unsorted-refs',
        '/packs/3001 wrong-type',
      ],
    );
    for (const one of diagnostics.filter(({ code }) => code === 'invalid-version'))
      assert.ok(textAt(index, one).startsWith('"version": "x"'));
    assert.equal(validate(index, 'local').sources.length, 2996);
  });

  test('validateIndex: a syntax error in an entry is reported with its line', () => {
    const text = JSON.stringify(indexOf(entryOf('a'), entryOf('b')), null, 1).replace(
      '"label": "A label"',
      '"label": tru',
    );
    const [diagnostic, ...more] = diagnosticsOf(text);
    assert.deepEqual([diagnostic?.code, diagnostic?.line, more.length], ['syntax', 9, 0]);
  });
});

test('validateIndex: all problems of one source are reported', () => {
  const bad = {
    type: 'git',
    url: 'http://a:b@packs.example/a.git?x#y',
    ref: 'main',
    checksum: `md5:${'0'.repeat(32)}`,
  };
  const codes = diagnosticsOf(indexOf(entryOf('a', { install_sources: [bad] })), 'standard').map(({ code }) => code);
  assert.deepEqual(codes.toSorted(), [
    'git-ref-not-commit',
    'url-credentials',
    'url-fragment',
    'url-not-https',
    'url-query',
    'weak-checksum',
  ]);
});

test('validateIndex: an unknown field suggests the most similar field that is not present', () => {
  const [misspelled] = diagnosticsOf(indexOf(entryOf('a', { homepge: 'x' })));
  assert.equal(misspelled?.fix, "Did you mean 'homepage'?");
  const [both] = diagnosticsOf(indexOf(entryOf('a', { homepage: 'x', homepge: 'x' })));
  assert.equal(both?.fix, INDEX_CODES['unknown-field'].fix);
});

describe('validateIndex: sources of an index that is read over a network', () => {
  const rows: { url: string; type?: 'git'; refused: boolean }[] = [
    { url: 'https://packs.example/a.tgz', refused: false },
    { url: 'a.tgz', refused: false },
    { url: '/srv/a.tgz', refused: false },
    { url: 'git@packs.example:org/a.git', type: 'git', refused: false },
    { url: 'ssh://git@packs.example/a.git', type: 'git', refused: false },
    { url: 'git+ssh://git@packs.example/a.git', type: 'git', refused: false },
    { url: 'file:///srv/a.tgz', refused: true },
    { url: 'FILE:///srv/a.tgz', refused: true },
    { url: ' file:///srv/a.tgz', refused: true },
    { url: '\tfi\nle:///srv/a.tgz', refused: true },
    { url: 'file:a.tgz', refused: true },
    { url: 'C:\\packs\\a.tgz', refused: true },
    { url: 'packs@drive:/srv/a.tgz', refused: true },
    { url: 'git+file:///srv/a.git', type: 'git', refused: true },
  ];
  for (const { url, type = 'archive', refused } of rows) {
    test(`validateIndex: the ${type} URL ${JSON.stringify(url)} of a remote index is ${refused ? 'an error' : 'accepted'}`, () => {
      const index = indexOf(entryOf('a', { install_sources: [sourceOf({ type, url, ref: 'v1' })] }));
      const validated = validateIndex(bytesOf(index), 'index.json', {
        profile: 'local',
        grammar,
        limits: DEFAULT_LIMITS,
        remote: true,
      });
      const found = validated.diagnostics().filter(({ code }) => code === 'local-source');
      assert.deepEqual(
        found.map(({ severity, path }) => [severity, path]),
        refused ? [['error', '/packs/0/install_sources/0/url']] : [],
      );
      assert.equal(validated.sources.length, refused ? 0 : 1);
    });
  }
});

test('validateIndex: messages do not contain passwords', () => {
  for (const url of ['http://me:hunter2@packs.example/a', 'ftp://me:hunter2@packs.example/a', 'https://me:hunter2@']) {
    const text = JSON.stringify(
      diagnosticsOf(indexOf(entryOf('a', { install_sources: [sourceOf({ url })] })), 'standard'),
    );
    assert.doesNotMatch(text, /hunter2/);
  }
});

test('validateIndex: well-formed sources of entries and releases are listed', () => {
  const index = indexOf(
    entryOf('a', {
      install_sources: [sourceOf({ checksum: 'x' }), sourceOf({ url: 'http://a.example' }), sourceOf({ type: 'svn' })],
      releases: [{ version: '0.9.0', runtime_deps: [], install_sources: [sourceOf({ type: 'git', ref: COMMIT })] }],
    }),
    entryOf('B'),
    entryOf('c', { version: 'x' }),
  );
  assert.deepEqual(
    validate(index, 'local').sources.map(({ ref, version, path }) => [ref, version, path.join('.')]),
    [
      ['a', '1.0.0', 'packs.0.install_sources.1'],
      ['a', '0.9.0', 'packs.0.releases.0.install_sources.0'],
    ],
  );
});

describe('validateIndex: hostile indexes', () => {
  test('validateIndex: reports at most 100,000 problems', () => {
    const diagnostics = diagnosticsOf({ ...indexOf(), packs: Array(150_000).fill(1) });
    assert.equal(diagnostics.length, 100_001);
    assert.equal(diagnostics[0]?.code, 'too-many-problems');
  });

  test('validateIndex: of 10,000 unknown fields of one mapping, 1,000 are listed and the rest is counted', () => {
    const unknown = Object.fromEntries(Array.from({ length: 10_000 }, (_, position) => [`field${position}`, position]));
    for (const index of [indexOf(entryOf('a', unknown)), { ...indexOf(entryOf('a')), ...unknown }]) {
      const diagnostics = diagnosticsOf(index);
      assert.equal(diagnostics.length, 1001);
      assert.match(
        diagnostics[1000]!.message,
        /field1000: is the first of 9,000 further fields that the format does not have/,
      );
      assert.match(textAt(index, diagnostics[1000]!), /^"field1000"/);
    }
  });

  test('validateIndex: a message that quotes a long value is shortened', () => {
    const [diagnostic] = diagnosticsOf(indexOf(entryOf('a', { version: 'x'.repeat(1_000_000) })));
    assert.ok(diagnostic && diagnostic.message.length <= 2000);
  });

  test('validateIndex: an index above the size limit is refused without being parsed', () => {
    const limits = { ...DEFAULT_LIMITS, indexBytes: 10 };
    const attempt = () =>
      validateIndex(Buffer.from('{'.repeat(11)), 'index.json', { profile: 'local', grammar, limits, remote: false });
    assert.throws(attempt, (error) => error instanceof AttuneError && error.code === 'INVALID_INDEX');
  });
});

test('validateIndex: an index without errors of form, and no other, can be read', () => {
  const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom(undefined, [], {}, '', '1.0.0', null));
  const keys = Object.keys(entryOf('a', { dependencies: {}, meta: {}, releases: [] }));
  // Codes of the validation rules, which reading does not check.
  const beyondReading = ['invalid-timestamp', 'invalid-requirement', 'url-credentials', 'invalid-git-ref'];
  fc.assert(
    fc.property(fc.constantFrom(...keys), value, (key, fieldValue) => {
      const index = indexOf(entryOf('a', { [key]: fieldValue }));
      const errors = diagnosticsOf(index).filter(({ severity, code, message }) => {
        const readable = beyondReading.includes(code) || (code === 'invalid-url' && !message.includes('empty'));
        return severity === 'error' && !readable;
      });
      const error = errorOf(() => readIndex(bytesOf(index), 'index.json', DEFAULT_LIMITS, silentReporter));
      assert.equal(error === undefined, errors.length === 0, JSON.stringify(errors));
    }),
    { numRuns: 300 },
  );
});

test('docs/index-validation.md: lists exactly the codes of INDEX_CODES with their severities', () => {
  const page = readFileSync(new URL('../../../docs/index-validation.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (\w+) \| (\w+) \|/gm)].map(([, ...cells]) => cells);
  const want = Object.entries(INDEX_CODES).map(([code, { local, standard }]) => [code, local, standard]);
  assert.deepEqual(rows.toSorted(), want.toSorted());
});
