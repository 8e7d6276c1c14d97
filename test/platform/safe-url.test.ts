import assert from 'node:assert/strict';
import { test } from 'node:test';
import { format, inspect } from 'node:util';
import fc from 'fast-check';
import { SafeUrl } from '../../src/platform/safe-url.ts';

interface Row {
  readonly claim: string;
  readonly text: string;
  readonly want: string;
}

const ROWS: readonly Row[] = [
  {
    claim: 'a URL without secrets is unchanged',
    text: 'https://Host.example/a%2Fb?x=1#y',
    want: 'https://Host.example/a%2Fb?x=1#y',
  },
  { claim: 'user info is removed', text: 'https://ada:secret@host.example/x.git', want: 'https://host.example/x.git' },
  {
    claim: 'a user name without a password is removed',
    text: 'https://token@host.example/x',
    want: 'https://host.example/x',
  },
  { claim: 'user info with an unencoded @ is removed', text: 'http://a:p@ss@host/x', want: 'http://host/x' },
  {
    claim: 'a password with an unencoded slash is removed',
    text: 'https://a:p/w@host.example/x',
    want: 'https://host.example/x',
  },
  {
    claim: 'a password with an unencoded slash that looks like a port is removed',
    text: 'https://joe:12/s3cr3t@git.example/p.git',
    want: 'https://git.example/p.git',
  },
  {
    claim: 'a password with an unencoded question mark that looks like a port is removed',
    text: 'https://joe:12?s3cr3t@10.0.0.1/p.git',
    want: 'https://10.0.0.1/p.git',
  },
  {
    claim: 'scopes, versions and digests after a port are kept',
    text: 'https://host:8443/@scope/pack@1.2.0',
    want: 'https://host:8443/@scope/pack@1.2.0',
  },
  {
    claim: 'a digest after a port is kept',
    text: 'oci://host:5000/pack@sha256:00ff',
    want: 'oci://host:5000/pack@sha256:00ff',
  },
  { claim: 'user info is removed for other schemes', text: 'git+https://a:b@host/x', want: 'git+https://host/x' },
  { claim: 'user info is removed after a single slash', text: 'https:/a:b@host/x', want: 'https://host/x' },
  { claim: 'user info is removed after no slash', text: 'https:a:b@host/x', want: 'https://host/x' },
  { claim: 'user info is removed after leading spaces', text: ' https://a:b@host/x', want: ' https://host/x' },
  {
    claim: 'user info is removed if the scheme contains a line feed',
    text: 'ht\ntps://a:b@host/x',
    want: 'ht\ntps://host/x',
  },
  {
    claim: 'user info is removed after a leading control character',
    text: '\u0001https://a:b@host/x',
    want: '\u0001https://host/x',
  },
  { claim: 'user info is removed after backslashes', text: 'https:\\\\a:b@host\\x', want: 'https://host/x' },
  {
    claim: 'user info of a nested URL is removed',
    text: 'https://m.example/https://a:b@host/x',
    want: 'https://m.example/https://host/x',
  },
  { claim: 'an @ in the path is kept', text: 'https://host/@scope/pack@1.2', want: 'https://host/@scope/pack@1.2' },
  { claim: 'the user name of an ssh URL is kept', text: 'ssh://git@host:22/x.git', want: 'ssh://git@host:22/x.git' },
  { claim: 'the password of an ssh URL is removed', text: 'ssh://git:pw@host/x.git', want: 'ssh://git@host/x.git' },
  { claim: 'the password of an ssh user with an @ is removed', text: 'ssh://a@b:pw@h/x', want: 'ssh://a@b@h/x' },
  {
    claim: 'the password of an ssh URL after an encoded colon is removed',
    text: 'git+ssh://git%3Apw@host/x',
    want: 'git+ssh://git@host/x',
  },
  {
    claim: 'the short form of ssh is unchanged',
    text: 'git@host.example:org/x.git',
    want: 'git@host.example:org/x.git',
  },
  { claim: 'user info without a scheme is removed', text: 'ada:secret@host/x', want: 'host/x' },
  { claim: 'a path is unchanged', text: './packs/a@b:c', want: './packs/a@b:c' },
  { claim: 'a Windows drive is unchanged', text: 'C:\\packs\\a@b', want: 'C:\\packs\\a@b' },
  { claim: 'a pack reference is unchanged', text: 'slack@^1.2', want: 'slack@^1.2' },
  { claim: 'an empty string is unchanged', text: '', want: '' },
  { claim: 'ordinary query parameters are kept', text: 'https://h/x?v=1&ref=a', want: 'https://h/x?v=1&ref=a' },
  {
    claim: 'the values of secret parameters are replaced',
    text: 'https://h/x?v=1&access_token=t&X-Amz-Signature=s&X-Amz-Expires=60&sig=a%20b#id_token=u',
    want: 'https://h/x?v=1&access_token=…&X-Amz-Signature=…&X-Amz-Expires=60&sig=…#id_token=…',
  },
  {
    claim: 'the value of a secret parameter with an encoded name is replaced',
    text: 'https://h/?acces%73_token=t',
    want: 'https://h/?acces%73_token=…',
  },
  {
    claim: 'the value of a secret parameter with an invalid escape is replaced',
    text: 'https://h/?%zztoken=t',
    want: 'https://h/?%zztoken=…',
  },
];

for (const { claim, text, want } of ROWS) {
  test(`SafeUrl: ${claim}`, () => {
    const url = new SafeUrl(text);
    assert.equal(String(url), want);
    assert.equal(url.reveal(), text);
  });
}

test('SafeUrl: a parameter in a local path is unchanged', () => {
  assert.equal(`${new SafeUrl('./packs/a?token=b')}`, './packs/a?token=b');
});

test('SafeUrl: derived URLs hide the same secrets', () => {
  const url = new SafeUrl('https://h/T0ken/x/', (text) => text.replaceAll('T0ken', '***'));
  const below = url.append('/info?a=1');
  assert.deepEqual([below.reveal(), `${below}`], ['https://h/T0ken/x/info?a=1', 'https://h/***/x/info?a=1']);
  assert.equal(`${below.withoutSuffix('/info?a=1')}`, 'https://h/***/x');
  assert.equal(below.withoutSuffix('/other'), undefined);
  assert.equal(`${url.derive('https://a:b@other/T0ken')}`, 'https://other/***');
});

test('SafeUrl: redact removes the secrets of the URL from a text', () => {
  const url = new SafeUrl('https://ada:p%40ss%26word@h/T0ken/x?sig=abc%2Fdef&v=17', (text) =>
    text.replaceAll('T0ken', '***'),
  );
  const login = Buffer.from('ada:p@ss&word').toString('base64url');
  const page = `No /T0ken/x?sig=abc%2fdef&v=17 (Basic ${login}; P@SS&amp;WORD, p%40ss%26word, more)`;
  assert.equal(url.redact(page, ['more']), 'No /***/x?sig=…&v=17 (Basic …; …, …, …)');
  assert.equal(new SafeUrl('https://h/x').redact(page), page);
});

/** Returns all implicit string conversions of a URL. */
function conversionsOf(url: SafeUrl): string {
  const error = new Error(`Cannot reach ${url}`, { cause: url });
  return [
    String(url),
    `${url}`,
    // biome-ignore lint/style/useTemplate: concatenation is a different conversion
    '' + url,
    JSON.stringify({ url, list: [url] }),
    inspect(url, { showHidden: true, depth: 9 }),
    inspect({ deep: { url } }, { showHidden: true, depth: 9, showProxy: true }),
    inspect(error),
    format('%s %o %O %j', url, url, url, url),
    JSON.stringify(Object.entries(url)),
    JSON.stringify({ ...url }),
    Reflect.ownKeys(url).join(),
    inspect(structuredClone({ ...url })),
  ].join('\n');
}

test('SafeUrl: JSON, inspection and keys show the redacted URL only', () => {
  const url = new SafeUrl('https://ada:secret@host/x');
  assert.deepEqual(JSON.parse(JSON.stringify({ url })), { url: 'https://host/x' });
  assert.equal(inspect(url), 'SafeUrl(https://host/x)');
  assert.deepEqual(Object.keys(url), []);
});

const USER = 'zqUSER';
const PASSWORD = 'zqPASS';
const text = fc.string({
  unit: fc.oneof(fc.constantFrom(...'@:%&=+;!~*\'"(){}|^`.$,é漢 '), fc.string({ unit: 'grapheme-ascii' })),
});
/** Generates a user name or password that contains a marker, which every encoding keeps. */
const marked = (marker: string) =>
  fc
    .tuple(text, text, fc.boolean())
    .map(([before, after, encoded]) =>
      encoded
        ? encodeURIComponent(before) + marker + encodeURIComponent(after)
        : `${before}${marker}${after}`.replace(/[/?#\\]/g, ''),
    );

test('SafeUrl: no conversion contains the user info, for any URL', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('https://', 'http://', 'HTTPS://', 'git+https://', 'ftp://', 'git://', 'https:', 'https:/'),
      marked(USER),
      fc.option(marked(PASSWORD), { nil: undefined }),
      fc.constantFrom('host.example', 'localhost:8080', '[::1]', '127.0.0.1', 'no host', ''),
      fc.constantFrom('', '/', '/org/x.git', '/a@b/c', '?q=1', '#f@g', '/x?mail=a@b'),
      (scheme, user, password, host, path) => {
        const login = password === undefined ? user : `${user}:${password}`;
        const text = conversionsOf(new SafeUrl(`${scheme}${login}@${host}${path}`));
        assert.ok(!text.includes(USER) && !text.includes(PASSWORD), text);
      },
    ),
    { numRuns: 500 },
  );
});

test('SafeUrl: no conversion contains the password, for any ssh URL', () => {
  fc.assert(
    fc.property(fc.constantFrom('ssh://', 'git+ssh://'), marked(PASSWORD), (scheme, password) => {
      assert.ok(!conversionsOf(new SafeUrl(`${scheme}git:${password}@host/x`)).includes(PASSWORD));
    }),
  );
});

test('SafeUrl: reveal returns the original, for any text', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (any) => assert.equal(new SafeUrl(any).reveal(), any)));
});

const USER_INFO: readonly [url: string, printed: string][] = [
  ['https://user:secret@host/x', 'https://host/x'],
  ['https://token@host/x@y', 'https://host/x@y'],
  ['https://a:b@c@host/x', 'https://host/x'],
  ['https://host/x@y', 'https://host/x@y'],
  ['git@host:path', 'git@host:path'],
  ['./path@1', './path@1'],
];

for (const [url, printed] of USER_INFO) {
  test(`SafeUrl: ${url} is printed as ${printed}`, () => assert.equal(`${new SafeUrl(url)}`, printed));
}
