// biome-ignore-all lint/suspicious/noTemplateCurlyInString: settings.yaml refers to variables in this form
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { resolveMirror } from '../../src/config/mirrors.ts';
import type { Mirrors } from '../../src/config/types.ts';
import { SafeUrl } from '../../src/platform/safe-url.ts';

const mirrors = {
  'https://github.com/': 'file:///mnt/github/',
  'https://github.com/org/': 'https://inner.example/org',
  'https://index.example/index.json': '/srv/index.json',
  'https://plain.example': 'https://plain.inner',
  'git@github.com:': 'ssh://git@inner.example/',
  'https://secret.example/': 'https://${USER}:${PASSWORD}@inner.example/',
};

/** Returns the URL that is requested in place of a URL. */
const mirrored = (url: string, through: Mirrors = mirrors, variables = {}) =>
  resolveMirror(new SafeUrl(url), through, variables)?.reveal();

describe('resolveMirror: a URL', () => {
  const rows: { claim: string; url: string; want: string | undefined }[] = [
    { claim: 'without a matching prefix has no mirror', url: 'https://gitlab.com/a b', want: undefined },
    { claim: 'gets its prefix replaced', url: 'https://github.com/a/b.git', want: 'file:///mnt/github/a/b.git' },
    { claim: 'uses the longest prefix', url: 'https://github.com/org/b.git', want: 'https://inner.example/org/b.git' },
    { claim: 'may be the prefix itself', url: 'https://index.example/index.json', want: 'file:///srv/index.json' },
    { claim: 'keeps its query', url: 'https://index.example/index.json?x=1', want: 'file:///srv/index.json?x=1' },
    { claim: 'does not match in the middle of a name', url: 'https://index.example/index.json5', want: undefined },
    { claim: 'does not match in the middle of a host', url: 'https://plain.example.org/a', want: undefined },
    {
      claim: 'matches a prefix without a trailing slash',
      url: 'https://plain.example/a',
      want: 'https://plain.inner/a',
    },
    { claim: 'matches regardless of the case of its host', url: 'HTTPS://GitHub.COM/a', want: 'file:///mnt/github/a' },
    { claim: 'matches with its default port', url: 'https://github.com:443/a', want: 'file:///mnt/github/a' },
    { claim: 'does not match on another port', url: 'https://github.com:8443/a', want: undefined },
    { claim: 'does not match in another scheme', url: 'http://github.com/a', want: undefined },
    { claim: 'does not pass on its user info', url: 'https://me:pw@github.com/a', want: 'file:///mnt/github/a' },
    {
      claim: 'cannot escape from the mirror',
      url: 'https://github.com/../../etc/passwd',
      want: 'file:///mnt/github/etc/passwd',
    },
    {
      claim: 'cannot escape from the mirror with encoded dots',
      url: 'https://github.com/a/%2e%2e/%2E%2E/b',
      want: 'file:///mnt/github/b',
    },
    {
      claim: 'cannot escape from the mirror with backslashes',
      url: 'https://github.com/..\\..\\b',
      want: 'file:///mnt/github/b',
    },
    {
      claim: 'is normalized before the prefix is matched',
      url: 'https://github.com/org/../b',
      want: 'file:///mnt/github/b',
    },
  ];
  for (const { claim, url, want } of rows) {
    test(claim, () => assert.equal(mirrored(url), want));
  }
});

test('resolveMirror: variables in the URL of a mirror are expanded', () => {
  const variables = { USER: 'me', PASSWORD: 'pw' };
  assert.equal(mirrored('https://secret.example/a', mirrors, variables), 'https://me:pw@inner.example/a');
  assert.throws(() => mirrored('https://secret.example/a'), { code: 'INVALID_CONFIG' });
});

test('resolveMirror: variables in the mirrored URL are not expanded', () => {
  assert.doesNotMatch(mirrored('https://github.com/${TOKEN}', mirrors, { TOKEN: 'secret' }) ?? '', /secret/);
});

test('resolveMirror: the rest of any URL stays below the mirror', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('.', '..', '/', '\\', '%2e', '%2f', 'a', '?', '#') }), (rest) => {
      const url = mirrored(`https://github.com/${rest}`, { 'https://github.com/': '/mnt/github' });
      assert.ok(url !== undefined);
      assert.ok(new URL(url).href.startsWith('file:///mnt/github/'), url);
    }),
  );
});

test('resolveMirror: a secret in the URL of a mirror is used but not printed', () => {
  const mirrors = { 'https://github.com/': 'https://me:pw@mirror.example/${TOKEN}/git/' };
  const mirror = resolveMirror(new SafeUrl('https://github.com/a/b.git'), mirrors, { TOKEN: 's3cret' });
  assert.equal(mirror?.reveal(), 'https://me:pw@mirror.example/s3cret/git/a/b.git');
  assert.equal(`${mirror}`, 'https://mirror.example/${TOKEN}/git/a/b.git');
  // The secret is not printed in the target of a redirect either.
  assert.equal(`${mirror?.derive('https://cdn.example/s3cret/b')}`, 'https://cdn.example/${TOKEN}/b');
});
