// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the form of references in config.yaml
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { type Mirrors, resolveMirror } from '../../src/config/mirrors.ts';
import { SafeUrl } from '../../src/platform/safe-url.ts';

const mirrors = {
  'https://github.com/': 'file:///mnt/github/',
  'https://github.com/org/': 'https://inner.example/org',
  'https://index.example/index.json': '/srv/index.json',
  'https://plain.example': 'https://plain.inner',
  'git@github.com:': 'ssh://git@inner.example/',
  'https://secret.example/': 'https://${USER}:${PASSWORD}@inner.example/',
};

/** What a URL is asked for at. */
const usedFor = (url: string, through: Mirrors = mirrors, variables = {}) =>
  resolveMirror(new SafeUrl(url), through, variables)?.reveal();

describe('a URL', () => {
  const rows: { claim: string; url: string; want: string | undefined }[] = [
    { claim: 'that no prefix matches stays as it is', url: 'https://gitlab.com/a b', want: undefined },
    { claim: 'has its prefix replaced', url: 'https://github.com/a/b.git', want: 'file:///mnt/github/a/b.git' },
    { claim: 'takes the longest prefix', url: 'https://github.com/org/b.git', want: 'https://inner.example/org/b.git' },
    { claim: 'may be the prefix itself', url: 'https://index.example/index.json', want: 'file:///srv/index.json' },
    { claim: 'keeps its query', url: 'https://index.example/index.json?x=1', want: 'file:///srv/index.json?x=1' },
    { claim: 'is not matched in the middle of a name', url: 'https://index.example/index.json5', want: undefined },
    { claim: 'is not matched in the middle of a host', url: 'https://plain.example.org/a', want: undefined },
    {
      claim: 'matches a prefix without a slash at its end',
      url: 'https://plain.example/a',
      want: 'https://plain.inner/a',
    },
    { claim: 'matches whatever the case of its host', url: 'HTTPS://GitHub.COM/a', want: 'file:///mnt/github/a' },
    { claim: 'matches with its default port', url: 'https://github.com:443/a', want: 'file:///mnt/github/a' },
    { claim: 'does not match on another port', url: 'https://github.com:8443/a', want: undefined },
    { claim: 'does not match in another scheme', url: 'http://github.com/a', want: undefined },
    { claim: 'does not take its user info along', url: 'https://me:pw@github.com/a', want: 'file:///mnt/github/a' },
    {
      claim: 'cannot lead out of the mirror',
      url: 'https://github.com/../../etc/passwd',
      want: 'file:///mnt/github/etc/passwd',
    },
    {
      claim: 'cannot lead out of it encoded',
      url: 'https://github.com/a/%2e%2e/%2E%2E/b',
      want: 'file:///mnt/github/b',
    },
    {
      claim: 'cannot lead out of it with backslashes',
      url: 'https://github.com/..\\..\\b',
      want: 'file:///mnt/github/b',
    },
    {
      claim: 'cannot leave its organisation unnoticed',
      url: 'https://github.com/org/../b',
      want: 'file:///mnt/github/b',
    },
  ];
  for (const { claim, url, want } of rows) {
    test(claim, () => assert.equal(usedFor(url), want));
  }
});

test('the URL of a mirror may hold variables, taken from the environment when it is used', () => {
  const variables = { USER: 'me', PASSWORD: 'pw' };
  assert.equal(usedFor('https://secret.example/a', mirrors, variables), 'https://me:pw@inner.example/a');
  assert.throws(() => usedFor('https://secret.example/a'), { code: 'INVALID_CONFIG' });
});

test('the URL that is mirrored is never expanded', () => {
  assert.doesNotMatch(usedFor('https://github.com/${TOKEN}', mirrors, { TOKEN: 'secret' }) ?? '', /secret/);
});

test('whatever follows the prefix stays below the mirror', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('.', '..', '/', '\\', '%2e', '%2f', 'a', '?', '#') }), (rest) => {
      const url = usedFor(`https://github.com/${rest}`, { 'https://github.com/': '/mnt/github' });
      assert.ok(url !== undefined);
      assert.ok(new URL(url).href.startsWith('file:///mnt/github/'), url);
    }),
  );
});

test('a secret in the address of a mirror is used, and not shown', () => {
  const mirrors = { 'https://github.com/': 'https://me:pw@mirror.example/${TOKEN}/git/' };
  const mirror = resolveMirror(new SafeUrl('https://github.com/a/b.git'), mirrors, { TOKEN: 's3cret' });
  assert.equal(mirror?.reveal(), 'https://me:pw@mirror.example/s3cret/git/a/b.git');
  assert.equal(`${mirror}`, 'https://mirror.example/${TOKEN}/git/a/b.git');
  // Nor where its server leads to.
  assert.equal(`${mirror?.derive('https://cdn.example/s3cret/b')}`, 'https://cdn.example/${TOKEN}/b');
});
