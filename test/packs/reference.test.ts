import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { AttuneError } from '../../src/errors.ts';
import { parseReference, type Reference, type ReferenceOptions } from '../../src/packs/reference.ts';

const NONE: ReferenceOptions = { refSpec: undefined, type: undefined, windows: false };
const git = (url: string, refSpec?: string): Reference => ({ kind: 'git', url, refSpec });
const archive = (url: string): Reference => ({ kind: 'archive', url });
const web = (url: string): Reference => ({ kind: 'web', url });
const path = (text: string): Reference => ({ kind: 'path', path: text });
const registry = (ref: string, range?: string): Reference => ({ kind: 'registry', ref, range });

const rows: { claim: string; text: string; options?: Partial<ReferenceOptions>; want: Reference }[] = [
  { claim: '1: git+https, whose git+ is removed', text: 'git+https://h/p', want: git('https://h/p') },
  { claim: '1: git+ssh', text: 'git+ssh://git@h/p', want: git('ssh://git@h/p') },
  { claim: '1: git+file', text: 'git+file:///srv/p', want: git('file:///srv/p') },
  { claim: '1: ssh', text: 'ssh://git@h:2222/p.tar.gz', want: git('ssh://git@h:2222/p.tar.gz') },
  { claim: '1: user@host:path', text: 'git@h:org/p.git', want: git('git@h:org/p.git') },
  { claim: '1: user@host:path that looks like an archive', text: 'git@h:p.zip', want: git('git@h:p.zip') },
  { claim: '1: user@[IPv6]:path', text: 'git@[::1]:p', want: git('git@[::1]:p') },
  { claim: '1: a URL that ends in .git', text: 'https://u:s@h/org/p.git', want: git('https://u:s@h/org/p.git') },
  { claim: '1: a slash or a query after .git', text: 'https://h/p.git/?a=b', want: git('https://h/p.git/?a=b') },
  { claim: '1: a file URL that ends in .git', text: 'file:///srv/p.git', want: git('file:///srv/p.git') },
  {
    claim: '1: a URL with a ref-spec',
    text: 'https://h/p',
    options: { refSpec: 'v1' },
    want: git('https://h/p', 'v1'),
  },
  {
    claim: '1: an archive URL with a ref-spec',
    text: 'https://h/p.zip',
    options: { refSpec: 'v1' },
    want: git('https://h/p.zip', 'v1'),
  },
  { claim: '1: a path with a ref-spec', text: './p', options: { refSpec: 'v1' }, want: git('./p', 'v1') },
  {
    claim: '1: user@host:path with a ref-spec',
    text: 'git@h:p',
    options: { refSpec: 'main' },
    want: git('git@h:p', 'main'),
  },
  {
    claim: '1: a fragment as ref-spec, as in npm',
    text: 'https://h/p.git#feature%2Fx',
    want: git('https://h/p.git', 'feature/x'),
  },
  {
    claim: '1: a fragment that equals the ref-spec',
    text: 'git+https://h/p#v1',
    options: { refSpec: 'v1' },
    want: git('https://h/p', 'v1'),
  },
  { claim: '2: a .tar.gz', text: 'https://h/p-1.0.0.tar.gz', want: archive('https://h/p-1.0.0.tar.gz') },
  { claim: '2: a .zip with a query', text: 'http://h/p.ZIP?token=x', want: archive('http://h/p.ZIP?token=x') },
  { claim: '2: a .tgz in a file URL', text: 'file:///srv/p.tgz', want: archive('file:///srv/p.tgz') },
  { claim: '2: a .tar', text: 'https://h/p.tar', want: archive('https://h/p.tar') },
  {
    claim: '3: another URL, whose type only the server knows',
    text: 'https://codeload.h/p/tar.gz/abc',
    want: web('https://codeload.h/p/tar.gz/abc'),
  },
  {
    claim: '3: an archive suffix only in the query',
    text: 'https://h/get?f=p.zip',
    want: web('https://h/get?f=p.zip'),
  },
  { claim: '3: a scheme in capitals', text: 'HTTPS://h/p', want: web('HTTPS://h/p') },
  { claim: '4: a relative path', text: './slack', want: path('./slack') },
  { claim: '4: a path with a separator', text: 'packs/slack', want: path('packs/slack') },
  { claim: '4: an absolute path', text: '/srv/slack', want: path('/srv/slack') },
  { claim: '4: a path in the home directory, unexpanded', text: '~/slack', want: path('~/slack') },
  { claim: '4: the working directory', text: '.', want: path('.') },
  { claim: '4: the parent directory', text: '..', want: path('..') },
  { claim: '4: an archive in the working directory', text: 'slack.tar.gz', want: path('slack.tar.gz') },
  {
    claim: '4: an archive in the working directory with an @ in its name',
    text: 'slack@1.0.0.zip',
    want: path('slack@1.0.0.zip'),
  },
  { claim: '4: a path that ends in .git', text: 'repos/p.git', want: path('repos/p.git') },
  { claim: '4: a file URL', text: 'file:///srv/my%20pack', want: path('/srv/my pack') },
  { claim: '4: an @ in a path', text: 'packs/slack@1.0.0', want: path('packs/slack@1.0.0') },
  {
    claim: '4: a drive letter, on Windows',
    text: 'C:\\packs\\x',
    options: { windows: true },
    want: path('C:\\packs\\x'),
  },
  {
    claim: '4: a drive letter with slashes, on Windows',
    text: 'c:/packs/x',
    options: { windows: true },
    want: path('c:/packs/x'),
  },
  {
    claim: '4: a UNC path, on Windows',
    text: '\\\\host\\share',
    options: { windows: true },
    want: path('\\\\host\\share'),
  },
  { claim: '4: a backslash, on Windows', text: 'packs\\x', options: { windows: true }, want: path('packs\\x') },
  { claim: '4: a file URL, on Windows', text: 'file:///C:/packs', options: { windows: true }, want: path('C:\\packs') },
  { claim: '5: a ref', text: 'slack', want: registry('slack') },
  { claim: '5: a version', text: 'slack@1.2.0', want: registry('slack', '1.2.0') },
  { claim: '5: the latest', text: 'slack@latest', want: registry('slack') },
  { claim: '5: a range', text: 'my-pack_2@^1.2', want: registry('my-pack_2', '^1.2') },
  { claim: '5: a range with commas', text: 'slack@>=1.2, <2,<3', want: registry('slack', '>=1.2 <2 <3') },
  { claim: '5: a range with ==', text: 'slack@==1.2.0', want: registry('slack', '=1.2.0') },
  { claim: '5: a compatible release', text: 'slack@~=1.2', want: registry('slack', '>=1.2 <2.0.0-0') },
  { claim: '5: a compatible patch release', text: 'slack@~= 1.2.3', want: registry('slack', '~1.2.3') },
  { claim: '5: a range of alternatives', text: 'slack@>=1 <2 || 3.x', want: registry('slack', '>=1 <2 || 3.x') },
  { claim: '5: any version', text: 'slack@*', want: registry('slack', '*') },
  { claim: '5: a ref that equals an archive suffix', text: 'zip', want: registry('zip') },
  { claim: '--type git: a plain name is a path', text: 'slack', options: { type: 'git' }, want: git('slack') },
  {
    claim: '--type git: a URL',
    text: 'https://h/p.zip',
    options: { type: 'git', refSpec: 'v1' },
    want: git('https://h/p.zip', 'v1'),
  },
  { claim: '--type archive: a URL', text: 'https://h/p', options: { type: 'archive' }, want: archive('https://h/p') },
  {
    claim: '--type archive: a URL that ends in .git',
    text: 'https://h/p.git',
    options: { type: 'archive' },
    want: archive('https://h/p.git'),
  },
  {
    claim: '--type archive: a plain name is a path',
    text: 'slack',
    options: { type: 'archive' },
    want: archive('slack'),
  },
  {
    claim: '--type directory: a plain name is a path',
    text: 'slack',
    options: { type: 'directory' },
    want: path('slack'),
  },
  {
    claim: '--type directory: a file URL that ends in .git',
    text: 'file:///srv/p.git',
    options: { type: 'directory' },
    want: path('/srv/p.git'),
  },
  { claim: '--type registry: a ref', text: 'slack@1', options: { type: 'registry' }, want: registry('slack', '1') },
];

for (const { claim, text, options, want } of rows) {
  test(`parseReference: rule ${claim} (${text})`, () =>
    assert.deepEqual(parseReference(text, { ...NONE, ...options }), want));
}

const rejected: { claim: string; text: string; options?: Partial<ReferenceOptions>; message: RegExp; hint?: RegExp }[] =
  [
    { claim: 'an empty text', text: '', message: /it is empty/ },
    { claim: 'a blank text', text: '  ', message: /it is empty/ },
    { claim: 'a ref in capitals', text: 'Slack', message: /lower-case/, hint: /Did you mean 'slack'\?/ },
    { claim: 'a range without a ref', text: '@1', message: /lower-case/ },
    { claim: 'a ref without its range', text: 'slack@', message: /nothing follows the '@'/ },
    { claim: 'a blank range', text: 'slack@ ', message: /nothing follows the '@'/ },
    { claim: 'a comma alone', text: 'slack@,', message: /',' is not a version or a version range/ },
    { claim: 'a trailing comma', text: 'slack@>=1,', message: /'>=1,' is not a version or a version range/ },
    { claim: 'an invalid range', text: 'slack@^^1', message: /'\^\^1' is not a version or a version range/ },
    {
      claim: 'a dist-tag other than latest',
      text: 'slack@next',
      message: /'next' is not a version or a version range/,
    },
    { claim: 'two ranges', text: 'slack@1@2', message: /'1@2' is not a version/ },
    { claim: 'a ref with spaces', text: 'slack teams', message: /lower-case/ },
    { claim: 'a flag', text: '--force', message: /lower-case/ },
    { claim: 'a backslash outside Windows', text: 'packs\\x', message: /lower-case/ },
    { claim: 'a drive letter outside Windows', text: 'C:', message: /lower-case/ },
    { claim: 'a NUL', text: './a\0b', message: /control character/ },
    { claim: 'a line feed in a URL', text: 'https://h/p\nX', message: /control character/ },
    { claim: 'a URL without a host', text: 'https://', message: /not a URL/ },
    { claim: 'an unknown scheme', text: 'ftp://h/p.zip', message: /does not support the scheme ftp/ },
    { claim: "git's unencrypted protocol", text: 'git://h/p.git', message: /does not support the scheme git/ },
    {
      claim: "git's remote helpers, which run programs",
      text: 'ext::sh -c touch% /x',
      message: /.*/,
      options: { type: 'registry' },
    },
    {
      claim: 'a file URL of another host',
      text: 'file://host/share',
      message: /not the URL of a directory on this machine/,
    },
    {
      claim: 'a file URL with an escaped slash',
      text: 'file:///a%2Fb',
      message: /not the URL of a directory on this machine/,
    },
    { claim: 'a fragment that is not escaped', text: 'https://h/p.git#%', message: /not properly escaped/ },
    {
      claim: 'a fragment that differs from the ref-spec',
      text: 'https://h/p.git#v1',
      options: { refSpec: 'v2' },
      message: /selects 'v1', but --ref-spec is 'v2'/,
    },
    {
      claim: 'a fragment of a URL that may not be git',
      text: 'https://h/p#v1',
      message: /the fragment '#v1' is not supported/,
      hint: /--ref-spec v1/,
    },
    {
      claim: 'a ref-spec with a registry reference',
      text: 'slack',
      options: { refSpec: 'v1' },
      message: /the name of a pack in a registry/,
      hint: /slack@<version>.*\.\/slack/,
    },
    {
      claim: 'a ref-spec with a registry reference and version',
      text: 'slack@1',
      options: { refSpec: 'v1' },
      message: /the name of a pack in a registry/,
    },
    { claim: 'an empty ref-spec', text: './p', options: { refSpec: ' ' }, message: /--ref-spec is empty/ },
    {
      claim: 'a ref-spec with --type archive',
      text: 'https://h/p',
      options: { refSpec: 'v1', type: 'archive' },
      message: /cannot be combined with --type archive/,
    },
    {
      claim: 'a ref-spec with --type directory',
      text: './p',
      options: { refSpec: 'v1', type: 'directory' },
      message: /cannot be combined with --type directory/,
    },
    {
      claim: 'a URL with --type directory',
      text: 'https://h/p',
      options: { type: 'directory' },
      message: /not the URL of a directory on this machine/,
    },
    { claim: 'a URL with --type registry', text: 'https://h/p', options: { type: 'registry' }, message: /lower-case/ },
    { claim: 'a ref of 10,000 characters', text: 'a'.repeat(10_000), message: /^'a{299}…' .* at most 128 lower-case/ },
    { claim: 'a path with --type registry', text: './slack', options: { type: 'registry' }, message: /lower-case/ },
    {
      claim: 'ssh with --type archive',
      text: 'ssh://h/p.zip',
      options: { type: 'archive' },
      message: /cannot be downloaded over ssh/,
    },
  ];

for (const { claim, text, options, message, hint = /./ } of rejected) {
  test(`parseReference: ${claim} is rejected with a hint`, () => {
    assert.throws(
      () => parseReference(text, { ...NONE, ...options }),
      (error: unknown) => {
        assert.ok(error instanceof AttuneError, `threw ${error}`);
        assert.equal(error.code, 'USAGE');
        assert.match(error.message, message);
        assert.match(error.hint ?? '', hint);
        return true;
      },
    );
  });
}

test('parseReference: the hint of an error lists the accepted forms', () => {
  assert.throws(() => parseReference('@1', NONE), {
    hint: /a pack in a registry: .*; a git repository: .*; an archive: .*; a path: /,
  });
});

test('parseReference: any text is either parsed or rejected with an AttuneError', () => {
  const pieces = [
    'a',
    'A',
    '1',
    '@',
    ':',
    '/',
    '//',
    '\\',
    '.',
    '~',
    '.git',
    '.zip',
    'https',
    'file',
    'ssh',
    'git+',
    '#',
    '%',
    '?',
    ' ',
    '^',
    '[',
    ']',
  ];
  const types = [undefined, 'git', 'archive', 'directory', 'registry'] as const;
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom(...pieces), { maxLength: 8 }),
      fc.option(fc.constantFrom('v1', ''), { nil: undefined }),
      fc.constantFrom(...types),
      fc.boolean(),
      (parts, refSpec, type, windows) => {
        try {
          parseReference(parts.join(''), { refSpec, type, windows });
        } catch (error) {
          assert.ok(error instanceof AttuneError, `${error}`);
        }
      },
    ),
    { numRuns: 1000 },
  );
});
