import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { resolveMirror } from '../../../../../src/config/mirrors.ts';
import { AttuneError } from '../../../../../src/errors.ts';
import { SafeUrl } from '../../../../../src/platform/safe-url.ts';
import { detectTransport } from '../../../../../src/sources/git/open-repository.ts';
import { parseSshAddress as parse } from '../../../../../src/sources/git/remote/ssh/address.ts';
import {
  buildSshArgs,
  buildSshEnvironment,
  quoteForShell,
  selectSshProgram,
} from '../../../../../src/sources/git/remote/ssh/program.ts';

const parseSshAddress = (url: string) => parse(new SafeUrl(url));

describe('parseSshAddress', () => {
  const rows: {
    claim: string;
    url: string;
    want: [user: string | undefined, host: string, port: string | undefined, path: string];
  }[] = [
    { claim: 'an ssh URL', url: 'ssh://git@host/org/x.git', want: ['git', 'host', undefined, '/org/x.git'] },
    { claim: 'a port', url: 'ssh://git@host:2222/x', want: ['git', 'host', '2222', '/x'] },
    { claim: 'an empty port', url: 'ssh://host:/x', want: [undefined, 'host', undefined, '/x'] },
    { claim: 'a git+ssh URL', url: 'git+ssh://git@host/x', want: ['git', 'host', undefined, '/x'] },
    { claim: 'a scheme in upper case', url: 'SSH://host/x', want: [undefined, 'host', undefined, '/x'] },
    { claim: 'percent escapes', url: 'ssh://a%40b@host/x%20%27y', want: ['a@b', 'host', undefined, "/x 'y"] },
    {
      claim: 'a percent sign that is not an escape',
      url: 'ssh://host/50%/x',
      want: [undefined, 'host', undefined, '/50%/x'],
    },
    { claim: 'a question mark in the path', url: 'ssh://host/x?y', want: [undefined, 'host', undefined, '/x?y'] },
    { claim: 'a path below the home directory', url: 'ssh://host/~/x', want: [undefined, 'host', undefined, '~/x'] },
    {
      claim: "a path below another user's home directory",
      url: 'ssh://host/~ada/x',
      want: [undefined, 'host', undefined, '~ada/x'],
    },
    { claim: 'an IPv6 address', url: 'ssh://git@[::1]:22/x', want: ['git', '::1', '22', '/x'] },
    {
      claim: 'an IPv6 address without a port',
      url: 'ssh://[fe80::1]/x',
      want: [undefined, 'fe80::1', undefined, '/x'],
    },
    { claim: 'the scp form', url: 'git@host:org/x.git', want: ['git', 'host', undefined, 'org/x.git'] },
    { claim: 'the scp form without a user', url: 'host:x', want: [undefined, 'host', undefined, 'x'] },
    { claim: 'the scp form with an absolute path', url: 'git@host:/srv/x', want: ['git', 'host', undefined, '/srv/x'] },
    {
      claim: 'the scp form with a path below the home directory',
      url: 'git@host:~/x',
      want: ['git', 'host', undefined, '~/x'],
    },
    { claim: 'the scp form with an IPv6 address', url: 'git@[::1]:x', want: ['git', '::1', undefined, 'x'] },
    { claim: 'a host in brackets', url: '[host]:x', want: [undefined, 'host', undefined, 'x'] },
    { claim: 'a host with a port in brackets', url: '[git@host:22]:x:y', want: ['git', 'host', '22', 'x:y'] },
    {
      claim: 'the scp form without decoding percent escapes',
      url: 'host:x%20y',
      want: [undefined, 'host', undefined, 'x%20y'],
    },
  ];
  for (const { claim, url, want } of rows) {
    it(`parseSshAddress parses ${claim}`, () => {
      assert.equal(detectTransport(new SafeUrl(url)), 'ssh');
      const { location, user, host, port, path } = parseSshAddress(url);
      assert.deepEqual([user, host, port, path], want);
      assert.equal(location, url);
    });
  }
});

describe('parseSshAddress of an unsafe address', () => {
  const rows: { claim: string; url: string; why: RegExp }[] = [
    { claim: 'an option as host', url: 'ssh://-oProxyCommand=touch%20x/y', why: /its host begins with '-'/ },
    { claim: 'an escaped option as host', url: 'ssh://%2doProxyCommand=x/y', why: /its host begins with '-'/ },
    { claim: 'an option as host after a user', url: 'ssh://git@-oProxyCommand=x/y', why: /its host begins with '-'/ },
    { claim: 'an option as host in brackets', url: 'ssh://[-oProxyCommand=x]/y', why: /its host begins with '-'/ },
    { claim: 'an option as user', url: '-x@host:path', why: /its user begins with '-'/ },
    { claim: 'an option as user in brackets', url: '[-x@host]:path', why: /its user begins with '-'/ },
    { claim: 'an option as path', url: 'host:--upload-pack=x', why: /its path begins with '-'/ },
    { claim: 'an escaped line feed in the path', url: 'ssh://host/x%0ay', why: /control character/ },
    { claim: 'an escaped NUL in the path', url: 'ssh://host/x%00', why: /control character/ },
    { claim: 'an escaped line feed in the host', url: 'ssh://ho%0ast/x', why: /control character/ },
    { claim: 'a line feed in the path', url: 'git@host:x\ny', why: /control character/ },
    { claim: 'a shell command as host', url: 'ssh://$(touch%20x)/y', why: /is not a valid host name/ },
    { claim: 'a shell command as user', url: 'ssh://`id`@host/y', why: /is not a valid user name/ },
    { claim: 'a pipe character in the host', url: 'a|b:x', why: /is not a valid host name/ },
    { claim: 'a port above 65535', url: 'ssh://host:65536/x', why: /'65536' is not a valid port/ },
    { claim: 'a port with letters', url: 'ssh://host:22x/x', why: /'22x' is not a valid port/ },
    { claim: 'a missing host', url: 'ssh:///x', why: /does not name a host/ },
    { claim: 'a missing path', url: 'ssh://host', why: /does not name a repository/ },
    { claim: 'the root as path', url: 'ssh://host/', why: /does not name a repository/ },
    { claim: 'the scp form without a path', url: 'git@host:', why: /does not name a repository/ },
  ];
  for (const { claim, url, why } of rows) {
    it(`parseSshAddress refuses ${claim}`, () =>
      assert.throws(() => parseSshAddress(url), { code: 'INVALID_URL', message: why }));
  }

  for (const url of [
    'ssh://git:s3cret@host/x',
    'ssh://git%3as3cret@host/x',
    'ssh://:s3cret@host/x',
    'git+ssh://a@b:s3cret@h/x',
  ]) {
    it(`parseSshAddress refuses a password without revealing it: ${url}`, () => {
      assert.throws(
        () => parseSshAddress(url),
        (error) => {
          assert.ok(error instanceof AttuneError);
          assert.match(error.message, /contains a password/);
          assert.match(error.hint ?? '', /use a key/);
          assert.doesNotMatch(JSON.stringify([error.message, error.facts]), /s3cret/);
          return true;
        },
      );
      assert.doesNotMatch(`${new SafeUrl(url)}`, /s3cret/);
    });
  }

  it('parseSshAddress refuses an address or returns parts without options and line breaks', () => {
    const tokens = fc.constantFrom(
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
      fc.property(fc.string({ unit: tokens, maxLength: 12 }), (url) => {
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
        const args = buildSshArgs(address, 'ssh', { canPrompt: false, remoteCommand: 'x' });
        assert.equal(args.slice(0, -3).filter((arg) => arg.startsWith('-')).length, address.port === undefined ? 1 : 2);
      }),
    );
  });
});

describe('ssh addresses', () => {
  for (const url of ['ssh://git@host:22/x', 'git+ssh://git@host/x', 'ssh://git@[::1]:22/x', 'git@host:x']) {
    it(`SafeUrl shows the user name in ${url}`, () => assert.equal(`${new SafeUrl(url)}`, url));
  }

  it('resolveMirror ignores the user name and the form of an ssh address', () => {
    const mirrors = { 'git@host:': '/srv/mirror', 'ssh://git@other/': 'ssh://git@inner:22/x/' };
    for (const url of ['git@host:org/x', 'ssh://git@host/org/x', 'ssh://host/org/x', 'git+ssh://ada@host/org/x']) {
      assert.equal(resolveMirror(new SafeUrl(url), mirrors)?.reveal(), 'file:///srv/mirror/org/x', url);
    }
    assert.equal(`${resolveMirror(new SafeUrl('ada@other:x'), mirrors)}`, 'ssh://git@inner:22/x/x');
    assert.equal(resolveMirror(new SafeUrl('git@host.example:x'), mirrors), undefined);
  });

  it('resolveMirror keeps the path of an ssh address inside of the mirror', () => {
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

describe('selectSshProgram', () => {
  const variant = (variables: Record<string, string>) => selectSshProgram(variables).variant;
  for (const { claim, variables, want } of [
    { claim: 'OpenSSH by default', variables: {}, want: 'ssh' },
    { claim: 'the variant by the name in GIT_SSH', variables: { GIT_SSH: 'C:\\Tools\\PLINK.EXE' }, want: 'plink' },
    {
      claim: 'the variant by the first word of GIT_SSH_COMMAND',
      variables: { GIT_SSH_COMMAND: 'ssh -i key' },
      want: 'ssh',
    },
    { claim: 'the variant by a quoted name', variables: { GIT_SSH_COMMAND: '"/o p/plink" -v' }, want: 'plink' },
    {
      claim: 'GIT_SSH_COMMAND before GIT_SSH',
      variables: { GIT_SSH_COMMAND: 'plink', GIT_SSH: 'ssh' },
      want: 'plink',
    },
    {
      claim: 'the variant in GIT_SSH_VARIANT',
      variables: { GIT_SSH: 'ssh', GIT_SSH_VARIANT: 'simple' },
      want: 'simple',
    },
    { claim: 'no variant for an unknown name', variables: { GIT_SSH: '/x/wrapper' }, want: undefined },
    {
      claim: 'no variant for a command that begins with a variable',
      variables: { GIT_SSH_COMMAND: 'A=b ssh' },
      want: undefined,
    },
  ]) {
    it(`selectSshProgram selects ${claim}`, () => assert.equal(variant(variables), want));
  }

  const address = parseSshAddress('ssh://git@host:22/x');
  const withoutPort = parseSshAddress('host:x');
  for (const { claim, of, kind, canPrompt, want } of [
    {
      claim: 'OpenSSH',
      of: address,
      kind: 'ssh',
      canPrompt: false,
      want: ['-o', 'BatchMode=yes', '-p', '22', '--', 'git@host', 'c'],
    },
    { claim: 'OpenSSH with a terminal', of: withoutPort, kind: 'ssh', canPrompt: true, want: ['--', 'host', 'c'] },
    { claim: 'plink', of: address, kind: 'plink', canPrompt: false, want: ['-batch', '-P', '22', 'git@host', 'c'] },
    { claim: 'plink with a terminal', of: withoutPort, kind: 'plink', canPrompt: true, want: ['host', 'c'] },
    { claim: 'a simple program', of: withoutPort, kind: 'simple', canPrompt: false, want: ['host', 'c'] },
  ] as const) {
    it(`buildSshArgs passes the supported options to ${claim}`, () => {
      assert.deepEqual(buildSshArgs(of, kind, { canPrompt, remoteCommand: 'c' }), want);
    });
  }

  it('buildSshArgs refuses a port for a simple program', () => {
    assert.throws(() => buildSshArgs(address, 'simple', { canPrompt: false, remoteCommand: 'c' }), {
      code: 'NETWORK_SSH_PROGRAM',
      hint: /GIT_SSH_VARIANT/,
    });
  });

  it("buildSshEnvironment passes the user's environment without attune's variables and GIT_PROTOCOL", () => {
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
    const withPrompts = { ...user, SSH_ASKPASS: '/askpass', SSH_ASKPASS_REQUIRE: 'force' };
    assert.deepEqual(buildSshEnvironment(variables, true), withPrompts);
  });

  it('quoteForShell quotes a path as one argument', () => {
    assert.equal(quoteForShell(`it's "a" $(b) !c`), `'it'\\''s "a" $(b) '\\!'c'`);
  });
});
