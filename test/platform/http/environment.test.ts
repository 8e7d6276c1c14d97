import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { PROJECT } from '../../support/attune.ts';
import { startHttpProxy } from '../../support/http/proxy.ts';
import { bytes, startHttpServer } from '../../support/http/server.ts';
import { createCertificates } from '../../support/http/tls.ts';

const certificates = createCertificates({ after });
const secure = createServer(certificates, (_, response) => response.end('by https'));
await new Promise<void>((resolve) => secure.listen(0, '127.0.0.1', resolve));
after(() => {
  secure.closeAllConnections();
  secure.close();
});
const { port } = secure.address() as AddressInfo;
const SECURE = `https://localhost:${port}/`;
const plain = await startHttpServer({ after }, { '/': bytes('by http') });

const SYSTEM_HTTP = pathToFileURL(`${PROJECT}/src/platform/http/system-http.ts`).href;
/** Runs in a separate process, because certificate authorities and proxies come from its environment. */
const SCRIPT = `
import { systemHttp } from ${JSON.stringify(SYSTEM_HTTP)};
const settings = { offline: false, allowPlain: false, timeoutMs: 60_000, redirects: 5, variables: process.env };
const http = systemHttp(settings);
const fetchText = async (url) => {
  const { body } = await http.send({ url });
  return Buffer.concat(await Array.fromAsync(body)).toString();
};
const answers = await Promise.all(process.argv.slice(1).map((url) =>
  fetchText(url).catch(({ code, message, hint }) => [code, message, hint].join(' '))));
process.stdout.write(JSON.stringify(answers));
`;

async function fetchWith(variables: Readonly<Record<string, string>>, ...urls: string[]): Promise<string[]> {
  const args = ['--input-type=module', '--eval', SCRIPT, '--', ...urls];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: { PATH: process.env['PATH'], ...variables },
    timeout: 120_000,
  });
  return JSON.parse(stdout);
}

test('http: a certificate of an unknown authority is rejected with a hint', async () => {
  const [failure] = await fetchWith({}, SECURE);
  assert.match(
    failure ?? '',
    /^NETWORK_TLS Cannot reach https:.*: its certificate is not trusted \(.*NODE_EXTRA_CA_CERTS/,
  );
});

test('http: an authority in NODE_EXTRA_CA_CERTS is trusted', async () => {
  assert.deepEqual(await fetchWith({ NODE_EXTRA_CA_CERTS: certificates.authorityFile }, SECURE), ['by https']);
});

test('http: an authority of the system is trusted by concurrent requests', async () => {
  // OpenSSL's variable for the certificate store of the system.
  const variables = { SSL_CERT_FILE: certificates.authorityFile };
  assert.deepEqual(await fetchWith(variables, SECURE, SECURE, SECURE), ['by https', 'by https', 'by https']);
});

const TRUSTING = { NODE_EXTRA_CA_CERTS: certificates.authorityFile };

test('http: https uses a tunnel through HTTPS_PROXY, and http uses HTTP_PROXY', async (t) => {
  const proxy = await startHttpProxy(t);
  for (const [https, http] of [
    ['HTTPS_PROXY', 'HTTP_PROXY'],
    ['https_proxy', 'http_proxy'],
  ] as const) {
    const variables = { ...TRUSTING, [https]: proxy.url, [http]: proxy.url };
    assert.deepEqual(await fetchWith(variables, SECURE, plain.url('/')), ['by https', 'by http']);
  }
  const both = [`CONNECT localhost:${port}`, `GET ${plain.url('/')}`];
  assert.deepEqual(proxy.requests.toSorted(), [both[0], both[0], both[1], both[1]]);
});

test('http: a proxy without a scheme is an http proxy, and one with another scheme is refused without its password', async (t) => {
  const proxy = await startHttpProxy(t);
  const address = proxy.url.replace('http://', '');
  const variables = { ...TRUSTING, HTTPS_PROXY: address, http_proxy: ` ${address} ` };
  assert.deepEqual(await fetchWith(variables, SECURE, plain.url('/')), ['by https', 'by http']);
  assert.equal(proxy.requests.length, 2);
  for (const wrong of [`socks5://${address}`, 'http://', 'not a host']) {
    const [failure = ''] = await fetchWith({ ...TRUSTING, HTTPS_PROXY: wrong }, SECURE);
    assert.match(failure, /^INVALID_CONFIG The proxy in HTTPS_PROXY cannot be used/);
    assert.doesNotMatch(failure, /s3cret/);
  }
});

test('http: hosts in NO_PROXY are contacted directly', async (t) => {
  const proxy = await startHttpProxy(t);
  const variables = { ...TRUSTING, HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url, NO_PROXY: 'localhost,127.0.0.1' };
  assert.deepEqual(await fetchWith(variables, SECURE, plain.url('/')), ['by https', 'by http']);
  assert.deepEqual(proxy.requests, []);
});

test('http: a proxy that refuses the tunnel is reported without its password', async (t) => {
  const proxy = await startHttpProxy(t, { refuse: true });
  const [failure = ''] = await fetchWith({ ...TRUSTING, HTTPS_PROXY: proxy.url }, SECURE);
  assert.match(
    failure,
    /^NETWORK_UNREACHABLE Cannot reach https:\/\/localhost:\d+\/: the proxy refused the connection .*407/,
  );
  assert.doesNotMatch(failure, /s3cret/);
});
