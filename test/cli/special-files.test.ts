import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { type CliHarness, createCliHarness } from '../support/cli.ts';
import { packFiles } from '../support/registry/server.ts';
import { writeFiles } from '../support/store.ts';

/** A command line that blocks is ended after this time, which fails the test. */
const PATIENCE_MS = 60_000;

const isRoot = process.geteuid?.() === 0;
const SKIP = process.platform === 'win32' && 'Windows has no FIFOs';

/** Creates something at a path that is not a regular file. */
const KINDS: Readonly<Record<string, (t: TestContext, path: string) => Promise<void> | void>> = {
  FIFO: (_, path) => run('mkfifo', path),
  socket: async (t, path) => {
    const server = createServer().listen(path);
    t.after(() => server.close());
    await new Promise((resolve) => server.once('listening', resolve));
  },
  directory: (_, path) => mkdirSync(path),
  // Its reads never end. A link, because only root can create a device.
  device: (_, path) => symlinkSync('/dev/zero', path),
};

function run(program: string, ...args: string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}

interface Claim {
  readonly input: string;
  /** The path of the input, relative to the working directory or, with `config`, to that directory. */
  readonly path: string;
  readonly args: readonly string[];
  readonly status: number;
  readonly in?: 'config' | 'data';
  readonly variables?: (path: string) => Record<string, string>;
  /** The kinds that are valid, or that are tested elsewhere. */
  readonly except?: readonly string[];
}

const ENTRY = ['--git-url', 'https://h.example/x.git', '--git-ref', 'v1'] as const;
const DOWNLOAD = ['pack', 'install', 'http://127.0.0.1:9/x.tgz'] as const;

const CLAIMS: readonly Claim[] = [
  {
    input: 'settings.yaml of a reading command',
    path: 'settings.yaml',
    in: 'config',
    args: ['pack', 'list'],
    status: 3,
  },
  {
    input: 'settings.yaml of registry add',
    path: 'settings.yaml',
    in: 'config',
    args: ['registry', 'add', 'x', 'https://h.example/'],
    status: 3,
  },
  {
    input: 'pack.yaml of an installed directory',
    path: 'pack/pack.yaml',
    args: ['pack', 'install', './pack'],
    status: 3,
  },
  { input: 'pack.yaml of a tested directory', path: 'pack/pack.yaml', args: ['pack', 'test', './pack'], status: 3 },
  {
    input: 'pack.yaml of an index entry',
    path: 'pack/pack.yaml',
    args: ['pack', 'index-entry', './pack', ...ENTRY],
    status: 3,
  },
  {
    input: 'a file of a pack directory',
    path: 'good/extra',
    args: ['pack', 'install', './good'],
    status: 3,
    except: ['directory'],
  },
  { input: 'the argument of checksum', path: 'x', args: ['pack', 'checksum', 'x'], status: 3, except: ['directory'] },
  { input: 'a path to install', path: 'x', args: ['pack', 'install', './x'], status: 3 },
  { input: 'an index to validate', path: 'x', args: ['pack', 'index-validate', 'x'], status: 3 },
  { input: 'an index to merge', path: 'x', args: ['pack', 'index-merge', '--output', 'out.json', 'x'], status: 3 },
  {
    input: 'the output of index-merge',
    path: 'x',
    args: ['pack', 'index-merge', '--output', 'x', '--force', 'index.json'],
    status: 3,
  },
  {
    input: 'an index to update',
    path: 'x',
    args: ['pack', 'index-update', '--index', 'x', 'good', ...ENTRY],
    status: 3,
  },
  {
    input: 'an archive of an index entry',
    path: 'x',
    args: ['pack', 'index-entry', 'good', '--archive-url', 'https://h.example/x.tgz', '--archive-file', 'x'],
    status: 3,
  },
  { input: 'a lock to sync', path: 'x', args: ['pack', 'sync', './x', '--yes'], status: 3 },
  { input: 'attune.lock of pack lock', path: 'attune.lock', args: ['pack', 'lock'], status: 3 },
  { input: 'the output of pack lock', path: 'x', args: ['pack', 'lock', '--output', 'x'], status: 3 },
  { input: 'the JUnit file of pack test', path: 'x', args: ['pack', 'test', './good', '--junit', 'x'], status: 3 },
  { input: 'the LCOV file of pack test', path: 'x', args: ['pack', 'test', './good', '--lcov', 'x'], status: 3 },
  { input: 'a database to restore', path: 'x', args: ['db', 'restore', 'x', '--yes'], status: 3 },
  {
    input: 'the target of db backup',
    path: 'x',
    args: ['db', 'backup', 'x', '--force'],
    status: 3,
    except: ['directory'],
  },
  { input: 'the database', path: 'attune.db', in: 'data', args: ['pack', 'list'], status: 10 },
  { input: 'the journal of the database', path: 'attune.db-journal', in: 'data', args: ['pack', 'list'], status: 10 },
  {
    input: 'the data directory',
    path: 'x',
    args: ['pack', 'list', '--data-dir', 'x'],
    status: 10,
    except: ['directory'],
  },
  {
    input: 'NETRC',
    path: 'x',
    args: DOWNLOAD,
    status: 3,
    variables: (path) => ({ NETRC: path }),
    except: ['directory'],
  },
  {
    input: 'NODE_EXTRA_CA_CERTS',
    path: 'x',
    args: ['pack', 'install', 'https://127.0.0.1:9/x.tgz'],
    status: 3,
    variables: (path) => ({ NODE_EXTRA_CA_CERTS: path }),
  },
];

async function harnessWithPacks(t: TestContext): Promise<CliHarness> {
  const harness = createCliHarness(t);
  writeFiles(join(harness.directory, 'good'), packFiles({ ref: 'good', test: 'exit 0' }));
  mkdirSync(join(harness.directory, 'pack'));
  writeFileSync(join(harness.directory, 'index.json'), '{"version": "1.0", "packs": []}\n');
  return harness;
}

for (const { input, path, args, status, in: base, variables, except = [] } of CLAIMS) {
  for (const [kind, create] of Object.entries(KINDS)) {
    if (except.includes(kind)) continue;
    test(`special files: a ${kind} as ${input} is refused with status ${status}`, {
      skip: SKIP,
      timeout: PATIENCE_MS,
    }, async (t) => {
      const harness = await harnessWithPacks(t);
      if (args[0] === 'db' || base === 'data') await harness.attune('pack', 'install', './good', '--skip-tests');
      const file = join(base === 'config' ? harness.config : base === 'data' ? harness.data : harness.directory, path);
      rmSync(file, { force: true });
      await create(t, file);
      const { child, ended } = harness.start(variables?.(file) ?? {}, ...args);
      t.after(() => child.kill('SIGKILL'));
      const result = await ended;
      assert.equal(result.status, status, result.stderr);
      assert.match(result.stderr, /^Error: /m);
      assert.ok(lstatSync(file), 'the special file is left in place');
    });
  }
}

/** A device that discards everything, other than the one of the system: a defect would replace it. */
function nullDevice(harness: CliHarness): string {
  const path = join(harness.directory, 'null');
  run('mknod', path, 'c', '1', '3');
  return path;
}

for (const { output, args, status = 0 } of [
  { output: 'the output of pack lock', args: ['pack', 'lock', '--output', './null'] },
  { output: 'the output of index-merge', args: ['pack', 'index-merge', '--output', './null', 'index.json'] },
  { output: 'the JUnit file of pack test', args: ['pack', 'test', './good', '--junit', './null'] },
  { output: 'the LCOV file of pack test', args: ['pack', 'test', './good', '--lcov', './null'] },
  { output: 'the target of db backup', args: ['db', 'backup', './null'] },
  { output: 'an empty archive', args: ['pack', 'install', './null'], status: 3 },
  { output: 'an empty index', args: ['pack', 'index-validate', './null'], status: 3 },
]) {
  test(`special files: /dev/null as ${output} ends with status ${status} and remains a device`, {
    skip: !isRoot && 'only root can create devices',
    timeout: PATIENCE_MS,
  }, async (t) => {
    const harness = await harnessWithPacks(t);
    await harness.attune('pack', 'install', './good', '--skip-tests');
    const path = nullDevice(harness);
    const result = await harness.attune(...args);
    assert.equal(result.status, status, result.stderr);
    assert.ok(lstatSync(path).isCharacterDevice());
  });
}
