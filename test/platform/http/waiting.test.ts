import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { type TestContext, test } from 'node:test';
import type { Http, HttpResponse } from '../../../src/platform/http/http.ts';
import { receive } from '../../../src/platform/http/receive-resumable.ts';
import { withRetries } from '../../../src/platform/http/retry.ts';
import { ServerWait } from '../../../src/platform/http/server-wait.ts';
import { type HttpSettings, systemHttp } from '../../../src/platform/http/system-http.ts';
import { StallWindow } from '../../../src/platform/stall-window.ts';
import { type Handler, redirect, stalls, startHttpServer } from '../../support/http/server.ts';

const TIMEOUT_MS = 200;
/** Three attempts, scaled like the default: 96 s for a timeout of 30 s. */
const BUDGET_MS = 3.2 * TIMEOUT_MS;
const SETTINGS: HttpSettings = {
  offline: false,
  allowPlain: false,
  connectTimeoutMs: TIMEOUT_MS,
  timeoutMs: TIMEOUT_MS,
  redirects: 5,
  variables: {},
};

/** The longest wait determines the time for all attempts: a slow machine must not exhaust it. */
const LONG_BUDGET = { connectTimeoutMs: 10 * TIMEOUT_MS };

/** Retries at once. */
function retrying(
  attempts: number,
  note: (text: string) => void = () => {},
  settings: Partial<HttpSettings> = {},
): Http {
  const clock = { now: () => new Date(), sleep: () => Promise.resolve() };
  return withRetries(systemHttp({ ...SETTINGS, ...settings }), { attempts, clock, random: () => 0, note });
}

async function read(http: Http, url: string): Promise<HttpResponse> {
  return receive(await http.send({ url }), { begin() {}, write() {} });
}

/** Sends a byte now and then, without end. */
const trickles: Handler = (_, response) => {
  response.writeHead(200, { 'content-length': '1000000' });
  const timer = setInterval(() => response.write('x'), TIMEOUT_MS / 20);
  response.once('close', () => clearInterval(timer));
};

/** Starts a server that accepts connections and handles them itself. */
async function startListener(t: TestContext, connected: (count: number) => void): Promise<number> {
  let count = 0;
  const listener = createServer((socket) => {
    t.after(() => socket.destroy());
    socket.on('error', () => {});
    count += 1;
    connected(count);
  }).listen(0, '127.0.0.1');
  t.after(() => listener.close());
  await once(listener, 'listening');
  return (listener.address() as AddressInfo).port;
}

test('http: a server that accepts and stays silent is tried three times and then an error', async (t) => {
  let connections = 0;
  const port = await startListener(t, (count) => {
    connections = count;
  });
  await assert.rejects(read(retrying(3, undefined, LONG_BUDGET), `http://127.0.0.1:${port}/x`), {
    code: 'NETWORK_TIMEOUT',
    message: /it accepted the connection but sent no response within 0\.2 s/,
  });
  assert.equal(connections, 3);
});

test('http: a TLS handshake that stalls is tried three times and then an error', async (t) => {
  let connections = 0;
  const port = await startListener(t, (count) => {
    connections = count;
  });
  await assert.rejects(read(retrying(3, undefined, { timeoutMs: 10 * TIMEOUT_MS }), `https://127.0.0.1:${port}/x`), {
    code: 'NETWORK_TIMEOUT',
    message: /no connection was established within 0\.2 s/,
  });
  assert.equal(connections, 3);
});

test('http: a body that arrives at less than 1 KiB/s over the timeout is stalled', async (t) => {
  const server = await startHttpServer(t, { '/x': trickles });
  await assert.rejects(read(retrying(3, undefined, LONG_BUDGET), server.url('/x')), {
    code: 'NETWORK_TIMEOUT',
    message: /it sent less than 1 KiB\/s of its response for 0\.2 s/,
  });
  assert.equal(server.requests.length, 3);
});

test('http: a body that arrives at more than 1 KiB/s may take longer than all timeouts', async (t) => {
  const PIECES = Math.ceil((1.5 * BUDGET_MS) / (TIMEOUT_MS / 4));
  const server = await startHttpServer(t, {
    '/x': (_, response) => {
      let sent = 0;
      const timer = setInterval(() => {
        sent += 1;
        if (sent < PIECES) response.write(Buffer.alloc(1024));
        else response.end();
      }, TIMEOUT_MS / 4);
      response.once('close', () => clearInterval(timer));
    },
  });
  assert.equal((await read(retrying(1), server.url('/x'))).status, 200);
});

test('http: however many attempts are configured, a server is waited for only as long as three take', async (t) => {
  const server = await startHttpServer(t, { '/x': stalls('a') });
  const http = retrying(100);
  await assert.rejects(read(http, server.url('/x')), {
    code: 'NETWORK_TIMEOUT',
    message: /it made no progress in 0\.64 s of waiting in all/,
  });
  assert.ok(server.requests.length <= 5, `${server.requests.length} requests`);
});

test('http: redirects without a body do not count as waiting without progress', async (t) => {
  const server = await startHttpServer(t, {
    '/1': redirect('/2'),
    '/2': redirect('/3'),
    '/3': (_, response) => response.end('here'),
  });
  assert.equal((await read(retrying(1), server.url('/1'))).status, 200);
});

test('http: a message says what is waited for, once', async (t) => {
  const server = await startHttpServer(t, { '/x': () => {} });
  const notes: string[] = [];
  const note = (text: string) => notes.push(text);
  const http = systemHttp({ ...SETTINGS, note, noticeMs: TIMEOUT_MS / 4 });
  await assert.rejects(http.send({ url: server.url('/x') }), { code: 'NETWORK_TIMEOUT' });
  await assert.rejects(http.send({ url: server.url('/x') }), { code: 'NETWORK_TIMEOUT' });
  assert.deepEqual(notes, [`Waiting for the response of ${new URL(server.url('/x')).host} (0 s so far).`]);
});

test('ServerWait: overlapping waits count once, and progress starts over', () => {
  let now = 0;
  const wait = new ServerWait('host', { longestMs: 1000, clock: { elapsed: () => now } });
  assert.equal(wait.budgetMs, 3200);
  wait.begin('x');
  now += 500;
  wait.begin('x');
  now += 500;
  assert.equal(wait.remainingMs, 2200);
  wait.end();
  wait.end();
  now += 10_000;
  assert.equal(wait.remainingMs, 2200);
  wait.begin('x');
  now += 3000;
  assert.equal(wait.remainingMs, 0);
  wait.progress();
  assert.equal(wait.remainingMs, 3200);
});

test('StallWindow: 1,024 bytes for each second of the timeout are progress', () => {
  const window = new StallWindow(30_000);
  assert.equal(window.add(29_000, 30 * 1024 - 1), false);
  assert.equal(window.remainingMs, 1000);
  assert.equal(window.stallIsSilence, false);
  assert.equal(window.add(500, 1), true);
  assert.equal(window.remainingMs, 30_000);
  assert.equal(window.stallIsSilence, true);
});
