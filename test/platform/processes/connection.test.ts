import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { NetworkFault, offlineForbids } from '../../../src/platform/http/http.ts';
import { type Connection, type ConnectRequest, systemProcesses } from '../../../src/platform/processes/processes.ts';
import { temporaryDirectory } from '../../support/temporary.ts';

const processes = systemProcesses({ offline: false });
const PATH = process.env['PATH'] ?? '';

/** A line for sh that finds its own directory in `$here`. */
function shell(t: TestContext, line: string, more: Partial<ConnectRequest> = {}): [ConnectRequest, here: string] {
  const here = temporaryDirectory(t);
  const request = {
    command: 'sh',
    args: ['-c', line],
    env: { PATH, here },
    address: 'ssh://host.example/x',
    timeoutMs: 20_000,
    maxErrorBytes: 200,
    ...more,
  };
  return [request, here];
}

async function read(connection: Connection): Promise<string> {
  return Buffer.concat(await Array.fromAsync(connection.output)).toString();
}

/** A zombie that nobody has reaped yet counts as gone. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

async function isGone(file: string): Promise<boolean> {
  for (let tries = 0; tries < 200 && !hasText(file); tries++) await sleep(10);
  const pid = Number(readFileSync(file, 'utf8'));
  for (let tries = 0; tries < 100 && isAlive(pid); tries++) await sleep(20);
  return !isAlive(pid);
}

function hasText(file: string): boolean {
  return existsSync(file) && readFileSync(file, 'utf8').endsWith('\n');
}

/** Says hello and then nothing, in two processes that do not hear TERM. */
const STUBBORN = `trap '' TERM; echo $$ > "$here/child"; sh -c 'trap "" TERM; echo $$ > "$here/grandchild"; while :; do sleep 0.1; done' & echo hello; while :; do sleep 0.1; done`;

test('what is written is read by the program, and its answer comes back', async (t) => {
  const [request] = shell(t, 'read line; echo "heard $line"; cat; echo oh >&2; exit 3');
  await using connection = await processes.connect(request);
  connection.write(Buffer.from('one\ntwo\n'));
  connection.end();
  assert.equal(await read(connection), 'heard one\ntwo\n');
  assert.deepEqual(await connection.ended, { exitCode: 3, signal: null, startError: undefined, errors: 'oh\n' });
});

test('the program sees its own environment and nothing of ours', async (t) => {
  const [request] = shell(t, 'env', { env: { PATH, ONLY: 'this' } });
  await using connection = await processes.connect(request);
  const names = (await read(connection)).match(/^\w+(?==)/gm)?.filter((name) => !/^(PWD|OLDPWD|SHLVL|_)$/.test(name));
  assert.deepEqual(names?.sort(), ['ONLY', 'PATH']);
});

test('more than a pipe holds goes through in both directions at once', async (t) => {
  const [request] = shell(t, 'cat');
  await using connection = await processes.connect(request);
  connection.write(Buffer.alloc(5_000_000, 'x'));
  connection.end();
  assert.equal((await read(connection)).length, 5_000_000);
});

test('whatever keeps the program from starting is a result and not an exception', async (t) => {
  const rows: [claim: string, request: ConnectRequest][] = [
    ['a name that is not on the path', shell(t, '', { command: 'no-such-program' })[0]],
    ['a program that is not there', shell(t, '', { command: '/no/such/program' })[0]],
    ['a NUL in a word', shell(t, 'a\0b')[0]],
  ];
  for (const [claim, request] of rows) {
    await using connection = await processes.connect(request);
    connection.write(Buffer.from('x'));
    connection.end();
    assert.equal(await read(connection), '', claim);
    assert.ok((await connection.ended).startError, claim);
  }
});

test('writing to a program that has ended is without effect', async (t) => {
  const [request] = shell(t, 'exit 0');
  await using connection = await processes.connect(request);
  await connection.ended;
  connection.write(Buffer.alloc(1_000_000));
  connection.end();
  assert.equal(await read(connection), '');
});

test('of what it says on standard error no more than asked for is kept', async (t) => {
  const [request] = shell(t, 'i=0; while [ $i -lt 2000 ]; do echo 0123456789; i=$((i+1)); done >&2; echo last >&2');
  await using connection = await processes.connect(request);
  await read(connection);
  const { errors } = await connection.ended;
  assert.ok(errors.length < 300 && errors.endsWith('last\n'), errors);
});

test('a silence ends the whole group, and the reader is told', { timeout: 15_000 }, async (t) => {
  const [request, here] = shell(t, STUBBORN, { timeoutMs: 400 });
  await using connection = await processes.connect(request);
  await assert.rejects(read(connection), (error) => {
    assert.ok(error instanceof NetworkFault);
    assert.equal(error.code, 'NETWORK_TIMEOUT');
    assert.match(error.message, /^Cannot reach ssh:\/\/host\.example\/x: no answer came within 0\.4 s/);
    return true;
  });
  for (const name of ['child', 'grandchild']) assert.ok(await isGone(join(here, name)), name);
});

test('time between two reads is no silence of the program', async (t) => {
  const [request] = shell(t, 'echo one; read line; echo "$line"', { timeoutMs: 1500 });
  await using connection = await processes.connect(request);
  const chunks = connection.output[Symbol.asyncIterator]();
  assert.equal(String((await chunks.next()).value), 'one\n');
  await sleep(1800);
  connection.write(Buffer.from('two\n'));
  assert.equal(String((await chunks.next()).value), 'two\n');
});

test('an abort ends the whole group, and the reader is told why', { timeout: 15_000 }, async (t) => {
  const controller = new AbortController();
  const [request, here] = shell(t, STUBBORN, { signal: controller.signal });
  await using connection = await processes.connect(request);
  const why = new Error('enough');
  await assert.rejects(
    (async () => {
      for await (const _ of connection.output) controller.abort(why);
    })(),
    why,
  );
  for (const name of ['child', 'grandchild']) assert.ok(await isGone(join(here, name)), name);
});

test('who stops reading early leaves nothing running', { timeout: 15_000 }, async (t) => {
  const [request, here] = shell(t, STUBBORN);
  const connection = await processes.connect(request);
  for await (const _ of connection.output) break;
  assert.equal((await connection.ended).exitCode, null);
  for (const name of ['child', 'grandchild']) assert.ok(await isGone(join(here, name)), name);
});

test('who never reads leaves nothing running either', { timeout: 15_000 }, async (t) => {
  const [request, here] = shell(t, STUBBORN);
  {
    await using _ = await processes.connect(request);
    while (!hasText(join(here, 'grandchild'))) await sleep(10);
  }
  for (const name of ['child', 'grandchild']) assert.ok(await isGone(join(here, name)), name);
});

test('a program whose input is closed has a moment to say goodbye', async (t) => {
  const [request, here] = shell(t, 'cat > /dev/null; echo done > "$here/goodbye"');
  {
    await using _ = await processes.connect(request);
  }
  assert.equal(readFileSync(join(here, 'goodbye'), 'utf8'), 'done\n');
});

test('what the program leaves in the background ends with it', async (t) => {
  const [request, here] = shell(t, 'sleep 60 > /dev/null 2>&1 & echo $! > "$here/pid"; echo done');
  await using connection = await processes.connect(request);
  assert.equal(await read(connection), 'done\n');
  await connection.ended;
  assert.ok(await isGone(join(here, 'pid')));
});

const watched = processes.canAsk && 'somebody is at the terminal';

test('a program that has nothing more to say and does not end is ended', { timeout: 15_000 }, async (t) => {
  const [request, here] = shell(t, 'echo $$ > "$here/pid"; exec > /dev/null; sleep 60', { timeoutMs: 300 });
  await using connection = await processes.connect(request);
  assert.equal(await read(connection), '');
  assert.equal((await connection.finish()).signal, 'SIGTERM');
  assert.ok(await isGone(join(here, 'pid')));
});

test('without a person at the terminal the program has none to ask at', { skip: watched }, async (t) => {
  const [request] = shell(t, '(: < /dev/tty) 2> /dev/null && echo terminal || echo none');
  await using connection = await processes.connect(request);
  assert.equal(await read(connection), 'none\n');
});

test('a program is never taken from the directory that attune is in', async (t) => {
  const [request, here] = shell(t, '', { command: 'planted' });
  writeFileSync(join(here, 'planted'), '#!/bin/sh\n', { mode: 0o755 });
  const before = process.cwd();
  process.chdir(here);
  t.after(() => process.chdir(before));
  await using connection = await processes.connect(request);
  assert.equal((await connection.ended).startError, 'there is no planted on the PATH');
});

test('offline nothing is started, in the words that http has', async (t) => {
  const [request, here] = shell(t, ': > "$here/started"');
  const offline = systemProcesses({ offline: true });
  await assert.rejects(offline.connect(request), {
    code: 'NETWORK_OFFLINE',
    message: offlineForbids(request.address).message,
  });
  await sleep(50);
  assert.equal(existsSync(join(here, 'started')), false);
  const local = { ...request, cwd: here, timeoutMs: 20_000, maxOutputBytes: 10, args: ['-c', 'echo here'] };
  assert.equal((await offline.run({ ...local, command: '/bin/sh' })).stdout, 'here\n');
});
