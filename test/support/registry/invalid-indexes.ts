import type { IndexCode } from '../../../src/registry/index/codes.ts';
import { entryOf, indexOf, sourceOf } from './index.ts';

type Severity = 'error' | 'warning' | 'off';

/** An index with a single problem. */
export interface InvalidIndex {
  readonly title: string;
  /** The document as a value, or as text or bytes if JSON cannot represent it. */
  readonly index: unknown;
  readonly location?: string | undefined;
  readonly code: IndexCode;
  readonly local: Severity;
  readonly standard: Severity;
  /** The JSON pointer of the problem. */
  readonly path: string;
  /** The text at the reported line and column. */
  readonly at: string;
  /** Matches the message. */
  readonly message: RegExp;
  /** True if the JSON Schema rejects the index as well. */
  readonly schemaRejects: boolean;
}

/** The columns of the tables below; see `InvalidIndex`. */
type Row = readonly [title: string, index: unknown, path: string, at: string, message: RegExp, location?: string];

export const COMMIT = '0ca87f5d99b7e82c145a3d5c4ef5fb0b8228c5c2';
const SHA256 = `sha256:${'a'.repeat(64)}`;

const ERROR = { local: 'error', standard: 'error' } as const;
const WARNING = { local: 'warning', standard: 'warning' } as const;
const STRICTER = { local: 'warning', standard: 'error' } as const;
const PUBLIC_ONLY = { local: 'off', standard: 'error' } as const;
const BY_SCHEMA = { schemaRejects: true } as const;
const NOT_BY_SCHEMA = { schemaRejects: false } as const;

const pack = (changes: Record<string, unknown>) => indexOf(entryOf('a', changes));
const source = (changes: Record<string, unknown>) => pack({ install_sources: [sourceOf(changes)] });
const git = (changes: Record<string, unknown> = {}) =>
  source({ type: 'git', url: 'https://packs.example/a.git', ref: COMMIT, ...changes });
const head = (changes: Record<string, unknown>) => ({ ...indexOf(entryOf('a')), ...changes });
const release = (changes: Record<string, unknown>) =>
  pack({ releases: [{ version: '0.9.0', install_sources: [sourceOf()], runtime_deps: [], ...changes }] });
const contents = (changes: Record<string, unknown>) =>
  pack({ contents: { actions: [], sensors: [], triggers: [], rules: [], workflows: [], ...changes } });

function table(
  code: IndexCode,
  { local, standard }: Pick<InvalidIndex, 'local' | 'standard'>,
  { schemaRejects }: Pick<InvalidIndex, 'schemaRejects'>,
  rows: readonly Row[],
): InvalidIndex[] {
  return rows.map(([title, index, path, at, message, location]) => {
    return { title, index, location, code, local, standard, path, at, message, schemaRejects };
  });
}

const ENTRY = '/packs/0';
const SOURCE = `${ENTRY}/install_sources/0`;
const SOURCE_URL = `${SOURCE}/url`;
const MISSING = /is missing/;
const NOT_HTTPS = /not an https URL/;
const NOT_A_FIELD = /is not a field/;

const DOCUMENTS: readonly InvalidIndex[] = [
  ...table('syntax', ERROR, NOT_BY_SCHEMA, [
    ['a trailing comma', '{\n "packs": [],\n}', '', '}', /expected a key/],
    [
      'a duplicate key',
      '{\n "packs": [{"ref": "a",\n  "ref": "b"}]\n}',
      '/packs/0/ref',
      '"ref": "b"',
      /duplicate key 'ref', first on line 2/,
    ],
    ['invalid YAML', 'version: "1.0"\npacks: [\n', '', '', /indentation/, 'index.yaml'],
    ['a line that is not UTF-8', Buffer.from('{\n "packs": "\xff"}', 'latin1'), '', ' "packs"', /not UTF-8/],
  ]),
  ...table('not-an-index', ERROR, NOT_BY_SCHEMA, [['a web page', '<!doctype html>', '', '<', /web page/]]),
  ...table('wrong-type', ERROR, BY_SCHEMA, [['a list', [], '', '[', /a mapping/]]),
];

const FIELDS: readonly InvalidIndex[] = [
  ...table('missing-field', ERROR, BY_SCHEMA, [
    ['an index without packs', head({ packs: undefined }), '/packs', '{', MISSING],
    ...['ref', 'label', 'version', 'author', 'license', 'keywords', 'install_sources'].map(
      (field): Row => [`an entry without ${field}`, pack({ [field]: undefined }), `${ENTRY}/${field}`, '{', MISSING],
    ),
    ['a required field that is null', pack({ label: null }), `${ENTRY}/label`, '"label": null', MISSING],
    ...['type', 'url', 'checksum'].map(
      (field): Row => [`a source without ${field}`, source({ [field]: undefined }), `${SOURCE}/${field}`, '{', MISSING],
    ),
    ['a git source without a ref', git({ ref: undefined }), `${SOURCE}/ref`, '{', MISSING],
    [
      'a component without a description',
      contents({ rules: [{ name: 'x' }] }),
      `${ENTRY}/contents/rules/0/description`,
      '{',
      MISSING,
    ],
  ]),
  ...table('wrong-type', ERROR, BY_SCHEMA, [
    ['keywords that are a string', pack({ keywords: 'one' }), `${ENTRY}/keywords`, '"keywords"', /a list .* "one"/],
    [
      'a keyword that is a number',
      pack({ keywords: ['a', 3] }),
      `${ENTRY}/keywords/1`,
      '3',
      /a string .* 3 \(quote it: "3"\)/,
    ],
    ['a ref that is a number', pack({ ref: 7 }), `${ENTRY}/ref`, '"ref": 7', /a string/],
    ['a negative count', contents({ actions: -1 }), `${ENTRY}/contents/actions`, '"actions": -1', /a list/],
  ]),
  ...table('null-field', STRICTER, BY_SCHEMA, [
    ['an optional field that is null', pack({ homepage: null }), `${ENTRY}/homepage`, '"homepage"', /has no value/],
  ]),
  ...table('unknown-field', STRICTER, NOT_BY_SCHEMA, [
    [
      'an unknown field of an entry',
      pack({ homepge: 'https://packs.example' }),
      `${ENTRY}/homepge`,
      '"homepge"',
      NOT_A_FIELD,
    ],
    ['an unknown field of the index', head({ 'a/b~c': 1 }), '/a~1b~0c', '"a/b~c"', /^"a\/b~c": /],
    ['an unknown field of a source', source({ ref: 'v1' }), `${SOURCE}/ref`, '"ref": "v1"', NOT_A_FIELD],
    [
      'an unknown field of a component',
      contents({ rules: [{ name: 'x', description: '', when: 'x' }] }),
      `${ENTRY}/contents/rules/0/when`,
      '"when"',
      NOT_A_FIELD,
    ],
  ]),
  ...table('additive-field', PUBLIC_ONLY, NOT_BY_SCHEMA, [
    ['an entry with releases', release({}), `${ENTRY}/releases`, '"releases"', /other readers/],
  ]),
  ...table('unsupported-format', ERROR, BY_SCHEMA, [
    ['format version 2.0', head({ version: '2.0' }), '/version', '"version": "2.0"', /attune reads format 1\.0/],
    ['an empty format version', head({ version: '' }), '/version', '"version": ""', /is ''/],
  ]),
  ...table(
    'invalid-timestamp',
    ERROR,
    BY_SCHEMA,
    ['yesterday', '2026-08-22', '2026-08-22T01:53:58', '2026-13-22T01:53:58Z'].map((time) => [
      `the timestamp ${time}`,
      head({ last_updated: time }),
      '/last_updated',
      '"last_updated"',
      /with a time zone/,
    ]),
  ),
];

const OLDER_FORMS: readonly InvalidIndex[] = table('older-form', STRICTER, BY_SCHEMA, [
  [
    'counts instead of lists',
    indexOf(entryOf('a'), entryOf('b', { contents: { actions: 3, sensors: 0, triggers: 0, rules: 1, workflows: 0 } })),
    '/packs/1/contents/actions',
    '"actions": 3',
    /entry 'b' has counts/,
  ],
  [
    'entries without a description',
    indexOf(entryOf('a', { description: undefined }), entryOf('b', { description: undefined })),
    ENTRY,
    '{',
    /2 entries have no 'description'.*first is 'a'/,
  ],
  ...['registry_name', 'last_updated', 'registry_url'].map(
    (field): Row => [`an index without ${field}`, head({ [field]: undefined }), '', '{', new RegExp(`no '${field}'`)],
  ),
  ...['runtime_deps', 'contents'].map(
    (field): Row => [
      `an entry without ${field}`,
      pack({ [field]: undefined }),
      ENTRY,
      '{',
      new RegExp(`no '${field}'`),
    ],
  ),
]);

const IDENTITIES: readonly InvalidIndex[] = [
  ...table(
    'invalid-ref',
    ERROR,
    BY_SCHEMA,
    ['Big', '1a', 'a.b', '../a', 'a b', '', 'a'.repeat(129)].map((ref) => [
      `the ref '${ref}'`,
      pack({ ref }),
      `${ENTRY}/ref`,
      `"ref": "${ref}"`,
      /lower-case letters/,
    ]),
  ),
  ...table('duplicate-ref', ERROR, NOT_BY_SCHEMA, [
    [
      'a duplicate ref',
      indexOf(entryOf('a'), entryOf('a', { label: 'The other' })),
      '/packs/1/ref',
      '"ref": "a"',
      /on line 8/,
    ],
  ]),
  ...table('unsorted-refs', WARNING, NOT_BY_SCHEMA, [
    [
      'unsorted entries',
      indexOf(entryOf('a'), entryOf('c'), entryOf('b'), entryOf('a-b')),
      '/packs/2/ref',
      '"ref": "b"',
      /after 'c'/,
    ],
  ]),
  ...table(
    'invalid-version',
    ERROR,
    BY_SCHEMA,
    ['1.0', 'v1.0.0', '01.0.0', '1.0.0-', 'latest', ''].map((version) => [
      `the version '${version}'`,
      pack({ version }),
      `${ENTRY}/version`,
      `"version": "${version}"`,
      /not a semantic version/,
    ]),
  ),
  ...table('unsorted-list', WARNING, NOT_BY_SCHEMA, [
    ['unsorted keywords', pack({ keywords: ['b', 'a', 'c'] }), `${ENTRY}/keywords/1`, '"a"', /'a' is out of order/],
    ['unsorted runtimes', pack({ runtime_deps: ['shell', 'bash'] }), `${ENTRY}/runtime_deps/1`, '"bash"', /'bash'/],
  ]),
  ...table('repeated-item', WARNING, NOT_BY_SCHEMA, [
    ['a repeated keyword', pack({ keywords: ['a', 'a', 'b'] }), `${ENTRY}/keywords/1`, '"a"', /'a' is already listed/],
  ]),
];

const REQUIREMENTS: readonly InvalidIndex[] = [
  ...table('invalid-requirement', ERROR, NOT_BY_SCHEMA, [
    [
      'a runtime with an invalid constraint',
      pack({ runtime_deps: ['bash', 'python3>=x.9'] }),
      `${ENTRY}/runtime_deps/1`,
      '"python3>=x.9"',
      /not a version constraint/,
    ],
    ['a runtime without a name', pack({ runtime_deps: ['>=3'] }), `${ENTRY}/runtime_deps/0`, '">=3"', /not a runtime/],
    [
      'a pack dependency with an invalid range',
      pack({ dependencies: { packs: ['core@^one'] } }),
      `${ENTRY}/dependencies/packs/0`,
      '"core@^one"',
      /not a version constraint/,
    ],
    [
      'an invalid attune_version',
      pack({ dependencies: { attune_version: 'new' } }),
      `${ENTRY}/dependencies/attune_version`,
      '"attune_version"',
      /not a version constraint/,
    ],
  ]),
  ...table('invalid-requirement', ERROR, BY_SCHEMA, [
    [
      'a pack dependency that is not a ref',
      pack({ dependencies: { packs: ['Core'] } }),
      `${ENTRY}/dependencies/packs/0`,
      '"Core"',
      /does not name a pack/,
    ],
  ]),
];

const SOURCES: readonly InvalidIndex[] = [
  ...table('no-source', ERROR, BY_SCHEMA, [
    [
      'an empty list of sources',
      pack({ install_sources: [] }),
      `${ENTRY}/install_sources`,
      '"install_sources"',
      /at least one/,
    ],
  ]),
  ...table(
    'unknown-source-type',
    ERROR,
    BY_SCHEMA,
    ['svn', ''].map((type) => [
      `a source of type '${type}'`,
      source({ type }),
      `${SOURCE}/type`,
      '"type"',
      /'git' or 'archive'/,
    ]),
  ),
  ...table('skipped-source', STRICTER, BY_SCHEMA, [
    [
      'a source of an unknown type next to one of a known type',
      pack({ install_sources: [{ type: 'svn' }, sourceOf()] }),
      `${SOURCE}/type`,
      '"type"',
      /'git' or 'archive', not 'svn'/,
    ],
  ]),
  ...table(
    'invalid-url',
    ERROR,
    NOT_BY_SCHEMA,
    ['ftp://packs.example/a.tgz', 'https://', 'C:\\packs\\a.tgz', ' https://packs.example/a.tgz'].map((url) => [
      `the archive URL '${url}'`,
      source({ url }),
      SOURCE_URL,
      '"url"',
      /is not a valid URL|cannot be fetched over/,
    ]),
  ),
  ...table('invalid-url', ERROR, BY_SCHEMA, [['an empty URL', source({ url: '' }), SOURCE_URL, '"url"', /empty/]]),
  ...table('url-not-https', PUBLIC_ONLY, NOT_BY_SCHEMA, [
    ...['http://packs.example/a.tgz', 'file:///srv/a.tgz', 'archives/a.tgz', '../a.tgz', '/srv/a b.tgz'].map(
      (url): Row => [`the archive URL '${url}'`, source({ url }), SOURCE_URL, '"url"', NOT_HTTPS],
    ),
    ...['git@packs.example:a.git', 'ssh://git@packs.example/a.git', 'http://packs.example/a.git', '../a.git'].map(
      (url): Row => [`the git URL '${url}'`, git({ url }), SOURCE_URL, '"url"', NOT_HTTPS],
    ),
    [
      'a registry_url with http',
      head({ registry_url: 'http://index.example' }),
      '/registry_url',
      '"registry_url"',
      /http:\/\/index\.example/,
    ],
    [
      'a repository with ssh',
      pack({ repository: 'git@packs.example:a.git' }),
      `${ENTRY}/repository`,
      '"repository"',
      NOT_HTTPS,
    ],
  ]),
  ...table(
    'url-credentials',
    ERROR,
    NOT_BY_SCHEMA,
    ['https://me:secret@packs.example/a.tgz', 'https://secret@packs.example/a.tgz'].map((url) => [
      `the credentials in '${url}'`,
      source({ url }),
      SOURCE_URL,
      '"url"',
      /contains credentials/,
    ]),
  ),
  ...table('url-query', STRICTER, NOT_BY_SCHEMA, [
    ['a URL with a query', source({ url: 'https://packs.example/a.tgz?raw=1' }), SOURCE_URL, '"url"', /query/],
  ]),
  ...table('url-fragment', STRICTER, NOT_BY_SCHEMA, [
    ['a URL with a fragment', git({ url: 'https://packs.example/a.git#main' }), SOURCE_URL, '"url"', /fragment/],
  ]),
  ...table(
    'invalid-git-ref',
    ERROR,
    BY_SCHEMA,
    ['', '-upload-pack=x', 'a b', 'a'.repeat(10_000)].map((ref) => [
      `the git ref '${ref.slice(0, 20)}' of ${ref.length} characters`,
      git({ ref }),
      `${SOURCE}/ref`,
      '"ref"',
      /cannot be a commit/,
    ]),
  ),
  ...table(
    'git-ref-not-commit',
    PUBLIC_ONLY,
    NOT_BY_SCHEMA,
    ['v1.0.0', 'main', COMMIT.slice(0, 12), COMMIT.toUpperCase()].map((ref) => [
      `the git ref '${ref}'`,
      git({ ref }),
      `${SOURCE}/ref`,
      '"ref"',
      /not a commit id/,
    ]),
  ),
  ...table(
    'invalid-checksum',
    ERROR,
    BY_SCHEMA,
    ['sha256:abc', 'a'.repeat(64), `crc32:${'0'.repeat(8)}`, `${SHA256}0`, ''].map((checksum) => [
      `the checksum '${checksum.slice(0, 20)}'`,
      source({ checksum }),
      `${SOURCE}/checksum`,
      '"checksum"',
      /is not a checksum/,
    ]),
  ),
  ...table(
    'weak-checksum',
    STRICTER,
    BY_SCHEMA,
    [`md5:${'0'.repeat(32)}`, `sha1:${'0'.repeat(40)}`].map((checksum) => [
      `a ${checksum.split(':')[0]} checksum`,
      source({ checksum }),
      `${SOURCE}/checksum`,
      '"checksum"',
      /can be forged/,
    ]),
  ),
  ...table('checksum-spelling', STRICTER, BY_SCHEMA, [
    [
      'a checksum in upper case',
      source({ checksum: SHA256.toUpperCase() }),
      `${SOURCE}/checksum`,
      '"checksum"',
      /lower case/,
    ],
  ]),
];

/** Indexes with one problem each. Problems of releases are below, because they imply `additive-field`. */
export const INVALID_INDEXES: readonly InvalidIndex[] = [
  ...DOCUMENTS,
  ...FIELDS,
  ...OLDER_FORMS,
  ...IDENTITIES,
  ...REQUIREMENTS,
  ...SOURCES,
];

const RELEASE = `${ENTRY}/releases/0`;

/** Problems of earlier releases, for the profile `local`. */
export const INVALID_RELEASES: readonly InvalidIndex[] = [
  ...table('duplicate-version', ERROR, NOT_BY_SCHEMA, [
    [
      'a release with the version of its entry',
      release({ version: '1.0.0' }),
      `${RELEASE}/version`,
      '"version": "1.0.0"',
      /already listed/,
    ],
  ]),
  ...table(
    'release-not-earlier',
    STRICTER,
    NOT_BY_SCHEMA,
    ['1.10.0', '1.0.0+again', '2.0.0-rc.1'].map((version) => [
      `the release ${version} of an entry at 1.0.0`,
      release({ version }),
      `${RELEASE}/version`,
      '"version"',
      /is not earlier than the entry's 1\.0\.0/,
    ]),
  ),
  ...table('skipped-source', STRICTER, BY_SCHEMA, [
    [
      'a release whose only source has an unknown type',
      release({ install_sources: [{ type: 'svn' }] }),
      `${RELEASE}/install_sources/0/type`,
      '"type"',
      /'git' or 'archive', not 'svn'/,
    ],
  ]),
  ...table('url-credentials', ERROR, NOT_BY_SCHEMA, [
    [
      'credentials in a source of a release',
      release({ install_sources: [sourceOf({ url: 'https://a:b@packs.example/a.tgz' })] }),
      `${RELEASE}/install_sources/0/url`,
      '"url"',
      /credentials/,
    ],
  ]),
  ...table('missing-field', ERROR, BY_SCHEMA, [
    ['a release without sources', release({ install_sources: undefined }), `${RELEASE}/install_sources`, '{', MISSING],
  ]),
  ...table('unknown-field', STRICTER, NOT_BY_SCHEMA, [
    ['an unknown field of a release', release({ yankd: 'x' }), `${RELEASE}/yankd`, '"yankd"', NOT_A_FIELD],
  ]),
];

/** Indexes without any finding under the profile `local`. */
export const VALID_INDEXES: readonly { readonly title: string; readonly index: unknown }[] = [
  { title: 'an index without packs', index: indexOf() },
  {
    title: 'an entry with every optional field',
    index: pack({ use_case: 'x', email: 'a@b.example', homepage: 'x', meta: {} }),
  },
  { title: 'arbitrary fields under meta', index: pack({ meta: { stars: 3, commit: null, deep: { er: [] } } }) },
  { title: 'a sha512 checksum', index: source({ checksum: `sha512:${'b'.repeat(128)}` }) },
  { title: 'a prerelease with build metadata', index: pack({ version: '1.0.0-rc.1+build.5' }) },
  { title: 'a timestamp with an offset', index: head({ last_updated: '2026-08-22T01:53:58.123+02:00' }) },
  {
    title: 'runtimes with and without constraints',
    index: pack({ runtime_deps: ['bash>=5', 'python3>=3.9,<4', 'shell'] }),
  },
  {
    title: 'dependencies of all kinds',
    index: pack({
      dependencies: {
        attune_version: '>=1.0',
        python_version: '3.9',
        nodejs_version: '^20 || ^22',
        packs: ['core', 'more@^1.2', 'other>=1,<3', 'some ~2.1'],
      },
    }),
  },
  { title: 'a git source at a commit', index: git() },
  { title: 'an earlier release', index: release({ dependencies: { packs: [] } }) },
  { title: 'a higher release that is yanked', index: release({ version: '1.1.0', yanked: 'It loses data.' }) },
  { title: 'a user name in an ssh URL', index: git({ url: 'ssh://git@packs.example/a.git' }) },
  { title: 'a git source at a tag', index: git({ ref: 'v1.0.0' }) },
];
