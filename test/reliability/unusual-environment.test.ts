import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { programCommand } from '../support/attune.ts';
import { contentsOf } from '../support/cli.ts';
import { faultVariables } from '../support/faults/fault.ts';
import { packFiles } from '../support/registry/server.ts';
import { createMachine, type Machine, memoryDirectory } from '../support/reliability/machine.ts';
import { writeFiles } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';

const compiled = memoryDirectory({ after });
const IS_ROOT = process.geteuid?.() === 0;
/** The user ID of `nobody`. */
const UNPRIVILEGED = 65534;

interface ShellOptions {
  readonly variables?: Readonly<Record<string, string | undefined>>;
  readonly unprivileged?: boolean;
}

interface ShellResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a line of sh on a machine, in which `"$@"` is attune. Fails the test on a signal or a stack trace. */
function shell(
  machine: Machine,
  line: string,
  { variables = {}, unprivileged = false }: ShellOptions = {},
): ShellResult {
  const { status, signal, stdout, stderr } = spawnSync('/bin/sh', ['-c', line, 'sh', ...programCommand(variables)], {
    encoding: 'utf8',
    cwd: machine.work,
    env: { ...machine.env, ...variables },
    ...(unprivileged && IS_ROOT ? { uid: UNPRIVILEGED, gid: UNPRIVILEGED } : {}),
  });
  assert.equal(signal, null);
  assert.doesNotMatch(stdout + stderr, /^ +at |bug in attune/m);
  return { status, stdout, stderr };
}

function machineWith(t: TestContext, ...refs: readonly string[]): Machine {
  const machine = createMachine(t, compiled);
  for (const ref of refs) writeFiles(join(machine.work, ref), packFiles({ ref, files: { 'lib/one.txt': ref } }));
  return machine;
}

/** Makes the unprivileged user the owner of a tree. */
function handOver(path: string): void {
  if (!IS_ROOT) return;
  lchownSync(path, UNPRIVILEGED, UNPRIVILEGED);
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  for (const name of readdirSync(path)) handOver(join(path, name));
}

/** Mounts a separate file system. @returns `undefined` if mounting is not permitted */
function mounted(t: TestContext, options: string): string | undefined {
  const directory = mkdtempSync(join(tmpdir(), 'attune-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `mode=755,${options}`, 'tmpfs', directory], { stdio: 'pipe' });
  } catch {
    rmdirSync(directory);
    return undefined;
  }
  t.after(() => {
    execFileSync('umount', [directory]);
    rmdirSync(directory);
  });
  return directory;
}

/** Verifies that a failure is a store error with a matching message and a hint. */
function assertStoreError({ status, stderr }: ShellResult, message: RegExp): void {
  assert.equal(status, 10, stderr);
  assert.match(stderr, message);
  assert.match(stderr, /^Hint: ./m);
}

test('permissions: without write permission an installation names the directory, and reading works', (t) => {
  const machine = machineWith(t, 'core', 'more');
  assert.equal(shell(machine, '"$@" pack install ./core').status, 0);
  const before = contentsOf(join(machine.root, 'data'));
  handOver(machine.root);
  chmodSync(join(machine.root, '..'), 0o755);
  const locked = [machine.root, ...['data', 'data/packs', 'data/releases'].map((name) => join(machine.root, name))];
  for (const path of locked) chmodSync(path, 0o555);
  const result = shell(machine, '"$@" pack install ./more', { unprivileged: true });
  const list = shell(machine, '"$@" pack list --json', { unprivileged: true });
  for (const path of locked) chmodSync(path, 0o755);
  assertStoreError(result, new RegExp(`${join(machine.root, 'data')}.*(permission denied|cannot be written)`));
  assert.deepEqual(
    JSON.parse(list.stdout).packs.map(({ ref }: { ref: string }) => ref),
    ['core'],
  );
  assert.deepEqual(Object.keys(contentsOf(join(machine.root, 'data'))), Object.keys(before));
});

test('read-only file system: writing is an error, and reading works', (t) => {
  const machine = machineWith(t, 'core', 'more');
  const data = mounted(t, 'size=8m');
  if (data === undefined) return t.skip('mounting is not allowed here');
  const options = { variables: { ATTUNE_DATA_DIR: data } };
  assert.equal(shell(machine, '"$@" pack install ./core', options).status, 0);
  execFileSync('mount', ['-o', 'remount,ro', data]);
  assertStoreError(shell(machine, '"$@" pack install ./more', options), /the file system is read-only/);
  assertStoreError(shell(machine, '"$@" pack uninstall core --yes', options), /read-only|cannot be written/);
  assert.match(shell(machine, '"$@" pack list', options).stdout, /core/);
});

/** Files that do not fit on a file system of 8 MB. */
const LARGE = Object.fromEntries(
  Array.from({ length: 24 }, (_, index) => [`data/${index}.bin`, `${index}`.repeat(250_000)]),
);

test('full file system of 8 MB: an installation exits 10 and leaves the store unchanged', (t) => {
  const machine = machineWith(t, 'core', 'more');
  writeFiles(join(machine.work, 'large'), packFiles({ ref: 'large', files: LARGE }));
  const data = mounted(t, 'size=8m');
  if (data === undefined) return t.skip('mounting is not allowed here');
  const options = { variables: { ATTUNE_DATA_DIR: data } };
  assert.equal(shell(machine, '"$@" pack install ./core', options).status, 0);
  const before = Object.keys(contentsOf(data));
  assertStoreError(shell(machine, '"$@" pack install ./large', options), /no space is left on the device/);
  assert.deepEqual(Object.keys(contentsOf(data)), before);
  assert.equal(shell(machine, '"$@" pack install ./more', options).status, 0);

  // Without a free byte, packs can still be listed, and removed once there is some space.
  spawnSync('/bin/sh', ['-c', `cat /dev/zero > '${data}/filler' 2>/dev/null`]);
  assert.match(shell(machine, '"$@" pack list', options).stdout, /core/);
  assertStoreError(shell(machine, '"$@" pack install ./core --force', options), /no space is left/);
  rmSync(join(data, 'filler'));
  assert.equal(shell(machine, '"$@" pack uninstall core --yes', options).status, 0);
});

test('file size limit: an installation exits 10 and leaves the store unchanged', (t) => {
  const machine = machineWith(t, 'core');
  const files = { 'data/one.bin': 'x'.repeat(2_000_000) };
  writeFiles(join(machine.work, 'large'), packFiles({ ref: 'large', files }));
  assert.equal(shell(machine, '"$@" pack install ./core').status, 0);
  const result = shell(machine, 'ulimit -f 1000; "$@" pack install ./large');
  assertStoreError(result, /one\.bin': the file would be larger than allowed/);
  assert.deepEqual(readdirSync(join(machine.root, 'data', 'packs')), ['core']);
  assert.deepEqual(readdirSync(join(machine.root, 'data', 'staging')), []);
});

test('no free inodes: an installation exits 10 and leaves the store unchanged', (t) => {
  const machine = machineWith(t, 'core');
  const files = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`data/${index}`, `${index}`]));
  writeFiles(join(machine.work, 'many'), packFiles({ ref: 'many', files }));
  const data = mounted(t, 'size=8m,nr_inodes=60');
  if (data === undefined) return t.skip('mounting is not allowed here');
  const options = { variables: { ATTUNE_DATA_DIR: data } };
  assert.equal(shell(machine, '"$@" pack install ./core', options).status, 0);
  const before = Object.keys(contentsOf(data));
  assertStoreError(shell(machine, '"$@" pack install ./many', options), /no space is left/);
  assert.deepEqual(Object.keys(contentsOf(data)), before);
});

test('data directory: its removal during an installation is reported at every step', {
  skip: process.platform === 'win32',
}, async (t) => {
  const machine = machineWith(t, 'core');
  const saved = `${machine.root}.saved`;
  machine.save(saved);
  const { calls } = await machine.trace(['pack', 'install', './core']);
  for (const call of [/^write .*staging/, /^exec .*writer\.lock/, /^rename .*releases/, /^COMMIT/, /^symlink/]) {
    machine.restore(saved);
    const at = calls.findLastIndex(({ name, path }) => call.test(`${name} ${path}`)) + 1;
    const { child, ended } = machine.start(['pack', 'install', './core'], `stop:${at}`);
    await stopped(child.pid as number);
    rmSync(join(machine.root, 'data'), { recursive: true });
    child.kill('SIGCONT');
    const { status, stderr } = await ended;
    assert.doesNotMatch(stderr, /^ +at |bug in attune/m, `${call}: ${stderr}`);
    assert.ok([0, 4, 10].includes(status ?? -1), `${call}: ${status} ${stderr}`);
    assert.equal(shell(machine, '"$@" pack install ./core --force').status, 0, `${call}`);
  }
});

/** Waits until SIGSTOP has stopped a process. A process that ended before its call is a zombie or gone. Uses `ps`, as on every Unix. */
async function stopped(pid: number): Promise<void> {
  const state = () => spawnSync('ps', ['-o', 'stat=', '-p', `${pid}`], { encoding: 'utf8' }).stdout;
  await waitFor(
    () => /^([TZ]|$)/.test(state()),
    () => `process ${pid} is in state '${state()}'`,
  );
}

test('output: closed output streams are not an error', (t) => {
  const machine = machineWith(t, 'core');
  assert.equal(shell(machine, '"$@" pack install ./core >&-').status, 0);
  assert.equal(shell(machine, '"$@" pack install ./core --force 2>&-').status, 0);
  assert.equal(shell(machine, '"$@" pack list --json >&- 2>&- <&-').status, 0);
  const { stdout } = shell(
    machine,
    '{ "$@" pack show core --json; echo "status $?" >&2; } 2>&1 >/dev/null | cat; exit 0',
  );
  assert.match(stdout, /^status 0$/m);
  assert.equal(shell(machine, '"$@" pack list').stdout.includes('core'), true);
});

for (const umask of ['077', '000', '777']) {
  test(`umask ${umask}: the files of an installed pack have the modes of the pack`, (t) => {
    const machine = machineWith(t);
    writeFiles(join(machine.work, 'core'), packFiles({ ref: 'core', test: 'exit 0' }));
    chmodSync(join(machine.work, 'core', 'tests', 'run.sh'), 0o755);
    const result = shell(machine, `umask ${umask}; "$@" pack install ./core`, { unprivileged: false });
    if (umask === '777' && !IS_ROOT) return assertStoreError(result, /permission denied/);
    assert.equal(result.status, 0, result.stderr);
    const mode = (path: string) =>
      (statSync(join(machine.root, 'data', 'packs', 'core', path)).mode & 0o777).toString(8);
    assert.equal(mode('pack.yaml'), '644');
    assert.equal(mode('tests/run.sh'), '755');
    const created = statSync(join(machine.root, 'data', 'attune.db')).mode & 0o777;
    assert.equal(created, 0o666 & ~Number.parseInt(umask, 8), 'the mode of the database follows the umask');
  });
}

const UNUSUAL_NAMES = [
  { claim: 'spaces and quotes', name: ` it's "here" $HOME \`x\` ` },
  { claim: 'a newline', name: 'one\ntwo', isSource: false },
  { claim: 'unicode', name: 'daten-ä-Å-数据-🚀' },
  { claim: 'characters with a special meaning in URLs', name: 'file:a?b#c%20d&mode=memory' },
  { claim: 'a leading dash', name: '-rf' },
];

for (const { claim, name, isSource = true } of UNUSUAL_NAMES) {
  test(`directories: names with ${claim} are supported`, (t) => {
    const machine = machineWith(t);
    // A newline in a command-line argument is rejected as a probable mistake.
    const source = join(machine.work, isSource ? name : 'plain', 'core');
    writeFiles(source, packFiles({ ref: 'core', test: 'exit 0' }));
    const directory = (kind: string) => join(machine.root, 'unusual', name, kind);
    const variables = {
      ATTUNE_DATA_DIR: directory('data'),
      ATTUNE_CACHE_DIR: directory('cache'),
      ATTUNE_CONFIG_DIR: directory('config'),
      SOURCE: source,
    };
    const result = shell(machine, '"$@" pack install "$SOURCE"', { variables });
    assert.equal(result.status, 0, result.stderr);
    const shown = shell(machine, '"$@" pack show core --json', { variables });
    assert.equal(JSON.parse(shown.stdout).storage_path, join(directory('data'), 'packs', 'core'));
    assert.deepEqual(readdirSync(join(directory('data'), 'packs', 'core')).sort(), ['actions', 'pack.yaml', 'tests']);
    assert.equal(shell(machine, '"$@" pack uninstall core --yes', { variables }).status, 0);
  });
}

test('data directory: a path of 4,000 characters is reported as too long, and one of 300 is not', (t) => {
  const machine = machineWith(t, 'core');
  const long = (length: number) => join(machine.root, ...Array(Math.ceil(length / 100)).fill('x'.repeat(99)));
  const install = (length: number) =>
    shell(machine, '"$@" pack install ./core', { variables: { ATTUNE_DATA_DIR: long(length) } });
  assert.equal(install(300).status, 0);
  const { status, stderr } = install(4000);
  assert.match(stderr, /its path is longer than the \d+ bytes that SQLite supports/);
  assert.equal(status, 10, stderr);
  assert.match(stderr, /^Hint: ./m);
});

test('data directory: a link is followed, and a dangling one is an error', (t) => {
  const machine = machineWith(t, 'core');
  const link = join(machine.root, 'link');
  symlinkSync(join(machine.root, 'elsewhere'), link);
  const options = { variables: { ATTUNE_DATA_DIR: link } };
  const dangling = shell(machine, '"$@" pack install ./core', options);
  assertStoreError(dangling, /\/link/);
  mkdirSync(join(machine.root, 'elsewhere'));
  assert.equal(shell(machine, '"$@" pack install ./core', options).status, 0);
  assert.deepEqual(readdirSync(join(link, 'packs')), ['core']);
  assert.deepEqual(readdirSync(join(link, 'packs', 'core')).sort(), ['actions', 'lib', 'pack.yaml']);
});

test('data directory: a file in its place is an error', (t) => {
  const machine = machineWith(t, 'core');
  writeFiles(machine.root, { taken: 'a file' });
  const options = { variables: { ATTUNE_DATA_DIR: join(machine.root, 'taken') } };
  assertStoreError(shell(machine, '"$@" pack install ./core', options), /\/taken/);
});

test('home directory: a missing one is created if permitted, and is an error otherwise', (t) => {
  const machine = machineWith(t, 'core');
  const home = (path: string) => ({
    HOME: path,
    ATTUNE_DATA_DIR: undefined,
    ATTUNE_CACHE_DIR: undefined,
    ATTUNE_CONFIG_DIR: undefined,
  });
  const created = shell(machine, '"$@" pack install ./core', { variables: home(join(machine.root, 'new', 'home')) });
  assert.equal(created.status, 0, created.stderr);
  handOver(machine.root);
  chmodSync(join(machine.root, '..'), 0o755);
  const refused = shell(machine, '"$@" pack install ./core', {
    variables: home('/nonexistent/home'),
    unprivileged: true,
  });
  assertStoreError(refused, /\/nonexistent/);
  assert.equal(
    shell(machine, '"$@" pack list', { variables: home('/nonexistent/home'), unprivileged: true }).status,
    0,
  );
});

test('clock: time that runs backwards changes no order and delays no command', (t) => {
  const machine = machineWith(t, 'core', 'more');
  const backwards = { variables: faultVariables('clock:-60000') };
  for (const args of ['install ./core', 'install ./more', 'install ./core --force', 'uninstall more --yes', 'lock']) {
    assert.equal(shell(machine, `"$@" pack ${args}`, backwards).status, 0, args);
  }
  const { stdout } = shell(machine, '"$@" pack history --json', backwards);
  const events = JSON.parse(stdout).events.map(({ action, ref }: Record<string, string>) => `${action} ${ref}`);
  assert.deepEqual(events, ['uninstall more', 'reinstall core', 'install more', 'install core']);
});
