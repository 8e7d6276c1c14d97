import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
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
/** The executable's limit of issue and contract alike, in bytes. */
const LARGEST = 115_000_000;

/** A harness whose cache is a directory of its own, and what the executable unpacked into it. */
function executableHarness(t: TestContext) {
  const harness = createHarness(t);
  const cache = join(dirname(harness.directory), 'cache');
  const native = join(cache, 'native');
  const unpacked = () => join(native, readdirSync(native).find((name) => name.endsWith('.node')) ?? 'nothing');
  return { harness, cache, native, unpacked };
}

/** A file system of its own. It has to go before the directory that it is mounted on. */
function mounted(t: TestContext, options: string): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'attune-mounted-')));
  execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', directory]);
  t.after(() => {
    execFileSync('umount', [directory]);
    rmdirSync(directory);
  });
  return directory;
}

/** Whether a file system can be mounted here: root of a container may not. */
function canMount(): boolean {
  if (!ROOT || process.platform !== 'linux') return false;
  return spawnSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']).status === 0;
}

async function listsNothing(harness: Harness, variables: Readonly<Record<string, string>> = {}): Promise<void> {
  const run = await harness.attuneWith(variables, 'pack', 'list', '--json');
  assert.deepEqual({ ...run, stdout: JSON.parse(run.stdout) }, { status: 0, stdout: { packs: [] }, stderr: '' });
}

describe('the executable', { skip: EXECUTABLE ? false : 'ATTUNE_BIN names none' }, () => {
  test('is one file of the size that was promised', () => {
    assert(statSync(EXECUTABLE as string).size <= LARGEST);
  });

  test('says what it is', async (t) => {
    const { harness } = executableHarness(t);
    assert.match((await harness.attune('--version')).stdout, /^attune\/\d+\.\d+\.\d+ \w+-\w+ node-v24\.\d+\.\d+\n$/);
    const { document } = await harness.json('--version');
    assert.equal(document.executable, true);
    assert.match(document.sqlite, /^3\./);
  });

  test('takes nothing from NODE_OPTIONS', async (t) => {
    const { harness } = executableHarness(t);
    const run = await harness.attuneWith({ NODE_OPTIONS: '--require=/nonexistent.js' }, '--version');
    assert.equal(run.status, 0, run.stderr);
  });

  test('unpacks SQLite once, privately', async (t) => {
    const { harness, native, unpacked } = executableHarness(t);
    await listsNothing(harness);
    const first = lstatSync(unpacked());
    assert.equal(first.mode & 0o777, 0o600);
    assert.equal(lstatSync(native).mode & 0o777, 0o700);
    await listsNothing(harness);
    assert.equal(lstatSync(unpacked()).ino, first.ino);
    assert.deepEqual(readdirSync(native).length, 1);
  });

  const tamperings: readonly { readonly claim: string; readonly tamper: (file: string) => void }[] = [
    {
      claim: 'changed in one byte',
      tamper: (file) => {
        const content = readFileSync(file);
        content[1_000_000] = (content[1_000_000] as number) ^ 1;
        writeFileSync(file, content);
      },
    },
    { claim: 'cut short', tamper: (file) => writeFileSync(file, readFileSync(file).subarray(0, 4096)) },
    { claim: 'empty', tamper: (file) => writeFileSync(file, '') },
    { claim: 'that others may write', tamper: (file) => chmodSync(file, 0o666) },
    {
      claim: 'that is a link to a copy',
      tamper: (file) => {
        copyFileSync(file, `${file}.copy`);
        rmSync(file);
        symlinkSync(`${file}.copy`, file);
      },
    },
    ...(ROOT ? [{ claim: 'of somebody else', tamper: (file: string) => chownSync(file, 65534, 65534) }] : []),
  ];
  for (const { claim, tamper } of tamperings) {
    test(`does not load an unpacked file ${claim}, and puts the right one in its place`, async (t) => {
      const { harness, unpacked } = executableHarness(t);
      await listsNothing(harness);
      const [file, right] = [unpacked(), readFileSync(unpacked())];
      tamper(file);
      await listsNothing(harness);
      assert(lstatSync(file).isFile());
      assert.equal(lstatSync(file).mode & 0o777, 0o600);
      assert.equal(lstatSync(file).uid, process.getuid?.());
      assert(readFileSync(file).equals(right));
    });
  }

  test('goes elsewhere where something that is no file is in the way', async (t) => {
    const { harness, unpacked } = executableHarness(t);
    await listsNothing(harness);
    const file = unpacked();
    rmSync(file);
    mkdirSync(join(file, 'in the way'), { recursive: true });
    await listsNothing(harness);
  });

  test('starts for the first time eight times at once', async (t) => {
    const { harness, native } = executableHarness(t);
    await Promise.all(Array.from({ length: 8 }, () => listsNothing(harness)));
    assert.equal(readdirSync(native).length, 1);
  });

  test('killed while it unpacks, it leaves nothing that is loaded', {
    skip: process.platform === 'win32',
  }, async (t) => {
    const { harness, cache, native } = executableHarness(t);
    // A file that grows past the limit ends the process in the midst of the write.
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

  const mountable = canMount() ? false : 'nothing can be mounted here';

  test('falls back where the disk of the cache is full or runs nothing', { skip: mountable }, async (t) => {
    const { harness } = executableHarness(t);
    const full = mounted(t, 'size=512k');
    const noexec = mounted(t, 'size=8m,noexec');
    for (const directory of [full, noexec]) await listsNothing(harness, { ATTUNE_CACHE_DIR: directory });
    assert.deepEqual(readdirSync(join(full, 'native')), []);
  });

  test('says where it tried, and why not, where nothing can be loaded anywhere', { skip: mountable }, async (t) => {
    const { harness } = executableHarness(t);
    const full = mounted(t, 'size=512k');
    const noexec = mounted(t, 'size=8m,noexec');
    const places = { ATTUNE_CACHE_DIR: full, TMPDIR: noexec };
    const { status, stdout } = await harness.attuneWith(places, 'pack', 'list', '--json');
    const { error } = JSON.parse(stdout);
    assert.equal(status, 10);
    assert.equal(error.code, 'STORE_ADDON');
    assert.match(error.message, new RegExp(`${full}.*no space.*\\n.*${noexec}.*(not permitted|failed to map)`, 'is'));
    assert.match(error.hint, /ATTUNE_CACHE_DIR/);
  });

  test('needs nothing but the C library', {
    skip: ROOT && process.platform === 'linux' ? false : 'needs chroot',
  }, (t) => {
    const root = bareRoot(t);
    const run = (...words: string[]) => {
      const { status, stdout, stderr } = spawnSync('/usr/sbin/chroot', [root, '/attune', ...words], {
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

/** A root directory with the executable, the libraries that it is linked to, and nothing else. */
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

test('a stack of a build is read with the maps beside it', {
  skip: EXECUTABLE ? false : 'ATTUNE_BIN names none',
}, () => {
  const dist = join(PROJECT, 'dist');
  const read = execFileSync(
    process.execPath,
    [join(PROJECT, 'bin', 'build', 'symbolicate-stack.ts'), dist, join(dist, 'parts')],
    {
      input:
        'Error: x\n    at a (attune.cjs:1:9000)\n    at b (attune-main.cjs:2:9000)\n    at c (/elsewhere/other.js:1:2)\n',
      encoding: 'utf8',
    },
  );
  assert.match(
    read,
    /^Error: x\n( {4}at [ab] .*\((src|node_modules)\/.*:\d+:\d+\)\n){2} {4}at c \(\/elsewhere\/other\.js:1:2\)\n$/,
  );
});
