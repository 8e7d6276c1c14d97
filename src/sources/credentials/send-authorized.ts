import { discard, type Http, type HttpRequest, type HttpResponse } from '../../platform/http/http.ts';
import type { SafeUrl } from '../../platform/safe-url.ts';
import { findCredentials } from './credentials.ts';

export interface AuthorizedResponse {
  readonly response: HttpResponse;
  /** The `Authorization` that was sent. */
  readonly authorization: string | undefined;
}

interface Tools {
  readonly http: Http;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/**
 * Sends a GET request with the credentials of the host. General credentials are sent only if the server does not answer
 * without them. After a redirect to another server none are sent: they belong to the first one.
 * @throws NetworkError
 */
export async function sendAuthorized(
  request: HttpRequest & { readonly url: SafeUrl },
  { http, variables }: Tools,
): Promise<AuthorizedResponse> {
  const { bound, general } = findCredentials(request.url, variables);
  const url = request.url.withoutLogin();
  const send = (authorization: string | undefined) =>
    http.send({ ...request, url, headers: { ...request.headers, ...(authorization && { authorization }) } });
  const response = await send(bound);
  if (bound !== undefined || general === undefined || !needsLogin(url, response)) {
    return { response, authorization: bound };
  }
  await discard(response);
  return { response: await send(general), authorization: general };
}

/**
 * Statuses for requests without credentials. Git hosts hide private repositories with 404, some servers deny access with
 * 403, and Azure DevOps sends its login page with 203.
 */
const LOGIN_STATUSES = new Set([203, 401, 403, 404]);

function needsLogin(requested: SafeUrl, { url, status, header }: HttpResponse): boolean {
  if (url.origin !== requested.origin) return false;
  const isRedirectedToPage = url.reveal() !== requested.reveal() && /^text\/html\b/i.test(header('content-type') ?? '');
  return LOGIN_STATUSES.has(status) || isRedirectedToPage;
}
