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

/** Creates a machine with a private store and without the user's environment. */
function machineOf(test: TestContext, { offline = true, variables = {} } = {}) {
  const directory = temporaryDirectory(test);
  const store = openStore(join(directory, 'data'), { lockTimeoutMs: 60_000 });
  test.after(() => store[Symbol.dispose]());
  const base = { PATH: process.env['PATH'], PYENV_ROOT: process.env['PYENV_ROOT'], HOME: join(directory, 'home') };
  const environment = { ...systemEnvironment(), variables: { ...base, ...variables } };
  const runtime = {
    store: async () => store,
    config: async () => readConfig(resolvePaths(environment), environment),
    processes: systemProcesses({ offline }),
    reporter: collectWarnings(silentReporter),
    environment,
  };
  const prepare = (root: string) => prepareEnvironments({ root, ref: 'demo' }, runtime);
  return { data: join(directory, 'data'), store, prepare };
}

interface InvalidRequirementsRow {
  readonly claim: string;
  readonly files: Files;
  /** All lines of the message except the first. */
  readonly lines: readonly string[];
}

function assertRejected(read: (root: string) => unknown, root: string, lines: readonly string[], claim: string): void {
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

const INVALID_PYTHON: InvalidRequirementsRow[] = [
  {
    claim: 'every line that refers to a path in the pack is reported with its location',
    files: { 'requirements.txt': '# ours\n-e .\n\nrequests>=2 # fine\n./vendor/a.whl\ntiny @ file:///tmp/x.whl\n' },
    lines: [
      "requirements.txt:2: '-e .' is editable, but an environment cannot refer to a pack",
      "requirements.txt:5: './vendor/a.whl' refers to a file or directory of the pack",
      "requirements.txt:6: 'tiny @ file:///tmp/x.whl' refers to a file or directory of the pack",
    ],
  },
  {
    claim: 'included files are checked as well',
    files: { 'tests/requirements.txt': '-r ../more.txt\n', 'more.txt': '--editable=.\n-c gone.txt\n' },
    lines: [
      "more.txt:1: '--editable=.' is editable, but an environment cannot refer to a pack",
      "more.txt:2: '-c gone.txt' refers to a missing file",
    ],
  },
  {
    claim: 'files outside the pack are not read',
    files: { 'requirements.txt': '-r ../../etc/passwd\n-c /etc/passwd\n' },
    lines: [
      "requirements.txt:1: '-r ../../etc/passwd' points outside the pack",
      "requirements.txt:2: '-c /etc/passwd' refers to a missing file",
    ],
  },
];

for (const { claim, files, lines } of INVALID_PYTHON) {
  test(`readPythonRequirements: ${claim}`, (t) =>
    assertRejected(readPythonRequirements, directoryOf(t, files), lines, claim));
}

test('readPythonRequirements: the files, all included contents and the wheels are returned', (t) => {
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

test('readPythonRequirements: a pack with an empty or linked requirements.txt has none', (t) => {
  assert.equal(readPythonRequirements(directoryOf(t, { 'requirements.txt': '# none\n\n' })), undefined);
  const root = directoryOf(t, { 'pack.yaml': '' });
  symlinkSync('/etc/hostname', join(root, 'requirements.txt'));
  assert.equal(readPythonRequirements(root), undefined);
});

const LOCKED = npmFiles('tiny', '1.0.0', 'https://registry.npmjs.org/tiny/-/tiny-1.0.0.tgz', 'sha512-AA==');
const lockWith = (packages: object) => ({ ...LOCKED, 'package-lock.json': JSON.stringify({ packages }) });
const INVALID_NODE: InvalidRequirementsRow[] = [
  {
    claim: 'dependencies without a lock are rejected',
    files: { 'package.json': LOCKED['package.json'] ?? '' },
    lines: ['package.json has dependencies, but there is no package-lock.json with their versions'],
  },
  {
    claim: 'a lock of npm before version 7 is rejected',
    files: { ...LOCKED, 'package-lock.json': '{"lockfileVersion": 1, "dependencies": {}}' },
    lines: ['package-lock.json has a format of npm before version 7'],
  },
  {
    claim: 'directories of the pack and archives outside it are rejected',
    files: lockWith({
      '': {},
      'libs/one': { version: '1.0.0' },
      'node_modules/one': { resolved: 'libs/one', link: true },
      'node_modules/two': { resolved: 'file:../two.tgz' },
      'node_modules/three': { resolved: 'file:/etc/passwd' },
    }),
    lines: [
      "package-lock.json: 'libs/one' is a directory of the pack, but an environment cannot refer to it",
      "package-lock.json: 'node_modules/one' is a directory of the pack, but an environment cannot refer to it",
      "package-lock.json: 'node_modules/two' comes from '../two.tgz', which is not a file of the pack",
      "package-lock.json: 'node_modules/three' comes from '/etc/passwd', which is not a file of the pack",
    ],
  },
];

for (const { claim, files, lines } of INVALID_NODE) {
  test(`readNodePackages: ${claim}`, (t) => assertRejected(readNodePackages, directoryOf(t, files), lines, claim));
}

test('readNodePackages: invalid JSON is an error, and JSON without dependencies has no packages', (t) => {
  assert.throws(() => readNodePackages(directoryOf(t, { 'package.json': '{' })), { code: 'INVALID_REQUIREMENTS' });
  for (const content of ['[]', 'null', '7', '{"dependencies": null}', '{"dependencies": []}', '{"type": "module"}']) {
    assert.equal(readNodePackages(directoryOf(t, { 'package.json': content })), undefined, content);
  }
});

test('readNodePackages: the files include the lock, and a pack with node_modules has no packages', (t) => {
  assert.deepEqual(readNodePackages(directoryOf(t, LOCKED))?.files, ['package.json', 'package-lock.json']);
  assert.equal(readNodePackages(directoryOf(t, { ...LOCKED, 'node_modules/tiny/index.js': '' })), undefined);
});

const BUILD_FAILURES: { claim: string; output: string; offline?: boolean; timedOut?: boolean; want: string }[] = [
  {
    claim: 'pip with an unknown package',
    output: 'ERROR: No matching distribution found for nowhere==1',
    want: 'DEPENDENCY_ENVIRONMENT',
  },
  {
    claim: 'pip offline',
    output: 'ERROR: No matching distribution found for nowhere==1',
    offline: true,
    want: 'NETWORK_OFFLINE',
  },
  {
    claim: 'pip without a network',
    output:
      "WARNING: Retrying after connection broken by 'NewConnectionError('...: Failed to establish a new connection: [Errno -2] Name or service not known')'\nERROR: No matching distribution found for x",
    want: 'NETWORK_ENVIRONMENT',
  },
  {
    claim: 'pip with a rejected request',
    output: 'ERROR: HTTP error 403 while getting https://x/y.whl',
    want: 'NETWORK_ENVIRONMENT',
  },
  {
    claim: 'pip with a conflict',
    output: 'ERROR: ResolutionImpossible: for help visit',
    want: 'DEPENDENCY_ENVIRONMENT',
  },
  {
    claim: 'pip offline with a conflict',
    output: 'ERROR: ResolutionImpossible: for help',
    offline: true,
    want: 'DEPENDENCY_ENVIRONMENT',
  },
  {
    claim: 'uv without a network',
    output: 'error: Request failed\n  Caused by: error sending request for url',
    want: 'NETWORK_ENVIRONMENT',
  },
  {
    claim: 'npm offline',
    output: "npm error code ENOTCACHED\nnpm error cache mode is 'only-if-cached'",
    offline: true,
    want: 'NETWORK_OFFLINE',
  },
  {
    claim: 'npm without a network',
    output: 'npm error code EAI_AGAIN\nnpm error getaddrinfo EAI_AGAIN',
    want: 'NETWORK_ENVIRONMENT',
  },
  {
    claim: 'npm with an unknown package',
    output: 'npm error code E404\nnpm error 404 Not Found',
    want: 'NETWORK_ENVIRONMENT',
  },
  {
    claim: 'npm with an outdated lock',
    output: 'npm error code EUSAGE\nnpm error in sync',
    want: 'DEPENDENCY_ENVIRONMENT',
  },
  { claim: 'npm with a wrong checksum', output: 'npm error code EINTEGRITY', want: 'DEPENDENCY_ENVIRONMENT' },
  { claim: 'a tool that exceeds its time limit', output: 'Downloading', timedOut: true, want: 'NETWORK_TIMEOUT' },
];

for (const { claim, output, offline = false, timedOut = false, want } of BUILD_FAILURES) {
  test(`buildError: ${claim} has the error code ${want}`, () => {
    const result = {
      ...{ exitCode: 1, signal: null, startError: undefined, stdout: 'chatter' },
      timedOut,
      stderr: output,
      durationMs: 1,
    };
    const error = buildError({
      tool: 'pip',
      files: ['requirements.txt'],
      result,
      offline,
      offlineHint: 'Provide them.',
    });
    assert.equal(error.code, want);
    assert.match(error.message, /^pip could not install the packages of requirements\.txt: /);
    assert.ok(error.message.includes(output.split('\n').at(-1) ?? '') && !error.message.includes('chatter'));
  });
}

test('buildError: a lock file that does not fit package.json is named with its packages', () => {
  const stderr = [
    'npm error code EUSAGE',
    'npm error `npm ci` can only install packages when your package.json and package-lock.json are in sync.',
    "npm error Invalid: lock file's is-number@7.0.0 does not satisfy is-number@6.0.0",
    'npm error Missing: tiny@1.0.0 from lock file',
    'npm error Usage: npm ci',
  ].join('\n');
  const result = {
    ...{ exitCode: 1, signal: null, startError: undefined, timedOut: false, stdout: '', durationMs: 1 },
    stderr,
  };
  const files = ['package.json', 'package-lock.json'];
  const { code, message, hint } = buildError({ tool: 'npm', files, result, offline: false, offlineHint: '' });
  assert.equal(code, 'INVALID_REQUIREMENTS');
  assert.deepEqual(message.split('\n'), [
    'package-lock.json does not match package.json:',
    "  Invalid: lock file's is-number@7.0.0 does not satisfy is-number@6.0.0",
    '  Missing: tiny@1.0.0 from lock file',
  ]);
  assert.match(hint ?? '', /npm install/);
});

test('buildError: the message has the last lines of a long output', () => {
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
  assert.match(message, /terminated by SIGKILL/);
  assert.ok(message.includes('line 499') && !message.includes('line 480'));
});

test('buildVariables: the configuration of the tools is passed on, but no other secrets', () => {
  const passed = {
    HOME: '/h',
    https_proxy: 'p',
    PIP_INDEX_URL: 'i',
    UV_INDEX_URL: 'u',
    npm_config_registry: 'r',
    PYENV_ROOT: 'y',
  };
  const alsoPassed = { 'npm_config_//host/:_authToken': 't', NODE_EXTRA_CA_CERTS: 'c', NETRC: 'n' };
  const excluded = {
    GITHUB_TOKEN: 's',
    AWS_SECRET_ACCESS_KEY: 's',
    PIP_TARGET: '/x',
    npm_config_local_prefix: '/x',
    NODE_OPTIONS: '-r',
    PYTHONPATH: '/x',
    UV_PYTHON: 'x',
  };
  const seen = buildVariables({ ...passed, ...alsoPassed, ...excluded, PATH: '/bin' }, '/t');
  assert.deepEqual(
    Object.keys(seen).sort(),
    [...Object.keys({ ...passed, ...alsoPassed }), 'PATH', 'LANG', 'LC_ALL', 'TMPDIR', 'TEMP', 'TMP'].sort(),
  );
});

test('prepareEnvironments: a pack without requirements has no environment', async (t) => {
  const { data, prepare } = machineOf(t);
  using prepared = await prepare(directoryOf(t, { 'pack.yaml': '' }));
  assert.deepEqual(prepared.report, []);
  assert.ok(!existsSync(join(data, 'envs')));
});

test('prepareEnvironments: a Python environment is created once from wheels and used by the tests', {
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
      // A module that would replace pip if the tool ran in the directory of the pack.
      'pip.py': 'raise SystemExit("imported")\n',
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
  const stored = store.environments().list();
  assert.deepEqual(
    stored.map(({ ref, kind }) => [ref, kind]),
    [['demo', 'python']],
  );
  assert.deepEqual(store.environments().remove(stored).inUse, stored);
  one[Symbol.dispose]();
  other[Symbol.dispose]();
  assert.deepEqual(store.environments().remove(stored).removed, stored);
  assert.ok(!existsSync(join(data, 'envs')));
});

test('prepareEnvironments: a pip.conf that redirects installations is overridden, and its other settings are used', {
  skip: withoutPip,
  timeout: 120_000,
}, async (t) => {
  const tiny = wheel('tinyecho', '1.0.0');
  const wheels = directoryOf(t, { [tiny.file]: tiny.content });
  const elsewhere = join(wheels, 'elsewhere');
  for (const line of [`user = true\nrequire-virtualenv = true`, `target = ${elsewhere}\nprefix = ${elsewhere}`]) {
    const file = join(
      directoryOf(t, { 'pip.conf': `[global]\nno-index = true\nfind-links = ${wheels}\n${line}\n` }),
      'pip.conf',
    );
    const { prepare } = machineOf(t, { offline: false, variables: { PIP_CONFIG_FILE: file } });
    const pack = packOf(
      t,
      { runners: [runnerOf('unittest', { entryPoint: 'tests/test_tiny.py' })] },
      { 'requirements.txt': 'tinyecho==1.0.0\n', 'tests/test_tiny.py': 'import tinyecho\n' },
    );
    using prepared = await prepare(pack.root);
    const packages = readdirSync(prepared.report[0]!.path, { recursive: true, encoding: 'utf8' });
    assert.ok(
      packages.some((path) => path.endsWith(join('site-packages', 'tinyecho.py'))),
      packages.join('\n'),
    );
    assert.ok(!existsSync(elsewhere), line);
  }
});

test('prepareEnvironments: with --offline an unavailable Python package is an error, and no files remain', {
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

test('prepareEnvironments: an npm environment is created from a registry without running package scripts', {
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

test('prepareEnvironments: with --offline npm downloads nothing and uses archives in the pack', {
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

test('planEnvironments: everything that determines an environment changes its digest', {
  skip: withoutPip,
  timeout: 120_000,
}, async (t) => {
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

test('prepareEnvironments: a missing build tool is an error with its name', async (t) => {
  const { prepare } = machineOf(t, { variables: { PATH: '/no/such/place' } });
  const python = prepare(directoryOf(t, { 'requirements.txt': 'tinyecho\n' }));
  await assert.rejects(python, { code: 'DEPENDENCY_ENVIRONMENT_TOOL', message: /'python3' is not on the PATH/ });
  await assert.rejects(prepare(directoryOf(t, LOCKED)), {
    code: 'DEPENDENCY_ENVIRONMENT_TOOL',
    message: /'node' is not/,
  });
});

test('prepareEnvironments: uv is used if it is on the PATH', { skip: withoutPip, timeout: 120_000 }, async (t) => {
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
