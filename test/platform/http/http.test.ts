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

const SETTINGS: HttpSettings = { offline: false, allowPlain: false, timeoutMs: 5000, redirects: 5, variables: {} };

async function fetchText(http: Http, url: string, headers: Record<string, string> = {}): Promise<string> {
  const response = await http.send({ url, headers });
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** Says back which credentials it was shown. */
const mirrorCredentials: Handler = ({ headers }, response) => response.end(headers.authorization ?? 'none');

test('an answer of any status is a result', async (t) => {
  const server = await startHttpServer(t, { '/gone': page(410, 'long gone', 'text/plain') });
  const response = await systemHttp(SETTINGS).send({ url: server.url('/gone') });
  await discard(response);
  assert.deepEqual(
    [response.status, response.header('content-type'), `${response.url}`],
    [410, 'text/plain', server.url('/gone')],
  );
});

test('user info in a URL becomes a header and is in no request line', async (t) => {
  const server = await startHttpServer(t, { '/x': mirrorCredentials });
  const url = server.url('/x').replace('//', '//me:p%40ss@');
  assert.equal(await fetchText(systemHttp(SETTINGS), url), `Basic ${Buffer.from('me:p@ss').toString('base64')}`);
});

/** Whether a credential that `/from` was asked with reaches where it redirects to. */
const REDIRECTED: readonly { claim: string; to: 'here' | 'elsewhere'; reaches: boolean }[] = [
  { claim: 'stay on one server', to: 'here', reaches: true },
  { claim: 'do not go to another server', to: 'elsewhere', reaches: false },
];

for (const { claim, to, reaches } of REDIRECTED) {
  for (const status of [301, 302, 303, 307, 308]) {
    test(`with status ${status}, credentials of every kind ${claim}`, async (t) => {
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
      const [first, second] = headers.filter((_, at) => requests[at] === 'GET /to');
      const arrived = [first?.authorization, first?.['x-api-key'], first?.cookie, second?.authorization];
      assert.deepEqual(
        arrived.map((value) => value !== undefined),
        [reaches, reaches, reaches, reaches],
      );
      assert.deepEqual([first?.accept, first?.range, first?.['if-range']], ['text/plain', 'bytes=0-', '"x"']);
    });
  }
}

test('five redirects are followed, and no sixth', async (t) => {
  const steps = Object.fromEntries(Array.from({ length: 6 }, (_, at) => [`/${at + 1}`, redirect(`/${at}`)]));
  const server = await startHttpServer(t, { ...steps, '/0': bytes('here') });
  assert.equal(await fetchText(systemHttp(SETTINGS), server.url('/5')), 'here');
  await assert.rejects(fetchText(systemHttp(SETTINGS), server.url('/6')), {
    code: 'NETWORK_REDIRECT',
    message: `Cannot reach ${server.url('/6')}: it redirects more than 5 times.`,
  });
});

const REFUSED: readonly {
  claim: string;
  routes: Record<string, Handler>;
  settings?: Partial<HttpSettings>;
  code: string;
  says?: RegExp;
}[] = [
  { claim: 'redirects in a circle', routes: { '/x': redirect('/x') }, code: 'NETWORK_REDIRECT' },
  { claim: 'a redirect to a file', routes: { '/x': redirect('file:///etc/passwd') }, code: 'NETWORK_REDIRECT' },
  { claim: 'a redirect to what is no URL', routes: { '/x': redirect('https://[') }, code: 'NETWORK_REDIRECT' },
  { claim: 'a redirect to another network', routes: { '/x': redirect('ftp://x.example/') }, code: 'NETWORK_REDIRECT' },
  {
    claim: 'a redirect to plain http that is not on this machine',
    routes: { '/x': redirect('http://packs.example.invalid/') },
    code: 'NETWORK_REFUSED',
  },
  {
    claim: 'an answer that never comes',
    routes: { '/x': () => {} },
    settings: { timeoutMs: 100 },
    code: 'NETWORK_TIMEOUT',
    says: /it took the connection, and no answer came within 0\.1 s/,
  },
  {
    claim: 'an answer that stops coming',
    routes: { '/x': stalls('a') },
    settings: { timeoutMs: 100 },
    code: 'NETWORK_TIMEOUT',
    says: /its answer stopped coming, and nothing more came for 0\.1 s/,
  },
  {
    claim: 'an answer that is cut',
    routes: { '/x': truncated(Buffer.from('a')) },
    code: 'NETWORK_UNREACHABLE',
    says: /the connection was cut/,
  },
  { claim: 'a server that hangs up', routes: { '/x': resets }, code: 'NETWORK_UNREACHABLE', says: /was cut/ },
  {
    claim: 'what is no HTTP',
    routes: { '/x': raw('220 ready\r\n') },
    code: 'NETWORK_PROTOCOL',
    says: /not right HTTP/,
  },
  {
    claim: 'an encoding that is not the one that was said',
    routes: { '/x': answer(200, { 'content-encoding': 'gzip' }, 'plain') },
    code: 'NETWORK_PROTOCOL',
    says: /not in the encoding that it names, gzip/,
  },
  {
    claim: 'any request with --offline',
    routes: { '/x': bytes('a') },
    settings: { offline: true },
    code: 'NETWORK_OFFLINE',
  },
];

for (const { claim, routes, settings, code, says = /./ } of REFUSED) {
  test(`refused or told: ${claim}`, async (t) => {
    const server = await startHttpServer(t, routes);
    const sent = fetchText(systemHttp({ ...SETTINGS, ...settings }), server.url('/x'));
    await assert.rejects(sent, { code, message: says });
    if (settings?.offline) assert.deepEqual(server.requests, []);
  });
}

test('a server that takes no connection is told as such, and which setting that is', async (t) => {
  // The handshake of TLS is a part of connecting, and nobody answers it.
  const listener = createServer().listen(0, '127.0.0.1');
  t.after(() => listener.close());
  listener.on('connection', (socket) => t.after(() => socket.destroy()));
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const http = systemHttp({ ...SETTINGS, connectTimeoutMs: 100 });
  await assert.rejects(fetchText(http, `https://127.0.0.1:${port}/`), {
    code: 'NETWORK_TIMEOUT',
    message: `Cannot reach https://127.0.0.1:${port}/: no connection came about within 0.1 s.`,
    hint: /downloads\.connect_timeout/,
  });
});

test('https to what speaks plain http is told as such', async (t) => {
  const server = await startHttpServer(t, {});
  await assert.rejects(fetchText(systemHttp(SETTINGS), server.url('/').replace('http:', 'https:')), {
    code: 'NETWORK_TLS',
    message: /it does not speak TLS/,
  });
});

test('no port is a bad one', async () => {
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
  test(`a content in ${name} is decoded, unless its very bytes are wanted`, async (t) => {
    const server = await startHttpServer(t, {
      '/x': (_, response) => response.writeHead(200, { 'content-encoding': name }).end(encoded),
    });
    const http = systemHttp(SETTINGS);
    const received = async (undecoded: boolean) => {
      const { body } = await http.send({ url: server.url('/x'), undecoded });
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

test('an encoding that nobody asked for and nobody knows is left as it is', async (t) => {
  const server = await startHttpServer(t, { '/x': answer(200, { 'content-encoding': 'gzip, gzip' }, 'as it is') });
  assert.equal(await fetchText(systemHttp(SETTINGS), server.url('/x')), 'as it is');
});

test('a connection is used again, and one that was closed meanwhile is replaced', async (t) => {
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

test('nobody listening is told as such, without the credentials of the URL', async () => {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  listener.close();
  await once(listener, 'close');
  await assert.rejects(fetchText(systemHttp(SETTINGS), `http://me:secret@127.0.0.1:${port}/x`), {
    message: `Cannot reach http://127.0.0.1:${port}/x: the connection was refused.`,
  });
});

test('plain http is for loopback alone, unless it is allowed', async () => {
  const url = 'http://packs.example.invalid/x';
  await assert.rejects(systemHttp(SETTINGS).send({ url }), { code: 'NETWORK_REFUSED' });
  await assert.rejects(systemHttp({ ...SETTINGS, allowPlain: true }).send({ url }), { code: 'NETWORK_UNREACHABLE' });
});

test('what is no http URL is an error of its own', async () => {
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
  test(`${host} is ${loopback ? '' : 'not '}loopback`, () => assert.equal(isLoopback(host), loopback));
}

test('user info that is not percent-encoded rightly is sent as it stands', async (t) => {
  const server = await startHttpServer(t, { '/x': mirrorCredentials });
  const url = server.url('/x').replace('//', '//me:100%25%zz@');
  assert.equal(await fetchText(systemHttp(SETTINGS), url), `Basic ${Buffer.from('me:100%25%zz').toString('base64')}`);
});

test('a header that cannot be sent is named without its value', async () => {
  for (const value of ['Bearer s3cret\nmore', 'Bearer s3cret\u20ac']) {
    await assert.rejects(
      fetchText(systemHttp(SETTINGS), 'http://localhost:9/x', { authorization: value }),
      (error: Error & { code: string }) =>
        error.code === 'INVALID_CONFIG' && /authorization/.test(error.message) && !/s3cret/.test(error.message),
    );
  }
});

test('a proxy that is no URL is told as a mistake in the environment, without the password in it', async () => {
  for (const proxy of ['proxy.example:3128', 'http://me:s3cret@pro xy:1']) {
    await assert.rejects(
      fetchText(systemHttp({ ...SETTINGS, variables: { HTTPS_PROXY: proxy } }), 'https://localhost:9/x'),
      (error: Error & { code: string; hint: string }) =>
        error.code === 'INVALID_CONFIG' && /HTTPS_PROXY/.test(error.message) && !/s3cret/.test(error.message),
    );
  }
});
