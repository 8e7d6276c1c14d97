import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { createHarness, FIXTURES, type Harness, PROJECT } from '../../support/attune.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const EXECUTABLE = process.env['ATTUNE_BIN'];
const ROOT = process.geteuid?.() === 0;
const CORE = join(FIXTURES, 'packs', 'core');
const MAXIMUM_BYTES = 116_000_000;

/** Creates a harness, with the paths of its cache and of the addon that the executable unpacks into it. */
function executableHarness(t: TestContext) {
  const harness = createHarness(t);
  const cache = join(dirname(harness.directory), 'cache');
  const native = join(cache, 'native');
  const unpacked = () => join(native, readdirSync(native).find((name) => name.endsWith('.node')) ?? 'missing');
  return { harness, cache, native, unpacked };
}

/** Mounts a file system in memory. @returns its path */
function mountMemory(t: TestContext, options: string): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'attune-mounted-')));
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory]);
  t.after(() => {
    execFileSync('umount', [directory]);
    rmdirSync(directory);
  });
  return directory;
}

/** Returns whether this process can mount file systems, which root in a container may not be allowed to. */
function canMount(): boolean {
  if (!ROOT || process.platform !== 'linux') return false;
  return spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;
}

async function listsNothing(harness: Harness, variables: Readonly<Record<string, string>> = {}): Promise<void> {
  const run = await harness.attuneWith(variables, 'pack', 'list', '--json');
  assert.deepEqual({ ...run, stdout: JSON.parse(run.stdout) }, { status: 0, stdout: { packs: [] }, stderr: '' });
}

const skip = EXECUTABLE ? false : 'ATTUNE_BIN is not set';

describe('executable', { skip }, () => {
  test('executable: its size is at most 116 MB', () => {
    assert.ok(statSync(EXECUTABLE as string).size <= MAXIMUM_BYTES);
  });

  test('executable: --version reports the executable and its Node and SQLite', async (t) => {
    const { harness } = executableHarness(t);
    assert.match((await harness.attune('--version')).stdout, /^attune\/\d+\.\d+\.\d+ \w+-\w+ node-v24\.\d+\.\d+\n$/);
    const { document } = await harness.json('--version');
    assert.equal(document.executable, true);
    assert.match(document.sqlite, /^3\./);
  });

  test('executable: NODE_OPTIONS is ignored', async (t) => {
    const { harness } = executableHarness(t);
    const run = await harness.attuneWith({ NODE_OPTIONS: '--require=/nonexistent.js' }, '--version');
    assert.equal(run.status, 0, run.stderr);
  });

  test('executable: SQLite is unpacked once, readable only by its owner', async (t) => {
    const { harness, native, unpacked } = executableHarness(t);
    await listsNothing(harness);
    const first = lstatSync(unpacked());
    assert.equal(first.mode & 0o777, 0o600);
    assert.equal(lstatSync(native).mode & 0o777, 0o700);
    await listsNothing(harness);
    assert.equal(lstatSync(unpacked()).ino, first.ino);
    assert.deepEqual(readdirSync(native).length, 1);
  });

  const tamperings: readonly { readonly title: string; readonly tamper: (file: string) => void }[] = [
    {
      title: 'with one changed byte',
      tamper: (file) => {
        const content = readFileSync(file);
        content[1_000_000] = (content[1_000_000] as number) ^ 1;
        writeFileSync(file, content);
      },
    },
    { title: 'that is truncated', tamper: (file) => writeFileSync(file, readFileSync(file).subarray(0, 4096)) },
    { title: 'that is empty', tamper: (file) => writeFileSync(file, '') },
    { title: 'that others may write to', tamper: (file) => chmodSync(file, 0o666) },
    {
      title: 'that is a symlink to a copy',
      tamper: (file) => {
        copyFileSync(file, `${file}.copy`);
        rmSync(file);
        symlinkSync(`${file}.copy`, file);
      },
    },
    ...(ROOT ? [{ title: 'that another user owns', tamper: (file: string) => chownSync(file, 65534, 65534) }] : []),
  ];
  for (const { title, tamper } of tamperings) {
    test(`executable: an unpacked addon ${title} is replaced and not loaded`, async (t) => {
      const { harness, unpacked } = executableHarness(t);
      await listsNothing(harness);
      const [file, right] = [unpacked(), readFileSync(unpacked())];
      tamper(file);
      await listsNothing(harness);
      assert.ok(lstatSync(file).isFile());
      assert.equal(lstatSync(file).mode & 0o777, 0o600);
      assert.equal(lstatSync(file).uid, process.getuid?.());
      assert.ok(readFileSync(file).equals(right));
    });
  }

  test('executable: SQLite is unpacked to another directory if a directory blocks its path', async (t) => {
    const { harness, unpacked } = executableHarness(t);
    await listsNothing(harness);
    const file = unpacked();
    rmSync(file);
    mkdirSync(join(file, 'blocking'), { recursive: true });
    await listsNothing(harness);
  });

  test('executable: eight concurrent first starts unpack SQLite once', async (t) => {
    const { harness, native } = executableHarness(t);
    await Promise.all(Array.from({ length: 8 }, () => listsNothing(harness)));
    assert.equal(readdirSync(native).length, 1);
  });

  test('executable: killed while it unpacks SQLite, it leaves no addon', {
    skip: process.platform === 'win32',
  }, async (t) => {
    const { harness, cache, native } = executableHarness(t);
    // The limit for file sizes ends the process during the write.
    const limited = ['-c', 'ulimit -f 1000; exec "$0" pack list', EXECUTABLE as string];
    const home = dirname(harness.directory);
    const env = {
      PATH: process.env['PATH'],
      HOME: home,
      TMPDIR: cache,
      ATTUNE_CACHE_DIR: cache,
      ATTUNE_DATA_DIR: harness.data,
    };
    const killed = spawnSync('sh', limited, { env, encoding: 'utf8' });
    assert.notEqual(killed.status, 0);
    assert.deepEqual(
      readdirSync(native).filter((name) => name.endsWith('.node')),
      [],
    );
    await listsNothing(harness);
  });

  test('executable: a confirmation prompt on a terminal has no warning of Node', {
    skip: spawnSync('script', ['--version']).error === undefined ? false : 'script is not installed',
  }, async (t) => {
    const { harness } = executableHarness(t);
    await harness.attune('pack', 'install', CORE, '--skip-tests');
    const { stdout } = spawnSync(
      'script',
      ['-qc', `'${EXECUTABLE}' pack uninstall core --data-dir ${harness.data}`, '/dev/null'],
      {
        env: { PATH: process.env['PATH'], HOME: dirname(harness.directory), TERM: 'xterm' },
        input: 'n\n',
        encoding: 'utf8',
      },
    );
    assert.match(stdout, /Uninstall core\? \[y\/N\]/);
    assert.doesNotMatch(stdout, /Warning|--trace-warnings/);
  });

  test('executable: compiled code is not written to the cache, because the executable contains it', async (t) => {
    const { harness, cache } = executableHarness(t);
    await listsNothing(harness);
    assert.equal(existsSync(join(cache, 'code')), false);
  });

  const mountable = canMount() ? false : 'requires the right to mount';

  test('executable: SQLite is unpacked to another directory if the cache is full or mounted noexec', {
    skip: mountable,
  }, async (t) => {
    const { harness } = executableHarness(t);
    const full = mountMemory(t, 'size=512k');
    const noexec = mountMemory(t, 'size=8m,noexec');
    for (const directory of [full, noexec]) await listsNothing(harness, { ATTUNE_CACHE_DIR: directory });
    assert.deepEqual(readdirSync(join(full, 'native')), []);
  });

  test('executable: without a directory for SQLite, the error lists every attempt with its reason', {
    skip: mountable,
  }, async (t) => {
    const { harness } = executableHarness(t);
    const full = mountMemory(t, 'size=512k');
    const noexec = mountMemory(t, 'size=8m,noexec');
    const variables = { ATTUNE_CACHE_DIR: full, TMPDIR: noexec };
    const { status, stdout } = await harness.attuneWith(variables, 'pack', 'list', '--json');
    const { error } = JSON.parse(stdout);
    assert.equal(status, 10);
    assert.equal(error.code, 'STORE_ADDON');
    assert.match(error.message, new RegExp(`${full}.*no space.*\\n.*${noexec}.*(not permitted|failed to map)`, 'is'));
    assert.match(error.hint, /ATTUNE_CACHE_DIR/);
  });

  test('executable: a root directory with only the C library is enough', {
    skip: ROOT && process.platform === 'linux' ? false : 'requires chroot',
  }, (t) => {
    const root = bareRoot(t);
    const run = (...args: string[]) => {
      const { status, stdout, stderr } = spawnSync('/usr/sbin/chroot', [root, '/attune', ...args], {
        env: { HOME: '/home', PATH: '/nothing' },
        encoding: 'utf8',
      });
      assert.equal(status, 0, stderr);
      return stdout;
    };
    cpSync(CORE, join(root, 'core'), { recursive: true });
    assert.match(run('pack', 'install', '/core', '--skip-tests'), /installed/);
    assert.match(run('pack', 'list'), /core\s+1\.2\.0/);
    assert.equal(JSON.parse(run('pack', 'verify', '--json')).ok, true);
    assert.match(run('pack', 'uninstall', 'core', '--yes'), /core/);
  });
});

/** Creates a root directory with only the executable and the libraries that it is linked to. */
function bareRoot(t: TestContext): string {
  const root = temporaryDirectory(t);
  for (const directory of ['home', 'tmp', 'dev']) mkdirSync(join(root, directory));
  writeFileSync(join(root, 'dev', 'null'), '');
  copyFileSync(EXECUTABLE as string, join(root, 'attune'));
  const libraries = execFileSync('ldd', [EXECUTABLE as string], { encoding: 'utf8' }).match(/\/\S+/g) ?? [];
  for (const library of libraries) {
    mkdirSync(join(root, dirname(library)), { recursive: true });
    copyFileSync(library, join(root, library));
  }
  return root;
}

test('symbolicate-stack: positions in the bundle become positions in the sources', { skip }, () => {
  const script = join(PROJECT, 'bin', 'build', 'symbolicate-stack.ts');
  const stack =
    'Error: x\n    at a (/lib/attune.cjs:1:9000)\n    at attune.cjs:1:90000\n    at c (/other/file.js:1:2)\n';
  const output = execFileSync(process.execPath, [script, join(PROJECT, 'dist', 'attune.cjs.map')], {
    input: stack,
    encoding: 'utf8',
  });
  assert.match(
    output,
    /^Error: x\n {4}at a \((src|node_modules)\/\S+:\d+:\d+\)\n {4}at \((src|node_modules)\/\S+:\d+:\d+\)\n {4}at c \(\/other\/file\.js:1:2\)\n$/,
  );
});
