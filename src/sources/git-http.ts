import { AttuneError } from '../errors.ts';
import { type Http, type HttpResponse, withoutUserInfo } from '../platform/http.ts';
import { authorizationFor, authorizationInUrl } from './git-credentials.ts';
import { BrokenObject } from './git-objects.ts';
import { GitServerRefused, packets, throwIfError } from './git-protocol.ts';
import type { AdvertisedRef, Advertisement, UploadPack } from './git-remote.ts';
import { UnsupportedRepository } from './git-repository.ts';

const SERVICE = 'git-upload-pack';
const QUESTION = `/info/refs?service=${SERVICE}`;
/** What a server says of its refs; the largest repositories known send some ten. */
const ADVERTISEMENT_BYTES = 64 * 1024 * 1024;

interface Login {
  readonly http: Http;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** A server that answers, but not with a git repository that we may read. */
class GitHttpError extends AttuneError {
  constructor(asked: string, { url, status, header }: HttpResponse, sentCredentials: boolean) {
    const type = header('content-type') ?? 'none';
    const reached = withoutUserInfo(url).replace(QUESTION, '');
    const from = reached === withoutSlash(asked) ? '' : ` (after redirects: ${reached})`;
    super(
      status === 401 || status === 403 ? 'NETWORK_AUTH' : status === 200 ? 'NETWORK_NOT_GIT' : 'NETWORK_HTTP_STATUS',
      `Cannot read the git repository ${asked}: ${why(status)}${from}; HTTP status ${status}, content type ${type}.`,
      {
        facts: { url: withoutUserInfo(url), status, content_type: type, credentials_sent: sentCredentials },
        hint: advice(status, sentCredentials),
      },
    );
  }
}

function why(status: number): string {
  if (status === 200 || status === 203) return 'the answer is not from a git server';
  if (status === 401) return 'the server wants to know who asks';
  if (status === 403) return 'the server does not allow it';
  return status === 404 ? 'there is no repository at this address' : 'the server failed';
}

function advice(status: number, sentCredentials: boolean): string {
  if (status === 401 || status === 403) {
    return sentCredentials
      ? 'The credentials were sent and not accepted: check the token, what it may read, and when it ends.'
      : 'If it is private, set ATTUNE_GIT_TOKEN, or put a login for this host into ~/.netrc.';
  }
  if (status === 404) return 'Check the address; some servers also say this of a private repository to a stranger.';
  return status >= 500 ? 'Try again later.' : 'Check the address: it must be the one that git clone takes.';
}

/** Whether something at this address speaks git. @throws NetworkFault when nothing answers at all */
export async function answersGit(url: string, login: Login): Promise<boolean> {
  const { response } = await ask(url, login);
  const speaks = isAdvertisement(response);
  await dropBody(response);
  return speaks;
}

/** `git upload-pack` behind smart HTTP (gitprotocol-http). */
export function httpUploadPack(url: string, login: Login): UploadPack {
  const location = withoutUserInfo(url);
  let base = withoutSlash(location);
  let authorization: string | undefined;
  return {
    location,
    async advertisement() {
      const { response, sent } = await ask(url, login);
      if (!isAdvertisement(response)) {
        await dropBody(response);
        throw new GitHttpError(location, response, sent !== undefined);
      }
      base = baseAfterRedirects(response);
      // A redirect to another origin has dropped the credentials; what comes next must not bring them there.
      authorization = new URL(base).origin === new URL(location).origin ? sent : undefined;
      return readAdvertisement(await wholeBody(response, location), base);
    },
    async exchange(request) {
      const response = await login.http.send({
        url: `${base}/${SERVICE}`,
        method: 'POST',
        headers: {
          ...(authorization === undefined ? {} : { authorization }),
          'content-type': `application/x-${SERVICE}-request`,
          accept: `application/x-${SERVICE}-result`,
        },
        body: request,
      });
      if (response.status !== 200 || mediaType(response) !== `application/x-${SERVICE}-result`) {
        await dropBody(response);
        throw new GitServerRefused(location, `HTTP status ${response.status}, ${mediaType(response)}`);
      }
      return response.body;
    },
  };
}

/** Asks as a stranger first, so that a token goes only to servers that want one; what the URL itself holds is sent. */
async function ask(
  url: string,
  { http, variables }: Login,
): Promise<{ response: HttpResponse; sent: string | undefined }> {
  const question = withoutSlash(withoutUserInfo(url)) + QUESTION;
  const send = (authorization: string | undefined) =>
    http.send({ url: question, headers: authorization === undefined ? {} : { authorization } });
  const inUrl = authorizationInUrl(url);
  const response = await send(inUrl);
  // Azure DevOps answers 203 with a sign-in page in place of 401.
  if (inUrl !== undefined || (response.status !== 401 && response.status !== 203)) return { response, sent: inUrl };
  const sent = authorizationFor(url, variables);
  if (sent === undefined) return { response, sent };
  await dropBody(response);
  return { response: await send(sent), sent };
}

function isAdvertisement(response: HttpResponse): boolean {
  return response.status === 200 && mediaType(response) === `application/x-${SERVICE}-advertisement`;
}

function mediaType(response: HttpResponse): string {
  return (response.header('content-type') ?? '').split(';', 1).join('').trim().toLowerCase();
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}

/** Where the repository really is: later requests go straight there, as a redirected POST would lose its body. */
function baseAfterRedirects({ url }: HttpResponse): string {
  if (!url.endsWith(QUESTION)) {
    throw new GitServerRefused(withoutUserInfo(url), 'it was redirected to an address that is no repository');
  }
  return withoutUserInfo(url.slice(0, -QUESTION.length));
}

async function dropBody(response: HttpResponse): Promise<void> {
  for await (const _ of response.body) break;
}

async function wholeBody(response: HttpResponse, location: string): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of response.body) {
    total += chunk.length;
    if (total > ADVERTISEMENT_BYTES) throw new GitServerRefused(location, 'its list of branches and tags does not end');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** isomorphic-git reads what the server says, given it as the answer to the request that it would send itself. */
async function readAdvertisement(body: Buffer, url: string): Promise<Advertisement> {
  async function* once() {
    yield body;
  }
  let seen = 0;
  for await (const packet of packets(once(), url)) {
    throwIfError(packet, url);
    // An error comes first, or right after the line that names the service.
    if (++seen === 2) break;
  }
  const { getRemoteInfo2 } = await import('isomorphic-git');
  const headers = { 'content-type': `application/x-${SERVICE}-advertisement` };
  const answer = { url, method: 'GET', statusCode: 200, statusMessage: 'OK', headers };
  const info = await getRemoteInfo2({
    url,
    protocolVersion: 1,
    http: { request: async () => ({ ...answer, body: once() }) },
  }).catch((error: unknown) => {
    throw new BrokenObject(`the answer of ${url}`, "is not in git's protocol", error);
  });
  const format = info.capabilities['object-format'];
  if (format !== undefined && format !== 'sha1') throw new UnsupportedRepository(url, `its objects are ${format}`);
  const refs = (info.refs ?? []).map(({ ref, oid, peeled }): AdvertisedRef => ({ name: ref, id: oid, peeled }));
  return { refs, capabilities: new Set(Object.keys(info.capabilities)) };
}
