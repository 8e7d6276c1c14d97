import type { SafeUrl } from '../safe-url.ts';
import { discard, type HttpRequest, type HttpResponse, NetworkFault } from './http.ts';

export interface SafeRequest extends HttpRequest {
  readonly url: SafeUrl;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Sends a request, and again to wherever the answer points.
 * @param most how many redirects are followed
 * @throws NetworkFault (`REDIRECT`) for one more, one from https to http, and one to no http URL at all
 */
export async function followRedirects(
  request: SafeRequest,
  most: number,
  send: (request: SafeRequest) => Promise<HttpResponse>,
): Promise<HttpResponse> {
  let hop = request;
  for (let count = 0; count <= most; count++) {
    const response = await send(hop);
    const location = REDIRECTS.has(response.status) ? response.header('location') : undefined;
    if (location === undefined) return response;
    await discard(response);
    hop = nextHop(hop, target(hop.url, location));
  }
  throw redirectFault(request.url, `it redirects more than ${most} times`, 'Use the address that it finally leads to.');
}

/** Credentials stay with the server that they were given for, be they in headers or in the URL. */
function nextHop(hop: SafeRequest, target: URL): SafeRequest {
  const { origin, username, password } = new URL(hop.url.reveal());
  const headers = target.origin === origin ? hop.headers : withoutCredentials(hop.headers ?? {});
  if (target.origin === origin && !target.username && !target.password) Object.assign(target, { username, password });
  return { ...hop, url: hop.url.derive(target.href), ...(headers && { headers }) };
}

function target(url: SafeUrl, location: string): URL {
  const next = URL.parse(location, url.reveal());
  if (next === null) throw redirectFault(url, 'it redirects to what is not a URL', 'Tell who runs the server.');
  const https = 'Ask the publisher for an https address.';
  const protocol = next.protocol.slice(0, -1);
  if (new URL(url.reveal()).protocol === 'https:' && protocol !== 'https')
    throw redirectFault(url, `it redirects from https to ${protocol}`, https);
  if (protocol !== 'http' && protocol !== 'https')
    throw redirectFault(url, `it redirects to a ${protocol}: address`, https);
  return next;
}

function redirectFault(url: SafeUrl, why: string, hint: string): NetworkFault {
  return new NetworkFault('REDIRECT', url, why, hint);
}

/** Any other header may be a credential: `X-Api-Key`, `Job-Token`, whatever a registry wants. */
function withoutCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  const harmless = /^(accept(-.*)?|content-type|if-(none-match|modified-since|range)|range|git-protocol)$/i;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => harmless.test(name)));
}
