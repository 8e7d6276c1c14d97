import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemProcesses } from '../../../src/platform/processes/processes.ts';
import type { ProcessRequest } from '../../../src/platform/processes/types.ts';
import { isRunning, pidIn, untilEnded } from '../../support/process-state.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const processes = systemProcesses({ offline: false });
const PATH = process.env['PATH'] ?? '';
const HOUR_MS = 3_600_000;

function shell(cwd: string, line: string, more: Partial<ProcessRequest> = {}): ProcessRequest {
  return {
    command: '/bin/sh',
    args: ['-c', line],
    cwd,
    env: { PATH },
    timeoutMs: HOUR_MS,
    maxOutputBytes: 4096,
    ...more,
  };
}

test('run: a child inherits no environment variables and has an empty standard input', async (t) => {
  const result = await processes.run(shell(temporaryDirectory(t), 'env; cat', { env: { PATH, ONLY: 'this' } }));
  const names = result.stdout.match(/^\w+(?==)/gm)?.filter((name) => !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name));
  assert.deepEqual(names?.sort(), ['ONLY', 'PATH']);
  assert.equal(result.exitCode, 0);
});

test('run: the result contains the exit status, both streams and the signal', async (t) => {
  const directory = temporaryDirectory(t);
  const failed = await processes.run(shell(directory, 'echo out; echo err >&2; exit 7'));
  assert.deepEqual([failed.exitCode, failed.stdout, failed.stderr], [7, 'out\n', 'err\n']);
  const killed = await processes.run(shell(directory, 'kill -SEGV $$'));
  assert.deepEqual([killed.exitCode, killed.signal, killed.timedOut], [null, 'SIGSEGV', false]);
});

test('run: a child that cannot be started is a result instead of an exception', async (t) => {
  const cwd = temporaryDirectory(t);
  const base = shell(cwd, '');
  const requests: [string, ProcessRequest][] = [
    ['a program that does not exist', { ...base, command: '/no/such/program' }],
    ['a working directory that does not exist', { ...base, cwd: join(cwd, 'gone') }],
    ['a NUL in an argument', { ...base, args: ['-c', 'a\0b'] }],
    ['a command line that is too long', { ...base, args: ['-c', 'x'.repeat(8 * 1024 * 1024)] }],
  ];
  for (const [claim, request] of requests) {
    const result = await processes.run(request);
    assert.equal(result.exitCode, null, claim);
    assert.ok(result.startError, claim);
  }
});

test('run: the timeout ends the whole process group, including grandchildren that ignore TERM', async (t) => {
  const directory = temporaryDirectory(t);
  const stubborn = `trap 'echo $$ > term' TERM; echo $$ > child; (trap '' TERM; sh -c 'echo $$ > grandchild; while :; do sleep 0.1; done') & while :; do sleep 0.1; done`;
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const running = processes.run(shell(directory, stubborn));
  for (const name of ['child', 'grandchild']) await pidIn(join(directory, name));
  t.mock.timers.tick(HOUR_MS);
  await pidIn(join(directory, 'term'));
  t.mock.timers.tick(HOUR_MS);
  const result = await running;
  assert.ok(result.timedOut);
  assert.equal(result.signal, 'SIGKILL');
  for (const name of ['child', 'grandchild']) await untilEnded(join(directory, name));
});

test('run: a grandchild that ignores TERM is killed after its parent has ended', async (t) => {
  const directory = temporaryDirectory(t);
  const line = `sh -c 'trap "" TERM; echo $$ > pid; while :; do sleep 0.1; done' & wait`;
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const running = processes.run(shell(directory, line));
  await pidIn(join(directory, 'pid'));
  t.mock.timers.tick(HOUR_MS);
  assert.ok((await running).timedOut);
  await untilEnded(join(directory, 'pid'));
});

test('run: background processes of a child end with it', async (t) => {
  const directory = temporaryDirectory(t);
  const result = await processes.run(shell(directory, `sleep 600 & echo $! > pid; echo done`));
  assert.deepEqual([result.exitCode, result.stdout, result.timedOut], [0, 'done\n', false]);
  await untilEnded(join(directory, 'pid'));
});

test('run: a grandchild that left the group and keeps the pipes open is not waited for', async (t) => {
  const directory = temporaryDirectory(t);
  const line = `setsid sh -c 'echo $$ > pid; exec sleep 600' & while [ ! -s pid ]; do sleep 0.01; done; echo done`;
  const result = await processes.run(shell(directory, line));
  const pid = await pidIn(join(directory, 'pid'));
  assert.ok(isRunning(pid));
  process.kill(pid, 'SIGKILL');
  assert.equal(result.stdout, 'done\n');
});

test('run: output of a background process shortly after the end of the child is captured', async (t) => {
  // The wait for trailing output then ends only when the pipes are closed.
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const result = await processes.run(shell(temporaryDirectory(t), `(sleep 0.1; echo late) & echo early`));
  assert.equal(result.stdout, 'early\nlate\n');
});

test('run: an abort ends the child, including an abort before its start', async (t) => {
  const directory = temporaryDirectory(t);
  const aborted = await processes.run(shell(directory, 'sleep 600', { signal: AbortSignal.abort() }));
  assert.equal(aborted.signal, 'SIGTERM');
  const controller = new AbortController();
  const running = processes.run(shell(directory, 'echo $$ > pid; exec sleep 600', { signal: controller.signal }));
  await pidIn(join(directory, 'pid'));
  controller.abort();
  const { signal, timedOut } = await running;
  assert.deepEqual([signal, timedOut], ['SIGTERM', false]);
});

test('run: a timeout beyond the range of a timer does not expire at once', async (t) => {
  const result = await processes.run(shell(temporaryDirectory(t), 'sleep 0.1', { timeoutMs: 1e13 }));
  assert.deepEqual([result.exitCode, result.timedOut], [0, false]);
});

test('run: of output beyond the limit the start and the end are kept, with a note in between', async (t) => {
  const line = `echo first; i=0; while [ $i -lt 3000 ]; do echo 0123456789; i=$((i+1)); done; echo last`;
  const { stdout } = await processes.run(shell(temporaryDirectory(t), line, { maxOutputBytes: 1000 }));
  assert.ok(stdout.startsWith('first\n') && stdout.endsWith('last\n'), stdout);
  assert.match(stdout, /^\[\.\.\. 32011 bytes left out \.\.\.\]$/m);
});

test('run: a multi-byte character across the middle of the limit stays intact', async (t) => {
  const { stdout } = await processes.run(
    shell(temporaryDirectory(t), `printf 'aaa\\303\\244bbb'`, { maxOutputBytes: 8 }),
  );
  assert.equal(stdout, 'aaaäbbb');
});

test('run: bytes that are not valid UTF-8 become replacement characters', async (t) => {
  const { stdout } = await processes.run(shell(temporaryDirectory(t), `printf 'a\\377b'`));
  assert.equal(stdout, 'a\u{fffd}b');
});

test('run: when attune itself exits, its children are killed', async (t) => {
  const directory = temporaryDirectory(t);
  const module = new URL('../../../src/platform/processes/processes.ts', import.meta.url).href;
  const program = `
    import { systemProcesses } from ${JSON.stringify(module)};
    import { existsSync } from 'node:fs';
    void systemProcesses({ offline: false }).run({ command: '/bin/sh', args: ['-c', 'trap "" TERM INT; echo $$ > pid; while :; do sleep 0.1; done'],
      cwd: ${JSON.stringify(directory)}, env: { PATH: ${JSON.stringify(PATH)} }, timeoutMs: ${HOUR_MS}, maxOutputBytes: 10 });
    setInterval(() => { if (existsSync(${JSON.stringify(join(directory, 'pid'))})) process.exit(130); }, 20);`;
  const file = join(directory, 'parent.mts');
  writeFileSync(file, program);
  const result = await processes.run({ ...shell(directory, ''), command: process.execPath, args: [file] });
  assert.equal(result.exitCode, 130, result.stderr);
  await untilEnded(join(directory, 'pid'));
});

test('find: a program is searched on the given PATH, and only an executable file counts', (t) => {
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, 'tool'), '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(join(directory, 'text'), 'x', { mode: 0o644 });
  assert.equal(processes.find('tool', `/no/such:${directory}`), join(directory, 'tool'));
  assert.equal(processes.find('text', directory), undefined);
  assert.equal(processes.find('tool', undefined), undefined);
  assert.equal(processes.find(join(directory, 'tool'), ''), join(directory, 'tool'));
});
