import { execFileSync, spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Certificates } from '../http/tls.ts';
import { GIT_ENVIRONMENT, git } from './repository.ts';

interface Cleaner {
  after(clean: () => void | Promise<void>): void;
}

export interface GitServerOptions {
  /** The login that is required to read; omitted for public access. */
  readonly login?: { readonly user: string; readonly password: string };
  readonly tls?: Certificates;
  /** Paths below `/moved/` are redirected to this URL plus the rest of the path. */
  readonly redirectTo?: string;
  /** Refuses objects that are not the target of a branch or tag, with git's own message for unreachable objects. */
  readonly tipsOnly?: boolean;
  /** Called first for each request; returns `true` if it has responded. */
  readonly intercept?: (request: IncomingMessage, response: ServerResponse) => boolean;
}

export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | undefined;
}

export interface GitServer {
  /** `http://127.0.0.1:1234` or `https://localhost:1234`, without a trailing slash. */
  readonly url: string;
  /** Host and port. */
  readonly host: string;
  /** The requests in order. */
  readonly requests: readonly LoggedRequest[];
  /** Ends all connections and refuses new ones. */
  stop(): Promise<void>;
}

const BACKEND = join(execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(), 'git-http-backend');

/** Starts git's own smart HTTP server (`git http-backend`) on loopback for the bare repositories in a directory. */
export async function startGitServer(test: Cleaner, root: string, options: GitServerOptions = {}): Promise<GitServer> {
  const requests: LoggedRequest[] = [];
  const handle = (request: IncomingMessage, response: ServerResponse) => {
    const { method = '', url: path = '', headers } = request;
    requests.push({ method, path, authorization: headers.authorization });
    if (options.intercept?.(request, response)) return;
    if (options.redirectTo !== undefined && path.startsWith('/moved/')) {
      response.writeHead(301, { location: options.redirectTo + path.slice('/moved'.length) }).end();
    } else if (!isAllowed(headers.authorization, options.login)) {
      response
        .writeHead(401, { 'www-authenticate': 'Basic realm="git"', 'content-type': 'text/plain' })
        .end('Login required.');
    } else {
      void serve(root, request, response, options.tipsOnly === true);
    }
  };
  const server: Server = options.tls ? createTlsServer(options.tls, handle) : createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const stop = () => {
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  };
  test.after(stop);
  const { port } = server.address() as AddressInfo;
  const host = options.tls ? `localhost:${port}` : `127.0.0.1:${port}`;
  return { url: `${options.tls ? 'https' : 'http'}://${host}`, host, requests, stop };
}

export function basicAuthorization(user: string, password: string): string {
  return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
}

function isAllowed(authorization: string | undefined, login: GitServerOptions['login']): boolean {
  return login === undefined || authorization === basicAuthorization(login.user, login.password);
}

async function serve(
  root: string,
  request: IncomingMessage,
  response: ServerResponse,
  tipsOnly: boolean,
): Promise<void> {
  const body = Buffer.concat(await request.toArray());
  const { pathname, search } = new URL(request.url ?? '', 'http://localhost');
  const refused = tipsOnly && request.method === 'POST' ? findUnadvertised(root, pathname, body) : undefined;
  if (refused === undefined) {
    runBackend(root, request, { path: decodeURIComponent(pathname), query: search.slice(1), body }, response);
    return;
  }
  const message = `ERR upload-pack: not our ref ${refused}`;
  response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-result' });
  response.end((message.length + 4).toString(16).padStart(4, '0') + message);
}

/** Returns the first requested id that is not the target of a branch or tag. */
function findUnadvertised(root: string, path: string, body: Buffer): string | undefined {
  const repository = join(root, path.replace(/\/git-upload-pack$/, ''));
  const tips = git(repository, ['for-each-ref', '--format=%(objectname)']).split('\n');
  const wants = [...body.toString('latin1').matchAll(/want ([0-9a-f]{40})/g)].map(([, id = '']) => id);
  return wants.find((id) => !tips.includes(id));
}

interface CgiRequest {
  readonly path: string;
  readonly query: string;
  readonly body: Buffer;
}

/** Handles a request with a CGI program (RFC 3875). */
function runBackend(
  root: string,
  { method = 'GET', headers }: IncomingMessage,
  { path, query, body }: CgiRequest,
  response: ServerResponse,
): void {
  const child = spawn(BACKEND, [], {
    env: {
      ...GIT_ENVIRONMENT,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      REQUEST_METHOD: method,
      PATH_INFO: path,
      QUERY_STRING: query,
      CONTENT_TYPE: headers['content-type'] ?? '',
      CONTENT_LENGTH: String(body.length),
      GIT_PROTOCOL: String(headers['git-protocol'] ?? ''),
      REMOTE_ADDR: '127.0.0.1',
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.on('error', () => {});
  child.stdin.end(body);
  let head = Buffer.alloc(0);
  const onData = (chunk: Buffer) => {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end < 0) return;
    child.stdout.off('data', onData);
    const { status, headers } = parseCgiHeaders(head.toString('latin1', 0, end));
    response.writeHead(status, headers);
    response.write(head.subarray(end + 4));
    child.stdout.pipe(response);
  };
  child.stdout.on('data', onData);
  child.on('close', () => response.end());
}

function parseCgiHeaders(text: string): { status: number; headers: Record<string, string> } {
  const lines = text.split('\r\n').map((line) => line.split(/: ?(.*)/s) as [string, string]);
  const status = lines.find(([name]) => name.toLowerCase() === 'status')?.[1];
  return {
    status: status === undefined ? 200 : Number.parseInt(status, 10),
    headers: Object.fromEntries(lines.filter(([name]) => name.toLowerCase() !== 'status')),
  };
}
