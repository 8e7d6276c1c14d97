import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { NetworkError, offlineError } from '../../../src/platform/http/http.ts';
import { systemProcesses } from '../../../src/platform/processes/processes.ts';
import type { Connection, ConnectRequest } from '../../../src/platform/processes/types.ts';
import { pidIn, untilEnded } from '../../support/process-state.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const processes = systemProcesses({ offline: false });
const PATH = process.env['PATH'] ?? '';
const HOUR_MS = 3_600_000;

/** Returns a request for a line of sh, which finds a temporary directory in `$dir`. */
function shell(t: TestContext, line: string, more: Partial<ConnectRequest> = {}): [ConnectRequest, dir: string] {
  const dir = temporaryDirectory(t);
  const request = {
    command: 'sh',
    args: ['-c', line],
    env: { PATH, dir },
    address: 'ssh://host.example/x',
    timeoutMs: HOUR_MS,
    maxErrorBytes: 200,
    ...more,
  };
  return [request, dir];
}

async function read(connection: Connection): Promise<string> {
  return Buffer.concat(await Array.fromAsync(connection.output)).toString();
}

/** Prints a line and then nothing, in two processes that ignore TERM. */
const STUBBORN = `trap '' TERM; echo $$ > "$dir/child"; sh -c 'trap "" TERM; echo $$ > "$dir/grandchild"; while :; do sleep 0.1; done' & echo hello; while :; do sleep 0.1; done`;

async function untilStubbornStarted(dir: string): Promise<void> {
  for (const name of ['child', 'grandchild']) await pidIn(join(dir, name));
}

async function untilStubbornEnded(dir: string): Promise<void> {
  for (const name of ['child', 'grandchild']) await untilEnded(join(dir, name));
}

test('connection: the program reads what is written, and its output can be read', async (t) => {
  const [request] = shell(t, 'read line; echo "got $line"; cat; echo oh >&2; exit 3');
  await using connection = await processes.connect(request);
  connection.write(Buffer.from('one\ntwo\n'));
  connection.end();
  assert.equal(await read(connection), 'got one\ntwo\n');
  assert.deepEqual(await connection.ended, { exitCode: 3, signal: null, startError: undefined, errors: 'oh\n' });
});

test('connection: the program inherits no environment variables', async (t) => {
  const [request] = shell(t, 'env', { env: { PATH, ONLY: 'this' } });
  await using connection = await processes.connect(request);
  const names = (await read(connection)).match(/^\w+(?==)/gm)?.filter((name) => !/^(PWD|OLDPWD|SHLVL|_)$/.test(name));
  assert.deepEqual(names?.sort(), ['ONLY', 'PATH']);
});

test('connection: data larger than a pipe buffer passes in both directions at once', async (t) => {
  const [request] = shell(t, 'cat');
  await using connection = await processes.connect(request);
  connection.write(Buffer.alloc(5_000_000, 'x'));
  connection.end();
  assert.equal((await read(connection)).length, 5_000_000);
});

test('connection: a program that cannot be started is a result instead of an exception', async (t) => {
  const rows: [claim: string, request: ConnectRequest][] = [
    ['a name that is not on the PATH', shell(t, '', { command: 'no-such-program' })[0]],
    ['a path that does not exist', shell(t, '', { command: '/no/such/program' })[0]],
    ['a NUL in an argument', shell(t, 'a\0b')[0]],
  ];
  for (const [claim, request] of rows) {
    await using connection = await processes.connect(request);
    connection.write(Buffer.from('x'));
    connection.end();
    assert.equal(await read(connection), '', claim);
    assert.ok((await connection.ended).startError, claim);
  }
});

test('connection: writing to an ended program has no effect', async (t) => {
  const [request] = shell(t, 'exit 0');
  await using connection = await processes.connect(request);
  await connection.ended;
  connection.write(Buffer.alloc(1_000_000));
  connection.end();
  assert.equal(await read(connection), '');
});

test('connection: captured standard error is limited in size', async (t) => {
  const [request] = shell(t, 'i=0; while [ $i -lt 2000 ]; do echo 0123456789; i=$((i+1)); done >&2; echo last >&2');
  await using connection = await processes.connect(request);
  await read(connection);
  const { errors } = await connection.ended;
  assert.ok(errors.length < 300 && errors.endsWith('last\n'), errors);
});

test('connection: a silent program times out with its whole process group, and the reader gets the error', async (t) => {
  const [request, dir] = shell(t, STUBBORN, { timeoutMs: 400 });
  await using connection = await processes.connect(request);
  // The timeout starts with the first read.
  await untilStubbornStarted(dir);
  await assert.rejects(read(connection), (error) => {
    assert.ok(error instanceof NetworkError);
    assert.equal(error.code, 'NETWORK_TIMEOUT');
    assert.match(error.message, /^Cannot reach ssh:\/\/host\.example\/x: it sent no response within 0\.4 s/);
    return true;
  });
  await untilStubbornEnded(dir);
});

test('connection: a program that prints less than 1 KiB/s over the timeout is ended, after a note', async (t) => {
  const notes: string[] = [];
  const note = (text: string) => notes.push(text);
  const [request] = shell(t, 'while :; do printf x; sleep 0.05; done', { timeoutMs: 800, note, noticeMs: 200 });
  await using connection = await processes.connect(request);
  await assert.rejects(read(connection), {
    code: 'NETWORK_TIMEOUT',
    message: 'Cannot reach ssh://host.example/x: it sent less than 1 KiB/s for 0.8 s.',
  });
  assert.deepEqual(notes, ['Waiting for the response of ssh://host.example/x (0 s so far).']);
});

test('connection: the time between two reads does not count as silence of the program', async (t) => {
  const [request] = shell(t, 'echo one; read line; echo "$line"');
  t.mock.timers.enable({ apis: ['setTimeout'] });
  await using connection = await processes.connect(request);
  const chunks = connection.output[Symbol.asyncIterator]();
  assert.equal(String((await chunks.next()).value), 'one\n');
  t.mock.timers.tick(2 * HOUR_MS);
  connection.write(Buffer.from('two\n'));
  assert.equal(String((await chunks.next()).value), 'two\n');
});

test('connection: an abort ends the whole process group, and the reader gets the reason', async (t) => {
  const controller = new AbortController();
  const [request, dir] = shell(t, STUBBORN, { signal: controller.signal });
  await using connection = await processes.connect(request);
  await untilStubbornStarted(dir);
  const reason = new Error('enough');
  await assert.rejects(
    (async () => {
      for await (const _ of connection.output) controller.abort(reason);
    })(),
    reason,
  );
  await untilStubbornEnded(dir);
});

test('connection: ending the iteration of the output early ends the whole process group', async (t) => {
  const [request, dir] = shell(t, STUBBORN);
  const connection = await processes.connect(request);
  await untilStubbornStarted(dir);
  for await (const _ of connection.output) break;
  assert.equal((await connection.ended).exitCode, null);
  await untilStubbornEnded(dir);
});

test('connection: disposal without reading ends the whole process group', async (t) => {
  const [request, dir] = shell(t, STUBBORN);
  {
    await using _ = await processes.connect(request);
    await untilStubbornStarted(dir);
  }
  await untilStubbornEnded(dir);
});

test('connection: after its input is closed, a program can exit by itself', async (t) => {
  const [request, dir] = shell(t, 'cat > /dev/null; echo done > "$dir/goodbye"');
  // The grace period of the disposal ends with the exit of the program only.
  t.mock.timers.enable({ apis: ['setTimeout'] });
  {
    await using _ = await processes.connect(request);
  }
  assert.equal(readFileSync(join(dir, 'goodbye'), 'utf8'), 'done\n');
});

test('connection: background processes end with their program', async (t) => {
  const [request, dir] = shell(t, 'sleep 600 > /dev/null 2>&1 & echo $! > "$dir/pid"; echo done');
  await using connection = await processes.connect(request);
  assert.equal(await read(connection), 'done\n');
  await connection.ended;
  await untilEnded(join(dir, 'pid'));
});

test('connection: a program that closes its output but does not exit is ended after the timeout', async (t) => {
  const [request, dir] = shell(t, 'echo $$ > "$dir/pid"; exec > /dev/null; sleep 600', { timeoutMs: HOUR_MS });
  t.mock.timers.enable({ apis: ['setTimeout'] });
  await using connection = await processes.connect(request);
  assert.equal(await read(connection), '');
  const end = connection.finish();
  t.mock.timers.tick(HOUR_MS);
  assert.equal((await end).signal, 'SIGTERM');
  await untilEnded(join(dir, 'pid'));
});

const skip = processes.canPrompt && 'the tests run at a terminal';

test('connection: a program has no terminal if attune cannot prompt', { skip }, async (t) => {
  const [request] = shell(t, '(: < /dev/tty) 2> /dev/null && echo terminal || echo none');
  await using connection = await processes.connect(request);
  assert.equal(await read(connection), 'none\n');
});

test('connection: a program in the working directory is not found by name', async (t) => {
  const [request, dir] = shell(t, '', { command: 'planted' });
  writeFileSync(join(dir, 'planted'), '#!/bin/sh\n', { mode: 0o755 });
  const before = process.cwd();
  process.chdir(dir);
  t.after(() => process.chdir(before));
  await using connection = await processes.connect(request);
  assert.equal((await connection.ended).startError, 'planted was not found on the PATH');
});

test('connection: with --offline nothing is started, and the error is that of http', async (t) => {
  const [request, dir] = shell(t, ': > "$dir/started"');
  const offline = systemProcesses({ offline: true });
  await assert.rejects(offline.connect(request), {
    code: 'NETWORK_OFFLINE',
    message: offlineError(request.address).message,
  });
  const local = { ...request, cwd: dir, maxOutputBytes: 10, args: ['-c', 'echo here'] };
  assert.equal((await offline.run({ ...local, command: '/bin/sh' })).stdout, 'here\n');
  assert.equal(existsSync(join(dir, 'started')), false);
});
