import { createServer, request as forward } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';

interface Cleaner {
  after(clean: () => Promise<void>): void;
}

export interface HttpProxy {
  /** The URL with a user name and a password, `me:s3cret`. */
  readonly url: string;
  /** The requests in order: `CONNECT localhost:443`, `GET http://host/path`. */
  readonly requests: readonly string[];
}

const LOGIN = 'me:s3cret';
const AUTHORIZATION = `Basic ${Buffer.from(LOGIN).toString('base64')}`;

/**
 * Starts a proxy on loopback (RFC 9110, 9.3.6 and 7.6) that requires a login.
 * @param refuse rejects all requests
 */
export async function startHttpProxy(test: Cleaner, { refuse = false } = {}): Promise<HttpProxy> {
  const requests: string[] = [];
  const tunnels = new Set<Socket>();
  const isAuthorized = (authorization: string | undefined) => !refuse && authorization === AUTHORIZATION;
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    if (!isAuthorized(request.headers['proxy-authorization'])) {
      response.writeHead(407).end();
      return;
    }
    forward(request.url ?? '', { headers: { ...request.headers, 'proxy-authorization': '' } }, (answer) => {
      response.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(response);
    }).end();
  });
  server.on('connect', ({ url = '', headers }, socket: Socket) => {
    requests.push(`CONNECT ${url}`);
    tunnels.add(socket.on('error', () => {}));
    if (!isAuthorized(headers['proxy-authorization'])) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    const { hostname, port } = new URL(`http://${url}`);
    const upstream = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(upstream).pipe(socket);
    });
    tunnels.add(upstream.on('error', () => socket.destroy()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  test.after(() => {
    for (const tunnel of tunnels) tunnel.destroy();
    server.closeAllConnections();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { url: `http://${LOGIN}@127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}
