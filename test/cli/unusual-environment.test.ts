import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHarness, programCommand } from '../support/attune.ts';
import { createCliHarness, installedPacks } from '../support/cli.ts';
import { packFiles } from '../support/registry/server.ts';
import { writeFiles } from '../support/store.ts';

/** Runs a line of shell in which `$@` is the program. */
function shell(line: string, variables: Readonly<Record<string, string>>) {
  return spawnSync('/bin/sh', ['-c', line, 'sh', ...programCommand()], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], ...variables },
  });
}

test('in a working directory that somebody removed, what needs none works and the rest is not found', (t) => {
  const { directory, data, config } = createHarness(t);
  const variables = { HOME: directory, ATTUNE_DATA_DIR: data, ATTUNE_CONFIG_DIR: config };
  const inGone = (words: string) =>
    shell(`mkdir ${directory}/gone; cd ${directory}/gone; rmdir ../gone; "$@" ${words}`, variables);
  const list = inGone('pack list');
  assert.equal(list.status, 0, list.stderr);
  const checksum = inGone('pack checksum ./x');
  assert.equal(checksum.status, 4, checksum.stderr);
  assert.match(checksum.stderr, /^Error: Cannot find/);
});

test('standard output on a full disk is a fault of the store in a sentence', (t) => {
  if (!existsSync('/dev/full')) return t.skip('no /dev/full on this system');
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

test('a terminal that is closed ends the tests of a pack and what they started', async (t) => {
  const harness = createCliHarness(t);
  const sign = join(harness.directory, 'sign');
  writeFiles(
    join(harness.directory, 'endless'),
    packFiles({ ref: 'endless', test: `sleep 300 &\necho $! > '${sign}.new' && mv '${sign}.new' '${sign}'\nwait` }),
  );
  const { child, ended } = harness.start({}, 'pack', 'install', './endless');
  for (let waited = 0; !existsSync(sign) && waited < 20_000; waited += 20) await sleep(20);
  child.kill('SIGHUP');
  assert.equal((await ended).status, 130);
  const grandchild = Number(readFileSync(sign, 'utf8'));
  for (let waited = 0; isRunning(grandchild) && waited < 5000; waited += 20) await sleep(20);
  assert.equal(isRunning(grandchild), false);
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('Ctrl-C while a pack is being committed comes too late: one document, and it is true', async (t) => {
  const harness = createCliHarness(t);
  const files = Object.fromEntries(Array.from({ length: 600 }, (_, index) => [`data/${index}`, `${index}`]));
  writeFiles(join(harness.directory, 'big'), { ...packFiles({ ref: 'big' }), ...files });
  const { child, ended } = harness.start({}, 'pack', 'install', './big', '--json');
  // The note of who writes is there as long as, and before, anything is moved to its place.
  for (let waited = 0; !existsSync(join(harness.data, 'writer.json')) && waited < 20_000; waited += 1) await sleep(1);
  child.kill('SIGINT');
  const { status, stdout } = await ended;
  const { success } = JSON.parse(stdout);
  const expected = success ? { status: 0, packs: ['big 1.0.0'] } : { status: 130, packs: [] };
  assert.deepEqual({ status, packs: await installedPacks(harness) }, expected);
});

test('a pack may name a pack it needs twice, and two of its suites may have one name', async (t) => {
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

/** Runs the program on a pseudo-terminal, types something once it asks, and ends with its status. */
const TYPIST = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0: os.execvp(sys.argv[2], sys.argv[2:])
said = b''
while True:
    try: some = os.read(terminal, 4096)
    except OSError: break
    if not some: break
    if b'[y/N]' not in said and b'[y/N]' in said + some: os.write(terminal, sys.argv[1].encode())
    said += some
sys.stdout.buffer.write(said)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;

test('a person who is asked and presses Ctrl-C or Ctrl-D has said no', async (t) => {
  const harness = createCliHarness(t);
  writeFiles(join(harness.directory, 'core'), packFiles({ ref: 'core' }));
  await harness.attune('pack', 'install', './core');
  for (const key of ['\u0003', '\u0004']) {
    const { status, stdout } = spawnSync(
      'python3',
      ['-c', TYPIST, key, ...programCommand(), 'pack', 'uninstall', 'core', '--data-dir', harness.data, '--no-color'],
      { encoding: 'utf8', cwd: harness.directory, env: { PATH: process.env['PATH'], HOME: harness.directory } },
    );
    assert.equal(status, 130, stdout);
    assert.match(stdout, /Error: Nothing was done\./);
  }
  assert.deepEqual(await installedPacks(harness), ['core 1.0.0']);
});

test('an empty path, as of a variable that is not set, is not the working directory', async (t) => {
  const harness = createHarness(t);
  for (const command of ['checksum', 'test']) {
    const { status, document } = await harness.json('pack', command, '');
    assert.equal(status, 2);
    assert.equal(document.error.code, 'USAGE');
  }
});
