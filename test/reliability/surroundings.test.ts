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
import { createMachine, type Machine, swiftDirectory } from '../support/reliability/machine.ts';
import { writeFiles } from '../support/store.ts';

const compiled = swiftDirectory({ after });
const IS_ROOT = process.geteuid?.() === 0;
const NOBODY = 65534;

interface Circumstances {
  readonly variables?: Readonly<Record<string, string | undefined>>;
  readonly asNobody?: boolean;
}

interface Answer {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a line of shell on a machine, in which `"$@"` is the program. Whatever happens, attune answers in sentences. */
function shell(machine: Machine, line: string, { variables = {}, asNobody = false }: Circumstances = {}): Answer {
  const { status, signal, stdout, stderr } = spawnSync('/bin/sh', ['-c', line, 'sh', ...programCommand(variables)], {
    encoding: 'utf8',
    cwd: machine.work,
    env: { ...machine.env, ...variables },
    ...(asNobody && IS_ROOT ? { uid: NOBODY, gid: NOBODY } : {}),
  });
  assert.equal(signal, null);
  assert.doesNotMatch(stdout + stderr, /^ +at |defect of attune/m);
  return { status, stdout, stderr };
}

function machineWith(t: TestContext, ...refs: readonly string[]): Machine {
  const machine = createMachine(t, compiled);
  for (const ref of refs) writeFiles(join(machine.work, ref), packFiles({ ref, files: { 'lib/one.txt': ref } }));
  return machine;
}

/** Gives everything to a user who may not do everything, and has nothing but that. */
function handOver(path: string): void {
  if (!IS_ROOT) return;
  lchownSync(path, NOBODY, NOBODY);
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  for (const name of readdirSync(path)) handOver(join(path, name));
}

/** A file system of its own; `undefined` where mounting is not allowed. */
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

/** What a failure has to say: in the family of the store, on which path, and what to do. */
function assertTold({ status, stderr }: Answer, words: RegExp): void {
  assert.equal(status, 10, stderr);
  assert.match(stderr, words);
  assert.match(stderr, /^Hint: ./m);
}

test('without the right to write, an installation says which directory, and readers read', (t) => {
  const machine = machineWith(t, 'core', 'more');
  assert.equal(shell(machine, '"$@" pack install ./core').status, 0);
  const before = contentsOf(join(machine.root, 'data'));
  handOver(machine.root);
  chmodSync(join(machine.root, '..'), 0o755);
  const locked = [machine.root, ...['data', 'data/packs', 'data/releases'].map((name) => join(machine.root, name))];
  for (const path of locked) chmodSync(path, 0o555);
  const answer = shell(machine, '"$@" pack install ./more', { asNobody: true });
  const list = shell(machine, '"$@" pack list --json', { asNobody: true });
  for (const path of locked) chmodSync(path, 0o755);
  assertTold(answer, new RegExp(`${join(machine.root, 'data')}.*(permission denied|cannot be written)`));
  assert.deepEqual(
    JSON.parse(list.stdout).packs.map(({ ref }: { ref: string }) => ref),
    ['core'],
  );
  assert.deepEqual(Object.keys(contentsOf(join(machine.root, 'data'))), Object.keys(before));
});

test('on a read-only file system writing is refused, and reading goes on', (t) => {
  const machine = machineWith(t, 'core', 'more');
  const data = mounted(t, 'size=8m');
  if (data === undefined) return t.skip('mounting is not allowed here');
  const there = { variables: { ATTUNE_DATA_DIR: data } };
  assert.equal(shell(machine, '"$@" pack install ./core', there).status, 0);
  execFileSync('mount', ['-o', 'remount,ro', data]);
  assertTold(shell(machine, '"$@" pack install ./more', there), /the file system is read-only/);
  assertTold(shell(machine, '"$@" pack uninstall core --yes', there), /read-only|cannot be written/);
  assert.match(shell(machine, '"$@" pack list', there).stdout, /core/);
});

/** Packs that an 8 MB disk has no room for. */
const LARGE = Object.fromEntries(
  Array.from({ length: 24 }, (_, index) => [`data/${index}.bin`, `${index}`.repeat(250_000)]),
);

test('a disk of 8 MB that is full is status 10, and the store is what it was', (t) => {
  const machine = machineWith(t, 'core', 'more');
  writeFiles(join(machine.work, 'large'), packFiles({ ref: 'large', files: LARGE }));
  const data = mounted(t, 'size=8m');
  if (data === undefined) return t.skip('mounting is not allowed here');
  const there = { variables: { ATTUNE_DATA_DIR: data } };
  assert.equal(shell(machine, '"$@" pack install ./core', there).status, 0);
  const before = Object.keys(contentsOf(data));
  assertTold(shell(machine, '"$@" pack install ./large', there), /no space is left on the device/);
  assert.deepEqual(Object.keys(contentsOf(data)), before);
  assert.equal(shell(machine, '"$@" pack install ./more', there).status, 0);

  // Not a byte is left: even then packs can be looked at, and taken away.
  spawnSync('/bin/sh', ['-c', `cat /dev/zero > '${data}/filler' 2>/dev/null`]);
  assert.match(shell(machine, '"$@" pack list', there).stdout, /core/);
  assertTold(shell(machine, '"$@" pack install ./core --force', there), /no space is left/);
  rmSync(join(data, 'filler'));
  assert.equal(shell(machine, '"$@" pack uninstall core --yes', there).status, 0);
});

test('where files may not grow, an installation says so, and the store is what it was', (t) => {
  const machine = machineWith(t, 'core');
  const files = { 'data/one.bin': 'x'.repeat(2_000_000) };
  writeFiles(join(machine.work, 'large'), packFiles({ ref: 'large', files }));
  assert.equal(shell(machine, '"$@" pack install ./core').status, 0);
  const answer = shell(machine, 'ulimit -f 1000; "$@" pack install ./large');
  assertTold(answer, /one\.bin': the file would be larger than allowed/);
  assert.deepEqual(readdirSync(join(machine.root, 'data', 'packs')), ['core']);
  assert.deepEqual(readdirSync(join(machine.root, 'data', 'staging')), []);
});

test('without a free inode it is status 10, and the store is what it was', (t) => {
  const machine = machineWith(t, 'core');
  const files = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`data/${index}`, `${index}`]));
  writeFiles(join(machine.work, 'many'), packFiles({ ref: 'many', files }));
  const data = mounted(t, 'size=8m,nr_inodes=60');
  if (data === undefined) return t.skip('mounting is not allowed here');
  const there = { variables: { ATTUNE_DATA_DIR: data } };
  assert.equal(shell(machine, '"$@" pack install ./core', there).status, 0);
  const before = Object.keys(contentsOf(data));
  assertTold(shell(machine, '"$@" pack install ./many', there), /no space is left/);
  assert.deepEqual(Object.keys(contentsOf(data)), before);
});

test('a data directory that vanishes during an installation is told, whenever that happens', {
  skip: process.platform === 'win32',
}, async (t) => {
  const machine = machineWith(t, 'core');
  const saved = `${machine.root}.saved`;
  machine.save(saved);
  const { calls } = await machine.trace(['pack', 'install', './core']);
  for (const moment of [/^write .*staging/, /^exec .*writer\.lock/, /^rename .*releases/, /^COMMIT/, /^symlink/]) {
    machine.restore(saved);
    const at = calls.findLastIndex(({ name, path }) => moment.test(`${name} ${path}`)) + 1;
    const { child, ended } = machine.start(['pack', 'install', './core'], `stop:${at}`);
    await stopped(child.pid as number);
    rmSync(join(machine.root, 'data'), { recursive: true });
    child.kill('SIGCONT');
    const { status, stderr } = await ended;
    assert.doesNotMatch(stderr, /^ +at |defect of attune/m, `${moment}: ${stderr}`);
    assert.ok([0, 4, 10].includes(status ?? -1), `${moment}: ${status} ${stderr}`);
    assert.equal(shell(machine, '"$@" pack install ./core --force').status, 0, `${moment}`);
  }
});

/** Waits for SIGSTOP to have its effect; `ps` knows that on every Unix. */
async function stopped(pid: number): Promise<void> {
  const state = () => spawnSync('ps', ['-o', 'stat=', '-p', `${pid}`], { encoding: 'utf8' }).stdout;
  // One that has ended, as it met the call no more, is a zombie.
  for (let tries = 0; !/^[TZ]/.test(state()) && tries < 500; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('nobody there to read the output is no failure', (t) => {
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
  test(`with umask ${umask} the files of a pack have the modes that it says`, (t) => {
    const machine = machineWith(t);
    writeFiles(join(machine.work, 'core'), packFiles({ ref: 'core', test: 'exit 0' }));
    chmodSync(join(machine.work, 'core', 'tests', 'run.sh'), 0o755);
    const answer = shell(machine, `umask ${umask}; "$@" pack install ./core`, { asNobody: false });
    if (umask === '777' && !IS_ROOT) return assertTold(answer, /permission denied/);
    assert.equal(answer.status, 0, answer.stderr);
    const mode = (path: string) =>
      (statSync(join(machine.root, 'data', 'packs', 'core', path)).mode & 0o777).toString(8);
    assert.equal(mode('pack.yaml'), '644');
    assert.equal(mode('tests/run.sh'), '755');
    assert.equal(statSync(join(machine.root, 'data', 'attune.db')).mode & 0o022, 0, 'others may write to the database');
  });
}

const ODD_NAMES = [
  { claim: 'spaces and quotes', name: ` it's "here" $HOME \`x\` ` },
  { claim: 'a newline', name: 'one\ntwo', isSource: false },
  { claim: 'unicode', name: 'daten-ä-Å-数据-🚀' },
  { claim: 'what a URL or SQLite would read in another way', name: 'file:a?b#c%20d&mode=memory' },
  { claim: 'a dash at its beginning', name: '-rf' },
];

for (const { claim, name, isSource = true } of ODD_NAMES) {
  test(`directories may have ${claim} in their names`, (t) => {
    const machine = machineWith(t);
    // A newline in what is typed is more likely a mistake, and refused.
    const source = join(machine.work, isSource ? name : 'plain', 'core');
    writeFiles(source, packFiles({ ref: 'core', test: 'exit 0' }));
    const place = (kind: string) => join(machine.root, 'odd', name, kind);
    const variables = {
      ATTUNE_DATA_DIR: place('data'),
      ATTUNE_CACHE_DIR: place('cache'),
      ATTUNE_CONFIG_DIR: place('config'),
      SOURCE: source,
    };
    const answer = shell(machine, '"$@" pack install "$SOURCE"', { variables });
    assert.equal(answer.status, 0, answer.stderr);
    const shown = shell(machine, '"$@" pack show core --json', { variables });
    assert.equal(JSON.parse(shown.stdout).storage_path, join(place('data'), 'packs', 'core'));
    assert.deepEqual(readdirSync(join(place('data'), 'packs', 'core')).sort(), ['actions', 'pack.yaml', 'tests']);
    assert.equal(shell(machine, '"$@" pack uninstall core --yes', { variables }).status, 0);
  });
}

test('a path of 4,000 characters is told to be too long, and one of 400 is not', (t) => {
  const machine = machineWith(t, 'core');
  const long = (length: number) => join(machine.root, ...Array(Math.ceil(length / 100)).fill('x'.repeat(99)));
  const install = (length: number) =>
    shell(machine, '"$@" pack install ./core', { variables: { ATTUNE_DATA_DIR: long(length) } });
  assert.equal(install(300).status, 0);
  const { status, stderr } = install(4000);
  assert.match(stderr, /its path is longer than the \d+ bytes that SQLite opens/);
  assert.equal(status, 10, stderr);
  assert.match(stderr, /^Hint: ./m);
});

test('a data directory may be a link; one that leads nowhere is told', (t) => {
  const machine = machineWith(t, 'core');
  const link = join(machine.root, 'link');
  symlinkSync(join(machine.root, 'elsewhere'), link);
  const there = { variables: { ATTUNE_DATA_DIR: link } };
  const lost = shell(machine, '"$@" pack install ./core', there);
  assertTold(lost, /\/link/);
  mkdirSync(join(machine.root, 'elsewhere'));
  assert.equal(shell(machine, '"$@" pack install ./core', there).status, 0);
  assert.deepEqual(readdirSync(join(link, 'packs')), ['core']);
  assert.deepEqual(readdirSync(join(link, 'packs', 'core')).sort(), ['actions', 'lib', 'pack.yaml']);
});

test('a data directory that is a file is told', (t) => {
  const machine = machineWith(t, 'core');
  writeFiles(machine.root, { taken: 'a file' });
  const there = { variables: { ATTUNE_DATA_DIR: join(machine.root, 'taken') } };
  assertTold(shell(machine, '"$@" pack install ./core', there), /\/taken/);
});

test('a home that does not exist is made where that is allowed, and told where it is not', (t) => {
  const machine = machineWith(t, 'core');
  const home = (path: string) => ({
    HOME: path,
    ATTUNE_DATA_DIR: undefined,
    ATTUNE_CACHE_DIR: undefined,
    ATTUNE_CONFIG_DIR: undefined,
  });
  const made = shell(machine, '"$@" pack install ./core', { variables: home(join(machine.root, 'new', 'home')) });
  assert.equal(made.status, 0, made.stderr);
  handOver(machine.root);
  chmodSync(join(machine.root, '..'), 0o755);
  const told = shell(machine, '"$@" pack install ./core', { variables: home('/nonexistent/home'), asNobody: true });
  assertTold(told, /\/nonexistent/);
  assert.equal(shell(machine, '"$@" pack list', { variables: home('/nonexistent/home'), asNobody: true }).status, 0);
});

test('time that runs backwards changes no order and keeps nobody waiting', (t) => {
  const machine = machineWith(t, 'core', 'more');
  const backwards = { variables: faultVariables('clock:-60000') };
  for (const words of ['install ./core', 'install ./more', 'install ./core --force', 'uninstall more --yes', 'lock']) {
    assert.equal(shell(machine, `"$@" pack ${words}`, backwards).status, 0, words);
  }
  const { stdout } = shell(machine, '"$@" pack history --json', backwards);
  const events = JSON.parse(stdout).events.map(({ action, ref }: Record<string, string>) => `${action} ${ref}`);
  assert.deepEqual(events, ['uninstall more', 'reinstall core', 'install more', 'install core']);
});
