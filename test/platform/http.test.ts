import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { type Http, type HttpSettings, isLoopback, systemHttp, withoutUserInfo } from '../../src/platform/http.ts';
import { bytes, type Handler, page, redirect, stalls, startHttpServer, truncated } from '../world/http-server.ts';

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
  assert.deepEqual(
    [response.status, response.header('content-type'), response.url],
    [410, 'text/plain', server.url('/gone')],
  );
});

test('user info in a URL becomes a header and is in no request line', async (t) => {
  const server = await startHttpServer(t, { '/x': mirrorCredentials });
  const url = server.url('/x').replace('//', '//me:p%40ss@');
  assert.equal(await fetchText(systemHttp(SETTINGS), url), `Basic ${Buffer.from('me:p@ss').toString('base64')}`);
});

test('redirects are followed, and credentials stay with the origin that they were for', async (t) => {
  const elsewhere = await startHttpServer(t, { '/there': mirrorCredentials });
  const server = await startHttpServer(t, {
    '/here': redirect('/same'),
    '/same': mirrorCredentials,
    '/away': redirect(elsewhere.url('/there')),
  });
  const authorization = 'Bearer secret';
  assert.equal(await fetchText(systemHttp(SETTINGS), server.url('/here'), { authorization }), authorization);
  assert.equal(await fetchText(systemHttp(SETTINGS), server.url('/away'), { authorization }), 'none');
  assert.equal(await fetchText(systemHttp(SETTINGS), server.url('/away').replace('//', '//me:pass@')), 'none');
});

const REFUSED: readonly {
  claim: string;
  routes: Record<string, Handler>;
  settings?: Partial<HttpSettings>;
  code: string;
}[] = [
  { claim: 'redirects in a circle', routes: { '/x': redirect('/x') }, code: 'NETWORK_REDIRECT' },
  { claim: 'a redirect to a file', routes: { '/x': redirect('file:///etc/passwd') }, code: 'NETWORK_REDIRECT' },
  { claim: 'a redirect to what is no URL', routes: { '/x': redirect('https://[') }, code: 'NETWORK_REDIRECT' },
  {
    claim: 'an answer that never comes',
    routes: { '/x': () => {} },
    settings: { timeoutMs: 100 },
    code: 'NETWORK_TIMEOUT',
  },
  {
    claim: 'an answer that stops coming',
    routes: { '/x': stalls('a') },
    settings: { timeoutMs: 100 },
    code: 'NETWORK_TIMEOUT',
  },
  { claim: 'an answer that is cut', routes: { '/x': truncated(Buffer.from('a')) }, code: 'NETWORK_UNREACHABLE' },
  {
    claim: 'any request with --offline',
    routes: { '/x': bytes('a') },
    settings: { offline: true },
    code: 'NETWORK_OFFLINE',
  },
];

for (const { claim, routes, settings, code } of REFUSED) {
  test(`refused or told: ${claim}`, async (t) => {
    const server = await startHttpServer(t, routes);
    await assert.rejects(fetchText(systemHttp({ ...SETTINGS, ...settings }), server.url('/x')), { code });
    if (settings?.offline) assert.deepEqual(server.requests, []);
  });
}

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

const PRINTED: readonly [url: string, printed: string][] = [
  ['https://user:secret@host/x', 'https://host/x'],
  ['https://token@host/x@y', 'https://host/x@y'],
  ['https://a:b@c@host/x', 'https://host/x'],
  ['https://host/x@y', 'https://host/x@y'],
  ['git@host:path', 'git@host:path'],
  ['./path@1', './path@1'],
];

for (const [url, printed] of PRINTED) {
  test(`${url} is printed as ${printed}`, () => assert.equal(withoutUserInfo(url), printed));
}

test("a registry's own header is a credential too, and stays with its origin", async (t) => {
  const mirrorKey: Handler = ({ headers }, response) => response.end(headers['x-api-key'] ?? 'none');
  const elsewhere = await startHttpServer(t, { '/there': mirrorKey });
  const server = await startHttpServer(t, {
    '/away': redirect(elsewhere.url('/there')),
    '/here': redirect('/same'),
    '/same': mirrorKey,
  });
  const http = systemHttp(SETTINGS);
  assert.equal(await fetchText(http, server.url('/here'), { 'X-Api-Key': 'secret' }), 'secret');
  assert.equal(await fetchText(http, server.url('/away'), { 'X-Api-Key': 'secret' }), 'none');
});

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
