import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type ProcessRequest, systemProcesses } from '../../../src/platform/processes/processes.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const processes = systemProcesses({ offline: false });
const PATH = process.env['PATH'] ?? '';

function shell(cwd: string, line: string, more: Partial<ProcessRequest> = {}): ProcessRequest {
  return {
    command: '/bin/sh',
    args: ['-c', line],
    cwd,
    env: { PATH },
    timeoutMs: 20_000,
    maxOutputBytes: 4096,
    ...more,
  };
}

/** A zombie that nobody has reaped yet counts as gone. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function isGone(pid: number): Promise<boolean> {
  for (let tries = 0; tries < 100 && isAlive(pid); tries++) await sleep(20);
  return !isAlive(pid);
}

test('a child sees its own environment, nothing of ours, and an empty standard input', async (t) => {
  const result = await processes.run(shell(temporaryDirectory(t), 'env; cat', { env: { PATH, ONLY: 'this' } }));
  const names = result.stdout.match(/^\w+(?==)/gm)?.filter((name) => !['PWD', 'SHLVL', '_', 'OLDPWD'].includes(name));
  assert.deepEqual(names?.sort(), ['ONLY', 'PATH']);
  assert.equal(result.exitCode, 0);
});

test('the exit status, both streams and the signal are reported', async (t) => {
  const directory = temporaryDirectory(t);
  const failed = await processes.run(shell(directory, 'echo out; echo err >&2; exit 7'));
  assert.deepEqual([failed.exitCode, failed.stdout, failed.stderr], [7, 'out\n', 'err\n']);
  const killed = await processes.run(shell(directory, 'kill -SEGV $$'));
  assert.deepEqual([killed.exitCode, killed.signal, killed.timedOut], [null, 'SIGSEGV', false]);
});

test('whatever keeps a child from starting is a result and not an exception', async (t) => {
  const cwd = temporaryDirectory(t);
  const base = shell(cwd, '');
  const requests: [string, ProcessRequest][] = [
    ['a program that is not there', { ...base, command: '/no/such/program' }],
    ['a working directory that is not there', { ...base, cwd: join(cwd, 'gone') }],
    ['a NUL in a word', { ...base, args: ['-c', 'a\0b'] }],
    ['a command line that is too long', { ...base, args: ['-c', 'x'.repeat(8 * 1024 * 1024)] }],
  ];
  for (const [claim, request] of requests) {
    const result = await processes.run(request);
    assert.equal(result.exitCode, null, claim);
    assert.ok(result.startError, claim);
  }
});

test('at the timeout the whole group ends, grandchildren that ignore TERM too', { timeout: 15_000 }, async (t) => {
  const directory = temporaryDirectory(t);
  const stubborn = `trap '' TERM; echo $$ > child; (trap '' TERM; sh -c 'echo $$ > grandchild; while :; do sleep 0.1; done') & wait; while :; do sleep 0.1; done`;
  const result = await processes.run(shell(directory, stubborn, { timeoutMs: 400 }));
  assert.ok(result.timedOut);
  assert.equal(result.signal, 'SIGKILL');
  assert.ok(result.durationMs < 8000, `${result.durationMs}`);
  for (const name of ['child', 'grandchild']) {
    assert.ok(await isGone(Number(readFileSync(join(directory, name), 'utf8'))), name);
  }
});

test('a grandchild that ignores TERM dies although its parent obeyed', { timeout: 15_000 }, async (t) => {
  const directory = temporaryDirectory(t);
  const line = `sh -c 'trap "" TERM; echo $$ > pid; while :; do sleep 0.1; done' & wait`;
  const result = await processes.run(shell(directory, line, { timeoutMs: 400 }));
  assert.ok(result.timedOut);
  assert.ok(await isGone(Number(readFileSync(join(directory, 'pid'), 'utf8'))));
});

test('what a child leaves running in its group ends with it', async (t) => {
  const directory = temporaryDirectory(t);
  const result = await processes.run(shell(directory, `sleep 60 & echo $! > pid; echo done`));
  assert.deepEqual([result.exitCode, result.stdout, result.timedOut], [0, 'done\n', false]);
  assert.ok(await isGone(Number(readFileSync(join(directory, 'pid'), 'utf8'))));
});

test('a grandchild that left the group and holds the pipes does not keep us waiting', async (t) => {
  const directory = temporaryDirectory(t);
  const result = await processes.run(
    shell(directory, `setsid sh -c 'echo $$ > pid; exec sleep 60' & sleep 0.2; echo done`),
  );
  process.kill(Number(readFileSync(join(directory, 'pid'), 'utf8')), 'SIGKILL');
  assert.equal(result.stdout, 'done\n');
  assert.ok(result.durationMs < 5000, `${result.durationMs}`);
});

test('the last words of a helper that ends just after the child are kept', async (t) => {
  const result = await processes.run(shell(temporaryDirectory(t), `(sleep 0.1; echo late) & echo early`));
  assert.equal(result.stdout, 'early\nlate\n');
});

test('an abort ends the child, also one that came before it started', async (t) => {
  const directory = temporaryDirectory(t);
  const aborted = await processes.run(shell(directory, 'sleep 60', { signal: AbortSignal.abort() }));
  assert.equal(aborted.signal, 'SIGTERM');
  const later = await processes.run(shell(directory, 'sleep 60', { signal: AbortSignal.timeout(200) }));
  assert.deepEqual([later.signal, later.timedOut], ['SIGTERM', false]);
});

test('a time limit beyond what a timer can hold is no limit, not an instant one', async (t) => {
  const result = await processes.run(shell(temporaryDirectory(t), 'sleep 0.1', { timeoutMs: 1e13 }));
  assert.deepEqual([result.exitCode, result.timedOut], [0, false]);
});

test('of too much output the beginning and the end are kept, with a note between', async (t) => {
  const line = `echo first; i=0; while [ $i -lt 3000 ]; do echo 0123456789; i=$((i+1)); done; echo last`;
  const { stdout } = await processes.run(shell(temporaryDirectory(t), line, { maxOutputBytes: 1000 }));
  assert.ok(stdout.startsWith('first\n') && stdout.endsWith('last\n'), stdout);
  assert.match(stdout, /^\[\.\.\. 32011 bytes left out \.\.\.\]$/m);
});

test('a character that lies across the middle of the limit stays whole', async (t) => {
  const { stdout } = await processes.run(
    shell(temporaryDirectory(t), `printf 'aaa\\303\\244bbb'`, { maxOutputBytes: 8 }),
  );
  assert.equal(stdout, 'aaaäbbb');
});

test('bytes that are no text come out as text', async (t) => {
  const { stdout } = await processes.run(shell(temporaryDirectory(t), `printf 'a\\377b'`));
  assert.equal(stdout, 'a\u{fffd}b');
});

test('when attune itself ends, its children do not live on', async (t) => {
  const directory = temporaryDirectory(t);
  const module = new URL('../../../src/platform/processes/processes.ts', import.meta.url).href;
  const program = `
    import { systemProcesses } from ${JSON.stringify(module)};
    import { existsSync } from 'node:fs';
    void systemProcesses({ offline: false }).run({ command: '/bin/sh', args: ['-c', 'trap "" TERM INT; echo $$ > pid; while :; do sleep 0.1; done'],
      cwd: ${JSON.stringify(directory)}, env: { PATH: ${JSON.stringify(PATH)} }, timeoutMs: 60000, maxOutputBytes: 10 });
    setInterval(() => { if (existsSync(${JSON.stringify(join(directory, 'pid'))})) process.exit(130); }, 20);`;
  const file = join(directory, 'parent.mts');
  writeFileSync(file, program);
  const result = await processes.run({ ...shell(directory, ''), command: process.execPath, args: [file] });
  assert.equal(result.exitCode, 130, result.stderr);
  assert.ok(existsSync(join(directory, 'pid')));
  assert.ok(await isGone(Number(readFileSync(join(directory, 'pid'), 'utf8'))));
});

test('a program is found on the path it is given, and only an executable file counts', (t) => {
  const directory = temporaryDirectory(t);
  writeFileSync(join(directory, 'tool'), '#!/bin/sh\n', { mode: 0o755 });
  writeFileSync(join(directory, 'text'), 'x', { mode: 0o644 });
  assert.equal(processes.find('tool', `/no/such:${directory}`), join(directory, 'tool'));
  assert.equal(processes.find('text', directory), undefined);
  assert.equal(processes.find('tool', undefined), undefined);
  assert.equal(processes.find(join(directory, 'tool'), ''), join(directory, 'tool'));
});
