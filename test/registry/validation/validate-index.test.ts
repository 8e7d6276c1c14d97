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
import { COMMIT, FAULTS, RELEASE_FAULTS, RIGHT } from '../../support/registry/invalid-indexes.ts';

const refusal = (parse: () => unknown) => {
  try {
    parse();
  } catch (error) {
    return reasonOf(error);
  }
  return undefined;
};

const grammar = {
  runtime: (text: string) => refusal(() => parseRuntime(text)),
  constraint: (text: string) => refusal(() => parseConstraint(text)),
};

function bytesOf(index: unknown): Buffer {
  if (Buffer.isBuffer(index)) return index;
  return Buffer.from(typeof index === 'string' ? index : JSON.stringify(index, null, 1));
}

function validate(index: unknown, profile: Profile, location = 'index.json') {
  return validateIndex(bytesOf(index), location, { profile, grammar, limits: DEFAULT_LIMITS });
}

const found = (index: unknown, profile: Profile = 'local', location?: string) =>
  validate(index, profile, location).diagnostics();

/** The rest of the line from a position on. */
function textAt(index: unknown, { line, column }: { line: number; column: number }): string {
  return (bytesOf(index).toString().split('\n')[line - 1] ?? '').slice(column - 1);
}

describe('the public index is right under both profiles, to the last warning', () => {
  const bytes = readFileSync(new URL('../../../fixtures/registry/public-index.json', import.meta.url));
  for (const profile of PROFILES) {
    test(profile, () => {
      const validated = validate(bytes, profile);
      assert.deepEqual(validated.diagnostics(), []);
      assert.equal(validated.entries, 44);
      assert.equal(validated.sources.length, 88);
    });
  }
});

describe('nothing is said of', () => {
  for (const { claim, index } of RIGHT) test(claim, () => assert.deepEqual(found(index), []));
});

describe('alone, with its code, its place and its weight, is told', () => {
  for (const { claim, index, location, code, path, at, says, ...weights } of FAULTS) {
    for (const profile of PROFILES) {
      test(`${claim}, under ${profile}`, () => {
        const diagnostics = found(index, profile, location);
        if (weights[profile] === 'off') {
          assert.deepEqual(diagnostics, []);
          return;
        }
        assert.deepEqual(
          diagnostics.map((one) => [one.code, one.severity, one.path]),
          [[code, weights[profile], path]],
        );
        const [diagnostic] = diagnostics;
        assert.ok(diagnostic);
        assert.ok(textAt(index, diagnostic).startsWith(at), `at ${textAt(index, diagnostic)}`);
        assert.match(diagnostic.message, says);
        assert.match(diagnostic.fix, /\w.*[.?]$/s);
      });
    }
  }

  for (const { claim, index, code, local, path, at, says } of RELEASE_FAULTS) {
    test(claim, () => {
      const diagnostics = found(index);
      assert.deepEqual(
        diagnostics.map((one) => [one.code, one.severity, one.path]),
        [[code, local, path]],
      );
      assert.ok(textAt(index, diagnostics[0]!).startsWith(at));
      assert.match(diagnostics[0]!.message, says);
    });
  }

  test('every code there is', () => {
    const told = new Set([...FAULTS, ...RELEASE_FAULTS].map(({ code }) => code));
    const elsewhere = Object.keys(INDEX_CODES).filter((code) => !told.has(code as keyof typeof INDEX_CODES));
    assert.deepEqual(elsewhere, [
      'too-many-problems',
      'source-unreachable',
      'source-missing',
      'source-checksum',
      'source-identity',
      'source-invalid',
    ]);
  });
});

describe('a place', () => {
  const text = `{"version": "1.0", "registry_name": "a", "registry_url": "https://a.example",
 "last_updated": "2026-08-22T01:53:58Z",
 "packs": [
  {"ref": "a", "label": "A", "description": "", "version": "1.0", "author": "B", "license": "MIT",
   "keywords": [], "runtime_deps": [], "contents": {"actions": 1, "sensors": [], "triggers": [], "rules": [], "workflows": []},
   "install_sources": [{"type": "git", "ref": "-x", "url": "ftp://a/b", "checksum": "x"}]}]}`;

  test('is a line and a column, from 1, in the order of the file', () => {
    assert.deepEqual(
      found(text).map(({ code, line, column }) => `${line}:${column} ${code}`),
      ['4:49 invalid-version', '5:53 older-form', '6:40 invalid-git-ref', '6:53 invalid-url', '6:73 invalid-checksum'],
    );
  });

  test('is known in YAML as well', () => {
    const yaml = `version: "1.0"\nregistry_name: A\nregistry_url: https://a.example\nlast_updated: "2026-08-22T01:53:58Z"\npacks:\n  - ref: Big\n    label: 3\n`;
    const [type, ref] = ['wrong-type', 'invalid-ref'].map((code) =>
      found(yaml, 'local', 'index.yaml').find((one) => one.code === code),
    );
    assert.deepEqual([ref?.line, ref?.column, ref?.path], [6, 5, '/packs/0/ref']);
    assert.deepEqual([type?.line, type?.column], [7, 5]);
    assert.match(type?.message ?? '', /^packs\[0\]\.label: .*\(quote it: "3"\) \(pack 'Big'\)$/);
  });
});

describe('an index in JSON is gone through piece by piece, and told like one that is read as a whole:', () => {
  // JSON is YAML, which is read as a whole.
  const whole = (index: unknown) => found(index, 'standard', 'index.yaml');
  const documents = [...FAULTS, ...RELEASE_FAULTS].filter(({ code }) => code !== 'syntax' && code !== 'not-an-index');
  const forms: Record<string, (text: string) => string> = {
    'in one line': (text) => JSON.stringify(JSON.parse(text)),
    'with CR LF': (text) => text.replaceAll('\n', '\r\n'),
    'with a byte order mark': (text) => `\u{FEFF}${text}`,
    'with letters of several bytes': (text) => text.replaceAll('A label', '\u{1F600} \u{FB00}'),
  };
  for (const [form, spell] of Object.entries(forms)) {
    test(form, () => {
      for (const { index, claim } of documents) {
        const text = spell(JSON.stringify(index, null, 1));
        assert.deepEqual(found(text, 'standard'), whole(text), claim);
      }
    });
  }

  test('over the borders of the pieces', () => {
    const late = [0, 1, 1500, 2998, 2999];
    const entries = Array.from({ length: 3000 }, (_, at) =>
      entryOf(`p${String(at).padStart(4, '0')}`, late.includes(at) ? { version: 'x', license: undefined } : {}),
    );
    const index = indexOf(...entries, entryOf('p0001'), 7);
    assert.ok(bytesOf(index).length > 1.2 * 1024 * 1024);
    const diagnostics = found(index);
    assert.deepEqual(
      diagnostics.map(({ code, path }) => `${path} ${code}`),
      [
        ...late.flatMap((at) => [`/packs/${at}/license missing-field`, `/packs/${at}/version invalid-version`]),
        '/packs/3000/ref duplicate-ref',
        '/packs/3000/ref unsorted-refs',
        '/packs/3001 wrong-type',
      ],
    );
    for (const one of diagnostics.filter(({ code }) => code === 'invalid-version'))
      assert.ok(textAt(index, one).startsWith('"version": "x"'));
    assert.equal(validate(index, 'local').sources.length, 2996);
  });

  test('a slip in the last entry is found by reading the whole', () => {
    const text = JSON.stringify(indexOf(entryOf('a'), entryOf('b')), null, 1).replace(
      '"label": "A label"',
      '"label": tru',
    );
    const [diagnostic, ...more] = found(text);
    assert.deepEqual([diagnostic?.code, diagnostic?.line, more.length], ['syntax', 9, 0]);
  });
});

test('all problems are told at once, also those of one source', () => {
  const bad = {
    type: 'git',
    url: 'http://a:b@packs.example/a.git?x#y',
    ref: 'main',
    checksum: `md5:${'0'.repeat(32)}`,
  };
  const codes = found(indexOf(entryOf('a', { install_sources: [bad] })), 'standard').map(({ code }) => code);
  assert.deepEqual(codes.toSorted(), [
    'git-ref-not-commit',
    'url-credentials',
    'url-fragment',
    'url-not-https',
    'url-query',
    'weak-checksum',
  ]);
});

test('what was meant by an unknown field is suggested, unless it is there', () => {
  const [meant] = found(indexOf(entryOf('a', { homepge: 'x' })));
  assert.equal(meant?.fix, "Did you mean 'homepage'?");
  const [both] = found(indexOf(entryOf('a', { homepage: 'x', homepge: 'x' })));
  assert.equal(both?.fix, INDEX_CODES['unknown-field'].fix);
});

test('a password is in no message', () => {
  for (const url of ['http://me:hunter2@packs.example/a', 'ftp://me:hunter2@packs.example/a', 'https://me:hunter2@']) {
    const text = JSON.stringify(found(indexOf(entryOf('a', { install_sources: [sourceOf({ url })] })), 'standard'));
    assert.doesNotMatch(text, /hunter2/);
  }
});

test('the sources that can be fetched are listed, those of releases and those at the wrong place too', () => {
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

describe('a hostile index', () => {
  test('does not get a diagnostic for each of a million problems', () => {
    const diagnostics = found({ ...indexOf(), packs: Array(150_000).fill(1) });
    assert.equal(diagnostics.length, 100_001);
    assert.equal(diagnostics[0]?.code, 'too-many-problems');
  });

  test('does not get its megabyte of a version back', () => {
    const [diagnostic] = found(indexOf(entryOf('a', { version: 'x'.repeat(1_000_000) })));
    assert.ok(diagnostic && diagnostic.message.length <= 2000);
  });

  test('is refused by its size before it is read', () => {
    const limits = { ...DEFAULT_LIMITS, indexBytes: 10 };
    const attempt = () =>
      validateIndex(Buffer.from('{'.repeat(11)), 'index.json', { profile: 'local', grammar, limits });
    assert.throws(attempt, (error) => error instanceof AttuneError && error.code === 'INVALID_INDEX');
  });
});

test('whatever an index holds, it is read if and only if nothing is wrong with its form', () => {
  const value = fc.oneof(fc.jsonValue({ maxDepth: 3 }), fc.constantFrom(undefined, [], {}, '', '1.0.0', null));
  const keys = Object.keys(entryOf('a', { dependencies: {}, meta: {}, releases: [] }));
  // What only validation asks for.
  const beyondReading = ['invalid-timestamp', 'invalid-requirement', 'url-credentials', 'invalid-git-ref'];
  fc.assert(
    fc.property(fc.constantFrom(...keys), value, (key, held) => {
      const index = indexOf(entryOf('a', { [key]: held }));
      const errors = found(index).filter(({ severity, code, message }) => {
        const readable = beyondReading.includes(code) || (code === 'invalid-url' && !message.includes('empty'));
        return severity === 'error' && !readable;
      });
      const read = refusal(() => readIndex(bytesOf(index), 'index.json', DEFAULT_LIMITS, silentReporter));
      assert.equal(read === undefined, errors.length === 0, JSON.stringify(errors));
    }),
    { numRuns: 300 },
  );
});

test('the page about the codes has each of them, with its weights, and no other', () => {
  const page = readFileSync(new URL('../../../docs/index-validation.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (\w+) \| (\w+) \|/gm)].map(([, ...cells]) => cells);
  const want = Object.entries(INDEX_CODES).map(([code, { local, standard }]) => [code, local, standard]);
  assert.deepEqual(rows.toSorted(), want.toSorted());
});
