import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { resolveMirror } from '../../../../../src/config/mirrors.ts';
import { AttuneError } from '../../../../../src/errors.ts';
import { SafeUrl } from '../../../../../src/platform/safe-url.ts';
import { detectTransport } from '../../../../../src/sources/git/open-repository.ts';
import { parseSshAddress as parse } from '../../../../../src/sources/git/remote/ssh/address.ts';
import { quoteForShell, buildSshArgs, buildSshEnvironment, selectSshProgram } from '../../../../../src/sources/git/remote/ssh/program.ts';

const parseSshAddress = (url: string) => parse(new SafeUrl(url));

describe('an address', () => {
  const rows: {
    claim: string;
    url: string;
    want: [user: string | undefined, host: string, port: string | undefined, path: string];
  }[] = [
    { claim: 'as a URL', url: 'ssh://git@host/org/x.git', want: ['git', 'host', undefined, '/org/x.git'] },
    { claim: 'with a port', url: 'ssh://git@host:2222/x', want: ['git', 'host', '2222', '/x'] },
    { claim: 'with an empty port', url: 'ssh://host:/x', want: [undefined, 'host', undefined, '/x'] },
    { claim: 'in the form of npm', url: 'git+ssh://git@host/x', want: ['git', 'host', undefined, '/x'] },
    { claim: 'with capitals in its scheme', url: 'SSH://host/x', want: [undefined, 'host', undefined, '/x'] },
    { claim: 'with escapes', url: 'ssh://a%40b@host/x%20%27y', want: ['a@b', 'host', undefined, "/x 'y"] },
    { claim: 'with a per cent sign', url: 'ssh://host/50%/x', want: [undefined, 'host', undefined, '/50%/x'] },
    { claim: 'with a question mark', url: 'ssh://host/x?y', want: [undefined, 'host', undefined, '/x?y'] },
    { claim: 'below a home directory', url: 'ssh://host/~/x', want: [undefined, 'host', undefined, '~/x'] },
    {
      claim: "below somebody's home directory",
      url: 'ssh://host/~ada/x',
      want: [undefined, 'host', undefined, '~ada/x'],
    },
    { claim: 'of IPv6', url: 'ssh://git@[::1]:22/x', want: ['git', '::1', '22', '/x'] },
    { claim: 'of IPv6 without a port', url: 'ssh://[fe80::1]/x', want: [undefined, 'fe80::1', undefined, '/x'] },
    { claim: 'in the short form', url: 'git@host:org/x.git', want: ['git', 'host', undefined, 'org/x.git'] },
    { claim: 'in the short form without a user', url: 'host:x', want: [undefined, 'host', undefined, 'x'] },
    { claim: 'in the short form, absolute', url: 'git@host:/srv/x', want: ['git', 'host', undefined, '/srv/x'] },
    { claim: 'in the short form, at home', url: 'git@host:~/x', want: ['git', 'host', undefined, '~/x'] },
    { claim: 'in the short form of IPv6', url: 'git@[::1]:x', want: ['git', '::1', undefined, 'x'] },
    { claim: 'in brackets', url: '[host]:x', want: [undefined, 'host', undefined, 'x'] },
    { claim: 'in brackets with a port', url: '[git@host:22]:x:y', want: ['git', 'host', '22', 'x:y'] },
    {
      claim: 'in the short form is not percent-encoded',
      url: 'host:x%20y',
      want: [undefined, 'host', undefined, 'x%20y'],
    },
  ];
  for (const { claim, url, want } of rows) {
    it(claim, () => {
      assert.equal(detectTransport(new SafeUrl(url)), 'ssh');
      const { location, user, host, port, path } = parseSshAddress(url);
      assert.deepEqual([user, host, port, path], want);
      assert.equal(location, url);
    });
  }
});

describe('an address is refused', () => {
  const rows: { claim: string; url: string; why: RegExp }[] = [
    { claim: 'with an option for a host', url: 'ssh://-oProxyCommand=touch%20x/y', why: /its host begins with '-'/ },
    { claim: 'with an escaped option for a host', url: 'ssh://%2doProxyCommand=x/y', why: /its host begins with '-'/ },
    { claim: 'with an option behind a user', url: 'ssh://git@-oProxyCommand=x/y', why: /its host begins with '-'/ },
    { claim: 'with an option in brackets', url: 'ssh://[-oProxyCommand=x]/y', why: /its host begins with '-'/ },
    { claim: 'with an option for a user', url: '-x@host:path', why: /its user begins with '-'/ },
    { claim: 'with an option for a user in brackets', url: '[-x@host]:path', why: /its user begins with '-'/ },
    { claim: 'with an option for a path', url: 'host:--upload-pack=x', why: /its path begins with '-'/ },
    { claim: 'with a line feed in its path', url: 'ssh://host/x%0ay', why: /control character/ },
    { claim: 'with a NUL in its path', url: 'ssh://host/x%00', why: /control character/ },
    { claim: 'with a line feed in its host', url: 'ssh://ho%0ast/x', why: /control character/ },
    { claim: 'with a line feed as it is', url: 'git@host:x\ny', why: /control character/ },
    { claim: 'with a command for a host', url: 'ssh://$(touch%20x)/y', why: /cannot be the name of a host/ },
    { claim: 'with a command for a user', url: 'ssh://`id`@host/y', why: /cannot be the name of a user/ },
    { claim: 'with a pipe for a host', url: 'a|b:x', why: /cannot be the name of a host/ },
    { claim: 'with a port beyond all', url: 'ssh://host:65536/x', why: /'65536' is no port/ },
    { claim: 'with a word for a port', url: 'ssh://host:22x/x', why: /'22x' is no port/ },
    { claim: 'without a host', url: 'ssh:///x', why: /names no host/ },
    { claim: 'without a path', url: 'ssh://host', why: /names no repository/ },
    { claim: 'with the root for a path', url: 'ssh://host/', why: /names no repository/ },
    { claim: 'in the short form without a path', url: 'git@host:', why: /names no repository/ },
  ];
  for (const { claim, url, why } of rows) {
    it(claim, () => assert.throws(() => parseSshAddress(url), { code: 'INVALID_URL', message: why }));
  }

  for (const url of [
    'ssh://git:s3cret@host/x',
    'ssh://git%3as3cret@host/x',
    'ssh://:s3cret@host/x',
    'git+ssh://a@b:s3cret@h/x',
  ]) {
    it(`with a password, which is not shown: ${url}`, () => {
      assert.throws(
        () => parseSshAddress(url),
        (error) => {
          assert.ok(error instanceof AttuneError);
          assert.match(error.message, /holds a password/);
          assert.match(error.hint ?? '', /use a key/);
          assert.doesNotMatch(JSON.stringify([error.message, error.facts]), /s3cret/);
          return true;
        },
      );
      assert.doesNotMatch(`${new SafeUrl(url)}`, /s3cret/);
    });
  }

  it('or has parts that no option and no second line can be hidden in, whatever it is made of', () => {
    const pieces = fc.constantFrom(
      'ssh://',
      '-',
      'o',
      '@',
      ':',
      '/',
      '[',
      ']',
      '%2d',
      '%0a',
      '\n',
      '$',
      '~',
      '22',
      'h',
      '=',
      ' ',
      '%',
    );
    fc.assert(
      fc.property(fc.string({ unit: pieces, maxLength: 12 }), (url) => {
        let address: ReturnType<typeof parseSshAddress>;
        try {
          address = parseSshAddress(url);
        } catch (error) {
          assert.ok(error instanceof AttuneError, String(error));
          return;
        }
        const { host, user, path, port = '22' } = address;
        for (const part of [user ?? 'x', host, path]) assert.match(part, /^[^-\n][^\n]*$/);
        assert.match(port, /^\d+$/);
        const words = buildSshArgs(address, 'ssh', { canPrompt: false, remoteCommand: 'x' });
        assert.equal(
          words.slice(0, -3).filter((word) => word.startsWith('-')).length,
          address.port === undefined ? 1 : 2,
        );
      }),
    );
  });
});

describe('the name of a user on ssh', () => {
  for (const url of ['ssh://git@host:22/x', 'git+ssh://git@host/x', 'ssh://git@[::1]:22/x', 'git@host:x']) {
    it(`is a part of the address ${url} and shown`, () => assert.equal(`${new SafeUrl(url)}`, url));
  }

  it('does not count for mirrors, nor does the form of the address', () => {
    const mirrors = { 'git@host:': '/srv/mirror', 'ssh://git@other/': 'ssh://git@inner:22/x/' };
    for (const url of ['git@host:org/x', 'ssh://git@host/org/x', 'ssh://host/org/x', 'git+ssh://ada@host/org/x']) {
      assert.equal(resolveMirror(new SafeUrl(url), mirrors)?.reveal(), 'file:///srv/mirror/org/x', url);
    }
    assert.equal(`${resolveMirror(new SafeUrl('ada@other:x'), mirrors)}`, 'ssh://git@inner:22/x/x');
    assert.equal(resolveMirror(new SafeUrl('git@host.example:x'), mirrors), undefined);
  });

  it('and no path leads out of a mirror', () => {
    for (const url of [
      'git@host:../../etc',
      'ssh://host/..\\..\\etc',
      'ssh://host/%2e%2e/etc',
      'git@host:a\\..\\..\\etc',
    ]) {
      assert.equal(
        resolveMirror(new SafeUrl(url), { 'git@host:': '/srv/mirror' })?.reveal(),
        'file:///srv/mirror/etc',
        url,
      );
    }
  });
});

describe('the program', () => {
  const variant = (variables: Record<string, string>) => selectSshProgram(variables).variant;
  for (const { claim, variables, want } of [
    { claim: 'is OpenSSH where nobody says otherwise', variables: {}, want: 'ssh' },
    { claim: 'of GIT_SSH is known by its name', variables: { GIT_SSH: 'C:\\Tools\\PLINK.EXE' }, want: 'plink' },
    {
      claim: 'of GIT_SSH_COMMAND is known by its first word',
      variables: { GIT_SSH_COMMAND: 'ssh -i key' },
      want: 'ssh',
    },
    { claim: 'may stand in quotes', variables: { GIT_SSH_COMMAND: '"/o p/plink" -v' }, want: 'plink' },
    {
      claim: 'comes from GIT_SSH_COMMAND first',
      variables: { GIT_SSH_COMMAND: 'plink', GIT_SSH: 'ssh' },
      want: 'plink',
    },
    { claim: 'is what GIT_SSH_VARIANT says', variables: { GIT_SSH: 'ssh', GIT_SSH_VARIANT: 'simple' }, want: 'simple' },
    { claim: 'of another name has to be asked', variables: { GIT_SSH: '/x/wrapper' }, want: undefined },
    { claim: 'behind a variable has to be asked', variables: { GIT_SSH_COMMAND: 'A=b ssh' }, want: undefined },
  ]) {
    it(claim, () => assert.equal(variant(variables), want));
  }

  const address = parseSshAddress('ssh://git@host:22/x');
  const without = parseSshAddress('host:x');
  for (const { claim, of, kind, canPrompt, want } of [
    {
      claim: 'OpenSSH',
      of: address,
      kind: 'ssh',
      canPrompt: false,
      want: ['-o', 'BatchMode=yes', '-p', '22', '--', 'git@host', 'c'],
    },
    { claim: 'OpenSSH with somebody to answer', of: without, kind: 'ssh', canPrompt: true, want: ['--', 'host', 'c'] },
    { claim: 'plink', of: address, kind: 'plink', canPrompt: false, want: ['-batch', '-P', '22', 'git@host', 'c'] },
    { claim: 'plink with somebody to answer', of: without, kind: 'plink', canPrompt: true, want: ['host', 'c'] },
    { claim: 'a simple one', of: without, kind: 'simple', canPrompt: false, want: ['host', 'c'] },
  ] as const) {
    it(`${claim} is given the options that it takes`, () => {
      assert.deepEqual(buildSshArgs(of, kind, { canPrompt, remoteCommand: 'c' }), want);
    });
  }

  it('that takes no port is not given one', () => {
    assert.throws(() => buildSshArgs(address, 'simple', { canPrompt: false, remoteCommand: 'c' }), {
      code: 'NETWORK_SSH_PROGRAM',
      hint: /GIT_SSH_VARIANT/,
    });
  });

  it('sees the environment of the user, but nothing of attune and no version of the protocol', () => {
    const variables = {
      PATH: '/bin',
      SSH_AUTH_SOCK: '/s',
      DISPLAY: ':0',
      SSH_ASKPASS: '/askpass',
      SSH_ASKPASS_REQUIRE: 'force',
      GIT_PROTOCOL: 'version=2',
      ATTUNE_GIT_TOKEN: 't',
      ATTUNE_GIT_TOKEN_HOST: 't',
      ATTUNE_REGISTRY_INDICES: 'https://u:p@h',
      UNSET: undefined,
    };
    const user = { PATH: '/bin', SSH_AUTH_SOCK: '/s', DISPLAY: ':0' };
    assert.deepEqual(buildSshEnvironment(variables, false), { ...user, SSH_ASKPASS_REQUIRE: 'never' });
    const asked = { ...user, SSH_ASKPASS: '/askpass', SSH_ASKPASS_REQUIRE: 'force' };
    assert.deepEqual(buildSshEnvironment(variables, true), asked);
  });

  it('of the server is given the path as one word', () => {
    assert.equal(quoteForShell(`it's "a" $(b) !c`), `'it'\\''s "a" $(b) '\\!'c'`);
  });
});
