import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { RevealedPaths } from '../../../src/testing/confinement/isolation/file-view.ts';
import { planFiles } from '../../../src/testing/confinement/isolation/plan-files.ts';
import { temporaryDirectory } from '../../support/temporary.ts';
import {
  cannotIsolate,
  countingServer,
  createMachine,
  type IsolatedReport,
  installNode,
  installPython,
  type Machine,
  type Mechanism,
  NOBODY,
  runningWith,
  SECRET,
  type TestUser,
} from '../../support/testing/isolation.ts';
import { runnerOf, runOne } from '../../support/testing/run.ts';
import { waitFor } from '../../support/wait-for.ts';

const MANIFEST = 'ref: demo\nversion: 1.0.0\ntesting:\n  result_format: tap\n  runners:\n';
/** A program that is visible inside of the isolation wherever the tests are. */
const PYTHON = '/usr/bin/python3';
const SHELL_RUNNER = '    shell: { type: script, entry_point: tests/run.sh, timeout: 120 }\n';

const ROWS: { mechanism: Mechanism; user: TestUser; name: string }[] = (['bwrap', 'unshare'] as const).flatMap(
  (mechanism) => [
    { mechanism, user: undefined, name: process.geteuid?.() === 0 ? 'root' : 'the user' },
    ...(process.geteuid?.() === 0 ? [{ mechanism, user: NOBODY, name: 'an unprivileged user' }] : []),
  ],
);

/** Returns a script with a TAP line for each attack, `ok` if the attack is denied. */
function attackScript(attacks: Readonly<Record<string, string>>): string {
  const lines = Object.entries(attacks).map(
    ([name, line], index) =>
      `if ( ${line} ) >/dev/null 2>&1; then echo "not ok ${index + 1} - ${name}"; else echo "ok ${index + 1} - ${name}"; fi`,
  );
  return ['#!/bin/bash', ...lines, `echo "1..${lines.length}"`, ''].join('\n');
}

function assertAllPassed(report: IsolatedReport): void {
  const failed = report.test_suites.flatMap(({ test_cases: cases }) =>
    cases.filter(({ status }) => status !== 'passed'),
  );
  assert.deepEqual(failed, []);
  assert.equal(report.status, 'passed', JSON.stringify(report.test_suites));
}

/** Starts a process that the tests of a pack must not reach. */
async function startVictim(t: TestContext) {
  const victim = spawn('sleep', ['600'], { stdio: 'ignore' });
  t.after(() => victim.kill('SIGKILL'));
  await new Promise((resolve) => victim.once('spawn', resolve));
  return victim;
}

/** Creates a directory outside of the hidden ones, which only root can. */
function socketDirectory(t: TestContext): string | undefined {
  if (process.geteuid?.() !== 0 || !existsSync('/srv')) return undefined;
  const directory = mkdtempSync('/srv/attune-test-');
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  chmodSync(directory, 0o755);
  return directory;
}

async function attack(t: TestContext, user: TestUser, mechanism: Mechanism) {
  const machine = createMachine(t, user, { 'pack.yaml': MANIFEST + SHELL_RUNNER });
  const { root, home } = machine;
  const elsewhere = socketDirectory(t);
  if (elsewhere !== undefined) await countingServer(t, join(elsewhere, 'service.sock'));
  const [server, local, victim] = [
    await countingServer(t),
    await countingServer(t, join(root, 'service.sock')),
    await startVictim(t),
  ];
  const external = Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.family === 'IPv4' && !one.internal)?.address;
  const connect = (host: string) => `exec 3<>/dev/tcp/${host}/${server.port}`;
  const service = (path: string) => `${PYTHON} -c 'import socket; socket.socket(socket.AF_UNIX).connect("${path}")'`;
  const attacks = {
    'read the private key': `cat ${home}/.ssh/id_ed25519`,
    'read the private key through a link': `ln -s ${home}/.ssh "$TMPDIR/link"; cat "$TMPDIR/link/id_ed25519"`,
    'read the private key through another process': `cat /proc/1/root${home}/.ssh/id_ed25519 || cat /proc/$PPID/root${home}/.ssh/id_ed25519`,
    'read the private key through the working directory of another process': `cat /proc/1/cwd/../../home/.ssh/id_ed25519`,
    'list the home': `[ -n "$(ls -A ${home})" ]`,
    'write to the home': `echo x >${home}/planted`,
    'write next to the home': `echo x >/etc/attune-planted`,
    'read the database': `cat ${root}/data/attune.db`,
    'read the cache': `cat ${root}/cache/index.json`,
    'read the configuration': `cat ${root}/config/settings.yaml`,
    'reach a server of the machine over loopback': connect('127.0.0.1'),
    ...(external === undefined ? {} : { 'reach a server of the machine over the network': connect(external) }),
    'reach a service over its socket': service(`${root}/service.sock`),
    ...(elsewhere === undefined
      ? {}
      : { 'reach a service whose socket is in another directory': service(join(elsewhere, 'service.sock')) }),
    'signal a process outside': `kill -TERM ${victim.pid}`,
    'read the memory of a process outside': `head -c 1 /proc/${victim.pid}/mem || cat /proc/${victim.pid}/environ`,
    'unmount what hides the home': `umount ${home} || umount -l ${root}/data; cat ${home}/.ssh/id_ed25519`,
    'unmount it in another namespace': `unshare -Urm /bin/sh -c 'umount ${home}; umount -l /tmp; cat ${home}/.ssh/id_ed25519'`,
    'enter the namespaces of the first process': `nsenter -t 1 -m -U cat ${home}/.ssh/id_ed25519`,
    'read a disk': `for disk in /dev/[svx]d* /dev/nvme*; do head -c 1 "$disk" && exit 0; done; exit 1`,
    'change a setting of the kernel': `cat /proc/sys/kernel/core_pattern >/proc/sys/kernel/core_pattern`,
    'change a setting of the kernel after a remount': `mount -o remount,rw /proc/sys || mount -o remount,rw,bind /; touch /usr/attune-planted`,
  };
  machine.write('pack/tests/run.sh', attackScript(attacks));
  const report = await machine.run(mechanism, { homes: [home] });
  return { report, machine, server, local, victim };
}

function needsPython(): string | false {
  return existsSync(PYTHON) ? false : 'needs the Python of the system';
}

interface Toolchain {
  readonly install: (machine: Machine) => void;
  /** The directories of the `PATH`, relative to the home. */
  readonly path: readonly string[];
  readonly runner: string;
  readonly files: Readonly<Record<string, string>>;
  readonly variables?: (machine: Machine) => Readonly<Record<string, string>>;
}

/** A test that passes only with the Python below a directory, and whose other files of the home are hidden. */
function pythonTest(below: string): Readonly<Record<string, string>> {
  return {
    'tests/test_pack.py': `import os, subprocess, sys, unittest\n\nclass TestPack(unittest.TestCase):\n    def test_interpreter(self):\n        self.assertIn(${JSON.stringify(below)}, sys.executable)\n\n    def test_child(self):\n        child = subprocess.run(["python3", "-c", "import json, sys; print(sys.executable)"], capture_output=True, text=True)\n        self.assertIn(${JSON.stringify(below)}, child.stdout, child.stderr)\n`,
  };
}

const UNITTEST = '    python: { type: unittest, entry_point: tests/test_pack.py, timeout: 60 }\n';
const NODE = '    node: { type: node, entry_point: tests/, timeout: 60 }\n';

function nodeTest(below: string): Readonly<Record<string, string>> {
  return {
    'tests/pack.test.js': `const { test } = require('node:test');\nconst assert = require('node:assert');\nconst { execFileSync } = require('node:child_process');\ntest('interpreter', () => {\n  assert.ok(process.execPath.includes(${JSON.stringify(below)}), process.execPath);\n  assert.equal(execFileSync('node', ['-p', '1'], { encoding: 'utf8' }), '1\\n');\n});\n`,
  };
}

/** A shim of a version manager, which needs files of its root and selects the version of the working directory. */
const MANAGER =
  '#!/bin/bash\nversion=$(cat .python-version 2>/dev/null || cat "$PYENV_ROOT/version")\nprogram=$1; shift; exec "$PYENV_ROOT/versions/$version/bin/$program" "$@"\n';
const SHIM =
  '#!/bin/bash\nexport PYENV_ROOT="$HOME/.pyenv"\nexec "$PYENV_ROOT/libexec/pyenv" "$(basename "$0")" "$@"\n';

function toolchains(): Readonly<Record<string, Toolchain>> {
  const pyenv: Omit<Toolchain, 'files'> = {
    path: ['.pyenv/shims'],
    runner: UNITTEST,
    install: ({ home, write }) => {
      write('home/.pyenv/shims/python3', SHIM);
      write('home/.pyenv/libexec/pyenv', MANAGER);
      write('home/.pyenv/version', '3.1\n');
      for (const version of ['3.1', '3.2']) installPython(join(home, '.pyenv/versions', version));
    },
  };
  return {
    'the global version of pyenv with its shims': { ...pyenv, files: pythonTest('.pyenv/versions/3.1/') },
    'the version of pyenv that the pack selects': {
      ...pyenv,
      files: { ...pythonTest('.pyenv/versions/3.2/'), '.python-version': '3.2\n' },
    },
    'the Python of uv behind a link in ~/.local/bin': {
      path: ['.local/bin'],
      runner: UNITTEST,
      install: ({ home }) => {
        installPython(join(home, '.local/share/uv/python/cpython-3.1.2-linux'));
        symlinkSync('cpython-3.1.2-linux', join(home, '.local/share/uv/python/cpython-3.1-linux'));
        mkdirSync(join(home, '.local/bin'));
        symlinkSync('../share/uv/python/cpython-3.1-linux/bin/python3', join(home, '.local/bin/python3'));
      },
      files: pythonTest('.local/'),
    },
    conda: {
      path: ['miniconda3/bin'],
      runner: UNITTEST,
      install: ({ home }) => installPython(join(home, 'miniconda3')),
      files: pythonTest('miniconda3/bin'),
    },
    'a Python with the prefix ~/.local': {
      path: ['.local/bin'],
      runner: UNITTEST,
      install: ({ home, write }) => {
        installPython(join(home, '.local'));
        write('home/.local/share/keyrings/secret', SECRET);
      },
      files: pythonTest('.local/bin'),
    },
    nvm: {
      path: ['.nvm/versions/node/v24.0.0/bin'],
      runner: NODE,
      install: ({ home }) => installNode(join(home, '.nvm/versions/node/v24.0.0')),
      files: nodeTest('.nvm/versions'),
    },
    'fnm, whose directory of programs is a link': {
      path: ['.local/state/fnm_multishells/1/bin'],
      runner: NODE,
      install: ({ home }) => {
        installNode(join(home, '.local/share/fnm/node-versions/v24/installation'));
        mkdirSync(join(home, '.local/state/fnm_multishells'), { recursive: true });
        symlinkSync(
          join(home, '.local/share/fnm/node-versions/v24/installation'),
          join(home, '.local/state/fnm_multishells/1'),
        );
      },
      files: nodeTest('fnm/node-versions'),
    },
  };
}

for (const { mechanism, user, name } of ROWS) {
  const skip = cannotIsolate(mechanism, user);
  const title = `isolation: with ${mechanism} as ${name},`;

  test(`${title} hostile tests reach neither files, servers nor processes of the user`, {
    skip: skip || needsPython(),
  }, async (t) => {
    const { report, machine, server, local, victim } = await attack(t, user, mechanism);
    assertAllPassed(report);
    assert.deepEqual([server.connections(), local.connections()], [0, 0]);
    assert.deepEqual([victim.exitCode, victim.signalCode], [null, null]);
    assert.equal(readFileSync(join(machine.home, '.ssh/id_ed25519'), 'utf8'), SECRET);
    for (const path of [join(machine.home, 'planted'), '/etc/attune-planted', '/usr/attune-planted'])
      assert.ok(!existsSync(path), path);
    const { by, network, files } = report.confinement!;
    assert.deepEqual([by, files], [mechanism === 'bwrap' ? 'bubblewrap' : 'namespaces', 'isolated']);
    assert.notEqual(network, 'open');
  });

  test(`${title} tests that fork without end are stopped by the limit, and nothing outlives them`, {
    skip,
  }, async (t) => {
    const seconds = `600.${String(Math.random()).slice(2, 10)}`;
    const loop = `i=0\nwhile [ $i -lt 400 ]; do setsid sleep ${seconds} & i=$((i + 1)); done`;
    // Dash ends when it cannot fork; Bash would wait and try again.
    const forks = `#!/bin/sh\ntrap '' TERM HUP\n${loop}\nexit 0\n`;
    const machine = createMachine(t, user, { 'pack.yaml': MANIFEST + SHELL_RUNNER, 'tests/run.sh': forks });
    const report = await machine.run(mechanism, { processes: 64 });
    if (report.confinement!.processes === null) {
      assert.match(report.confinement!.notes.join(' '), /does not limit the number of processes of root/);
    } else {
      assert.deepEqual([report.confinement!.processes, report.status], [64, 'failed']);
    }
    assert.deepEqual(runningWith(seconds), []);
  });

  test(`${title} a suite that exceeds its time limit ends with all its processes`, { skip }, async (t) => {
    const seconds = `600.${String(Math.random()).slice(2, 10)}`;
    const script = `#!/bin/sh\nsetsid env -i sleep ${seconds} &\ntrap '' TERM\nsleep ${seconds}\n`;
    const runner = SHELL_RUNNER.replace('timeout: 120', 'timeout: 2');
    const machine = createMachine(t, user, { 'pack.yaml': MANIFEST + runner, 'tests/run.sh': script });
    const report = await machine.run(mechanism);
    assert.ok(report.test_suites[0]?.timed_out);
    await waitFor(() => runningWith(seconds).length === 0);
  });

  test(`${title} tests can write to their pack, home and temporary directories and use loopback`, {
    skip: skip || needsPython(),
  }, async (t) => {
    const script = [
      '#!/bin/bash',
      'set -e',
      'echo x >"$HOME/file"; echo x >"$TMPDIR/file"; echo x >/tmp/file; echo x >/var/tmp/file; echo x >/dev/shm/file; echo x >tests/file',
      '[ "$PWD" = "$ATTUNE_PACK_DIR" ]',
      'echo x >/dev/null; head -c 4 /dev/urandom >/dev/null; echo y | cat <(cat) >/dev/null; [ -d /proc/self ]',
      `${PYTHON} -c 'import socket; server = socket.create_server(("127.0.0.1", 0)); socket.create_connection(server.getsockname())'`,
      'echo "ok 1 - all"; echo "1..1"',
      '',
    ].join('\n');
    const machine = createMachine(t, user, { 'pack.yaml': MANIFEST + SHELL_RUNNER, 'tests/run.sh': script });
    assertAllPassed(await machine.run(mechanism));
    assert.ok(!existsSync('/tmp/file'));
  });

  test(`${title} a suite cannot replace the directory of the next one by a link into the home`, { skip }, async (t) => {
    const link = (home: string) =>
      `#!/bin/bash\ncd /; for i in 0 1 2; do mv "$ATTUNE_PACK_DIR/../../../$i" "$ATTUNE_PACK_DIR/../../../x$i"; ln -s ${home} "$ATTUNE_PACK_DIR/../../../$i"; done 2>/dev/null; true\n`;
    const runners = ['one', 'two'].map(
      (id) => `    ${id}: { type: script, entry_point: tests/run.sh, result_format: simple }\n`,
    );
    const machine = createMachine(t, user, { 'pack.yaml': MANIFEST + runners.join('') });
    machine.write('pack/tests/run.sh', link(machine.home));
    const report = await machine.run(mechanism);
    assert.equal(report.total_tests, 2);
    assert.ok(!existsSync(join(machine.home, 'packs')));
  });

  for (const [layout, { install, path, runner, files, variables }] of Object.entries(toolchains())) {
    test(`${title} ${layout} in the home works`, { skip: skip || needsPython() }, async (t) => {
      const machine = createMachine(t, user, { 'pack.yaml': MANIFEST + runner, ...files });
      install(machine);
      const report = await machine.run(
        mechanism,
        {},
        {
          PATH: `${path.map((name) => join(machine.home, name)).join(':')}:/usr/bin:/bin`,
          ...variables?.(machine),
        },
      );
      assertAllPassed(report);
    });
  }
}

test('results: a result file behind a link that leads out of the pack is ignored', async (t) => {
  const outside = temporaryDirectory(t);
  const xml = '<testsuite><testcase name="leak"><failure message="secret"/></testcase></testsuite>';
  const lines = [
    `mkdir -p '${outside}'; echo '${xml}' >'${outside}/out.xml'`,
    `ln -s '${outside}' tests/results`,
    'exit 0',
  ];
  const runner = runnerOf('script', {
    entryPoint: 'tests/run.sh',
    resultPath: 'tests/results/out.xml',
    resultFormat: 'junit-xml',
  });
  const suite = await runOne(t, runner, { 'tests/run.sh': `#!/bin/sh\n${lines.join('\n')}\n` });
  assert.ok(!JSON.stringify(suite).includes('secret'));
  assert.equal(suite.failed, 1, 'a suite without results fails');
});

test('planFiles: a home that is a directory of the system is hidden only where programs keep secrets', async (t) => {
  const workspace = temporaryDirectory(t);
  const tools = {
    processes: { run: () => assert.fail(), find: () => undefined },
    variables: { PATH: '/usr/bin:relative' },
  };
  const request = { pack: workspace, workspace, protectedDirectories: ['/nowhere'], environments: [], sockets: [] };
  const { view } = await planFiles({ ...request, homes: ['/', '/usr/sbin'], needs: () => true, network: false }, tools);
  assert.ok(!view.hidden.includes('/') && !view.hidden.includes('/usr/sbin'));
  assert.ok(
    view.hidden.every((path) => ['/run', '/tmp', '/var/tmp'].includes(path) || /^\/\./.test(path)),
    `${view.hidden}`,
  );
});

test('RevealedPaths: neither a home nor a directory that contains hidden ones is revealed', async (t) => {
  const root = realpathSync(temporaryDirectory(t));
  for (const path of ['home/.local/bin', 'home/.ssh', 'home/project/bin', 'home/project/lib', 'home/project/.git']) {
    mkdirSync(join(root, path), { recursive: true });
  }
  writeFileSync(join(root, 'home/project/bin/tool'), '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(join(root, 'home/.ssh/key'), SECRET);
  symlinkSync('../../project/bin/tool', join(root, 'home/.local/bin/tool'));
  symlinkSync('../../.ssh/key', join(root, 'home/.local/bin/key'));
  symlinkSync('../../.ssh', join(root, 'home/.local/bin/directory'));
  symlinkSync('loop', join(root, 'home/.local/bin/loop'));
  const home = join(root, 'home');
  const revealed = new RevealedPaths([home], [join(home, '.local')]);
  for (const path of [home, root, '/', join(home, '.local'), join(home, 'missing')]) revealed.reveal(path);
  assert.deepEqual([revealed.readable, revealed.links], [[], []]);
  revealed.revealPrograms(join(home, '.local/bin'));
  assert.deepEqual(revealed.readable, [join(home, '.local/bin'), join(home, 'project/bin/tool')]);
});
