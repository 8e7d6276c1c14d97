import { count } from '../count.ts';
import type { SafeUrl } from '../safe-url.ts';
import { discard, type HttpRequest, type HttpResponse, NetworkError } from './http.ts';

export interface SafeRequest extends HttpRequest {
  readonly url: SafeUrl;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/**
 * Sends a request and follows redirects.
 * @param maxRedirects the number of redirects that are followed
 * @throws NetworkError (`REDIRECT`) for more redirects, for one from https to http, and for one to a URL that is not http(s)
 */
export async function followRedirects(
  request: SafeRequest,
  maxRedirects: number,
  send: (request: SafeRequest) => Promise<HttpResponse>,
): Promise<HttpResponse> {
  let hop = request;
  for (let count = 0; count <= maxRedirects; count++) {
    const response = await send(hop);
    const location = REDIRECTS.has(response.status) ? response.header('location') : undefined;
    if (location === undefined) return response;
    await discard(response);
    hop = nextHop(hop, resolveTarget(hop.url, location));
  }
  const hint = 'Use the address that the redirects finally lead to.';
  throw redirectError(request.url, `it redirects more than ${count(maxRedirects, 'time')}`, hint);
}

/** Sends credentials, in headers or in the URL, to their original server only. */
function nextHop(hop: SafeRequest, target: URL): SafeRequest {
  const { origin, username, password } = new URL(hop.url.reveal());
  const headers = target.origin === origin ? hop.headers : withoutCredentials(hop.headers ?? {});
  if (target.origin === origin && !target.username && !target.password) Object.assign(target, { username, password });
  return { ...hop, url: hop.url.derive(target.href), ...(headers && { headers }) };
}

function resolveTarget(url: SafeUrl, location: string): URL {
  const next = URL.parse(location, url.reveal());
  if (next === null) {
    throw redirectError(url, 'it redirects to an invalid URL', 'Report this to the operator of the server.');
  }
  const hint = 'Ask the publisher for an https address.';
  const protocol = next.protocol.slice(0, -1);
  if (new URL(url.reveal()).protocol === 'https:' && protocol !== 'https')
    throw redirectError(url, `it redirects from https to ${protocol}`, hint);
  if (protocol !== 'http' && protocol !== 'https')
    throw redirectError(url, `it redirects to a ${protocol}: address`, hint);
  return next;
}

function redirectError(url: SafeUrl, why: string, hint: string): NetworkError {
  return new NetworkError('REDIRECT', url, why, hint);
}

/** Keeps known harmless headers only: any other may be a credential, such as `X-Api-Key` or `Job-Token`. */
function withoutCredentials(headers: Readonly<Record<string, string>>): Record<string, string> {
  const harmless = /^(accept(-.*)?|content-type|if-(none-match|modified-since|range)|range|git-protocol)$/i;
  return Object.fromEntries(Object.entries(headers).filter(([name]) => harmless.test(name)));
}
