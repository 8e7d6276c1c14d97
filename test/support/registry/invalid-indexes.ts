import type { IndexCode } from '../../../src/registry/index/codes.ts';
import { entryOf, indexOf, sourceOf } from './index.ts';

type Weight = 'error' | 'warning' | 'off';

/** One thing that is wrong with an index that is otherwise right under both profiles. */
export interface Fault {
  readonly claim: string;
  /** The document as a value, or as a text where JSON cannot say it. */
  readonly index: unknown;
  readonly location?: string;
  readonly code: IndexCode;
  readonly local: Weight;
  readonly standard: Weight;
  readonly path: string;
  /** What stands at the line and the column. */
  readonly at: string;
  /** What the message says, beside the field. */
  readonly says: RegExp;
  /** Whether the JSON Schema, too, can tell. */
  readonly schema: boolean;
}

export const COMMIT = '0ca87f5d99b7e82c145a3d5c4ef5fb0b8228c5c2';
const SHA256 = `sha256:${'a'.repeat(64)}`;
const error = { local: 'error', standard: 'error' } as const;
const warning = { local: 'warning', standard: 'warning' } as const;
const stricter = { local: 'warning', standard: 'error' } as const;
const publicOnly = { local: 'off', standard: 'error' } as const;

const one = (changes: Record<string, unknown>) => indexOf(entryOf('a', changes));
const source = (changes: Record<string, unknown>) => one({ install_sources: [sourceOf(changes)] });
const git = (changes: Record<string, unknown> = {}) =>
  source({ type: 'git', url: 'https://packs.example/a.git', ref: COMMIT, ...changes });
const head = (changes: Record<string, unknown>) => ({ ...indexOf(entryOf('a')), ...changes });
const release = (changes: Record<string, unknown>) =>
  one({ releases: [{ version: '0.9.0', install_sources: [sourceOf()], runtime_deps: [], ...changes }] });
const contents = (changes: Record<string, unknown>) =>
  one({ contents: { actions: [], sensors: [], triggers: [], rules: [], workflows: [], ...changes } });
const SOURCE = '/packs/0/install_sources/0';

const DOCUMENTS: readonly Fault[] = [
  {
    claim: 'a comma too many',
    index: '{\n "packs": [],\n}',
    code: 'syntax',
    ...error,
    path: '',
    at: '}',
    says: /expected a key/,
    schema: false,
  },
  {
    claim: 'a key twice',
    index: '{\n "packs": [{"ref": "a",\n  "ref": "b"}]\n}',
    code: 'syntax',
    ...error,
    path: '/packs/0/ref',
    at: '"ref": "b"',
    says: /duplicate key 'ref', first on line 2/,
    schema: false,
  },
  {
    claim: 'YAML that is none',
    index: 'version: "1.0"\npacks: [\n',
    location: 'index.yaml',
    code: 'syntax',
    ...error,
    path: '',
    at: '',
    says: /indentation/,
    schema: false,
  },
  {
    claim: 'a line that is not UTF-8',
    index: Buffer.from('{\n "packs": "\xff"}', 'latin1'),
    code: 'syntax',
    ...error,
    path: '',
    at: ' "packs"',
    says: /not UTF-8/,
    schema: false,
  },
  {
    claim: 'a web page',
    index: '<!doctype html>',
    code: 'not-an-index',
    ...error,
    path: '',
    at: '<',
    says: /web page/,
    schema: false,
  },
  { claim: 'a list', index: [], code: 'wrong-type', ...error, path: '', at: '[', says: /a mapping/, schema: true },
];

const FIELDS: readonly Fault[] = [
  {
    claim: 'no packs',
    index: head({ packs: undefined }),
    code: 'missing-field',
    ...error,
    path: '/packs',
    at: '{',
    says: /is missing/,
    schema: true,
  },
  ...['ref', 'label', 'version', 'author', 'license', 'keywords', 'install_sources'].map(
    (field): Fault => ({
      claim: `an entry without ${field}`,
      index: one({ [field]: undefined }),
      code: 'missing-field',
      ...error,
      path: `/packs/0/${field}`,
      at: '{',
      says: /is missing/,
      schema: true,
    }),
  ),
  {
    claim: 'a required field that is null',
    index: one({ label: null }),
    code: 'missing-field',
    ...error,
    path: '/packs/0/label',
    at: '"label": null',
    says: /is missing/,
    schema: true,
  },
  ...['type', 'url', 'checksum'].map(
    (field): Fault => ({
      claim: `a source without ${field}`,
      index: source({ [field]: undefined }),
      code: 'missing-field',
      ...error,
      path: `${SOURCE}/${field}`,
      at: '{',
      says: /is missing/,
      schema: true,
    }),
  ),
  {
    claim: 'a git source without a ref',
    index: git({ ref: undefined }),
    code: 'missing-field',
    ...error,
    path: `${SOURCE}/ref`,
    at: '{',
    says: /is missing/,
    schema: true,
  },
  {
    claim: 'a component without a description',
    index: contents({ rules: [{ name: 'x' }] }),
    code: 'missing-field',
    ...error,
    path: '/packs/0/contents/rules/0/description',
    at: '{',
    says: /is missing/,
    schema: true,
  },
  {
    claim: 'keywords in one string',
    index: one({ keywords: 'one' }),
    code: 'wrong-type',
    ...error,
    path: '/packs/0/keywords',
    at: '"keywords"',
    says: /a list .* "one"/,
    schema: true,
  },
  {
    claim: 'a keyword that is a number',
    index: one({ keywords: ['a', 3] }),
    code: 'wrong-type',
    ...error,
    path: '/packs/0/keywords/1',
    at: '3',
    says: /a string .* 3 \(quote it: "3"\)/,
    schema: true,
  },
  {
    claim: 'a ref that is a number',
    index: one({ ref: 7 }),
    code: 'wrong-type',
    ...error,
    path: '/packs/0/ref',
    at: '"ref": 7',
    says: /a string/,
    schema: true,
  },
  {
    claim: 'a negative count',
    index: contents({ actions: -1 }),
    code: 'wrong-type',
    ...error,
    path: '/packs/0/contents/actions',
    at: '"actions": -1',
    says: /a list/,
    schema: true,
  },
  {
    claim: 'an optional field that is null',
    index: one({ homepage: null }),
    code: 'null-field',
    ...stricter,
    path: '/packs/0/homepage',
    at: '"homepage"',
    says: /without a value/,
    schema: true,
  },
  {
    claim: 'a field that the format does not name',
    index: one({ homepge: 'https://packs.example' }),
    code: 'unknown-field',
    ...stricter,
    path: '/packs/0/homepge',
    at: '"homepge"',
    says: /no field/,
    schema: false,
  },
  {
    claim: 'such a field of the index',
    index: head({ 'a/b~c': 1 }),
    code: 'unknown-field',
    ...stricter,
    path: '/a~1b~0c',
    at: '"a/b~c"',
    says: /^"a\/b~c": /,
    schema: false,
  },
  {
    claim: 'such a field of a source',
    index: source({ ref: 'v1' }),
    code: 'unknown-field',
    ...stricter,
    path: `${SOURCE}/ref`,
    at: '"ref": "v1"',
    says: /no field/,
    schema: false,
  },
  {
    claim: 'such a field of a component',
    index: contents({ rules: [{ name: 'x', description: '', when: 'x' }] }),
    code: 'unknown-field',
    ...stricter,
    path: '/packs/0/contents/rules/0/when',
    at: '"when"',
    says: /no field/,
    schema: false,
  },
  {
    claim: 'releases',
    index: release({}),
    code: 'additive-field',
    ...publicOnly,
    path: '/packs/0/releases',
    at: '"releases"',
    says: /other readers/,
    schema: false,
  },
  {
    claim: 'a newer format',
    index: head({ version: '2.0' }),
    code: 'unsupported-format',
    ...error,
    path: '/version',
    at: '"version": "2.0"',
    says: /attune reads format 1\.0/,
    schema: true,
  },
  {
    claim: 'an empty format',
    index: head({ version: '' }),
    code: 'unsupported-format',
    ...error,
    path: '/version',
    at: '"version": ""',
    says: /is ''/,
    schema: true,
  },
  ...['yesterday', '2026-08-22', '2026-08-22T01:53:58', '2026-13-22T01:53:58Z'].map(
    (time): Fault => ({
      claim: `a time such as ${time}`,
      index: head({ last_updated: time }),
      code: 'invalid-timestamp',
      ...error,
      path: '/last_updated',
      at: '"last_updated"',
      says: /with a zone/,
      schema: true,
    }),
  ),
];

const OLDER_FORMS: readonly Fault[] = [
  {
    claim: 'counts in place of lists',
    index: indexOf(
      entryOf('a'),
      entryOf('b', { contents: { actions: 3, sensors: 0, triggers: 0, rules: 1, workflows: 0 } }),
    ),
    code: 'older-form',
    ...stricter,
    path: '/packs/1/contents/actions',
    at: '"actions": 3',
    says: /entry 'b' has counts/,
    schema: true,
  },
  {
    claim: 'entries without a description',
    index: indexOf(entryOf('a', { description: undefined }), entryOf('b', { description: undefined })),
    code: 'older-form',
    ...stricter,
    path: '/packs/0',
    at: '{',
    says: /2 entries have no 'description'.*first is 'a'/,
    schema: true,
  },
  ...['registry_name', 'last_updated', 'registry_url'].map(
    (field): Fault => ({
      claim: `no ${field}`,
      index: head({ [field]: undefined }),
      code: 'older-form',
      ...stricter,
      path: '',
      at: '{',
      says: new RegExp(`no '${field}'`),
      schema: true,
    }),
  ),
  ...['runtime_deps', 'contents'].map(
    (field): Fault => ({
      claim: `an entry without ${field}`,
      index: one({ [field]: undefined }),
      code: 'older-form',
      ...stricter,
      path: '/packs/0',
      at: '{',
      says: new RegExp(`no '${field}'`),
      schema: true,
    }),
  ),
];

const IDENTITIES: readonly Fault[] = [
  ...['Big', '1a', 'a.b', '../a', 'a b', ''].map(
    (ref): Fault => ({
      claim: `the ref '${ref}'`,
      index: one({ ref }),
      code: 'invalid-ref',
      ...error,
      path: '/packs/0/ref',
      at: `"ref": "${ref}"`,
      says: /lower-case letters/,
      schema: true,
    }),
  ),
  {
    claim: 'a ref twice',
    index: indexOf(entryOf('a'), entryOf('a', { label: 'The other' })),
    code: 'duplicate-ref',
    ...error,
    path: '/packs/1/ref',
    at: '"ref": "a"',
    says: /on line 8/,
    schema: false,
  },
  {
    claim: 'entries out of order',
    index: indexOf(entryOf('a'), entryOf('c'), entryOf('b'), entryOf('a-b')),
    code: 'unsorted-refs',
    ...warning,
    path: '/packs/2/ref',
    at: '"ref": "b"',
    says: /behind 'c'/,
    schema: false,
  },
  ...['1.0', 'v1.0.0', '01.0.0', '1.0.0-', 'latest', ''].map(
    (version): Fault => ({
      claim: `the version '${version}'`,
      index: one({ version }),
      code: 'invalid-version',
      ...error,
      path: '/packs/0/version',
      at: `"version": "${version}"`,
      says: /not a semantic version/,
      schema: true,
    }),
  ),
  {
    claim: 'keywords out of order',
    index: one({ keywords: ['b', 'a', 'c'] }),
    code: 'unsorted-list',
    ...warning,
    path: '/packs/0/keywords/1',
    at: '"a"',
    says: /'a' stands too late/,
    schema: false,
  },
  {
    claim: 'a keyword twice',
    index: one({ keywords: ['a', 'a', 'b'] }),
    code: 'repeated-item',
    ...warning,
    path: '/packs/0/keywords/1',
    at: '"a"',
    says: /'a' is there already/,
    schema: false,
  },
  {
    claim: 'runtimes out of order',
    index: one({ runtime_deps: ['shell', 'bash'] }),
    code: 'unsorted-list',
    ...warning,
    path: '/packs/0/runtime_deps/1',
    at: '"bash"',
    says: /'bash'/,
    schema: false,
  },
  {
    claim: 'a runtime with a constraint that is none',
    index: one({ runtime_deps: ['bash', 'python3>=x.9'] }),
    code: 'invalid-requirement',
    ...error,
    path: '/packs/0/runtime_deps/1',
    at: '"python3>=x.9"',
    says: /not a version constraint/,
    schema: false,
  },
  {
    claim: 'a runtime without a name',
    index: one({ runtime_deps: ['>=3'] }),
    code: 'invalid-requirement',
    ...error,
    path: '/packs/0/runtime_deps/0',
    at: '">=3"',
    says: /not a runtime/,
    schema: false,
  },
  {
    claim: 'a pack that is needed in no version',
    index: one({ dependencies: { packs: ['core@^one'] } }),
    code: 'invalid-requirement',
    ...error,
    path: '/packs/0/dependencies/packs/0',
    at: '"core@^one"',
    says: /not a version constraint/,
    schema: false,
  },
  {
    claim: 'a pack that is needed and not named',
    index: one({ dependencies: { packs: ['Core'] } }),
    code: 'invalid-requirement',
    ...error,
    path: '/packs/0/dependencies/packs/0',
    at: '"Core"',
    says: /does not say which pack/,
    schema: true,
  },
  {
    claim: 'an attune that is no version',
    index: one({ dependencies: { attune_version: 'new' } }),
    code: 'invalid-requirement',
    ...error,
    path: '/packs/0/dependencies/attune_version',
    at: '"attune_version"',
    says: /not a version constraint/,
    schema: false,
  },
];

const SOURCES: readonly Fault[] = [
  {
    claim: 'no source',
    index: one({ install_sources: [] }),
    code: 'no-source',
    ...error,
    path: '/packs/0/install_sources',
    at: '"install_sources"',
    says: /at least one/,
    schema: true,
  },
  ...['svn', ''].map(
    (type): Fault => ({
      claim: `a source of type '${type}'`,
      index: source({ type }),
      code: 'unknown-source-type',
      ...error,
      path: `${SOURCE}/type`,
      at: '"type"',
      says: /'git' or 'archive'/,
      schema: true,
    }),
  ),
  ...['ftp://packs.example/a.tgz', 'https://', 'C:\\packs\\a.tgz', ' https://packs.example/a.tgz'].map(
    (url): Fault => ({
      claim: `the archive ${url}`,
      index: source({ url }),
      code: 'invalid-url',
      ...error,
      path: `${SOURCE}/url`,
      at: '"url"',
      says: /is not a URL|cannot be had by/,
      schema: false,
    }),
  ),
  {
    claim: 'an empty URL',
    index: source({ url: '' }),
    code: 'invalid-url',
    ...error,
    path: `${SOURCE}/url`,
    at: '"url"',
    says: /empty/,
    schema: true,
  },
  ...['http://packs.example/a.tgz', 'file:///srv/a.tgz', 'archives/a.tgz', '../a.tgz', '/srv/a b.tgz'].map(
    (url): Fault => ({
      claim: `the archive ${url}`,
      index: source({ url }),
      code: 'url-not-https',
      ...publicOnly,
      path: `${SOURCE}/url`,
      at: '"url"',
      says: /not an https URL/,
      schema: false,
    }),
  ),
  ...['git@packs.example:a.git', 'ssh://git@packs.example/a.git', 'http://packs.example/a.git', '../a.git'].map(
    (url): Fault => ({
      claim: `the repository ${url}`,
      index: git({ url }),
      code: 'url-not-https',
      ...publicOnly,
      path: `${SOURCE}/url`,
      at: '"url"',
      says: /not an https URL/,
      schema: false,
    }),
  ),
  {
    claim: 'a registry by http',
    index: head({ registry_url: 'http://index.example' }),
    code: 'url-not-https',
    ...publicOnly,
    path: '/registry_url',
    at: '"registry_url"',
    says: /http:\/\/index\.example/,
    schema: false,
  },
  {
    claim: 'a repository by ssh',
    index: one({ repository: 'git@packs.example:a.git' }),
    code: 'url-not-https',
    ...publicOnly,
    path: '/packs/0/repository',
    at: '"repository"',
    says: /not an https/,
    schema: false,
  },
  ...['https://me:secret@packs.example/a.tgz', 'https://secret@packs.example/a.tgz'].map(
    (url): Fault => ({
      claim: `credentials in ${url}`,
      index: source({ url }),
      code: 'url-credentials',
      ...error,
      path: `${SOURCE}/url`,
      at: '"url"',
      says: /has credentials/,
      schema: false,
    }),
  ),
  {
    claim: 'a query',
    index: source({ url: 'https://packs.example/a.tgz?raw=1' }),
    code: 'url-query',
    ...stricter,
    path: `${SOURCE}/url`,
    at: '"url"',
    says: /query/,
    schema: false,
  },
  {
    claim: 'a fragment',
    index: git({ url: 'https://packs.example/a.git#main' }),
    code: 'url-fragment',
    ...stricter,
    path: `${SOURCE}/url`,
    at: '"url"',
    says: /fragment/,
    schema: false,
  },
  ...['', '-upload-pack=x', 'a b'].map(
    (ref): Fault => ({
      claim: `the git ref '${ref}'`,
      index: git({ ref }),
      code: 'invalid-git-ref',
      ...error,
      path: `${SOURCE}/ref`,
      at: '"ref"',
      says: /cannot be a commit/,
      schema: true,
    }),
  ),
  ...['v1.0.0', 'main', COMMIT.slice(0, 12), COMMIT.toUpperCase()].map(
    (ref): Fault => ({
      claim: `the git ref ${ref}`,
      index: git({ ref }),
      code: 'git-ref-not-commit',
      ...publicOnly,
      path: `${SOURCE}/ref`,
      at: '"ref"',
      says: /not a commit id/,
      schema: false,
    }),
  ),
  ...['sha256:abc', 'a'.repeat(64), `crc32:${'0'.repeat(8)}`, `${SHA256}0`, ''].map(
    (checksum): Fault => ({
      claim: `the checksum '${checksum.slice(0, 20)}'`,
      index: source({ checksum }),
      code: 'invalid-checksum',
      ...error,
      path: `${SOURCE}/checksum`,
      at: '"checksum"',
      says: /is not a checksum/,
      schema: true,
    }),
  ),
  ...[`md5:${'0'.repeat(32)}`, `sha1:${'0'.repeat(40)}`].map(
    (checksum): Fault => ({
      claim: `a checksum by ${checksum.split(':')[0]}`,
      index: source({ checksum }),
      code: 'weak-checksum',
      ...stricter,
      path: `${SOURCE}/checksum`,
      at: '"checksum"',
      says: /can be forged/,
      schema: true,
    }),
  ),
  {
    claim: 'a checksum in capitals',
    index: source({ checksum: SHA256.toUpperCase() }),
    code: 'checksum-spelling',
    ...stricter,
    path: `${SOURCE}/checksum`,
    at: '"checksum"',
    says: /lower case/,
    schema: true,
  },
];

/** Every fault that an index can have alone; those of its releases come with `additive-field`. */
export const FAULTS: readonly Fault[] = [...DOCUMENTS, ...FIELDS, ...OLDER_FORMS, ...IDENTITIES, ...SOURCES];

/** Faults of earlier releases, under `local`, where there may be releases. */
export const RELEASE_FAULTS: readonly Omit<Fault, 'standard'>[] = [
  {
    claim: 'a release of the current version',
    index: release({ version: '1.0.0' }),
    code: 'duplicate-version',
    local: 'error',
    path: '/packs/0/releases/0/version',
    at: '"version": "1.0.0"',
    says: /there already/,
    schema: false,
  },
  ...['1.10.0', '1.0.0+again', '2.0.0-rc.1'].map((version) => ({
    claim: `a release ${version} of a pack at 1.0.0`,
    index: release({ version }),
    code: 'release-not-earlier' as const,
    local: 'warning' as const,
    path: '/packs/0/releases/0/version',
    at: '"version"',
    says: /is not earlier than the entry's 1\.0\.0/,
    schema: false,
  })),
  {
    claim: 'a source of a release that shows credentials',
    index: release({ install_sources: [sourceOf({ url: 'https://a:b@packs.example/a.tgz' })] }),
    code: 'url-credentials',
    local: 'error',
    path: '/packs/0/releases/0/install_sources/0/url',
    at: '"url"',
    says: /credentials/,
    schema: false,
  },
  {
    claim: 'a release without sources',
    index: release({ install_sources: undefined }),
    code: 'missing-field',
    local: 'error',
    path: '/packs/0/releases/0/install_sources',
    at: '{',
    says: /is missing/,
    schema: true,
  },
  {
    claim: 'a field of a release that there is not',
    index: release({ yankd: 'x' }),
    code: 'unknown-field',
    local: 'warning',
    path: '/packs/0/releases/0/yankd',
    at: '"yankd"',
    says: /no field/,
    schema: false,
  },
];

/** Indexes that are right under `local`, where nothing is to be said of them. */
export const RIGHT: readonly { readonly claim: string; readonly index: unknown }[] = [
  { claim: 'an index without packs', index: indexOf() },
  { claim: 'an entry with every field', index: one({ use_case: 'x', email: 'a@b.example', homepage: 'x', meta: {} }) },
  { claim: 'free words under meta', index: one({ meta: { stars: 3, commit: null, deep: { er: [] } } }) },
  { claim: 'a sha512 checksum', index: source({ checksum: `sha512:${'b'.repeat(128)}` }) },
  { claim: 'a prerelease with build metadata', index: one({ version: '1.0.0-rc.1+build.5' }) },
  { claim: 'a time with an offset', index: head({ last_updated: '2026-08-22T01:53:58.123+02:00' }) },
  { claim: 'needs of all kinds', index: one({ runtime_deps: ['bash>=5', 'python3>=3.9,<4', 'shell'] }) },
  {
    claim: 'dependencies of all kinds',
    index: one({
      dependencies: {
        attune_version: '>=1.0',
        python_version: '3.9',
        nodejs_version: '^20 || ^22',
        packs: ['core', 'more@^1.2', 'other>=1,<3', 'some ~2.1'],
      },
    }),
  },
  { claim: 'a git source at a commit', index: git() },
  { claim: 'an earlier release', index: release({ dependencies: { packs: [] } }) },
  { claim: 'a higher release that is yanked', index: release({ version: '1.1.0', yanked: 'It loses data.' }) },
  { claim: 'a user name in an ssh URL', index: git({ url: 'ssh://git@packs.example/a.git' }) },
  { claim: 'a tag', index: git({ ref: 'v1.0.0' }) },
];
