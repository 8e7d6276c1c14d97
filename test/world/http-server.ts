import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
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
}

/**
 * A server on loopback that goes when the test ends.
 * @param routes handlers by path, the query left out; any other path is a 404
 */
export async function startHttpServer(test: Cleaner, routes: Readonly<Record<string, Handler>>): Promise<HttpServer> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
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
  return { origin, url: (path) => origin + path, requests };
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
