import * as http from 'node:http';
import * as https from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { decodePercent } from '../redact.ts';
import type { SafeUrl } from '../safe-url.ts';
import type { Agents } from './agents.ts';
import { canDecode, decode } from './content-encoding.ts';
import type { HttpResponse } from './http.ts';
import { IdleTimer } from './idle-timeout.ts';
import { connectionLostError, isUnknownAuthority, networkErrorFrom, protocolError } from './network-error.ts';
import { InvalidNetworkSetting } from './network-setting.ts';
import type { SafeRequest } from './redirects.ts';
import { systemAuthoritiesAreTrusted, trustSystemAuthorities } from './system-ca.ts';

/**
 * Sends one request and waits for the headers of the response. Uses Node's http client instead of `fetch`, which always
 * decodes the body that a checksum applies to, blocks some ports, and loads more slowly.
 * @throws NetworkError, InvalidNetworkSetting
 */
export async function sendOnce(request: SafeRequest, agents: Agents): Promise<HttpResponse> {
  const { url } = request;
  const headers = headersOf(request);
  const trusted = systemAuthoritiesAreTrusted();
  try {
    return await exchange(request, headers, agents);
  } catch (error) {
    // Both retries are safe: there was no response, and no request of attune changes the server.
    if (error instanceof StaleKeepAliveSocket) return sendOnce(request, agents);
    if (trusted || !isUnknownAuthority(error)) throw networkErrorFrom(url, error);
    trustSystemAuthorities();
    return sendOnce(request, agents);
  }
}

function headersOf({ url, headers = {}, keepEncoding }: SafeRequest): Record<string, string> {
  refuseUnsendable(url, headers);
  const { username, password } = new URL(url.reveal());
  // User info with invalid percent-encoding is sent as written, as git and curl do.
  const login = `${decodePercent(username)}:${decodePercent(password)}`;
  return {
    'user-agent': 'attune',
    accept: '*/*',
    'accept-encoding': keepEncoding ? 'identity' : 'gzip',
    ...(username || password ? { authorization: `Basic ${Buffer.from(login).toString('base64')}` } : {}),
    ...headers,
  };
}

/** Node would refuse the header too, but with its value in the message, which may be a secret. */
function refuseUnsendable(url: SafeUrl, headers: Readonly<Record<string, string>>): void {
  const wrong = Object.entries(headers).find(([, value]) => /[^\t\x20-\x7e\x80-\xff]/.test(value.trim()));
  if (wrong === undefined) return;
  throw new InvalidNetworkSetting(
    `The header ${wrong[0]} for ${url} cannot be sent: its value contains a line feed or another character that is not allowed in headers.`,
    'Correct the variable or the setting that it comes from.',
  );
}

/** The server closed a keep-alive connection while it was being reused. */
class StaleKeepAliveSocket extends Error {}

function exchange(request: SafeRequest, headers: Record<string, string>, agents: Agents): Promise<HttpResponse> {
  const { url, method = 'GET', body, keepEncoding } = request;
  const target = new URL(url.reveal());
  const timer = new IdleTimer(agents, agents.waitFor(target.host));
  // The headers already contain the login.
  target.username = '';
  target.password = '';
  const secure = target.protocol === 'https:';
  const outgoing = (secure ? https : http).request(target, {
    agent: secure ? agents.secure : agents.plain,
    method,
    headers: body === undefined ? headers : { ...headers, 'content-length': String(body.length) },
  });
  timer.onTimeout = () => outgoing.destroy();
  timer.start('connecting');
  outgoing.once('socket', (socket) => onceConnected(socket, () => timer.start('waiting')));
  return new Promise((resolve, reject) => {
    // Holds an error that occurs after the response has begun: data after its end.
    const late: { error?: unknown } = {};
    outgoing.on('error', (error: NodeJS.ErrnoException) => {
      timer.stop();
      late.error = error;
      reject(requestError(url, error, timer, outgoing));
    });
    outgoing.once('response', (incoming) => {
      timer.start('reading');
      resolve(toResponse(url, incoming, readBody(url, incoming, timer, late), keepEncoding));
    });
    outgoing.end(body);
  });
}

function toResponse(
  url: SafeUrl,
  incoming: http.IncomingMessage,
  content: AsyncGenerator<Uint8Array>,
  keepEncoding = false,
): HttpResponse {
  const encoding = incoming.headers['content-encoding'];
  const decodes = !keepEncoding && encoding !== undefined && canDecode(encoding);
  return {
    url,
    status: incoming.statusCode ?? 0,
    header: (name) => toText(incoming.headers[name.toLowerCase()]),
    body: decodes ? decode(url, content, encoding) : content,
    decoded: decodes,
  };
}

function toText(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}

function onceConnected(socket: Socket, then: () => void): void {
  const isSecuring = (socket as TLSSocket & { readonly secureConnecting?: boolean }).secureConnecting === true;
  if (isSecuring) socket.once('secureConnect', then);
  else if (socket.connecting) socket.once('connect', then);
  else then();
}

function requestError(
  url: SafeUrl,
  error: NodeJS.ErrnoException,
  timer: IdleTimer,
  request: http.ClientRequest,
): unknown {
  const timeout = timer.errorFor(url);
  if (timeout !== undefined) return timeout;
  const reset = error.code === 'ECONNRESET' || error.code === 'EPIPE';
  return request.reusedSocket && reset ? new StaleKeepAliveSocket() : error;
}

async function* readBody(
  url: SafeUrl,
  incoming: http.IncomingMessage,
  timer: IdleTimer,
  late: { readonly error?: unknown },
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of incoming) {
      // Pauses the idle timer while the consumer is busy.
      timer.received(chunk.length);
      yield chunk;
      timer.start('reading');
    }
    if (late.error !== undefined) throw protocolError(url, 'it sent more data than its headers announced', late.error);
    if (!incoming.complete) throw connectionLostError(url);
    timer.complete();
  } catch (error) {
    throw timer.errorFor(url) ?? networkErrorFrom(url, error);
  } finally {
    timer.stop();
  }
}
