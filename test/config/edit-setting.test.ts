import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { removeSetting, setSetting } from '../../src/config/edit-setting.ts';
import { ConfigNotEditable } from '../../src/config/yaml-text.ts';
import { readYaml } from '../../src/documents/yaml/yaml.ts';
import { AttuneError } from '../../src/errors.ts';
import { DEFAULT_LIMITS } from '../../src/limits.ts';

const FILE = 'settings.yaml';
type Path = readonly (string | number)[];

const set = (text: string, path: Path, value: unknown) => setSetting(Buffer.from(text), FILE, path, value).toString();
const removed = (text: string, path: Path) => removeSetting(Buffer.from(text), FILE, path)?.toString();
const parse = (text: string) => readYaml(Buffer.from(text), FILE, DEFAULT_LIMITS).value;

const SETS: readonly { claim: string; text: string; path: Path; value: unknown; want: string }[] = [
  { claim: 'in an empty file', text: '', path: ['keep_releases'], value: 3, want: 'keep_releases: 3\n' },
  {
    claim: 'in a file of comments, with its section',
    text: '# mine\n',
    path: ['pack_registry', 'cache_ttl'],
    value: 60,
    want: '# mine\npack_registry:\n  cache_ttl: 60\n',
  },
  {
    claim: 'in place, keeping the comment behind it and all spaces',
    text: 'keep_releases:   2   # two\n\n# end\n',
    path: ['keep_releases'],
    value: 5,
    want: 'keep_releases:   5   # two\n\n# end\n',
  },
  {
    claim: 'behind the other settings of its section, with their indentation',
    text: 'pack_registry:\n    timeout: 9   # nine\n\n# about downloads\ndownloads: {}\n',
    path: ['pack_registry', 'cache_ttl'],
    value: 60,
    want: 'pack_registry:\n    timeout: 9   # nine\n    cache_ttl: 60\n\n# about downloads\ndownloads: {}\n',
  },
  {
    claim: 'in an empty section',
    text: 'pack_registry: # soon\nkeep_releases: 2\n',
    path: ['pack_registry', 'cache_ttl'],
    value: 60,
    want: 'pack_registry: # soon\n  cache_ttl: 60\nkeep_releases: 2\n',
  },
  {
    claim: 'behind a key without a value, keeping its comment',
    text: 'downloads:\n  attempts: # soon\nkeep_releases:\n',
    path: ['downloads', 'attempts'],
    value: 1,
    want: 'downloads:\n  attempts: 1 # soon\nkeep_releases:\n',
  },
  {
    claim: 'in a section in braces',
    text: 'downloads: { attempts: 3 } # few\n',
    path: ['downloads', 'cache_bytes'],
    value: 0,
    want: 'downloads: { attempts: 3, cache_bytes: 0 } # few\n',
  },
  {
    claim: 'in empty braces',
    text: 'downloads: {}\n',
    path: ['downloads', 'attempts'],
    value: 1,
    want: 'downloads: { attempts: 1 }\n',
  },
  {
    claim: 'with the line ends of the file',
    text: 'keep_releases: 2\r\n',
    path: ['downloads', 'attempts'],
    value: 1,
    want: 'keep_releases: 2\r\ndownloads:\r\n  attempts: 1\r\n',
  },
  {
    claim: 'behind a byte order mark',
    text: '\u{FEFF}keep_releases: 2\n',
    path: ['keep_releases'],
    value: 3,
    want: '\u{FEFF}keep_releases: 3\n',
  },
  {
    claim: 'behind a last line without a line break',
    text: 'keep_releases: 2',
    path: ['min_release_age'],
    value: '7d',
    want: 'keep_releases: 2\nmin_release_age: 7d\n',
  },
  {
    claim: 'with quotes if the text would be read as another type',
    text: 'min_release_age: off\n',
    path: ['min_release_age'],
    value: '12',
    want: 'min_release_age: "12"\n',
  },
  {
    claim: 'as a list in place of a list in brackets',
    text: 'testing: { wheels: [a, b] }\n',
    path: ['testing', 'wheels'],
    value: ['c'],
    want: 'testing: { wheels: [ c ] }\n',
  },
  {
    claim: 'as a list in place of a list of lines, keeping comments elsewhere',
    text: '# top\ntesting:\n  wheels:\n    - a\n    - b\n# end\n',
    path: ['testing', 'wheels'],
    value: ['c'],
    want: '# top\ntesting:\n  wheels:\n    - c\n# end\n',
  },
  {
    claim: 'under a key with dots, slashes and colons',
    text: 'pack_registry:\n  mirrors:\n    "https://a.example/": /a\n',
    path: ['pack_registry', 'mirrors', 'https://b.example/x: y #z'],
    value: '/b',
    want: 'pack_registry:\n  mirrors:\n    "https://a.example/": /a\n    "https://b.example/x: y #z": /b\n',
  },
  {
    claim: 'in an item of a list',
    text: 'pack_registry:\n  indices:\n    - name: a # the a\n      url: b\n    - { name: c, url: d }\n',
    path: ['pack_registry', 'indices', 1, 'url'],
    value: 'e',
    want: 'pack_registry:\n  indices:\n    - name: a # the a\n      url: b\n    - { name: c, url: e }\n',
  },
];

describe('setSetting: a value is set', () => {
  for (const { claim, text, path, value, want } of SETS) {
    test(claim, () => assert.equal(set(text, path, value), want));
  }
});

const REMOVALS: readonly { claim: string; text: string; path: Path; want: string | undefined }[] = [
  {
    claim: 'with the comment behind it, keeping the comments above it',
    text: '# above\nkeep_releases: 2 # two\n# below\n',
    path: ['keep_releases'],
    want: '# above\n# below\n',
  },
  {
    claim: 'from a section, which stays',
    text: 'downloads:\n  # why\n  attempts: 1\nkeep_releases: 2\n',
    path: ['downloads', 'attempts'],
    want: 'downloads:\n  # why\nkeep_releases: 2\n',
  },
  {
    claim: 'with all its lines',
    text: 'testing:\n  wheels:\n    - a\n    - b\n  processes: 9\n',
    path: ['testing', 'wheels'],
    want: 'testing:\n  processes: 9\n',
  },
  { claim: 'from braces', text: 'a: { b: 1, c: 2 }\n', path: ['a', 'b'], want: 'a: { c: 2 }\n' },
  { claim: 'only if the file has it', text: 'a: 1\n', path: ['b'], want: undefined },
  { claim: 'only if its section has it', text: 'a:\n', path: ['a', 'b'], want: undefined },
];

describe('removeSetting: a value is removed', () => {
  for (const { claim, text, path, want } of REMOVALS) {
    test(claim, () => assert.equal(removed(text, path), want));
  }
});

test('removeSetting: an item of a list is removed, and the other items keep their values', () => {
  const text = 'pack_registry:\n  indices:\n    - { name: a, url: b } # first\n    - name: c\n      url: d\n';
  assert.deepEqual(parse(removed(text, ['pack_registry', 'indices', 0]) ?? ''), {
    pack_registry: { indices: [{ name: 'c', url: 'd' }] },
  });
});

test('setSetting: a value that another part of the file refers to is not edited', () => {
  const text = 'downloads: &d { attempts: 1 }\nlimits: *d\n';
  assert.throws(() => set(text, ['downloads', 'attempts'], 2), ConfigNotEditable);
});

const key = fc.constantFrom('a', 'b', 'c.d', 'e: f', '- g', '', 'null', '#h');
const scalar = fc.oneof(fc.integer(), fc.boolean(), fc.string({ unit: 'binary', maxLength: 9 }));
const mapping = fc.dictionary(key, fc.oneof(scalar, fc.dictionary(key, scalar)));
const written = fc.oneof(
  mapping.map((value) => JSON.stringify(value)),
  mapping.map((value) => `${JSON.stringify(value, null, 2)}\n`),
  fc.constant('# only\n'),
  fc.constant('a:\nb:\n  # inner\n  c.d: 1\n\n\n# end'),
);

test('setSetting and removeSetting: whatever they accept, the value is set and removed, and nothing else changes', () => {
  const paths = fc.array(key, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(written, paths, scalar, (text, path, value) => {
      let edited: string;
      try {
        edited = set(text, path, value);
      } catch (error) {
        if (error instanceof AttuneError) return;
        throw error;
      }
      const at = (document: unknown) =>
        path.reduce<unknown>((one, step) => (one as Record<string, unknown> | null)?.[step], document);
      assert.deepEqual(at(parse(edited)), value);
      const after = removed(edited, path);
      assert.ok(after !== undefined);
      assert.equal(at(parse(after)), undefined);
    }),
    { numRuns: 300 },
  );
});
