import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readlinkSync, realpathSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { programCommand } from '../support/attune.ts';
import { createCliHarness } from '../support/cli.ts';
import { startHttpServer } from '../support/http/server.ts';
import { packFiles } from '../support/registry/server.ts';
import { writeFiles } from '../support/store.ts';
import { waitFor } from '../support/wait-for.ts';

const SKIP = process.platform !== 'linux' && 'reads /proc to know what the process does';
/** The time in which a signal ends the process, with a margin for a busy machine. */
const END_MS = 10_000;
/** Longer than any hash of a file takes in that time. */
const HUGE_BYTES = 200 * 1024 ** 3;

function isOpen(pid: number, path: string): boolean {
  try {
    return readdirSync(`/proc/${pid}/fd`).some((name) => readlinkSync(`/proc/${pid}/fd/${name}`) === path);
  } catch {
    return false;
  }
}

for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  test(`signals: ${signal} ends a download with status ${status} and one document`, async (t) => {
    const harness = createCliHarness(t);
    let requested = () => {};
    const request = new Promise<void>((resolve) => {
      requested = resolve;
    });
    const server = await startHttpServer(t, { '/x.tgz': () => requested() });
    const { child, ended } = harness.start({}, 'pack', 'install', server.url('/x.tgz'), '--json');
    await request;
    child.kill(signal);
    const result = await ended;
    assert.equal(result.status, status, result.stderr);
    assert.equal(JSON.parse(result.stdout).error.exit_code, status);
  });
}

test('signals: SIGUSR1 opens no debugger and changes nothing', { skip: process.platform === 'win32' }, async (t) => {
  const harness = createCliHarness(t);
  let answer = () => {};
  const request = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const server = await startHttpServer(t, {
    '/x.tgz': (_, response) => {
      child.kill('SIGUSR1');
      // The signal is handled before a response that is sent after it.
      setTimeout(() => response.writeHead(404).end(), 500);
      answer();
    },
  });
  const { child, ended } = harness.start({}, 'pack', 'install', server.url('/x.tgz'));
  await request;
  const { status, stderr } = await ended;
  assert.equal(status, 9, stderr);
  assert.doesNotMatch(stderr, /Debugger listening/);
});

test('signals: SIGTERM ends the checksum of a huge file', { skip: SKIP }, async (t) => {
  const harness = createCliHarness(t);
  const file = join(harness.directory, 'huge');
  writeFileSync(file, '');
  truncateSync(file, HUGE_BYTES);
  const { child, ended } = harness.start({}, 'pack', 'checksum', 'huge');
  t.after(() => child.kill('SIGKILL'));
  await waitFor(() => isOpen(child.pid as number, file));
  const killed = performance.now();
  child.kill('SIGTERM');
  assert.equal((await ended).status, 143);
  assert.ok(performance.now() - killed < END_MS);
});

/** Replaces a file by one of a size that is not hashed within the time of the test, without using the disk. */
function makeHuge(file: string): void {
  rmSync(file, { force: true });
  writeFileSync(file, '');
  truncateSync(file, HUGE_BYTES);
}

const HUGE_TREES: readonly { readonly claim: string; readonly args: readonly string[]; readonly file: string }[] = [
  { claim: 'the checksum of a directory', args: ['pack', 'checksum', 'demo'], file: 'work/demo/actions/run.yaml' },
  {
    claim: 'the comparison of a directory with a checksum',
    args: ['pack', 'checksum', 'demo', '--verify', `sha256:${'0'.repeat(64)}`],
    file: 'work/demo/actions/run.yaml',
  },
  { claim: 'verify', args: ['pack', 'verify', 'demo'], file: 'data/packs/demo/actions/run.yaml' },
  { claim: 'verify of all packs', args: ['pack', 'verify'], file: 'data/packs/demo/actions/run.yaml' },
];

for (const { claim, args, file } of HUGE_TREES) {
  test(`signals: SIGTERM ends ${claim} with a huge file`, { skip: SKIP }, async (t) => {
    const harness = createCliHarness(t);
    writeFiles(join(harness.directory, 'demo'), packFiles({ ref: 'demo' }));
    assert.equal((await harness.attune('pack', 'install', './demo')).status, 0);
    const huge = realpathSync(join(dirname(harness.data), file));
    makeHuge(huge);
    const { child, ended } = harness.start({}, ...args);
    t.after(() => child.kill('SIGKILL'));
    await waitFor(() => isOpen(child.pid as number, huge));
    const killed = performance.now();
    child.kill('SIGTERM');
    assert.equal((await ended).status, 143);
    assert.ok(performance.now() - killed < END_MS);
  });
}

test('signals: SIGTERM ends a command that waits for a silent pipe', async (t) => {
  const harness = createCliHarness(t);
  const [command, ...args] = programCommand();
  const child = spawn(command, [...args, 'pack', 'checksum', '-'], {
    cwd: harness.directory,
    env: { PATH: process.env['PATH'], HOME: harness.directory, ATTUNE_CONFIG_DIR: harness.config },
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  t.after(() => child.kill('SIGKILL'));
  // The pipe takes more than its buffer only when the command reads it.
  child.stdin.write(Buffer.alloc(1024 * 1024));
  await once(child.stdin, 'drain');
  child.kill('SIGTERM');
  const [status] = await once(child, 'close');
  assert.equal(status, 143);
});
