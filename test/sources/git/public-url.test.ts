import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isSameRepository, toPublicGitUrl } from '../../../src/sources/git/public-url.ts';

const rows = [
  { claim: 'keeps an https URL', origin: 'https://github.com/org/repo.git', want: 'https://github.com/org/repo.git' },
  {
    claim: 'does not add .git to an https URL',
    origin: 'https://github.com/org/repo',
    want: 'https://github.com/org/repo',
  },
  { claim: 'removes a trailing slash', origin: 'https://github.com/org/repo/', want: 'https://github.com/org/repo' },
  {
    claim: 'keeps the port of an https URL',
    origin: 'https://git.example:8443/repo.git',
    want: 'https://git.example:8443/repo.git',
  },
  {
    claim: 'removes a login',
    origin: 'https://ci:s3cret@gitlab.com/org/repo.git',
    want: 'https://gitlab.com/org/repo.git',
  },
  { claim: 'removes a token', origin: 'https://s3cret@github.com/org/repo', want: 'https://github.com/org/repo' },
  { claim: 'keeps an http URL', origin: 'http://127.0.0.1:3000/repo.git', want: 'http://127.0.0.1:3000/repo.git' },
  { claim: 'converts the scp form', origin: 'git@github.com:org/repo.git', want: 'https://github.com/org/repo.git' },
  {
    claim: 'converts the scp form without .git',
    origin: 'git@github.com:org/repo',
    want: 'https://github.com/org/repo',
  },
  { claim: 'converts the scp form without a user', origin: 'github.com:org/repo', want: 'https://github.com/org/repo' },
  {
    claim: 'converts the scp form with an absolute path',
    origin: 'git@host.example:/org/repo.git',
    want: 'https://host.example/org/repo.git',
  },
  {
    claim: 'converts an ssh URL',
    origin: 'ssh://git@github.com/org/repo.git',
    want: 'https://github.com/org/repo.git',
  },
  {
    claim: 'converts an ssh URL with a port',
    origin: 'ssh://git@host.example:2222/org/repo',
    want: 'https://host.example/org/repo',
  },
  {
    claim: 'converts an ssh URL with a password',
    origin: 'ssh://git:s3cret@host.example/org/repo',
    want: 'https://host.example/org/repo',
  },
  {
    claim: 'converts a git+ssh URL',
    origin: 'git+ssh://git@host.example/org/repo',
    want: 'https://host.example/org/repo',
  },
  { claim: 'converts a git URL', origin: 'git://host.example/org/repo.git', want: 'https://host.example/org/repo.git' },
  { claim: 'keeps subgroups', origin: 'git@gitlab.com:a/b/c.git', want: 'https://gitlab.com/a/b/c.git' },
  { claim: 'keeps an IPv6 address', origin: 'ssh://git@[::1]/repo.git', want: 'https://[::1]/repo.git' },
  { claim: 'keeps a file URL', origin: 'file:///srv/git/repo.git', want: 'file:///srv/git/repo.git' },
  { claim: 'converts a path to a file URL', origin: '/srv/git/a repo.git', want: 'file:///srv/git/a%20repo.git' },
  { claim: 'resolves a relative path in the work tree', origin: '../repo.git', want: 'file:///home/ada/repo.git' },
  { claim: 'treats a colon after a slash as part of a path', origin: './a:b', want: 'file:///home/ada/pack/a:b' },
  {
    claim: 'returns undefined for a home directory in the scp form',
    origin: 'git@host.example:~ada/repo.git',
    want: undefined,
  },
  {
    claim: 'returns undefined for a home directory in a URL',
    origin: 'ssh://ada@host.example/~/repo.git',
    want: undefined,
  },
  { claim: 'returns undefined for a remote helper', origin: 'ext::sh -c whoami', want: undefined },
  { claim: 'returns undefined for an unknown scheme', origin: 's3://bucket/repo', want: undefined },
  { claim: 'returns undefined for an invalid URL', origin: 'https://user:p/ss@host/repo', want: undefined },
  { claim: 'returns undefined for a host without a path', origin: 'ssh://git@host.example/', want: undefined },
];

describe('toPublicGitUrl', () => {
  for (const { claim, origin, want } of rows) {
    test(`toPublicGitUrl ${claim}`, () => assert.equal(toPublicGitUrl(origin, '/home/ada/pack'), want));
  }
});

const pairs = [
  { a: 'git@github.com:org/repo.git', b: 'https://github.com/Org/repo', same: true },
  { a: 'ssh://git@github.com/org/repo', b: 'https://user@github.com/org/repo.git/', same: true },
  { a: 'https://github.com/org/repo', b: 'https://github.com/org/repo2', same: false },
  { a: 'https://github.com/org/repo', b: 'https://gitlab.com/org/repo', same: false },
  { a: 'ext::a', b: 'ext::a', same: false },
];

for (const { a, b, same } of pairs) {
  test(`isSameRepository is ${same} for ${a} and ${b}`, () => {
    assert.equal(isSameRepository(a, b, '/home/ada'), same);
    assert.equal(isSameRepository(b, a, '/home/ada'), same);
  });
}
