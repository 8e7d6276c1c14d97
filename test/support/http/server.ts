import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Answers one request. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

interface Cleaner {
  after(clean: () => Promise<void>): void;
}

export interface HttpServer {
  /** `http://127.0.0.1:<port>` */
  readonly origin: string;
  url(path: string): string;
  /** The requests in order: `GET /path`. */
  readonly requests: readonly string[];
  /** The headers of the requests, in the same order. */
  readonly headers: readonly IncomingHttpHeaders[];
}

/**
 * Starts a server on loopback that is closed when the test ends.
 * @param routes handlers by path, without the query; any other path is a 404
 */
export async function startHttpServer(test: Cleaner, routes: Readonly<Record<string, Handler>>): Promise<HttpServer> {
  const requests: string[] = [];
  const headers: IncomingHttpHeaders[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    headers.push(request.headers);
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    (routes[path] ?? page(404, 'Not Found', 'text/plain'))(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  test.after(
    () =>
      new Promise<void>((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { origin, url: (path) => origin + path, requests, headers };
}

export function bytes(content: Uint8Array | string, type = 'application/octet-stream'): Handler {
  return (_, response) => {
    response.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(content) });
    response.end(content);
  };
}

export function page(status: number, text: string, type = 'text/html; charset=utf-8'): Handler {
  return (_, response) => {
    response.writeHead(status, { 'content-type': type });
    response.end(text);
  };
}

export function redirect(to: string, status = 302): Handler {
  return (_, response) => {
    response.writeHead(status, { location: to });
    response.end();
  };
}

/** Announces more bytes than it sends, and closes the connection. */
export function truncated(content: Uint8Array, missing = 100): Handler {
  return (_, response) => {
    response.writeHead(200, { 'content-length': content.length + missing });
    endAfter(response, content);
  };
}

/** Sends a part of a response and closes the connection once it has been transmitted. */
export function endAfter(response: ServerResponse, content: Uint8Array | string): void {
  response.write(content, () => response.socket?.destroySoon());
}

/** Sends the content and then nothing, with the connection left open. */
export function stalls(content: Uint8Array | string = ''): Handler {
  return (_, response) => {
    response.writeHead(200);
    response.flushHeaders();
    if (content.length > 0) response.write(content);
  };
}

/** Requires a user name and a password for another handler. */
export function guarded(user: string, password: string, inner: Handler): Handler {
  const expected = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return (request, response) => {
    if (request.headers.authorization === expected) inner(request, response);
    else page(401, 'Login required.', 'text/plain')(request, response);
  };
}

/** Handles each request with the next handler, and all further ones with the last. */
export function inSequence(...handlers: readonly Handler[]): Handler {
  let next = 0;
  return (request, response) => handlers[Math.min(next++, handlers.length - 1)]?.(request, response);
}

export interface ServedFile {
  readonly content: Uint8Array;
  /** Headers such as `etag` and `last-modified`, which conditional requests are compared with. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The connection is closed after this many bytes of the body. */
  readonly cutAfter?: number;
}

/** Serves a file with conditional and range requests (RFC 9110, 13 and 14). */
export function servedFile({ content, headers = {}, cutAfter }: ServedFile): Handler {
  return (request, response) => {
    const tag = headers['etag'];
    const modified = headers['last-modified'];
    const sent = request.headers;
    const known = sent['if-none-match'] ?? sent['if-modified-since'];
    if (known !== undefined && (known === tag || known === modified)) {
      response.writeHead(304, headers).end();
      return;
    }
    const condition = sent['if-range'];
    const isSame = condition === undefined || condition === tag || condition === modified;
    const from = isSame ? Number(/^bytes=(\d+)-$/.exec(sent.range ?? '')?.[1] ?? 0) : 0;
    const part = content.subarray(from);
    const range = from === 0 ? {} : { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` };
    response.writeHead(from === 0 ? 200 : 206, { 'content-length': part.length, ...range, ...headers });
    if (cutAfter === undefined) response.end(part);
    else endAfter(response, part.subarray(0, cutAfter));
  };
}

/** Resets the connection without a response. */
export const resets: Handler = ({ socket }) => socket.resetAndDestroy();

/** Sends arbitrary bytes instead of a response, and optionally closes the connection. */
export function raw(text: string | Uint8Array, { end = false } = {}): Handler {
  return ({ socket }) => {
    socket.write(text);
    if (end) socket.end();
  };
}

/** Responds with a status, headers and a short body. */
export function answer(
  status: number,
  headers: Readonly<Record<string, string>>,
  content: Uint8Array | string = '',
): Handler {
  return (_, response) => {
    response.writeHead(status, headers);
    response.end(content);
  };
}
