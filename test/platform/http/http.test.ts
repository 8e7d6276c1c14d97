import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { discard, type Http, isLoopback } from '../../../src/platform/http/http.ts';
import { type HttpSettings, systemHttp } from '../../../src/platform/http/system-http.ts';
import {
  answer,
  bytes,
  type Handler,
  type HttpServer,
  page,
  raw,
  redirect,
  resets,
  stalls,
  startHttpServer,
  truncated,
} from '../../support/http/server.ts';

const SETTINGS: HttpSettings = { offline: false, allowPlain: false, timeoutMs: 60_000, redirects: 5, variables: {} };

async function fetchText(http: Http, url: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await http.send({ url, headers });
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Answers with the credentials of the request. */
const echoCredentials: Handler = ({ headers }, response) => response.end(headers.authorization ?? 'none');

test('http: a response of any status is a result', async (t) => {
  const server = await startHttpServer(t, { '/gone': page(410, 'long gone', 'text/plain') });
  const response = await systemHttp(SETTINGS).send({ url: server.url('/gone') });
  await discard(response);
  assert.deepEqual(
    [response.status, response.header('content-type'), `${response.url}`],
    [410, 'text/plain', server.url('/gone')],
  );
});

test('http: user info of a URL is sent as a header only', async (t) => {
  const server = await startHttpServer(t, { '/x': echoCredentials });
  const url = server.url('/x').replace('//', '//me:p%40ss@');
  assert.equal(await fetchText(systemHttp(SETTINGS), url), `Basic ${Buffer.from('me:p@ss').toString('base64')}`);
});

/** Credentials of a request to `/from`, and whether they are sent to its redirect target. */
const REDIRECTED: readonly { claim: string; to: 'here' | 'elsewhere'; reaches: boolean }[] = [
  { claim: 'are sent to the same server', to: 'here', reaches: true },
  { claim: 'are not sent to another server', to: 'elsewhere', reaches: false },
];

for (const { claim, to, reaches } of REDIRECTED) {
  for (const status of [301, 302, 303, 307, 308]) {
    test(`http: after a redirect with status ${status}, credentials ${claim}`, async (t) => {
      const elsewhere = await startHttpServer(t, { '/to': bytes('') });
      const here: HttpServer = await startHttpServer(t, {
        '/from': (...exchange) => redirect((to === 'here' ? here : elsewhere).url('/to'), status)(...exchange),
        '/to': bytes(''),
      });
      const http = systemHttp(SETTINGS);
      const secrets = { authorization: 'Bearer s3cret', 'X-Api-Key': 's3cret', cookie: 's3cret' };
      await fetchText(http, here.url('/from'), {
        ...secrets,
        accept: 'text/plain',
        range: 'bytes=0-',
        'if-range': '"x"',
      });
      await fetchText(http, here.url('/from').replace('//', '//me:s3cret@'));
      const { requests, headers } = to === 'here' ? here : elsewhere;
      const [first, second] = headers.filter((_, index) => requests[index] === 'GET /to');
      const arrived = [first?.authorization, first?.['x-api-key'], first?.cookie, second?.authorization];
      assert.deepEqual(
        arrived.map((value) => value !== undefined),
        [reaches, reaches, reaches, reaches],
      );
      assert.deepEqual([first?.accept, first?.range, first?.['if-range']], ['text/plain', 'bytes=0-', '"x"']);
    });
  }
}

test('http: five redirects are followed, and a sixth is an error', async (t) => {
  const steps = Object.fromEntries(Array.from({ length: 6 }, (_, index) => [`/${index + 1}`, redirect(`/${index}`)]));
  const server = await startHttpServer(t, { ...steps, '/0': bytes('here') });
  assert.equal(await fetchText(systemHttp(SETTINGS), server.url('/5')), 'here');
  await assert.rejects(fetchText(systemHttp(SETTINGS), server.url('/6')), {
    code: 'NETWORK_REDIRECT',
    message: `Cannot reach ${server.url('/6')}: it redirects more than 5 times.`,
  });
});

const FAILURES: readonly {
  claim: string;
  routes: Record<string, Handler>;
  settings?: Partial<HttpSettings>;
  code: string;
  says?: RegExp;
}[] = [
  { claim: 'a redirect loop', routes: { '/x': redirect('/x') }, code: 'NETWORK_REDIRECT' },
  { claim: 'a redirect to a file', routes: { '/x': redirect('file:///etc/passwd') }, code: 'NETWORK_REDIRECT' },
  { claim: 'a redirect to an invalid URL', routes: { '/x': redirect('https://[') }, code: 'NETWORK_REDIRECT' },
  { claim: 'a redirect to ftp', routes: { '/x': redirect('ftp://x.example/') }, code: 'NETWORK_REDIRECT' },
  {
    claim: 'a redirect to plain http on another machine',
    routes: { '/x': redirect('http://packs.example.invalid/') },
    code: 'NETWORK_REFUSED',
  },
  {
    claim: 'a missing response',
    routes: { '/x': () => {} },
    settings: { timeoutMs: 100 },
    code: 'NETWORK_TIMEOUT',
    says: /it accepted the connection but sent no response within 0\.1 s/,
  },
  {
    claim: 'a response that is cut off',
    routes: { '/x': truncated(Buffer.from('a')) },
    code: 'NETWORK_UNREACHABLE',
    says: /the connection was cut/,
  },
  { claim: 'a connection that is reset', routes: { '/x': resets }, code: 'NETWORK_UNREACHABLE', says: /was cut/ },
  {
    claim: 'a response that is not HTTP',
    routes: { '/x': raw('220 ready\r\n') },
    code: 'NETWORK_PROTOCOL',
    says: /not valid HTTP/,
  },
  {
    claim: 'a body in another encoding than announced',
    routes: { '/x': answer(200, { 'content-encoding': 'gzip' }, 'plain') },
    code: 'NETWORK_PROTOCOL',
    says: /not in the encoding of its Content-Encoding header, gzip/,
  },
  {
    claim: 'any request with --offline',
    routes: { '/x': bytes('a') },
    settings: { offline: true },
    code: 'NETWORK_OFFLINE',
  },
];

for (const { claim, routes, settings, code, says = /./ } of FAILURES) {
  test(`http: ${claim} is an error`, async (t) => {
    const server = await startHttpServer(t, routes);
    const sent = fetchText(systemHttp({ ...SETTINGS, ...settings }), server.url('/x'));
    await assert.rejects(sent, { code, message: says });
    if (settings?.offline) assert.deepEqual(server.requests, []);
  });
}

test('http: a response that stalls times out while reading', async (t) => {
  const server = await startHttpServer(t, { '/x': stalls('a') });
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { body } = await systemHttp(SETTINGS).send({ url: server.url('/x') });
  const chunks = body[Symbol.asyncIterator]();
  assert.equal(String((await chunks.next()).value), 'a');
  const next = chunks.next();
  t.mock.timers.tick(SETTINGS.timeoutMs);
  await assert.rejects(next, {
    code: 'NETWORK_TIMEOUT',
    message: `Cannot reach ${server.url('/x')}: it stopped sending its response for 60 s.`,
  });
});

test('http: the idle timer is paused while the consumer is busy', async (t) => {
  const server = await startHttpServer(t, { '/x': bytes('abc') });
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const { body } = await systemHttp(SETTINGS).send({ url: server.url('/x') });
  for await (const chunk of body) {
    assert.equal(String(chunk), 'abc');
    t.mock.timers.tick(10 * SETTINGS.timeoutMs);
  }
});

test('http: a server that does not complete the TLS handshake fails with the connect timeout', async (t) => {
  const listener = createServer().listen(0, '127.0.0.1');
  t.after(() => listener.close());
  listener.on('connection', (socket) => t.after(() => socket.destroy()));
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const http = systemHttp({ ...SETTINGS, connectTimeoutMs: 100 });
  await assert.rejects(fetchText(http, `https://127.0.0.1:${port}/`), {
    code: 'NETWORK_TIMEOUT',
    message: `Cannot reach https://127.0.0.1:${port}/: no connection was established within 0.1 s.`,
    hint: /downloads\.connect_timeout/,
  });
});

test('http: https to a plain http server fails the TLS handshake', async (t) => {
  const server = await startHttpServer(t, {});
  await assert.rejects(fetchText(systemHttp(SETTINGS), server.url('/').replace('http:', 'https:')), {
    code: 'NETWORK_TLS',
    message: /the TLS handshake failed/,
  });
});

test('http: ports that fetch blocks are contacted', async () => {
  for (const port of [1, 6667]) {
    await assert.rejects(fetchText(systemHttp(SETTINGS), `http://127.0.0.1:${port}/`), {
      message: `Cannot reach http://127.0.0.1:${port}/: the connection was refused.`,
    });
  }
});

const TEXT = 'a text '.repeat(1000);
const ENCODINGS: readonly [name: string, encoded: Buffer][] = [
  ['gzip', gzipSync(TEXT)],
  ['X-GZIP', gzipSync(TEXT)],
  ['deflate', deflateSync(TEXT)],
  ['br', brotliCompressSync(TEXT)],
];

for (const [name, encoded] of ENCODINGS) {
  test(`http: a body in ${name} is decoded, except with keepEncoding`, async (t) => {
    const server = await startHttpServer(t, {
      '/x': (_, response) => response.writeHead(200, { 'content-encoding': name }).end(encoded),
    });
    const http = systemHttp(SETTINGS);
    const received = async (keepEncoding: boolean) => {
      const { body } = await http.send({ url: server.url('/x'), keepEncoding });
      return Buffer.concat(await Array.fromAsync(body));
    };
    assert.equal((await received(false)).toString(), TEXT);
    assert.deepEqual(await received(true), encoded);
    assert.deepEqual(
      server.headers.map((headers) => headers['accept-encoding']),
      ['gzip', 'identity'],
    );
  });
}

test('http: a body in an unknown encoding is returned unchanged', async (t) => {
  const server = await startHttpServer(t, { '/x': answer(200, { 'content-encoding': 'gzip, gzip' }, 'unchanged') });
  assert.equal(await fetchText(systemHttp(SETTINGS), server.url('/x')), 'unchanged');
});

test('http: a connection is reused, and replaced after the server closed it', async (t) => {
  const answered: number[] = [];
  let connections = 0;
  const listener = createServer((socket) => {
    const number = ++connections;
    let requests = 0;
    socket.on('error', () => {});
    socket.on('data', () => {
      if (number === 1 && ++requests > 2) return void socket.resetAndDestroy();
      answered.push(number);
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok');
    });
    t.after(() => socket.destroy());
  }).listen(0, '127.0.0.1');
  t.after(() => listener.close());
  await once(listener, 'listening');
  const url = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/`;
  const http = systemHttp(SETTINGS);
  for (let count = 0; count < 3; count++) assert.equal(await fetchText(http, url), 'ok');
  assert.deepEqual(answered, [1, 1, 2]);
});

test('http: a refused connection is reported without the credentials of the URL', async () => {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  listener.close();
  await once(listener, 'close');
  await assert.rejects(fetchText(systemHttp(SETTINGS), `http://me:secret@127.0.0.1:${port}/x`), {
    message: `Cannot reach http://127.0.0.1:${port}/x: the connection was refused.`,
  });
});

test('http: plain http is rejected except for loopback, unless it is allowed', async () => {
  const url = 'http://packs.example.invalid/x';
  await assert.rejects(systemHttp(SETTINGS).send({ url }), { code: 'NETWORK_REFUSED' });
  await assert.rejects(systemHttp({ ...SETTINGS, allowPlain: true }).send({ url }), { code: 'NETWORK_UNREACHABLE' });
});

test('http: a URL with another scheme than http and https is invalid', async () => {
  for (const url of ['ftp://x.example/y', 'https://[', 'nonsense']) {
    await assert.rejects(systemHttp(SETTINGS).send({ url }), { code: 'INVALID_URL' });
  }
});

const LOOPBACK: readonly [host: string, loopback: boolean][] = [
  ['localhost', true],
  ['app.localhost', true],
  ['127.0.0.1', true],
  ['127.9.9.9', true],
  ['[::1]', true],
  ['localhost.example.org', false],
  ['127.0.0.1.example.org', false],
  ['128.0.0.1', false],
];

for (const [host, loopback] of LOOPBACK) {
  test(`isLoopback: ${host} is ${loopback ? '' : 'not '}loopback`, () => assert.equal(isLoopback(host), loopback));
}

test('http: user info with invalid percent-encoding is sent unchanged', async (t) => {
  const server = await startHttpServer(t, { '/x': echoCredentials });
  const url = server.url('/x').replace('//', '//me:100%25%zz@');
  assert.equal(await fetchText(systemHttp(SETTINGS), url), `Basic ${Buffer.from('me:100%25%zz').toString('base64')}`);
});

test('http: a header that cannot be sent is reported without its value', async () => {
  for (const value of ['Bearer s3cret\nmore', 'Bearer s3cret\u20ac']) {
    await assert.rejects(
      fetchText(systemHttp(SETTINGS), 'http://localhost:9/x', { authorization: value }),
      (error: Error & { code: string }) =>
        error.code === 'INVALID_CONFIG' && /authorization/.test(error.message) && !/s3cret/.test(error.message),
    );
  }
});

test('http: an invalid proxy URL is reported without its password', async () => {
  for (const proxy of ['ftp://me:s3cret@proxy.example:1', 'http://me:s3cret@pro xy:1']) {
    await assert.rejects(
      fetchText(systemHttp({ ...SETTINGS, variables: { HTTPS_PROXY: proxy } }), 'https://localhost:9/x'),
      (error: Error & { code: string; hint: string }) =>
        error.code === 'INVALID_CONFIG' && /HTTPS_PROXY/.test(error.message) && !/s3cret/.test(error.message),
    );
  }
});
