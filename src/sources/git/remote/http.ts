import { AttuneError } from '../../../errors.ts';
import { discard, type Http, type HttpResponse } from '../../../platform/http/http.ts';
import type { SafeUrl } from '../../../platform/safe-url.ts';
import { findAuthorization } from '../credentials.ts';
import { readAdvertisement, SERVICE, wholeAdvertisement } from './advertisement.ts';
import { GitServerRefused, patiently } from './protocol.ts';
import type { UploadPack } from './remote-repository.ts';

const QUESTION = `/info/refs?service=${SERVICE}`;

interface Login {
  readonly http: Http;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Milliseconds for which a server may be silent. */
  readonly timeoutMs: number;
}

/** A server that answers, but not with a git repository that we may read. */
class GitHttpError extends AttuneError {
  constructor(asked: SafeUrl, { url, status, header }: HttpResponse, sentCredentials: boolean, serves = '') {
    const type = header('content-type') ?? 'none';
    const reached = `${url.above(QUESTION) ?? url.above(`/${SERVICE}`) ?? url}`;
    const from = reached === `${asked.below('')}` ? '' : ` (after redirects: ${reached})`;
    super(
      isRefusal(status) ? 'NETWORK_AUTH' : status === 200 ? 'NETWORK_NOT_GIT' : 'NETWORK_HTTP_STATUS',
      `Cannot read the git repository ${asked}: ${serves || why(status)}${from}; HTTP status ${status}, content type ${type}.`,
      {
        facts: { url: `${url}`, status, content_type: type, credentials_sent: sentCredentials },
        hint: serves === '' ? advice(status, sentCredentials) : DUMB_ADVICE,
      },
    );
  }
}

const DUMB = "the server gives out the repository's files and does not speak git's smart protocol";
const DUMB_ADVICE =
  'Have it served by git http-backend or a git host, or clone it with git and give the path of the clone.';

function isRefusal(status: number): boolean {
  return status === 401 || status === 403;
}

function why(status: number): string {
  if (status === 200 || status === 203) return 'the answer is not from a git server';
  if (status === 401) return 'the server wants to know who asks';
  if (status === 403) return 'the server does not allow it';
  return status === 404 ? 'there is no repository at this address' : 'the server failed';
}

function advice(status: number, sentCredentials: boolean): string {
  if (isRefusal(status)) {
    return sentCredentials
      ? 'The credentials were sent and not accepted: check the token, what it may read, and when it ends.'
      : 'If it is private, set ATTUNE_GIT_TOKEN, or put a login for this host into ~/.netrc.';
  }
  if (status === 404) return 'Check the address; some servers also say this of a private repository to a stranger.';
  return status >= 500 ? 'Try again later.' : 'Check the address: it must be the one that git clone takes.';
}

/** Whether something at this address speaks git. @throws NetworkFault when nothing answers at all */
export async function isGitServer(url: SafeUrl, login: Login): Promise<boolean> {
  const { response } = await ask(url, login);
  const speaks = isAdvertisement(response);
  await discard(response);
  return speaks;
}

/** `git upload-pack` behind smart HTTP (gitprotocol-http). */
export function createHttpUploadPack(url: SafeUrl, login: Login): UploadPack {
  const location = `${url}`;
  let base = url;
  let authorization: string | undefined;
  return {
    location,
    async advertisement() {
      const { response, sent } = await ask(url, login);
      if (!isAdvertisement(response)) {
        const dumb = response.status === 200 && (await begins(response, LIST_OF_REFS));
        await discard(response);
        throw new GitHttpError(url, response, url.hasLogin || sent !== undefined, dumb ? DUMB : '');
      }
      base = baseAfterRedirects(response);
      // A redirect to another origin has dropped the credentials; what comes next must not bring them there.
      authorization = base.origin === url.origin ? sent : undefined;
      return readAdvertisement(
        await wholeAdvertisement(patiently(response.body, location, login.timeoutMs), location),
        `${base}`,
      );
    },
    async exchange(request) {
      const response = await login.http.send({
        url: base.below(`/${SERVICE}`),
        method: 'POST',
        headers: {
          ...(authorization === undefined ? {} : { authorization }),
          'content-type': `application/x-${SERVICE}-request`,
          accept: `application/x-${SERVICE}-result`,
        },
        body: request,
      });
      if (response.status !== 200 || mediaType(response) !== `application/x-${SERVICE}-result`) {
        await discard(response);
        const sent = base.hasLogin || authorization !== undefined;
        if (isRefusal(response.status)) throw new GitHttpError(url, response, sent);
        throw new GitServerRefused(location, `HTTP status ${response.status}, ${mediaType(response)}`);
      }
      return response.body;
    },
  };
}

/** Asks as a stranger first, so that a token goes only to servers that want one; what the URL itself holds is sent. */
async function ask(
  url: SafeUrl,
  { http, variables }: Login,
): Promise<{ response: HttpResponse; sent: string | undefined }> {
  const question = url.below(QUESTION);
  const send = (authorization: string | undefined) =>
    http.send({ url: question, headers: authorization === undefined ? {} : { authorization } });
  const response = await send(undefined);
  // Azure DevOps answers 203 with a sign-in page in place of 401.
  const isAsked = (response.status === 401 || response.status === 203) && !url.hasLogin;
  const sent = isAsked ? findAuthorization(url, variables) : undefined;
  if (sent === undefined) return { response, sent };
  await discard(response);
  return { response: await send(sent), sent };
}

function isAdvertisement(response: HttpResponse): boolean {
  return response.status === 200 && mediaType(response) === `application/x-${SERVICE}-advertisement`;
}

function mediaType(response: HttpResponse): string {
  return (response.header('content-type') ?? '').split(';', 1).join('').trim().toLowerCase();
}

/** Where the repository really is: later requests go straight there, as a redirected POST would lose its body. */
function baseAfterRedirects({ url }: HttpResponse): SafeUrl {
  const base = url.above(QUESTION);
  if (base === undefined) throw new GitServerRefused(`${url}`, 'it was redirected to an address that is no repository');
  return base;
}

/** What a server without git answers: the file `info/refs` of the repository. */
const LIST_OF_REFS = /^[0-9a-f]{40}\trefs\//;

async function begins({ body }: HttpResponse, pattern: RegExp): Promise<boolean> {
  for await (const chunk of body) return pattern.test(Buffer.from(chunk).toString('latin1', 0, 64));
  return false;
}
