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
import { bytes, inTurn, page, redirect, resets, startHttpServer } from '../support/http/server.ts';
import { temporaryDirectory } from '../support/temporary.ts';

const SCRIPT = join(PROJECT, 'bin', 'install.sh');
const PROGRAM = '#!/bin/sh\necho "attune/9.9.9 test"\n';
const MANUAL = '.TH ATTUNE 1\n';

function sha256(content: string): string {
  return createHash('sha256').update(content).digest('hex');
}

function isThere(program: string): boolean {
  return spawnSync(program, ['--version']).error === undefined;
}

type Files = Readonly<Record<string, string>>;

/** What is published, with its sums. */
function release(files: Files = { 'attune-linux-x64': PROGRAM, 'man/attune.1': MANUAL }): Files {
  const sums = Object.entries(files).map(([name, content]) => `${sha256(content)}  ${name}\n`);
  return { ...files, SHA256SUMS: sums.join('') };
}

interface Machine {
  readonly home: string;
  /** Where the files of a release lie. */
  readonly stick: string;
  install(
    words: readonly string[],
    options?: { without?: readonly string[]; system?: string; script?: string },
  ): Promise<{ status: number | null; said: string }>;
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

/** A machine that says it is a Linux on x64, with few programs. */
function machine(t: { after(clean: () => void): void }, files: Files = release()): Machine {
  const root = temporaryDirectory(t);
  const [home, stick] = [join(root, 'home'), join(root, 'stick')];
  for (const directory of [home, join(stick, 'man')]) mkdirSync(directory, { recursive: true });
  for (const [name, content] of Object.entries(files)) writeFileSync(join(stick, name), content);
  const install: Machine['install'] = (words, { without = [], system = 'Linux x86_64', script = SCRIPT } = {}) => {
    const bin = join(root, `bin-${without.join('-')}`);
    if (!existsSync(bin)) makeTools(bin, without, system);
    const child = spawn(join(bin, 'sh'), [script, ...words], {
      cwd: root,
      env: { PATH: bin, HOME: home, ATTUNE_INSTALL_PAUSE: '0' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    return new Promise((resolve) => child.once('close', (status) => resolve({ status, said })));
  };
  return { home, stick, install };
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

/** What is in the bin of a prefix, hidden files too. */
function installed(prefix: string): string[] {
  const bin = join(prefix, 'bin');
  return existsSync(bin) ? readdirSync(bin) : [];
}

function served(files: Files) {
  return Object.fromEntries(Object.entries(files).map(([name, content]) => [`/1.0.0/${name}`, bytes(content)]));
}

test('it is a script for any POSIX shell', () => {
  for (const shell of ['dash', 'bash'].filter(isThereAsShell)) {
    assert.equal(spawnSync(shell, ['-n', SCRIPT], { encoding: 'utf8' }).stderr, '', shell);
  }
});

function isThereAsShell(shell: string): boolean {
  return spawnSync(shell, ['-c', ':']).error === undefined;
}

test('shellcheck has nothing against it', { skip: !isThere('shellcheck') && 'there is no shellcheck here' }, () => {
  assert.equal(spawnSync('shellcheck', ['-s', 'sh', SCRIPT], { encoding: 'utf8' }).stdout, '');
});

test('from a stick it installs to ~/.local, says what is to be done, and takes it away again', async (t) => {
  const { home, stick, install } = machine(t);
  const prefix = join(home, '.local');
  const { status, said } = await install(['--from', stick]);
  assert.equal(status, 0, said);
  assert.deepEqual(installed(prefix), ['attune']);
  assert.equal(statSync(join(prefix, 'bin', 'attune')).mode & 0o777, 0o755);
  assert.equal(readFileSync(join(prefix, 'share/man/man1/attune.1'), 'utf8'), MANUAL);
  assert.match(
    said,
    /Installed attune\/9\.9\.9 test as .*\/\.local\/bin\/attune\nNote: .*\/\.local\/bin is not on the PATH/,
  );
  const removed = await install(['--uninstall']);
  assert.equal(removed.status, 0, removed.said);
  assert.deepEqual([installed(prefix), readdirSync(join(prefix, 'share/man/man1'))], [[], []]);
  assert.match(removed.said, /Packs stay in/);
  assert.equal((await install(['--uninstall'])).status, 4);
});

for (const [tool, other] of [
  ['curl', 'wget'],
  ['wget', 'curl'],
] as const) {
  test(`with ${tool} it downloads, again where that fails in passing`, {
    skip: !isThere(tool) && `there is no ${tool} here`,
  }, async (t) => {
    const files = release();
    const server = await startHttpServer(t, {
      ...served(files),
      '/1.0.0/SHA256SUMS': inTurn(resets, page(503, 'busy'), bytes(files['SHA256SUMS'] ?? '')),
    });
    const { home, install } = machine(t);
    const { status, said } = await install([`--from=${server.url('/1.0.0/')}`, '--prefix', join(home, 'own place')], {
      without: [other],
    });
    assert.equal(status, 0, said);
    assert.deepEqual(installed(join(home, 'own place')), ['attune']);
    assert.equal(server.requests.filter((request) => request.endsWith('SHA256SUMS')).length, 3);
  });

  test(`with ${tool} what is not there is asked for once`, {
    skip: !isThere(tool) && `there is no ${tool} here`,
  }, async (t) => {
    const server = await startHttpServer(t, {});
    const { home, install } = machine(t);
    const { status, said } = await install(['--from', server.origin], { without: [other] });
    assert.equal(status, 9, said);
    assert.match(said, /404/);
    assert.equal(server.requests.length, 1);
    assert.deepEqual(installed(join(home, '.local')), []);
  });
}

const REFUSALS: readonly {
  claim: string;
  files?: Files;
  words?: string[];
  status: number;
  says: RegExp;
  system?: string;
  without?: string[];
}[] = [
  {
    claim: 'a program that was tampered with',
    files: { ...release(), 'attune-linux-x64': `${PROGRAM}#` },
    status: 7,
    says: /is not what SHA256SUMS names: it has [0-9a-f]{64}, and should have/,
  },
  {
    claim: 'a page of the manual that was tampered with',
    files: { ...release(), 'man/attune.1': '.so /etc/passwd' },
    status: 7,
    says: /man\/attune\.1/,
  },
  { claim: 'a directory without sums', files: { 'attune-linux-x64': PROGRAM }, status: 4, says: /no SHA256SUMS/ },
  {
    claim: 'sums without this system',
    files: release({ 'attune-win-x64.exe': PROGRAM }),
    status: 4,
    says: /no attune-linux-x64 in the SHA256SUMS/,
  },
  {
    claim: 'a program that does not run',
    files: release({ 'attune-linux-x64': '#!/bin/sh\necho too old >&2; exit 1\n' }),
    status: 3,
    says: /does not run here: too old/,
  },
  { claim: 'a system without an executable', system: 'Plan9 x86_64', status: 4, says: /no executable for Plan9/ },
  { claim: 'a processor without an executable', system: 'Linux riscv64', status: 4, says: /processor riscv64/ },
  {
    claim: 'a URL that anybody could answer',
    words: ['--from', 'http://attune.example/1.0.0'],
    status: 9,
    says: /is not https/,
  },
  {
    claim: 'a URL of another kind',
    words: ['--from', 'ftp://attune.example/1.0.0'],
    status: 2,
    says: /neither a directory nor a URL/,
  },
  { claim: 'no source', words: [], status: 2, says: /nothing says where attune is/ },
  { claim: 'a word that it does not know', words: ['--form', 'x'], status: 2, says: /no option '--form'/ },
  {
    claim: 'an empty prefix, as an unset variable gives',
    words: ['--from', 'x', '--prefix', ''],
    status: 2,
    says: /--prefix is empty/,
  },
  {
    claim: 'a machine without anything to hash with',
    without: ['sha256sum', 'shasum', 'openssl'],
    status: 4,
    says: /SHA-256/,
  },
];

for (const { claim, files, words, status, says, system, without } of REFUSALS) {
  test(`refused, with nothing changed: ${claim}`, async (t) => {
    const { home, stick, install } = machine(t, files);
    const prefix = join(home, '.local');
    mkdirSync(join(prefix, 'bin'), { recursive: true });
    writeFileSync(join(prefix, 'bin', 'attune'), 'the old one');
    const run = await install(words ?? ['--from', stick], { ...(system && { system }), ...(without && { without }) });
    assert.equal(run.status, status, run.said);
    assert.match(run.said, says);
    assert.deepEqual(installed(prefix), ['attune']);
    assert.equal(readFileSync(join(prefix, 'bin', 'attune'), 'utf8'), 'the old one');
    assert.ok(!existsSync(join(prefix, 'share')));
  });
}

test('names in the sums lead nowhere else', async (t) => {
  const files = release();
  const more = ['man/../../x.1', 'man/attune-$(touch pwned).1', '../attune.1'].map(
    (name) => `${sha256('')}  ${name}\n`,
  );
  const { home, stick, install } = machine(t, { ...files, SHA256SUMS: files['SHA256SUMS'] + more.join('') });
  assert.equal((await install(['--from', stick])).status, 0);
  assert.deepEqual(readdirSync(join(home, '.local/share/man/man1')), ['attune.1']);
  assert.deepEqual(
    readdirSync(join(stick, '..')).filter((name) => name === 'pwned'),
    [],
  );
});

test('of a script that arrived in part nothing is run', async (t) => {
  const { home, stick, install } = machine(t);
  const text = readFileSync(SCRIPT, 'utf8');
  const cuts = [0.2, 0.5, 0.9].map((part) => Math.floor(text.length * part));
  for (const end of [...cuts, text.lastIndexOf('main "$@"'), text.length - 2]) {
    const script = join(home, 'part.sh');
    writeFileSync(script, text.slice(0, end));
    await install(['--from', stick], { script });
    assert.deepEqual(installed(join(home, '.local')), [], `cut at ${end}`);
  }
});

test('a redirect does not lead from https to http', () => {
  const text = readFileSync(SCRIPT, 'utf8');
  assert.match(text, /curl .*--proto-redir "\$protocols"/);
  assert.match(text, /http_proxy=http:\/\/127\.0\.0\.1:1 wget/);
});

test('a redirect is followed', { skip: !isThere('curl') && 'there is no curl here' }, async (t) => {
  const files = release();
  const server = await startHttpServer(t, {
    ...served(files),
    '/1.0.0/attune-linux-x64': redirect('/elsewhere'),
    '/elsewhere': bytes(PROGRAM),
  });
  const { home, install } = machine(t);
  const { status, said } = await install(['--from', server.url('/1.0.0')]);
  assert.equal(status, 0, said);
  assert.deepEqual(installed(join(home, '.local')), ['attune']);
});
