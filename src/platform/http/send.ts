import * as http from 'node:http';
import * as https from 'node:https';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { unescaped } from '../redact.ts';
import type { SafeUrl } from '../safe-url.ts';
import { type Connections, InvalidSetting } from './agents.ts';
import { canDecode, decode } from './content-encoding.ts';
import type { HttpResponse } from './http.ts';
import { Watch } from './idle-timeout.ts';
import { brokenProtocol, cutFault, faultOf, isUnknownAuthority } from './network-error.ts';
import type { SafeRequest } from './redirects.ts';
import { systemAuthoritiesAreTrusted, trustSystemAuthorities } from './system-ca.ts';

/**
 * Sends one request and waits for the headers of its answer. Node's own client and not `fetch`, which decodes what an
 * archive's checksum was made of, has ports that it does not go to, and loads more slowly.
 * @throws NetworkFault, InvalidSetting
 */
export async function sendOnce(request: SafeRequest, connections: Connections): Promise<HttpResponse> {
  const { url } = request;
  const headers = headersOf(request);
  const trusted = systemAuthoritiesAreTrusted();
  try {
    return await exchange(request, headers, connections);
  } catch (error) {
    // In both cases there was no answer to it, and nothing that attune sends changes anything.
    if (error instanceof ClosedMeanwhile) return sendOnce(request, connections);
    if (trusted || !isUnknownAuthority(error)) throw faultOf(url, error);
    trustSystemAuthorities();
    return sendOnce(request, connections);
  }
}

function headersOf({ url, headers = {}, undecoded }: SafeRequest): Record<string, string> {
  refuseUnsendable(url, headers);
  const { username, password } = new URL(url.reveal());
  // What is not percent-encoded rightly is sent as it stands, as git and curl do.
  const login = `${unescaped(username)}:${unescaped(password)}`;
  return {
    'user-agent': 'attune',
    accept: '*/*',
    'accept-encoding': undecoded ? 'identity' : 'gzip',
    ...(username || password ? { authorization: `Basic ${Buffer.from(login).toString('base64')}` } : {}),
    ...headers,
  };
}

/** Checked here, so that the message names the header and not its value, which may be a secret. */
function refuseUnsendable(url: SafeUrl, headers: Readonly<Record<string, string>>): void {
  const wrong = Object.entries(headers).find(([, value]) => /[^\t\x20-\x7e\x80-\xff]/.test(value.trim()));
  if (wrong === undefined) return;
  throw new InvalidSetting(
    `The header ${wrong[0]} for ${url} cannot be sent: its value has a line feed or another character that no header may have.`,
    'Correct the variable or the setting that it is made of.',
  );
}

/** A kept connection that the server closed at the moment it was used again. */
class ClosedMeanwhile extends Error {}

function exchange(
  { url, method = 'GET', body, undecoded }: SafeRequest,
  headers: Record<string, string>,
  connections: Connections,
): Promise<HttpResponse> {
  const watch = new Watch(connections);
  const target = new URL(url.reveal());
  // The headers have it.
  target.username = '';
  target.password = '';
  const secure = target.protocol === 'https:';
  const request = (secure ? https : http).request(target, {
    agent: secure ? connections.secure : connections.plain,
    method,
    headers: body === undefined ? headers : { ...headers, 'content-length': String(body.length) },
  });
  watch.end = () => request.destroy();
  watch.start('connecting');
  request.once('socket', (socket) => onceConnected(socket, () => watch.start('waiting')));
  return new Promise((resolve, reject) => {
    // After the answer has begun, this is what comes behind its end.
    const later: { error?: unknown } = {};
    request.on('error', (error: NodeJS.ErrnoException) => {
      watch.stop();
      later.error = error;
      reject(requestFault(url, error, watch, request));
    });
    request.once('response', (answer) => {
      watch.start('reading');
      const encoding = answer.headers['content-encoding'];
      const decodes = !undecoded && encoding !== undefined && canDecode(encoding);
      const content = readBody(url, answer, watch, later);
      resolve({
        url,
        status: answer.statusCode ?? 0,
        header: (name) => textOf(answer.headers[name.toLowerCase()]),
        body: decodes ? decode(url, content, encoding) : content,
        decoded: decodes,
      });
    });
    request.end(body);
  });
}

function textOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value;
}

function onceConnected(socket: Socket, then: () => void): void {
  const isSecuring = (socket as TLSSocket & { readonly secureConnecting?: boolean }).secureConnecting === true;
  if (isSecuring) socket.once('secureConnect', then);
  else if (socket.connecting) socket.once('connect', then);
  else then();
}

function requestFault(url: SafeUrl, error: NodeJS.ErrnoException, watch: Watch, request: http.ClientRequest): unknown {
  if (watch.expired !== undefined) return watch.fault(url, watch.expired);
  if (request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE')) return new ClosedMeanwhile();
  return error;
}

async function* readBody(
  url: SafeUrl,
  answer: http.IncomingMessage,
  watch: Watch,
  later: { readonly error?: unknown },
): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of answer) {
      // Whoever reads slowly is not the server.
      watch.stop();
      yield chunk;
      watch.start('reading');
    }
    if (later.error !== undefined) throw brokenProtocol(url, 'it sent more than it said that it would', later.error);
    if (!answer.complete) throw cutFault(url);
  } catch (error) {
    if (watch.expired !== undefined) throw watch.fault(url, watch.expired);
    throw faultOf(url, error);
  } finally {
    watch.stop();
  }
}
