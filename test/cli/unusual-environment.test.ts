import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createHarness, programCommand } from '../support/attune.ts';
import { createCliHarness, installedPacks } from '../support/cli.ts';
import { packFiles } from '../support/registry/server.ts';
import { writeFiles } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';

/** Runs a shell command line in which `$@` is the program. */
function shell(line: string, variables: Readonly<Record<string, string>>) {
  return spawnSync('/bin/sh', ['-c', line, 'sh', ...programCommand()], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ...variables },
  });
}

test('removed working directory: pack list works, and a relative path exits 4', (t) => {
  const { directory, data, config } = createHarness(t);
  const variables = { HOME: directory, ATTUNE_DATA_DIR: data, ATTUNE_CONFIG_DIR: config };
  const runInRemoved = (args: string) =>
    shell(`mkdir ${directory}/gone; cd ${directory}/gone; rmdir ../gone; "$@" ${args}`, variables);
  const list = runInRemoved('pack list');
  assert.equal(list.status, 0, list.stderr);
  const checksum = runInRemoved('pack checksum ./x');
  assert.equal(checksum.status, 4, checksum.stderr);
  assert.match(checksum.stderr, /^Error: Cannot resolve/);
});

test('standard output: a full disk exits 10 with a message', (t) => {
  if (!existsSync('/dev/full')) return t.skip('requires /dev/full');
  const { directory, data, config } = createHarness(t);
  const { status, stderr } = shell('"$@" pack list > /dev/full', {
    HOME: directory,
    ATTUNE_DATA_DIR: data,
    ATTUNE_CONFIG_DIR: config,
  });
  assert.equal(status, 10);
  assert.equal(
    stderr,
    "Error: Cannot write to 'standard output': no space is left on the device.\nHint: Free some space, or choose another directory with --data-dir.\n",
  );
});

for (const [signal, expected] of [
  ['SIGHUP', 129],
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const) {
  test(`${signal}: ends the tests of a pack with the processes that they started, and exits ${expected}`, async (t) => {
    const harness = createCliHarness(t);
    const pidFile = join(harness.directory, 'pid');
    writeFiles(
      join(harness.directory, 'endless'),
      packFiles({
        ref: 'endless',
        test: `sleep 300 &\necho $! > '${pidFile}.new' && mv '${pidFile}.new' '${pidFile}'\nwait`,
      }),
    );
    const { child, ended } = harness.start({}, 'pack', 'install', './endless', '--json');
    await waitFor(() => existsSync(pidFile));
    child.kill(signal);
    const { status, stdout } = await ended;
    assert.deepEqual([status, JSON.parse(stdout).error.exit_code], [expected, expected]);
    const grandchild = Number(readFileSync(pidFile, 'utf8'));
    await waitFor(() => !isRunning(grandchild));
  });
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('Ctrl-C: during the commit of a pack, one document reports the true outcome', async (t) => {
  const harness = createCliHarness(t);
  const files = Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`data/${index}`, `${index}`]));
  writeFiles(join(harness.directory, 'big'), { ...packFiles({ ref: 'big' }), ...files });
  const { child, ended } = harness.start({}, 'pack', 'install', './big', '--json');
  // The file exists while a process writes to the store, and before it moves anything into place.
  await waitFor(() => existsSync(join(harness.data, 'writer.json')) || child.exitCode !== null);
  child.kill('SIGINT');
  const { status, stdout } = await ended;
  const { success } = JSON.parse(stdout);
  const expected = success ? { status: 0, packs: ['big 1.0.0'] } : { status: 130, packs: [] };
  assert.deepEqual({ status, packs: await installedPacks(harness) }, expected);
});

test('install: accepts repeated dependencies and suites with the same name', async (t) => {
  const harness = createCliHarness(t);
  writeFiles(join(harness.directory, 'core'), packFiles({ ref: 'core', version: '1.4.0' }));
  writeFiles(join(harness.directory, 'twice'), {
    'pack.yaml': [
      'ref: twice',
      'version: 1.0.0',
      'dependencies: ["core@>=1", "core@^1 || ^3", "core"]',
      'testing:',
      '  discovery:',
      '    method: manifest',
      '    tests: [{name: same, runner: shell, command: "true"}, {name: same, runner: shell, command: "true"}]',
      '  runners: {shell: {type: command}}',
      '',
    ].join('\n'),
  });
  const { status, document } = await harness.json('pack', 'install', './core', './twice');
  assert.equal(status, 0, document.error?.message);
  assert.deepEqual(document.packs[1].dependencies, ['core']);
  const { document: shown } = await harness.json('pack', 'show', 'twice');
  assert.deepEqual(shown.dependencies, [{ ref: 'core', range: '>=1, ^1 || >=1, ^3', installed: '1.4.0' }]);
  assert.equal(shown.last_test.cases.length, 2);
  writeFiles(join(harness.directory, 'core'), packFiles({ ref: 'core', version: '2.0.0' }));
  assert.equal(
    (await harness.json('pack', 'install', './core', '--force')).document.error.code,
    'DEPENDENCY_UNSATISFIED',
  );
});

/** Runs the program on a pseudo-terminal, types a text at the confirmation prompt, and exits with the program's status. */
const TYPE_AT_PROMPT = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0: os.execvp(sys.argv[2], sys.argv[2:])
output = b''
while True:
    try: chunk = os.read(terminal, 4096)
    except OSError: break
    if not chunk: break
    if b'[y/N]' not in output and b'[y/N]' in output + chunk: os.write(terminal, sys.argv[1].encode())
    output += chunk
sys.stdout.buffer.write(output)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

test('confirmation prompt: Ctrl-C and Ctrl-D cancel with status 130', async (t) => {
  const harness = createCliHarness(t);
  writeFiles(join(harness.directory, 'core'), packFiles({ ref: 'core' }));
  await harness.attune('pack', 'install', './core');
  for (const key of ['\u0003', '\u0004']) {
    const { status, stdout } = spawnSync(
      'python3',
      [
        '-c',
        TYPE_AT_PROMPT,
        key,
        ...programCommand(),
        'pack',
        'uninstall',
        'core',
        '--data-dir',
        harness.data,
        '--no-color',
      ],
      { encoding: 'utf8', cwd: harness.directory, env: { PATH: process.env['PATH'], HOME: harness.directory } },
    );
    assert.equal(status, 130, stdout);
    assert.match(stdout, /\[y\/N\].*\r\nCancelled\.\r\n$/s);
  }
  assert.deepEqual(await installedPacks(harness), ['core 1.0.0']);
});

test('path argument: an empty string exits 2 and does not mean the working directory', async (t) => {
  const harness = createHarness(t);
  for (const command of ['checksum', 'test']) {
    const { status, document } = await harness.json('pack', command, '');
    assert.equal(status, 2);
    assert.equal(document.error.code, 'USAGE');
  }
});
