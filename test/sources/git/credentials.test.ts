import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { SafeUrl } from '../../../src/platform/safe-url.ts';
import { extractSecrets, findAuthorization as findAuthorizationFor } from '../../../src/sources/git/credentials.ts';
import { findNetrcLogin } from '../../../src/sources/git/netrc.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const findAuthorization = (url: string, variables: Record<string, string>) =>
  findAuthorizationFor(new SafeUrl(url), variables);

function decodeLogin(authorization: string | undefined): string | undefined {
  return authorization && Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString('utf8');
}

describe('findAuthorization', () => {
  const github = 'https://github.com/org/pack.git';
  for (const { claim, url, variables, want } of [
    { claim: 'returns undefined if no variable is set', url: github, variables: {}, want: undefined },
    { claim: 'uses ATTUNE_GIT_TOKEN', url: github, variables: { ATTUNE_GIT_TOKEN: 't' }, want: 'x-access-token:t' },
    {
      claim: 'uses the user name in a token',
      url: github,
      variables: { ATTUNE_GIT_TOKEN: 'bot:t:1' },
      want: 'bot:t:1',
    },
    {
      claim: 'uses GITHUB_TOKEN for github.com',
      url: github,
      variables: { GITHUB_TOKEN: 't' },
      want: 'x-access-token:t',
    },
    {
      claim: 'does not use GITHUB_TOKEN for other hosts',
      url: 'https://github.com.evil.example/x.git',
      variables: { GITHUB_TOKEN: 't' },
      want: undefined,
    },
    {
      claim: 'does not use GITHUB_TOKEN for other ports',
      url: 'https://github.com:8443/x.git',
      variables: { GITHUB_TOKEN: 't' },
      want: undefined,
    },
    {
      claim: 'prefers ATTUNE_GIT_TOKEN to GITHUB_TOKEN',
      url: github,
      variables: { GITHUB_TOKEN: 'g', ATTUNE_GIT_TOKEN: 'a' },
      want: 'x-access-token:a',
    },
    {
      claim: 'prefers the token for the host to all others',
      url: 'https://git.my-org.example:8443/x.git',
      variables: { ATTUNE_GIT_TOKEN: 'a', ATTUNE_GIT_TOKEN_GIT_MY_ORG_EXAMPLE_8443: 'h' },
      want: 'x-access-token:h',
    },
    {
      claim: 'does not use the token of a host for another port',
      url: 'https://git.example:8443/x.git',
      variables: { ATTUNE_GIT_TOKEN_GIT_EXAMPLE: 'h' },
      want: undefined,
    },
    {
      claim: 'ignores an empty variable',
      url: github,
      variables: { ATTUNE_GIT_TOKEN: '', GITHUB_TOKEN: 't' },
      want: 'x-access-token:t',
    },
  ]) {
    it(`findAuthorization ${claim}`, () => assert.equal(decodeLogin(findAuthorization(url, variables)), want));
  }

  it('findAuthorization reads ~/.netrc, or the file in NETRC, after the variables', (test) => {
    const home = temporaryDirectory(test);
    writeFileSync(join(home, '.netrc'), 'machine git.example login me password home');
    writeFileSync(join(home, 'other'), 'machine git.example login me password other');
    const url = 'https://git.example/x.git';
    assert.equal(decodeLogin(findAuthorization(url, { HOME: home })), 'me:home');
    assert.equal(decodeLogin(findAuthorization(url, { HOME: home, NETRC: join(home, 'other') })), 'me:other');
    assert.equal(decodeLogin(findAuthorization(url, { HOME: home, ATTUNE_GIT_TOKEN: 't' })), 'x-access-token:t');
    assert.equal(findAuthorization(url, { HOME: home, NETRC: join(home, 'missing') }), undefined);
  });

  it('extractSecrets returns the encoded and decoded forms of a login', () => {
    const sent = findAuthorization(github, { ATTUNE_GIT_TOKEN: 'bot:t:1' });
    assert.deepEqual(extractSecrets(sent), [sent?.replace('Basic ', ''), 'bot', 't:1', 'bot:t:1']);
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
    { claim: 'a default at the end', text: 'machine x login a password b default login u password p', want: 'u:p' },
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
      const login = findNetrcLogin(text, 'h');
      assert.equal(login && `${login.user}:${login.password}`, want);
    });
  }
});
