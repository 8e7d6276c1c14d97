import { AttuneError } from '../../../errors.ts';
import { discard, type Http, type HttpResponse } from '../../../platform/http/http.ts';
import type { SafeUrl } from '../../../platform/safe-url.ts';
import { sendAuthorized } from '../../credentials/send-authorized.ts';
import { collectAdvertisement, parseAdvertisement, SERVICE } from './advertisement.ts';
import { GitServerRefused } from './protocol.ts';
import type { UploadPack } from './upload-pack.ts';

const ADVERTISEMENT_PATH = `/info/refs?service=${SERVICE}`;

interface HttpTools {
  readonly http: Http;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** A response that is not from a git server, or that refuses access to the repository. */
class GitHttpError extends AttuneError {
  constructor(
    requested: SafeUrl,
    { url, status, header }: HttpResponse,
    { sentCredentials, isDumb = false }: { readonly sentCredentials: boolean; readonly isDumb?: boolean },
  ) {
    const type = header('content-type') ?? 'none';
    const reached = `${url.withoutSuffix(ADVERTISEMENT_PATH) ?? url.withoutSuffix(`/${SERVICE}`) ?? url}`;
    const redirect = reached === `${requested.append('')}` ? '' : ` (after redirects: ${reached})`;
    super(
      isAuthStatus(status) ? 'NETWORK_AUTH' : status === 200 ? 'NETWORK_NOT_GIT' : 'NETWORK_HTTP_STATUS',
      `Cannot read the git repository ${requested}: ${isDumb ? DUMB_REASON : describeStatus(status)}${redirect}; HTTP status ${status}, content type ${type}.`,
      {
        facts: { url: `${url}`, status, content_type: type, credentials_sent: sentCredentials },
        hint: isDumb ? DUMB_HINT : statusHint(status, sentCredentials),
      },
    );
  }
}

const DUMB_REASON = "the server serves the repository's files but does not support git's smart protocol";
const DUMB_HINT = 'Serve it with git http-backend or a git host, or clone it with git and give the path of the clone.';

function isAuthStatus(status: number): boolean {
  return status === 401 || status === 403;
}

function describeStatus(status: number): string {
  if (status === 200 || status === 203) return 'the response is not from a git server';
  if (status === 401) return 'the server requires credentials';
  if (status === 403) return 'the server denied access';
  if (status === 202) return 'the server accepted the request, but is still preparing the response';
  return status === 404 ? 'there is no repository at this URL' : 'the server failed';
}

function statusHint(status: number, sentCredentials: boolean): string {
  if (isAuthStatus(status)) {
    return sentCredentials
      ? 'The server rejected the credentials. Check the token, its permissions and its expiry date.'
      : 'If the repository is private, set ATTUNE_GIT_TOKEN, or add a login for this host to ~/.netrc.';
  }
  if (status === 404) {
    return 'Check the URL. Some servers also send this status for a private repository if no credentials were sent.';
  }
  return status >= 500 || status === 202
    ? 'Try again later.'
    : 'Check the URL: it must be the one that git clone accepts.';
}

/** Reports whether a URL is a git repository. @throws NetworkError when the server does not answer */
export async function isGitServer(url: SafeUrl, tools: HttpTools): Promise<boolean> {
  const { response } = await sendAuthorized({ url: url.append(ADVERTISEMENT_PATH) }, tools);
  const result = isAdvertisement(response);
  await discard(response);
  return result;
}

/** Connects to `git upload-pack` over smart HTTP (gitprotocol-http). */
export function createHttpUploadPack(url: SafeUrl, tools: HttpTools): UploadPack {
  const location = `${url}`;
  let base = url;
  let authorization: string | undefined;
  return {
    location,
    async advertisement() {
      const { response, authorization: sent } = await sendAuthorized({ url: url.append(ADVERTISEMENT_PATH) }, tools);
      if (!isAdvertisement(response)) {
        const isDumb = response.status === 200 && (await beginsWith(response, DUMB_REF_LIST));
        await discard(response);
        throw new GitHttpError(url, response, { sentCredentials: sent !== undefined, isDumb });
      }
      base = baseAfterRedirects(response);
      // A redirect to another origin has dropped the credentials; later requests must not send them there either.
      authorization = base.origin === url.origin ? sent : undefined;
      return parseAdvertisement(await collectAdvertisement(response.body, location), `${base}`);
    },
    async exchange(request) {
      const response = await tools.http.send({
        url: base.append(`/${SERVICE}`),
        method: 'POST',
        headers: {
          ...(authorization === undefined ? {} : { authorization }),
          'content-type': `application/x-${SERVICE}-request`,
          accept: `application/x-${SERVICE}-result`,
        },
        body: request,
      });
      if (response.status === 200 && mediaType(response) === `application/x-${SERVICE}-result`) return response.body;
      await discard(response);
      const sentCredentials = authorization !== undefined;
      if (isAuthStatus(response.status)) throw new GitHttpError(url, response, { sentCredentials });
      throw new GitServerRefused(location, `HTTP status ${response.status}, ${mediaType(response)}`);
    },
  };
}

function isAdvertisement(response: HttpResponse): boolean {
  return response.status === 200 && mediaType(response) === `application/x-${SERVICE}-advertisement`;
}

function mediaType(response: HttpResponse): string {
  return (response.header('content-type') ?? '').split(';', 1).join('').trim().toLowerCase();
}

/** Returns the final URL of the repository. Later requests use it directly, since a redirected POST would lose its body. */
function baseAfterRedirects({ url }: HttpResponse): SafeUrl {
  const base = url.withoutSuffix(ADVERTISEMENT_PATH);
  if (base === undefined) throw new GitServerRefused(`${url}`, 'it was redirected to a URL that is not a repository');
  return base;
}

/** The beginning of the file `info/refs`, which servers without git send. */
const DUMB_REF_LIST = /^[0-9a-f]{40}\trefs\//;

async function beginsWith({ body }: HttpResponse, pattern: RegExp): Promise<boolean> {
  for await (const chunk of body) return pattern.test(Buffer.from(chunk).toString('latin1', 0, 64));
  return false;
}
