import { AttuneError } from '../../../errors.ts';
import { discard, type HttpResponse } from '../../../platform/http/http.ts';
import type { SafeUrl } from '../../../platform/safe-url.ts';
import { extractSecrets } from '../../credentials/credentials.ts';
import { sendAuthorized } from '../../credentials/send-authorized.ts';
import { collectAdvertisement, type GitService } from '../remote/advertisement.ts';
import type { PushTools, ServiceConnection } from './service.ts';

const MAX_MESSAGE_CHARACTERS = 300;

/** A response that is not that of a git server, or that denies access. */
class PushHttpError extends AttuneError {
  constructor(requested: SafeUrl, { status }: HttpResponse, sentCredentials: boolean, body: string) {
    const denied = status === 401 || status === 403;
    const why = denied
      ? status === 401
        ? 'the server requires other credentials'
        : 'the server denied access'
      : status === 404
        ? 'there is no repository at this URL'
        : 'the response is not from a git server';
    const words = body === '' ? '' : `\nResponse of the server: ${body}`;
    super(
      denied ? 'NETWORK_AUTH' : status === 200 ? 'NETWORK_NOT_GIT' : 'NETWORK_HTTP_STATUS',
      `Cannot push to the git repository ${requested}: ${why}; HTTP status ${status}.${words}`,
      {
        facts: { url: `${requested}`, status, credentials_sent: sentCredentials },
        hint: hintFor(status, sentCredentials),
      },
    );
  }
}

function hintFor(status: number, sentCredentials: boolean): string {
  if (status >= 500) return 'Try again later.';
  if (sentCredentials) return 'Check the token, its permission to write to the repository, and its expiry date.';
  return 'Check the URL, and set ATTUNE_GIT_TOKEN or add a login for this host to ~/.netrc.';
}

/** A service of a repository over smart HTTP (gitprotocol-http), with the credentials of SPEC section 5. */
export class HttpService implements ServiceConnection {
  readonly #url: SafeUrl;
  readonly #service: GitService;
  readonly #tools: PushTools;
  #base: SafeUrl;
  #authorization: string | undefined;

  constructor(url: SafeUrl, service: GitService, tools: PushTools) {
    this.#url = url;
    this.#base = url;
    this.#service = service;
    this.#tools = tools;
  }

  async rawAdvertisement(): Promise<Buffer> {
    const path = `/info/refs?service=${this.#service}`;
    const { response, authorization } = await sendAuthorized({ url: this.#url.append(path) }, this.#tools);
    const base = response.url.withoutSuffix(path);
    if (!isOk(response, `application/x-${this.#service}-advertisement`) || base === undefined) {
      throw await this.#failure(response, authorization);
    }
    this.#base = base;
    // A redirect to another origin has dropped the credentials; later requests must not send them there either.
    this.#authorization = base.origin === this.#url.origin ? authorization : undefined;
    return collectAdvertisement(response.body, `${this.#url}`);
  }

  async exchange(request: Buffer): Promise<AsyncIterable<Uint8Array>> {
    const authorization = this.#authorization;
    const response = await this.#tools.http.send({
      url: this.#base.append(`/${this.#service}`),
      method: 'POST',
      headers: {
        ...(authorization === undefined ? {} : { authorization }),
        'content-type': `application/x-${this.#service}-request`,
        accept: `application/x-${this.#service}-result`,
      },
      body: request,
    });
    if (isOk(response, `application/x-${this.#service}-result`)) return response.body;
    throw await this.#failure(response, authorization);
  }

  async #failure(response: HttpResponse, authorization: string | undefined): Promise<PushHttpError> {
    const body = await beginningOf(response);
    const shown = this.#url.redact(body, extractSecrets(authorization)).slice(0, MAX_MESSAGE_CHARACTERS);
    return new PushHttpError(this.#url, response, authorization !== undefined, shown);
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

function isOk(response: HttpResponse, type: string): boolean {
  return response.status === 200 && mediaType(response) === type;
}

function mediaType({ header }: HttpResponse): string {
  return (header('content-type') ?? '').split(';', 1).join('').trim().toLowerCase();
}

/** Returns the beginning of a text as one line; empty for a page. */
async function beginningOf(response: HttpResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of response.body) {
      chunks.push(chunk);
      if (chunks.length >= 4) break;
    }
  } catch {
    await discard(response);
  }
  const isText = mediaType(response) === 'text/plain';
  return isText ? Buffer.concat(chunks).toString('utf8').replace(/\s+/g, ' ').trim() : '';
}
