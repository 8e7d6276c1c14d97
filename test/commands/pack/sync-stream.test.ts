import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { programCommand } from '../../support/attune.ts';
import { type CliHarness, createCliHarness, installedPacks } from '../../support/cli.ts';
import { packArchive, packFiles, writeRegistry } from '../../support/registry/server.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const skip = process.platform === 'win32' && 'needs bash';

const index = writeRegistry(temporaryDirectory({ after }), [
  { ref: 'base', version: '2.0.0' },
  { ref: 'base', version: '1.1.0' },
  { ref: 'app', dependencies: ['base@^1'] },
]);

const compileCache = temporaryDirectory({ after });

const harnessOf = (t: TestContext) => createCliHarness(t, { ATTUNE_REGISTRY_INDICES: index });

interface StreamRun {
  readonly status: number | null;
  // biome-ignore lint/suspicious/noExplicitAny: a test names the fields that it expects
  readonly document: any;
}

/** Starts `pack sync FILE --json ...` in bash, which expands `<(...)`. */
function startSync(harness: CliHarness, file: string, ...flags: string[]) {
  const [command, ...args] = programCommand();
  const child = spawn(
    'bash',
    ['-c', `exec "$@" ${flags.join(' ')} ${file}`, 'bash', command, ...args, 'pack', 'sync'],
    {
      cwd: harness.directory,
      env: {
        PATH: process.env['PATH'],
        HOME: dirname(harness.data),
        ATTUNE_DATA_DIR: harness.data,
        ATTUNE_CACHE_DIR: join(dirname(harness.data), 'cache'),
        ATTUNE_CONFIG_DIR: harness.config,
        ATTUNE_REGISTRY_INDICES: index,
        NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'] ?? compileCache,
      },
      stdio: ['pipe', 'pipe', 'pipe'],
    },
  );
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
    });
  }
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, output, ended };
}

/** Runs `pack sync FILE --json --yes` with an input. */
async function sync(harness: CliHarness, file: string, input: string, ...flags: string[]): Promise<StreamRun> {
  const { child, output, ended } = startSync(harness, file, '--json', '--yes', ...flags);
  child.stdin.on('error', () => {}).end(input);
  const status = await ended;
  return { status, document: JSON.parse(output.stdout) };
}

/** Creates a lock of base 1.1.0 and app in a file with a name that `pack sync` does not look for. */
async function createLock(harness: CliHarness): Promise<string> {
  const { status, stderr } = await harness.attune('pack', 'lock', 'app', 'base@1', '--output', 'saved.txt');
  assert.equal(status, 0, stderr);
  return readFileSync(join(harness.directory, 'saved.txt'), 'utf8');
}

for (const file of ['-', '/dev/stdin', '<(cat)', '- < saved.txt']) {
  test(`sync: a lock from ${file} decides what is installed`, { skip }, async (t) => {
    const harness = harnessOf(t);
    const lock = await createLock(harness);
    const { status, document } = await sync(harness, file, lock, '--locked');
    assert.equal(status, 0, document.error?.message);
    assert.deepEqual([document.lock_file, document.lock_action], [null, 'unchanged']);
    assert.deepEqual(await installedPacks(harness), ['app 1.0.0', 'base 1.1.0']);
  });
}

for (const [claim, list] of [
  ['YAML', 'packs:\n  - app\n'],
  ['JSON', '{"packs": ["app"]}'],
] as const) {
  test(`sync: a list of packs as ${claim} from - is resolved, and no lock is written`, { skip }, async (t) => {
    const harness = harnessOf(t);
    const { status, document } = await sync(harness, '-', list);
    assert.equal(status, 0, document.error?.message);
    assert.deepEqual([document.lock_file, document.lock_action], [null, 'unchanged']);
    assert.deepEqual(await installedPacks(harness), ['app 1.0.0', 'base 1.1.0']);
    assert.equal(existsSync(join(harness.directory, 'attune.lock')), false);
  });
}

test('sync: a list of packs from - ignores the lock in the working directory', { skip }, async (t) => {
  const harness = harnessOf(t);
  await harness.attune('pack', 'lock', 'base@1');
  const before = readFileSync(join(harness.directory, 'attune.lock'));
  const { status, document } = await sync(harness, '-', 'packs: [base]');
  assert.equal(status, 0, document.error?.message);
  assert.deepEqual(await installedPacks(harness), ['base 2.0.0']);
  assert.deepEqual(readFileSync(join(harness.directory, 'attune.lock')), before);
});

test('sync: packs that a lock from - does not have are uninstalled', { skip }, async (t) => {
  const harness = harnessOf(t);
  const lock = await createLock(harness);
  await sync(harness, '-', lock);
  const { status, document } = await sync(harness, '-', '{"lock_version": 1, "packs": []}');
  assert.equal(status, 0, document.error?.message);
  assert.deepEqual(await installedPacks(harness), []);
});

test('sync: relative sources in a lock from - refer to the working directory', { skip }, async (t) => {
  const harness = harnessOf(t);
  writeFileSync(join(harness.directory, 'solo.tar.gz'), packArchive(packFiles({ ref: 'solo' })));
  const installed = await harness.attune('pack', 'install', './solo.tar.gz');
  assert.equal(installed.status, 0, installed.stderr);
  await harness.attune('pack', 'lock', '--output', 'saved.txt');
  await harness.attune('pack', 'uninstall', 'solo', '--yes');
  const { status, document } = await sync(harness, '- < saved.txt', '');
  assert.equal(status, 0, document.error?.message);
  assert.deepEqual(await installedPacks(harness), ['solo 1.0.0']);
});

const INVALID: readonly {
  readonly claim: string;
  readonly input: string;
  readonly flags?: readonly string[];
  readonly status: number;
  readonly code: string;
  readonly message: RegExp;
}[] = [
  { claim: 'empty input', input: '', status: 3, code: 'INVALID_PACK_LIST', message: /standard input/ },
  { claim: 'text', input: 'hello\n', status: 3, code: 'INVALID_PACK_LIST', message: /standard input/ },
  {
    claim: 'a lock with a merge conflict',
    input: '{\n  "lock_version": 1,\n<<<<<<< ours\n  "packs": []\n}\n',
    status: 3,
    code: 'INVALID_LOCK',
    message: /standard input:3:1.*merge conflict marker/,
  },
  {
    claim: 'a newer lock',
    input: '{"lock_version": 2, "packs": []}',
    status: 3,
    code: 'INVALID_LOCK_VERSION',
    message: /standard input/,
  },
  {
    claim: 'a list with --locked',
    input: 'packs: [app]',
    flags: ['--locked'],
    status: 2,
    code: 'USAGE',
    message: /list of packs from standard input has no lock/,
  },
  {
    claim: 'a list above the YAML limit',
    input: `packs: [app]\n#${'x'.repeat(1024 * 1024)}`,
    status: 3,
    code: 'INVALID_SIZE',
    message: /standard input/,
  },
];

for (const { claim, input, flags = [], status, code, message } of INVALID) {
  test(`sync: ${claim} from - exits ${status} and changes nothing`, { skip }, async (t) => {
    const harness = harnessOf(t);
    const run = await sync(harness, '-', input, ...flags);
    assert.deepEqual([run.status, run.document.error?.code], [status, code], run.document.error?.message);
    assert.match(run.document.error.message, message);
    assert.deepEqual(await installedPacks(harness), []);
  });
}

test('sync: an input that exceeds the limit for indexes is refused before its end', { skip }, async (t) => {
  const harness = harnessOf(t);
  writeFileSync(join(harness.config, 'settings.yaml'), 'pack_registry: { max_index_bytes: 1000 }\n');
  const { child, output, ended } = startSync(harness, '-', '--json', '--yes');
  // The input stays open.
  child.stdin.on('error', () => {}).write('#'.repeat(2000));
  assert.equal(await ended, 3);
  assert.match(JSON.parse(output.stdout).error.message, /at most 1000 bytes, but standard input has more/);
});
