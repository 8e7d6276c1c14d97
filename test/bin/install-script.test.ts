import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { PROJECT } from '../support/attune.ts';
import { bytes, inSequence, page, redirect, resets, startHttpServer } from '../support/http/server.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const SCRIPT = join(PROJECT, 'bin', 'install.sh');
const PROGRAM = '#!/bin/sh\necho "attune/9.9.9 test"\n';
const MANUAL = '.TH ATTUNE 1\n';

function sha256(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

function isInstalled(program: string): boolean {
  return spawnSync(program, ['--version']).error === undefined;
}

type Files = Readonly<Record<string, string>>;

/** The files of a release, with their checksums. */
function release(files: Files = { 'attune-linux-x64': PROGRAM, 'man/attune.1': MANUAL }): Files {
  const sums = Object.entries(files).map(([name, content]) => `${sha256(content)}  ${name}\n`);
  return { ...files, SHA256SUMS: sums.join('') };
}

interface Machine {
  readonly home: string;
  /** The directory of the release. */
  readonly releaseDirectory: string;
  install(
    args: readonly string[],
    options?: { without?: readonly string[]; system?: string; script?: string },
  ): Promise<{ status: number | null; errors: string }>;
}

const TOOLS = [
  'sh',
  'cat',
  'chmod',
  'cp',
  'curl',
  'grep',
  'head',
  'mkdir',
  'mktemp',
  'mv',
  'openssl',
  'rm',
  'sha256sum',
  'shasum',
  'sleep',
  'wget',
  'basename',
  'pwd',
];

/** A machine that reports Linux on x64, with few programs. */
function machine(t: { after(clean: () => void): void }, files: Files = release()): Machine {
  const root = temporaryDirectory(t);
  const [home, releaseDirectory] = [join(root, 'home'), join(root, 'release')];
  for (const directory of [home, join(releaseDirectory, 'man')]) mkdirSync(directory, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(releaseDirectory, name), content);
  const install: Machine['install'] = (args, { without = [], system = 'Linux x86_64', script = SCRIPT } = {}) => {
    const bin = join(root, `bin-${without.join('-')}`);
    if (!existsSync(bin)) makeTools(bin, without, system);
    const child = spawn(join(bin, 'sh'), [script, ...args], {
      cwd: root,
      env: { PATH: bin, HOME: home, ATTUNE_INSTALL_PAUSE: '0' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    return new Promise((resolve) => child.once('close', (status) => resolve({ status, errors })));
  };
  return { home, releaseDirectory, install };
}

function makeTools(bin: string, without: readonly string[], system: string): void {
  mkdirSync(bin);
  const [os, cpu] = system.split(' ');
  writeFileSync(join(bin, 'uname'), `#!/bin/sh\ncase $1 in -s) echo ${os} ;; -m) echo ${cpu} ;; esac\n`);
  chmodSync(join(bin, 'uname'), 0o755);
  for (const tool of TOOLS.filter((name) => !without.includes(name))) {
    const found = spawnSync('/bin/sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).stdout.trim();
    if (found.startsWith('/')) symlinkSync(found, join(bin, tool));
  }
}

/** Returns the names in the `bin` directory of a prefix, hidden ones included. */
function installed(prefix: string): string[] {
  const bin = join(prefix, 'bin');
  return existsSync(bin) ? readdirSync(bin) : [];
}

function served(files: Files) {
  return Object.fromEntries(Object.entries(files).map(([name, content]) => [`/1.0.0/${name}`, bytes(content)]));
}

test('install.sh: dash and bash parse it without errors', () => {
  for (const shell of ['dash', 'bash'].filter(isShellInstalled)) {
    assert.equal(spawnSync(shell, ['-n', SCRIPT], { encoding: 'utf8' }).stderr, '', shell);
  }
});

function isShellInstalled(shell: string): boolean {
  return spawnSync(shell, ['-c', ':']).error === undefined;
}

test('install.sh: shellcheck reports nothing', {
  skip: !isInstalled('shellcheck') && 'shellcheck is not installed',
}, () => {
  assert.equal(spawnSync('shellcheck', ['-s', 'sh', SCRIPT], { encoding: 'utf8' }).stdout, '');
});

test('install.sh: a directory is installed to ~/.local with a note about the PATH, and --uninstall removes it', async (t) => {
  const { home, releaseDirectory, install } = machine(t);
  const prefix = join(home, '.local');
  const { status, errors } = await install(['--from', releaseDirectory]);
  assert.equal(status, 0, errors);
  assert.deepEqual(installed(prefix), ['attune']);
  assert.equal(statSync(join(prefix, 'bin', 'attune')).mode & 0o777, 0o755);
  assert.equal(readFileSync(join(prefix, 'share/man/man1/attune.1'), 'utf8'), MANUAL);
  assert.match(
    errors,
    /Installed attune\/9\.9\.9 test as .*\/\.local\/bin\/attune\nNote: .*\/\.local\/bin is not on the PATH/,
  );
  const removed = await install(['--uninstall']);
  assert.equal(removed.status, 0, removed.errors);
  assert.deepEqual([installed(prefix), readdirSync(join(prefix, 'share/man/man1'))], [[], []]);
  assert.match(removed.errors, /Packs remain in/);
  assert.equal((await install(['--uninstall'])).status, 4);
});

for (const [tool, other] of [
  ['curl', 'wget'],
  ['wget', 'curl'],
] as const) {
  test(`install.sh: ${tool} downloads a release and retries after transient errors`, {
    skip: !isInstalled(tool) && `${tool} is not installed`,
  }, async (t) => {
    const files = release();
    const server = await startHttpServer(t, {
      ...served(files),
      '/1.0.0/SHA256SUMS': inSequence(resets, page(503, 'busy'), bytes(files['SHA256SUMS'] ?? '')),
    });
    const { home, install } = machine(t);
    const { status, errors } = await install(
      [`--from=${server.url('/1.0.0/')}`, '--prefix', join(home, 'own prefix')],
      {
        without: [other],
      },
    );
    assert.equal(status, 0, errors);
    assert.deepEqual(installed(join(home, 'own prefix')), ['attune']);
    assert.equal(server.requests.filter((request) => request.endsWith('SHA256SUMS')).length, 3);
  });

  test(`install.sh: ${tool} requests a missing file once`, {
    skip: !isInstalled(tool) && `${tool} is not installed`,
  }, async (t) => {
    const server = await startHttpServer(t, {});
    const { home, install } = machine(t);
    const { status, errors } = await install(['--from', server.origin], { without: [other] });
    assert.equal(status, 9, errors);
    assert.match(errors, /404/);
    assert.equal(server.requests.length, 1);
    assert.deepEqual(installed(join(home, '.local')), []);
  });
}

const REFUSALS: readonly {
  title: string;
  files?: Files;
  args?: string[];
  status: number;
  message: RegExp;
  system?: string;
  without?: string[];
}[] = [
  {
    title: 'an executable with a wrong checksum',
    files: { ...release(), 'attune-linux-x64': `${PROGRAM}#` },
    status: 7,
    message: /is [0-9a-f]{64}, but SHA256SUMS lists [0-9a-f]{64}/,
  },
  {
    title: 'a manual page with a wrong checksum',
    files: { ...release(), 'man/attune.1': '.so /etc/passwd' },
    status: 7,
    message: /man\/attune\.1/,
  },
  {
    title: 'a directory without SHA256SUMS',
    files: { 'attune-linux-x64': PROGRAM },
    status: 4,
    message: /SHA256SUMS is not in/,
  },
  {
    title: 'a release without this system',
    files: release({ 'attune-win-x64.exe': PROGRAM }),
    status: 4,
    message: /SHA256SUMS of .* does not list attune-linux-x64/,
  },
  {
    title: 'an executable that does not run',
    files: release({ 'attune-linux-x64': '#!/bin/sh\necho too old >&2; exit 1\n' }),
    status: 3,
    message: /does not run on this system: too old/,
  },
  { title: 'an unsupported system', system: 'Plan9 x86_64', status: 4, message: /no executable for Plan9/ },
  {
    title: 'an unsupported processor',
    system: 'Linux riscv64',
    status: 4,
    message: /no executable for riscv64 processors/,
  },
  {
    title: 'a URL without https',
    args: ['--from', 'http://attune.example/1.0.0'],
    status: 9,
    message: /does not use https/,
  },
  {
    title: 'a URL with another scheme',
    args: ['--from', 'ftp://attune.example/1.0.0'],
    status: 2,
    message: /neither a directory nor an http\(s\) URL/,
  },
  { title: 'no --from', args: [], status: 2, message: /--from is required/ },
  { title: 'an unknown option', args: ['--form', 'x'], status: 2, message: /unknown option '--form'/ },
  {
    title: 'an empty prefix, as from an unset variable',
    args: ['--from', 'x', '--prefix', ''],
    status: 2,
    message: /--prefix is empty/,
  },
  {
    title: 'a machine without a program to compute checksums',
    without: ['sha256sum', 'shasum', 'openssl'],
    status: 4,
    message: /SHA-256/,
  },
];

for (const { title, files, args, status, message, system, without } of REFUSALS) {
  test(`install.sh: fails with status ${status} and changes nothing: ${title}`, async (t) => {
    const { home, releaseDirectory, install } = machine(t, files);
    const prefix = join(home, '.local');
    mkdirSync(join(prefix, 'bin'), { recursive: true });
    writeFileSync(join(prefix, 'bin', 'attune'), 'previous version');
    const run = await install(args ?? ['--from', releaseDirectory], {
      ...(system && { system }),
      ...(without && { without }),
    });
    assert.equal(run.status, status, run.errors);
    assert.match(run.errors, message);
    assert.deepEqual(installed(prefix), ['attune']);
    assert.equal(readFileSync(join(prefix, 'bin', 'attune'), 'utf8'), 'previous version');
    assert.ok(!existsSync(join(prefix, 'share')));
  });
}

test('install.sh: unsafe names in SHA256SUMS are ignored', async (t) => {
  const files = release();
  const more = ['man/../../x.1', 'man/attune-$(touch pwned).1', '../attune.1'].map(
    (name) => `${sha256('')}  ${name}\n`,
  );
  const { home, releaseDirectory, install } = machine(t, { ...files, SHA256SUMS: files['SHA256SUMS'] + more.join('') });
  assert.equal((await install(['--from', releaseDirectory])).status, 0);
  assert.deepEqual(readdirSync(join(home, '.local/share/man/man1')), ['attune.1']);
  assert.deepEqual(
    readdirSync(join(releaseDirectory, '..')).filter((name) => name === 'pwned'),
    [],
  );
});

test('install.sh: a partially downloaded script does nothing', async (t) => {
  const { home, releaseDirectory, install } = machine(t);
  const text = readFileSync(SCRIPT, 'utf8');
  const cuts = [0.2, 0.5, 0.9].map((part) => Math.floor(text.length * part));
  for (const end of [...cuts, text.lastIndexOf('main "$@"'), text.length - 2]) {
    const script = join(home, 'part.sh');
    writeFileSync(script, text.slice(0, end));
    await install(['--from', releaseDirectory], { script });
    assert.deepEqual(installed(join(home, '.local')), [], `cut at ${end}`);
  }
});

test('install.sh: curl and wget do not follow redirects from https to http', () => {
  const text = readFileSync(SCRIPT, 'utf8');
  assert.match(text, /curl .*--proto-redir "\$protocols"/);
  assert.match(text, /http_proxy=http:\/\/127\.0\.0\.1:1 wget/);
});

test('install.sh: curl follows a redirect', { skip: !isInstalled('curl') && 'curl is not installed' }, async (t) => {
  const files = release();
  const server = await startHttpServer(t, {
    ...served(files),
    '/1.0.0/attune-linux-x64': redirect('/elsewhere'),
    '/elsewhere': bytes(PROGRAM),
  });
  const { home, install } = machine(t);
  const { status, errors } = await install(['--from', server.url('/1.0.0')]);
  assert.equal(status, 0, errors);
  assert.deepEqual(installed(join(home, '.local')), ['attune']);
});
