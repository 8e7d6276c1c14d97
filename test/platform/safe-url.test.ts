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
    claim: 'a URL without secrets is itself',
    text: 'https://Host.example/a%2Fb?x=1#y',
    want: 'https://Host.example/a%2Fb?x=1#y',
  },
  { claim: 'a login goes', text: 'https://ada:secret@host.example/x.git', want: 'https://host.example/x.git' },
  { claim: 'a token alone goes', text: 'https://token@host.example/x', want: 'https://host.example/x' },
  { claim: 'so does one with a sign that should be encoded', text: 'http://a:p@ss@host/x', want: 'http://host/x' },
  {
    claim: 'a password with a slash makes no URL',
    text: 'https://a:p/w@host.example/x',
    want: 'https://host.example/x',
  },
  { claim: 'other schemes are no different', text: 'git+https://a:b@host/x', want: 'git+https://host/x' },
  { claim: 'one slash is enough for a browser', text: 'https:/a:b@host/x', want: 'https://host/x' },
  { claim: 'or none', text: 'https:a:b@host/x', want: 'https://host/x' },
  { claim: 'spaces before it are none to a browser', text: ' https://a:b@host/x', want: ' https://host/x' },
  { claim: 'line feeds in it neither', text: 'ht\ntps://a:b@host/x', want: 'ht\ntps://host/x' },
  { claim: 'nor are control characters', text: '\u0001https://a:b@host/x', want: '\u0001https://host/x' },
  { claim: 'a backslash is a slash', text: 'https:\\\\a:b@host\\x', want: 'https://host/x' },
  {
    claim: 'a login within a path goes',
    text: 'https://m.example/https://a:b@host/x',
    want: 'https://m.example/https://host/x',
  },
  { claim: 'an @ in a path is none', text: 'https://host/@scope/pack@1.2', want: 'https://host/@scope/pack@1.2' },
  { claim: 'a user of ssh is a part of the address', text: 'ssh://git@host:22/x.git', want: 'ssh://git@host:22/x.git' },
  { claim: 'a password of ssh goes', text: 'ssh://git:pw@host/x.git', want: 'ssh://git@host/x.git' },
  { claim: 'also that of a user with an @', text: 'ssh://a@b:pw@h/x', want: 'ssh://a@b@h/x' },
  { claim: 'even behind an encoded colon', text: 'git+ssh://git%3Apw@host/x', want: 'git+ssh://git@host/x' },
  { claim: 'the short form of ssh is itself', text: 'git@host.example:org/x.git', want: 'git@host.example:org/x.git' },
  { claim: 'a login without a scheme goes', text: 'ada:secret@host/x', want: 'host/x' },
  { claim: 'a path is itself', text: './packs/a@b:c', want: './packs/a@b:c' },
  { claim: 'a drive of Windows is no user', text: 'C:\\packs\\a@b', want: 'C:\\packs\\a@b' },
  { claim: 'a reference is itself', text: 'slack@^1.2', want: 'slack@^1.2' },
  { claim: 'nothing is nothing', text: '', want: '' },
  { claim: 'parameters stay', text: 'https://h/x?v=1&ref=a', want: 'https://h/x?v=1&ref=a' },
  {
    claim: 'those that look like secrets are hidden',
    text: 'https://h/x?v=1&access_token=t&X-Amz-Signature=s&X-Amz-Expires=60&sig=a%20b#id_token=u',
    want: 'https://h/x?v=1&access_token=…&X-Amz-Signature=…&X-Amz-Expires=60&sig=…#id_token=…',
  },
  {
    claim: 'also under an encoded name',
    text: 'https://h/?acces%73_token=t',
    want: 'https://h/?acces%73_token=…',
  },
  {
    claim: 'a wrong escape is no hiding place',
    text: 'https://h/?%zztoken=t',
    want: 'https://h/?%zztoken=…',
  },
];

for (const { claim, text, want } of ROWS) {
  test(claim, () => {
    const url = new SafeUrl(text);
    assert.equal(String(url), want);
    assert.equal(url.reveal(), text);
  });
}

test('in a path, a parameter is a part of a name', () => {
  assert.equal(`${new SafeUrl('./packs/a?token=b')}`, './packs/a?token=b');
});

test('what is hidden in an address is hidden in what comes of it', () => {
  const url = new SafeUrl('https://h/T0ken/x/', (text) => text.replaceAll('T0ken', '***'));
  const below = url.below('/info?a=1');
  assert.deepEqual([below.reveal(), `${below}`], ['https://h/T0ken/x/info?a=1', 'https://h/***/x/info?a=1']);
  assert.equal(`${below.above('/info?a=1')}`, 'https://h/***/x');
  assert.equal(below.above('/other'), undefined);
  assert.equal(`${url.derive('https://a:b@other/T0ken')}`, 'https://other/***');
});

test('what others write about an address is shown without what is secret in it', () => {
  const url = new SafeUrl('https://ada:p%40ss%26word@h/T0ken/x?sig=abc%2Fdef&v=17', (text) =>
    text.replaceAll('T0ken', '***'),
  );
  const login = Buffer.from('ada:p@ss&word').toString('base64url');
  const page = `No /T0ken/x?sig=abc%2fdef&v=17 (Basic ${login}; P@SS&amp;WORD, p%40ss%26word, more)`;
  assert.equal(url.censor(page, ['more']), 'No /***/x?sig=…&v=17 (Basic …; …, …, …)');
  assert.equal(new SafeUrl('https://h/x').censor(page), page);
});

/** Everything that a value turns into when nobody thinks of it. */
function tracesOf(url: SafeUrl): string {
  const error = new Error(`Cannot reach ${url}`, { cause: url });
  return [
    String(url),
    `${url}`,
    // biome-ignore lint/style/useTemplate: this is another conversion
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

test('all that it turns into is the same address', () => {
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
/** A name or a password with a mark in it by which it is found again, however it is encoded. */
const marked = (mark: string) =>
  fc
    .tuple(text, text, fc.boolean())
    .map(([before, after, encoded]) =>
      encoded
        ? encodeURIComponent(before) + mark + encodeURIComponent(after)
        : `${before}${mark}${after}`.replace(/[/?#\\]/g, ''),
    );

test('whatever the URL, its login is in nothing that it turns into', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('https://', 'http://', 'HTTPS://', 'git+https://', 'ftp://', 'git://', 'https:', 'https:/'),
      marked(USER),
      fc.option(marked(PASSWORD), { nil: undefined }),
      fc.constantFrom('host.example', 'localhost:8080', '[::1]', '127.0.0.1', 'no host', ''),
      fc.constantFrom('', '/', '/org/x.git', '/a@b/c', '?q=1', '#f@g', '/x?mail=a@b'),
      (scheme, user, password, host, path) => {
        const login = password === undefined ? user : `${user}:${password}`;
        const traces = tracesOf(new SafeUrl(`${scheme}${login}@${host}${path}`));
        assert.ok(!traces.includes(USER) && !traces.includes(PASSWORD), traces);
      },
    ),
    { numRuns: 500 },
  );
});

test('whatever the address of ssh, its password is in nothing that it turns into', () => {
  fc.assert(
    fc.property(fc.constantFrom('ssh://', 'git+ssh://'), marked(PASSWORD), (scheme, password) => {
      assert.ok(!tracesOf(new SafeUrl(`${scheme}git:${password}@host/x`)).includes(PASSWORD));
    }),
  );
});

test('what was given comes back, whatever it is', () => {
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
  test(`${url} is printed as ${printed}`, () => assert.equal(`${new SafeUrl(url)}`, printed));
}
