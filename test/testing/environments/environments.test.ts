import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { readConfig } from '../../../src/config/config.ts';
import { AttuneError } from '../../../src/errors.ts';
import { prepareEnvironments } from '../../../src/operations/test/prepare-environments.ts';
import { systemEnvironment } from '../../../src/platform/environment.ts';
import { resolvePaths } from '../../../src/platform/paths.ts';
import { findProgram } from '../../../src/platform/processes/find-program.ts';
import { systemProcesses } from '../../../src/platform/processes/processes.ts';
import { collectWarnings, silentReporter } from '../../../src/platform/reporter.ts';
import { buildVariables } from '../../../src/testing/environments/build-variables.ts';
import { buildError } from '../../../src/testing/environments/environment-error.ts';
import { readNodePackages } from '../../../src/testing/environments/node-packages.ts';
import { readPythonRequirements } from '../../../src/testing/environments/python-requirements.ts';
import { contentsOf } from '../../support/cli.ts';
import { bytes, startHttpServer } from '../../support/http/server.ts';
import { npmFiles, npmPackage, wheel } from '../../support/packages.ts';
import { openStore } from '../../support/store.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import { findPythonWith, skipWithout } from '../../support/testing/programs.ts';
import { packOf, run, runnerOf } from '../../support/testing/run.ts';

const withoutPip = skipWithout(findPythonWith('venv, pip'), 'a python3 with venv and pip');
const withoutNpm = skipWithout(findProgram('npm', process.env['PATH']), 'npm');

type Files = Readonly<Record<string, string | Buffer>>;

function directoryOf(test: TestContext, files: Files): string {
  const root = temporaryDirectory(test);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

/** A machine with a store of its own and nothing of the user's. */
function machineOf(test: TestContext, { offline = true, variables = {} } = {}) {
  const place = temporaryDirectory(test);
  const store = openStore(join(place, 'data'), { lockTimeoutMs: 60_000 });
  test.after(() => store[Symbol.dispose]());
  const base = { PATH: process.env['PATH'], PYENV_ROOT: process.env['PYENV_ROOT'], HOME: join(place, 'home') };
  const environment = { ...systemEnvironment(), variables: { ...base, ...variables } };
  const runtime = {
    store: async () => store,
    config: async () => readConfig(resolvePaths(environment), environment),
    processes: systemProcesses({ offline }),
    reporter: collectWarnings(silentReporter),
    environment,
  };
  const prepare = (root: string) => prepareEnvironments({ root, ref: 'demo' }, runtime);
  return { data: join(place, 'data'), store, prepare };
}

interface Refusal {
  readonly claim: string;
  readonly files: Files;
  /** All lines of the message but the first. */
  readonly lines: readonly string[];
}

function refuses(read: (root: string) => unknown, root: string, lines: readonly string[], claim: string): void {
  assert.throws(
    () => read(root),
    (error) => {
      assert.ok(error instanceof AttuneError, claim);
      assert.equal(error.code, 'INVALID_REQUIREMENTS', claim);
      assert.deepEqual(
        error.message.split('\n').slice(1),
        lines.map((line) => `  ${line}`),
        claim,
      );
      assert.ok(error.hint);
      return true;
    },
  );
}

const UNUSABLE_PYTHON: Refusal[] = [
  {
    claim: 'every line that names something in the pack is told, with its place',
    files: { 'requirements.txt': '# ours\n-e .\n\nrequests>=2 # fine\n./vendor/a.whl\ntiny @ file:///tmp/x.whl\n' },
    lines: [
      "requirements.txt:2: '-e .' is editable: an environment cannot lead back into a pack",
      "requirements.txt:5: './vendor/a.whl' names a file or a directory of the pack",
      "requirements.txt:6: 'tiny @ file:///tmp/x.whl' names a file or a directory of the pack",
    ],
  },
  {
    claim: 'files that are included are read too',
    files: { 'tests/requirements.txt': '-r ../more.txt\n', 'more.txt': '--editable=.\n-c gone.txt\n' },
    lines: [
      "more.txt:1: '--editable=.' is editable: an environment cannot lead back into a pack",
      "more.txt:2: '-c gone.txt' names a file that is not there",
    ],
  },
  {
    claim: 'nothing out of the pack is read',
    files: { 'requirements.txt': '-r ../../etc/passwd\n-c /etc/passwd\n' },
    lines: [
      "requirements.txt:1: '-r ../../etc/passwd' leads out of the pack",
      "requirements.txt:2: '-c /etc/passwd' names a file that is not there",
    ],
  },
];

for (const { claim, files, lines } of UNUSABLE_PYTHON) {
  test(`requirements of Python: ${claim}`, (t) => refuses(readPythonRequirements, directoryOf(t, files), lines, claim));
}

test('requirements of Python: what is asked for, and everything that decides on it', (t) => {
  const root = directoryOf(t, {
    'requirements.txt': '\u{feff}-r base.txt\r\nrequests[socks]>=2.0 ; python_version > "3"\n--hash=sha256:00\n',
    'base.txt':
      '-r requirements.txt\n-c https://example.org/constraints.txt\nattrs @ git+https://example.org/attrs@1\n',
    'requirements-test.txt': 'pytest\n',
    'wheels/b-1-py3-none-any.whl': '',
    'wheels/a-1.tar.gz': '',
    'wheels/README': '',
  });
  const found = readPythonRequirements(root);
  assert.deepEqual(found?.files, ['requirements.txt', 'requirements-test.txt']);
  assert.deepEqual([...(found?.contents.keys() ?? [])].sort(), [
    'base.txt',
    'requirements-test.txt',
    'requirements.txt',
  ]);
  assert.deepEqual(found?.wheels, ['a-1.tar.gz', 'b-1-py3-none-any.whl']);
});

test('requirements of Python: a pack that asks for nothing, or by a link, has none', (t) => {
  assert.equal(readPythonRequirements(directoryOf(t, { 'requirements.txt': '# none\n\n' })), undefined);
  const root = directoryOf(t, { 'pack.yaml': '' });
  symlinkSync('/etc/hostname', join(root, 'requirements.txt'));
  assert.equal(readPythonRequirements(root), undefined);
});

const LOCKED = npmFiles('tiny', '1.0.0', 'https://registry.npmjs.org/tiny/-/tiny-1.0.0.tgz', 'sha512-AA==');
const lockWith = (packages: object) => ({ ...LOCKED, 'package-lock.json': JSON.stringify({ packages }) });
const UNUSABLE_NODE: Refusal[] = [
  {
    claim: 'packages without a lock',
    files: { 'package.json': LOCKED['package.json'] ?? '' },
    lines: ['package.json names packages, and there is no package-lock.json that says which versions'],
  },
  {
    claim: 'a lock of old',
    files: { ...LOCKED, 'package-lock.json': '{"lockfileVersion": 1, "dependencies": {}}' },
    lines: ['package-lock.json is of a form that npm wrote before version 7'],
  },
  {
    claim: 'directories of the pack, and archives outside of it',
    files: lockWith({
      '': {},
      'libs/one': { version: '1.0.0' },
      'node_modules/one': { resolved: 'libs/one', link: true },
      'node_modules/two': { resolved: 'file:../two.tgz' },
      'node_modules/three': { resolved: 'file:/etc/passwd' },
    }),
    lines: [
      "package-lock.json: 'libs/one' is a directory of the pack, and an environment cannot lead back into it",
      "package-lock.json: 'node_modules/one' is a directory of the pack, and an environment cannot lead back into it",
      "package-lock.json: 'node_modules/two' comes from '../two.tgz', which is no file of the pack",
      "package-lock.json: 'node_modules/three' comes from '/etc/passwd', which is no file of the pack",
    ],
  },
];

for (const { claim, files, lines } of UNUSABLE_NODE) {
  test(`packages of npm: ${claim}`, (t) => refuses(readNodePackages, directoryOf(t, files), lines, claim));
}

test('packages of npm: what is no JSON is told, and hostile JSON is nothing', (t) => {
  assert.throws(() => readNodePackages(directoryOf(t, { 'package.json': '{' })), { code: 'INVALID_REQUIREMENTS' });
  for (const content of ['[]', 'null', '7', '{"dependencies": null}', '{"dependencies": []}', '{"type": "module"}']) {
    assert.equal(readNodePackages(directoryOf(t, { 'package.json': content })), undefined, content);
  }
});

test('packages of npm: the lock decides, and a pack may bring everything itself', (t) => {
  assert.deepEqual(readNodePackages(directoryOf(t, LOCKED))?.files, ['package.json', 'package-lock.json']);
  assert.equal(readNodePackages(directoryOf(t, { ...LOCKED, 'node_modules/tiny/index.js': '' })), undefined);
});

const FAULTS: { claim: string; said: string; offline?: boolean; timedOut?: boolean; want: string }[] = [
  {
    claim: 'pip, no such package',
    said: 'ERROR: No matching distribution found for nowhere==1',
    want: 'DEPENDENCY_ENVIRONMENT',
  },
  {
    claim: 'pip, offline',
    said: 'ERROR: No matching distribution found for nowhere==1',
    offline: true,
    want: 'NETWORK_OFFLINE',
  },
  {
    claim: 'pip, no network',
    said: "WARNING: Retrying after connection broken by 'NewConnectionError('...: Failed to establish a new connection: [Errno -2] Name or service not known')'\nERROR: No matching distribution found for x",
    want: 'NETWORK_ENVIRONMENT',
  },
  { claim: 'pip, refused', said: 'ERROR: HTTP error 403 while getting https://x/y.whl', want: 'NETWORK_ENVIRONMENT' },
  { claim: 'pip, a conflict', said: 'ERROR: ResolutionImpossible: for help visit', want: 'DEPENDENCY_ENVIRONMENT' },
  {
    claim: 'pip, a conflict offline',
    said: 'ERROR: ResolutionImpossible: for help',
    offline: true,
    want: 'DEPENDENCY_ENVIRONMENT',
  },
  {
    claim: 'uv, no network',
    said: 'error: Request failed\n  Caused by: error sending request for url',
    want: 'NETWORK_ENVIRONMENT',
  },
  {
    claim: 'npm, offline',
    said: "npm error code ENOTCACHED\nnpm error cache mode is 'only-if-cached'",
    offline: true,
    want: 'NETWORK_OFFLINE',
  },
  {
    claim: 'npm, no network',
    said: 'npm error code EAI_AGAIN\nnpm error getaddrinfo EAI_AGAIN',
    want: 'NETWORK_ENVIRONMENT',
  },
  { claim: 'npm, not there', said: 'npm error code E404\nnpm error 404 Not Found', want: 'NETWORK_ENVIRONMENT' },
  { claim: 'npm, a wrong lock', said: 'npm error code EUSAGE\nnpm error in sync', want: 'DEPENDENCY_ENVIRONMENT' },
  { claim: 'npm, a wrong checksum', said: 'npm error code EINTEGRITY', want: 'DEPENDENCY_ENVIRONMENT' },
  { claim: 'a tool that never ends', said: 'Downloading', timedOut: true, want: 'NETWORK_TIMEOUT' },
];

for (const { claim, said, offline = false, timedOut = false, want } of FAULTS) {
  test(`a build that failed: ${claim}`, () => {
    const result = {
      ...{ exitCode: 1, signal: null, startError: undefined, stdout: 'chatter' },
      timedOut,
      stderr: said,
      durationMs: 1,
    };
    const fault = buildError({ tool: 'pip', files: ['requirements.txt'], result, offline, offlineHint: 'Bring them.' });
    assert.equal(fault.code, want);
    assert.match(fault.message, /^pip could not install what requirements\.txt asks for: /);
    assert.ok(fault.message.includes(said.split('\n').at(-1) ?? '') && !fault.message.includes('chatter'));
  });
}

test('of a long output the last lines are told', () => {
  const stderr = Array.from({ length: 500 }, (_, line) => `line ${line}`).join('\n');
  const result = {
    exitCode: null,
    signal: 'SIGKILL',
    startError: undefined,
    timedOut: false,
    stdout: '',
    stderr,
    durationMs: 1,
  };
  const { message } = buildError({ tool: 'npm', files: ['package.json'], result, offline: false, offlineHint: '' });
  assert.match(message, /ended by SIGKILL/);
  assert.ok(message.includes('line 499') && !message.includes('line 480'));
});

test('a build sees what its tool is configured with, and no secret of anything else', () => {
  const passed = {
    HOME: '/h',
    https_proxy: 'p',
    PIP_INDEX_URL: 'i',
    UV_INDEX_URL: 'u',
    npm_config_registry: 'r',
    PYENV_ROOT: 'y',
  };
  const kept = { 'npm_config_//host/:_authToken': 't', NODE_EXTRA_CA_CERTS: 'c', NETRC: 'n' };
  const dropped = {
    GITHUB_TOKEN: 's',
    AWS_SECRET_ACCESS_KEY: 's',
    PIP_TARGET: '/x',
    npm_config_local_prefix: '/x',
    NODE_OPTIONS: '-r',
    PYTHONPATH: '/x',
    UV_PYTHON: 'x',
  };
  const seen = buildVariables({ ...passed, ...kept, ...dropped, PATH: '/bin' }, '/t');
  assert.deepEqual(
    Object.keys(seen).sort(),
    [...Object.keys({ ...passed, ...kept }), 'PATH', 'LANG', 'LC_ALL', 'TMPDIR', 'TEMP', 'TMP'].sort(),
  );
});

test('a pack that asks for nothing has no environment, and nothing is made', async (t) => {
  const { data, prepare } = machineOf(t);
  using prepared = await prepare(directoryOf(t, { 'pack.yaml': '' }));
  assert.deepEqual(prepared.report, []);
  assert.ok(!existsSync(join(data, 'envs')));
});

test('an environment of Python is made once, of wheels alone, and the tests of the pack have it', {
  skip: withoutPip,
  timeout: 120_000,
}, async (t) => {
  const tiny = wheel('tinyecho', '1.0.0');
  const wheels = directoryOf(t, { [tiny.file]: tiny.content });
  const { data, store, prepare } = machineOf(t, { variables: { ATTUNE_WHEELS: wheels } });
  const runners = [
    runnerOf('unittest', { entryPoint: 'tests/test_tiny.py' }),
    runnerOf('script', { entryPoint: 'tests/say.sh' }),
  ];
  const pack = packOf(
    t,
    { runners },
    {
      'requirements.txt': 'tinyecho==1.0.0\n',
      // A module of the pack that pip would run, were it started where the pack's files are.
      'pip.py': 'raise SystemExit("this ran")\n',
      'tests/test_tiny.py':
        'import unittest, tinyecho\nclass T(unittest.TestCase):\n  def test_it(self): self.assertEqual(tinyecho.VERSION, "1.0.0")\n',
      'tests/say.sh': '#!/bin/sh\ntest "$(tinyecho-say)" = 1.0.0 && test -n "$VIRTUAL_ENV" && which tinyecho-say\n',
    },
  );
  const before = contentsOf(pack.root);
  const [one, other] = await Promise.all([prepare(pack.root), prepare(pack.root)]);
  const [path] = one.report.map((entry) => entry.path);
  assert.deepEqual([one.report[0]?.reused, other.report[0]?.reused].sort(), [false, true]);
  assert.equal(other.report[0]?.path, path);
  assert.deepEqual(
    readdirSync(join(data, 'envs', 'demo')).filter((name) => !name.endsWith('.lock')),
    [one.report[0]?.digest],
  );
  const { report } = await run(t, pack, { environment: one.environment });
  assert.equal(report.status, 'passed', JSON.stringify(report.test_suites));
  assert.ok(path && report.test_suites[1]?.test_cases[0]?.stdout?.startsWith(path));
  assert.deepEqual(contentsOf(pack.root), before);
  assert.deepEqual(readdirSync(join(data, 'staging')), []);
  const kept = store.environments().list();
  assert.deepEqual(
    kept.map(({ ref, kind }) => [ref, kind]),
    [['demo', 'python']],
  );
  assert.deepEqual(store.environments().remove(kept).inUse, kept);
  one[Symbol.dispose]();
  other[Symbol.dispose]();
  assert.deepEqual(store.environments().remove(kept).removed, kept);
  assert.ok(!existsSync(join(data, 'envs')));
});

test('what is not on this machine is not fetched with --offline, and nothing is left', {
  skip: withoutPip,
  timeout: 120_000,
}, async (t) => {
  const server = await startHttpServer(t, {});
  const variables = { PIP_INDEX_URL: server.url('/simple'), PIP_FIND_LINKS: server.url('/links'), PIP_RETRIES: '0' };
  const root = directoryOf(t, { 'requirements.txt': 'tinyecho==1.0.0\n' });
  const { data, prepare } = machineOf(t, { variables });
  await assert.rejects(prepare(root), (error) => {
    assert.ok(error instanceof AttuneError);
    assert.equal(error.code, 'NETWORK_OFFLINE');
    assert.match(error.message, /No matching distribution found for tinyecho==1\.0\.0/);
    assert.match(error.hint ?? '', /ATTUNE_WHEELS/);
    return true;
  });
  assert.deepEqual(server.requests, []);
  assert.deepEqual(contentsOf(data), { 'staging/': '' });
});

test('an environment of npm is made of a registry, without running a script of any package', {
  skip: withoutNpm,
  timeout: 120_000,
}, async (t) => {
  const tiny = npmPackage('tinysay', '1.2.3');
  const server = await startHttpServer(t, { '/tinysay-1.2.3.tgz': bytes(tiny.content) });
  const runners = [runnerOf('node', { entryPoint: 'tests' }), runnerOf('script', { entryPoint: 'tests/say.sh' })];
  const pack = packOf(
    t,
    { runners },
    {
      ...npmFiles('tinysay', '1.2.3', server.url('/tinysay-1.2.3.tgz'), tiny.integrity),
      'tests/a.test.mjs': 'import say from "tinysay"; import test from "node:test"; test(say, () => {});\n',
      'tests/say.sh': '#!/bin/sh\ntinysay\n',
    },
  );
  const { prepare } = machineOf(t, { offline: false });
  using prepared = await prepare(pack.root);
  const { report } = await run(t, pack, { environment: prepared.environment });
  assert.equal(report.status, 'passed', JSON.stringify(report.test_suites));
  assert.equal(report.test_suites[0]?.test_cases[0]?.name, '1.2.3');
  assert.ok(!existsSync(join(pack.root, 'node_modules')));
  assert.deepEqual(server.requests, ['GET /tinysay-1.2.3.tgz']);
});

test('npm fetches nothing with --offline, and takes what the pack brings along', {
  skip: withoutNpm,
  timeout: 120_000,
}, async (t) => {
  const tiny = npmPackage('tinysay', '1.2.3');
  const server = await startHttpServer(t, { '/tinysay-1.2.3.tgz': bytes(tiny.content) });
  const { data, prepare } = machineOf(t);
  const remote = npmFiles('tinysay', '1.2.3', server.url('/tinysay-1.2.3.tgz'), tiny.integrity);
  await assert.rejects(prepare(directoryOf(t, remote)), { code: 'NETWORK_OFFLINE' });
  assert.deepEqual(server.requests, []);
  assert.deepEqual(contentsOf(data), { 'staging/': '' });
  const local = npmFiles('tinysay', '1.2.3', 'file:vendor/tinysay.tgz', tiny.integrity);
  using prepared = await prepare(directoryOf(t, { ...local, 'vendor/tinysay.tgz': tiny.content }));
  assert.equal(
    execFileSync(process.execPath, [join(prepared.environment.path[0] ?? '', 'tinysay')], { encoding: 'utf8' }),
    '1.2.3\n',
  );
});

test('whatever decides on an environment gives it another name', { skip: withoutPip, timeout: 120_000 }, async (t) => {
  const base = { 'requirements.txt': 'tinyecho\n', 'wheels/a-1-py3-none-any.whl': 'x' };
  const rows: [string, Files][] = [
    ['the same again', base],
    ['another line', { ...base, 'requirements.txt': 'tinyecho==1.0.0\n' }],
    ['another file', { ...base, 'requirements-test.txt': 'pytest\n' }],
    ['another wheel of the same name', { ...base, 'wheels/a-1-py3-none-any.whl': 'y' }],
  ];
  const { planEnvironments } = await import('../../../src/testing/environments/plan-environments.ts');
  const processes = systemProcesses({ offline: true });
  const tools = { processes, reporter: silentReporter, variables: process.env, wheelDirectories: [] };
  const digests = await Promise.all(
    rows.map(async ([, files]) => (await planEnvironments(directoryOf(t, files), '/home', tools))[0]?.digest),
  );
  const [elsewhere] = await planEnvironments(directoryOf(t, base), '/other', tools);
  const [first] = await planEnvironments(directoryOf(t, base), '/home', tools);
  assert.equal(digests[0], first?.digest);
  assert.equal(new Set([...digests, elsewhere?.digest]).size, rows.length + 1);
  for (const digest of digests) assert.match(digest ?? '', /^[0-9a-f]{16}$/);
});

test('without the programs that build it there is a message that says which', async (t) => {
  const { prepare } = machineOf(t, { variables: { PATH: '/no/such/place' } });
  const python = prepare(directoryOf(t, { 'requirements.txt': 'tinyecho\n' }));
  await assert.rejects(python, { code: 'DEPENDENCY_ENVIRONMENT_TOOL', message: /'python3' is not on the PATH/ });
  await assert.rejects(prepare(directoryOf(t, LOCKED)), {
    code: 'DEPENDENCY_ENVIRONMENT_TOOL',
    message: /'node' is not/,
  });
});

test('uv builds it where it is on the PATH', { skip: withoutPip, timeout: 120_000 }, async (t) => {
  const log = join(temporaryDirectory(t), 'log');
  const uv = `#!/bin/sh\necho "$@" >> ${log}\ncase $1 in venv) for last; do :; done; mkdir -p "$last/bin"; echo "home" > "$last/pyvenv.cfg"; echo "#!$last/bin/python" > "$last/bin/tool";; esac\n`;
  const programs = packOf(t, undefined, { uv }).root;
  const { prepare } = machineOf(t, {
    variables: { PATH: `${programs}:${process.env['PATH']}`, ATTUNE_WHEELS: '/wheels' },
  });
  using prepared = await prepare(directoryOf(t, { 'requirements.txt': 'tinyecho\n' }));
  const [path] = prepared.environment.path;
  assert.equal(readFileSync(join(path ?? '', 'tool'), 'utf8'), `#!${path}/python\n`);
  assert.match(
    readFileSync(log, 'utf8'),
    /^venv --quiet --allow-existing --python \S+ (\S+)\npip install --quiet --python \1\/bin\/python --no-index --find-links \/wheels -r \S+\/requirements\.txt\n$/,
  );
});
