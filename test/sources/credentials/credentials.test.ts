import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SafeUrl } from '../../../src/platform/safe-url.ts';
import { extractSecrets, findCredentials as findCredentialsFor } from '../../../src/sources/credentials/credentials.ts';
import { findNetrcLogin } from '../../../src/sources/credentials/netrc.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

/** Returns the logins for a URL: that of its host, and the general one. */
function findCredentials(url: string, variables: Record<string, string>) {
  const { bound, general } = findCredentialsFor(new SafeUrl(url), variables);
  return [bound, general].map(decodeLogin);
}

function decodeLogin(authorization: string | undefined): string | undefined {
  return authorization && Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString('utf8');
}

const NONE = undefined;

describe('findCredentials', () => {
  const github = 'https://github.com/org/pack.git';
  const rows: {
    claim: string;
    url: string;
    variables: Record<string, string>;
    want: readonly [bound: string | undefined, general: string | undefined];
  }[] = [
    { claim: 'finds nothing if no variable is set', url: github, variables: {}, want: [NONE, NONE] },
    {
      claim: 'finds ATTUNE_GIT_TOKEN, which is general',
      url: github,
      variables: { ATTUNE_GIT_TOKEN: 't' },
      want: [NONE, 'x-access-token:t'],
    },
    {
      claim: 'uses the user name in a token',
      url: github,
      variables: { ATTUNE_GIT_TOKEN: 'bot:t:1' },
      want: [NONE, 'bot:t:1'],
    },
    {
      claim: 'trims a token',
      url: github,
      variables: { ATTUNE_GIT_TOKEN: ' t\n' },
      want: [NONE, 'x-access-token:t'],
    },
    {
      claim: 'finds GITHUB_TOKEN for github.com',
      url: github,
      variables: { GITHUB_TOKEN: 't' },
      want: [NONE, 'x-access-token:t'],
    },
    {
      claim: 'does not use GITHUB_TOKEN for other hosts',
      url: 'https://github.com.evil.example/x.git',
      variables: { GITHUB_TOKEN: 't' },
      want: [NONE, NONE],
    },
    {
      claim: 'does not use GITHUB_TOKEN for other ports',
      url: 'https://github.com:8443/x.git',
      variables: { GITHUB_TOKEN: 't' },
      want: [NONE, NONE],
    },
    {
      claim: 'prefers ATTUNE_GIT_TOKEN to GITHUB_TOKEN',
      url: github,
      variables: { GITHUB_TOKEN: 'g', ATTUNE_GIT_TOKEN: 'a' },
      want: [NONE, 'x-access-token:a'],
    },
    {
      claim: 'finds the token for the host and port',
      url: 'https://git.my-org.example:8443/x.git',
      variables: { ATTUNE_GIT_TOKEN_GIT_MY_ORG_EXAMPLE_8443: 'p', ATTUNE_GIT_TOKEN_GIT_MY_ORG_EXAMPLE: 'h' },
      want: ['x-access-token:p', NONE],
    },
    {
      claim: 'finds the token for the host alone',
      url: 'https://git.example:8443/x.git',
      variables: { ATTUNE_GIT_TOKEN_GIT_EXAMPLE: 'h' },
      want: ['x-access-token:h', NONE],
    },
    {
      claim: 'does not use the token for another port',
      url: 'https://git.example:8443/x.git',
      variables: { ATTUNE_GIT_TOKEN_GIT_EXAMPLE_9443: 'h' },
      want: [NONE, NONE],
    },
    {
      claim: 'ignores a blank variable',
      url: github,
      variables: { ATTUNE_GIT_TOKEN: ' ', GITHUB_TOKEN: 't' },
      want: [NONE, 'x-access-token:t'],
    },
    {
      claim: 'prefers the login in the URL to all others',
      url: 'https://joe:p%40w@git.example/x.git',
      variables: { ATTUNE_GIT_TOKEN_GIT_EXAMPLE: 'h', ATTUNE_GIT_TOKEN: 'a' },
      want: ['joe:p@w', NONE],
    },
    {
      claim: 'takes the password for a user name in the URL from the token for the host',
      url: 'https://joe@git.example/x.git',
      variables: { ATTUNE_GIT_TOKEN_GIT_EXAMPLE: 'h' },
      want: ['joe:h', NONE],
    },
    {
      claim: 'takes the password for a user name in the URL from a general token, which stays general',
      url: 'https://joe@git.example/x.git',
      variables: { ATTUNE_GIT_TOKEN: 'a' },
      want: [NONE, 'joe:a'],
    },
    {
      claim: 'uses a user name in the URL alone if there is no password for it',
      url: 'https://t0ken@git.example/x.git',
      variables: {},
      want: ['t0ken:', NONE],
    },
  ];
  for (const { claim, url, variables, want } of rows) {
    it(`findCredentials ${claim}`, () => assert.deepEqual(findCredentials(url, variables), want));
  }

  it('findCredentials reads ~/.netrc, or the file in NETRC, after the variables', (test) => {
    const home = temporaryDirectory(test);
    writeFileSync(join(home, '.netrc'), 'machine git.example login me password home default login any password all');
    writeFileSync(join(home, 'other'), 'machine git.example login me password other');
    const url = 'https://git.example/x.git';
    assert.deepEqual(findCredentials(url, { HOME: home }), ['me:home', 'any:all']);
    assert.deepEqual(findCredentials(url.replace('git.', 'other.'), { HOME: home }), [NONE, 'any:all']);
    assert.deepEqual(findCredentials(url, { NETRC: join(home, 'other') }), ['me:other', NONE]);
    assert.deepEqual(findCredentials(url, { HOME: home, ATTUNE_GIT_TOKEN_GIT_EXAMPLE: 't' }), [
      'x-access-token:t',
      'any:all',
    ]);
    assert.deepEqual(findCredentials(url, { HOME: home, NETRC: join(home, 'missing') }), [NONE, NONE]);
    assert.deepEqual(findCredentials(url.replace('//', '//me@'), { HOME: home }), ['me:home', NONE]);
    assert.deepEqual(findCredentials(url.replace('//', '//joe@'), { NETRC: join(home, 'other') }), ['joe:', NONE]);
  });

  it('extractSecrets returns the encoded and decoded forms of a login', () => {
    const { general } = findCredentialsFor(new SafeUrl(github), { ATTUNE_GIT_TOKEN: 'bot:t:1' });
    assert.deepEqual(extractSecrets(general), [general?.replace('Basic ', ''), 'bot', 't:1', 'bot:t:1']);
    assert.deepEqual(extractSecrets(undefined), ['']);
  });
});

describe('findNetrcLogin', () => {
  for (const { claim, text, want } of [
    { claim: 'an entry on one line', text: 'machine h login u password p', want: 'u:p' },
    { claim: 'an entry on several lines', text: 'machine h\n\tlogin u\n\tpassword p\n', want: 'u:p' },
    { claim: 'a password before its login', text: 'machine h password p login u', want: 'u:p' },
    {
      claim: 'an entry after that of another machine',
      text: 'machine x login a password b machine h login u password p',
      want: 'u:p',
    },
    { claim: 'a file with a default alone', text: 'default login u password p', want: undefined },
    { claim: 'a file without an entry for the host', text: 'machine x login a password b', want: undefined },
    { claim: 'an entry without a password', text: 'machine h login u machine x password b', want: undefined },
    { claim: 'a password that is a keyword', text: 'machine h login u password machine', want: 'u:machine' },
    { claim: 'a quoted password', text: 'machine h login u password "p \\"q"', want: 'u:p "q' },
    { claim: 'an account', text: 'machine h login u account login password p', want: 'u:p' },
    { claim: 'a comment', text: '# machine h login a password b\nmachine h login u password p', want: 'u:p' },
    {
      claim: 'a macro',
      text: 'macdef init\nmachine h login a password b\n\nmachine h login u password p',
      want: 'u:p',
    },
    { claim: 'an empty file', text: '', want: undefined },
  ]) {
    it(`findNetrcLogin reads ${claim}`, () => {
      const login = findNetrcLogin(text, { host: 'h' });
      assert.equal(login && `${login.user}:${login.password}`, want);
    });
  }

  it('findNetrcLogin finds the default entry, and the entry of a user', () => {
    const text = 'machine h login a password 1 machine h login b password 2 default login c password 3';
    assert.equal(findNetrcLogin(text, { host: undefined })?.password, '3');
    assert.equal(findNetrcLogin(text, { host: 'h', user: 'b' })?.password, '2');
    assert.equal(findNetrcLogin(text, { host: 'h', user: 'x' }), undefined);
  });
});
