import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isSameRepository, toPublicGitUrl } from '../../../src/sources/git/public-url.ts';

const rows = [
  { claim: 'https stays', origin: 'https://github.com/org/repo.git', want: 'https://github.com/org/repo.git' },
  {
    claim: 'https without .git stays without',
    origin: 'https://github.com/org/repo',
    want: 'https://github.com/org/repo',
  },
  { claim: 'a slash at the end goes', origin: 'https://github.com/org/repo/', want: 'https://github.com/org/repo' },
  { claim: 'a port stays', origin: 'https://git.example:8443/repo.git', want: 'https://git.example:8443/repo.git' },
  {
    claim: 'user info goes',
    origin: 'https://ci:s3cret@gitlab.com/org/repo.git',
    want: 'https://gitlab.com/org/repo.git',
  },
  { claim: 'a token alone goes', origin: 'https://s3cret@github.com/org/repo', want: 'https://github.com/org/repo' },
  { claim: 'http stays http', origin: 'http://127.0.0.1:3000/repo.git', want: 'http://127.0.0.1:3000/repo.git' },
  { claim: 'the short form of ssh', origin: 'git@github.com:org/repo.git', want: 'https://github.com/org/repo.git' },
  { claim: 'the short form without .git', origin: 'git@github.com:org/repo', want: 'https://github.com/org/repo' },
  { claim: 'the short form without a user', origin: 'github.com:org/repo', want: 'https://github.com/org/repo' },
  {
    claim: 'the short form with a slash',
    origin: 'git@host.example:/org/repo.git',
    want: 'https://host.example/org/repo.git',
  },
  { claim: 'ssh', origin: 'ssh://git@github.com/org/repo.git', want: 'https://github.com/org/repo.git' },
  {
    claim: 'ssh on a port of its own',
    origin: 'ssh://git@host.example:2222/org/repo',
    want: 'https://host.example/org/repo',
  },
  {
    claim: 'ssh with a password',
    origin: 'ssh://git:s3cret@host.example/org/repo',
    want: 'https://host.example/org/repo',
  },
  { claim: 'git+ssh', origin: 'git+ssh://git@host.example/org/repo', want: 'https://host.example/org/repo' },
  { claim: 'git', origin: 'git://host.example/org/repo.git', want: 'https://host.example/org/repo.git' },
  { claim: 'subgroups', origin: 'git@gitlab.com:a/b/c.git', want: 'https://gitlab.com/a/b/c.git' },
  { claim: 'an address of IPv6', origin: 'ssh://git@[::1]/repo.git', want: 'https://[::1]/repo.git' },
  { claim: 'a file URL stays', origin: 'file:///srv/git/repo.git', want: 'file:///srv/git/repo.git' },
  { claim: 'a path becomes a file URL', origin: '/srv/git/a repo.git', want: 'file:///srv/git/a%20repo.git' },
  { claim: 'a relative path is relative to the work tree', origin: '../repo.git', want: 'file:///home/ada/repo.git' },
  { claim: 'a path with a colon after a slash is a path', origin: './a:b', want: 'file:///home/ada/pack/a:b' },
  { claim: 'a home directory is on ssh alone', origin: 'git@host.example:~ada/repo.git', want: undefined },
  { claim: 'a home directory in a URL too', origin: 'ssh://ada@host.example/~/repo.git', want: undefined },
  { claim: 'a remote helper is no address', origin: 'ext::sh -c whoami', want: undefined },
  { claim: 'a scheme that nobody knows is none', origin: 's3://bucket/repo', want: undefined },
  { claim: 'what is no URL is none', origin: 'https://user:p/ss@host/repo', want: undefined },
  { claim: 'a host alone is none', origin: 'ssh://git@host.example/', want: undefined },
];

describe('the address of an origin for others', () => {
  for (const { claim, origin, want } of rows) {
    test(claim, () => assert.equal(toPublicGitUrl(origin, '/home/ada/pack'), want));
  }
});

const pairs = [
  { one: 'git@github.com:org/repo.git', other: 'https://github.com/Org/repo', same: true },
  { one: 'ssh://git@github.com/org/repo', other: 'https://user@github.com/org/repo.git/', same: true },
  { one: 'https://github.com/org/repo', other: 'https://github.com/org/repo2', same: false },
  { one: 'https://github.com/org/repo', other: 'https://gitlab.com/org/repo', same: false },
  { one: 'ext::a', other: 'ext::a', same: false },
];

for (const { one, other, same } of pairs) {
  test(`${one} and ${other} are ${same ? 'one repository' : 'two'}`, () => {
    assert.equal(isSameRepository(one, other, '/home/ada'), same);
    assert.equal(isSameRepository(other, one, '/home/ada'), same);
  });
}
