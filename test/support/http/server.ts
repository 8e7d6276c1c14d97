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
  /** What was asked, in order: `GET /path`. */
  readonly requests: readonly string[];
  /** With which headers, in the same order. */
  readonly headers: readonly IncomingHttpHeaders[];
}

/**
 * A server on loopback that goes when the test ends.
 * @param routes handlers by path, the query left out; any other path is a 404
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

/** Says that there is more than it sends, and hangs up. */
export function truncated(content: Uint8Array, missing = 100): Handler {
  return (_, response) => {
    response.writeHead(200, { 'content-length': content.length + missing });
    response.write(content, () => setTimeout(() => response.destroy(), 20));
  };
}

/** Sends what it has and then nothing more, with the connection left open. */
export function stalls(content: Uint8Array | string = ''): Handler {
  return (_, response) => {
    response.writeHead(200);
    response.flushHeaders();
    if (content.length > 0) response.write(content);
  };
}

/** The same bytes, behind a user name and a password. */
export function guarded(user: string, password: string, inner: Handler): Handler {
  const wanted = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return (request, response) => {
    if (request.headers.authorization === wanted) inner(request, response);
    else page(401, 'Who are you?', 'text/plain')(request, response);
  };
}

/** Each request is answered by the next of these, and all that follow by the last. */
export function inTurn(...handlers: readonly Handler[]): Handler {
  let next = 0;
  return (request, response) => handlers[Math.min(next++, handlers.length - 1)]?.(request, response);
}

export interface ServedFile {
  readonly content: Uint8Array;
  /** Such as `etag` and `last-modified`, which are heeded where a request has conditions on them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** It hangs up after so many bytes of the body. */
  readonly cutAfter?: number;
}

/** A file as web servers have it: with conditions and parts (RFC 9110, 13 and 14). */
export function servedFile({ content, headers = {}, cutAfter }: ServedFile): Handler {
  return (request, response) => {
    const tag = headers['etag'];
    const modified = headers['last-modified'];
    const asked = request.headers;
    const known = asked['if-none-match'] ?? asked['if-modified-since'];
    if (known !== undefined && (known === tag || known === modified)) {
      response.writeHead(304, headers).end();
      return;
    }
    const condition = asked['if-range'];
    const isSame = condition === undefined || condition === tag || condition === modified;
    const from = isSame ? Number(/^bytes=(\d+)-$/.exec(asked.range ?? '')?.[1] ?? 0) : 0;
    const part = content.subarray(from);
    const range = from === 0 ? {} : { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` };
    response.writeHead(from === 0 ? 200 : 206, { 'content-length': part.length, ...range, ...headers });
    if (cutAfter === undefined) response.end(part);
    else response.write(part.subarray(0, cutAfter), () => setTimeout(() => response.destroy(), 20));
  };
}

/** Hangs up without a word. */
export const resets: Handler = ({ socket }) => socket.resetAndDestroy();

/** Whatever bytes in place of an answer, right HTTP or not, and then the end of the connection if that is wanted. */
export function raw(text: string | Uint8Array, { end = false } = {}): Handler {
  return ({ socket }) => {
    socket.write(text);
    if (end) socket.end();
  };
}

/** A status with headers, and a short page. */
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
