import { detectPage, oneLine } from '../../archives/sniff.ts';
import { AttuneError } from '../../errors.ts';
import type { Algorithm } from '../../packs/digest.ts';
import { discard, type HttpResponse } from '../../platform/http/http.ts';
import { hasContent, lengthOf, receive } from '../../platform/http/receive-resumable.ts';
import type { SafeUrl } from '../../platform/safe-url.ts';
import type { Validators } from '../cache/download-cache.ts';
import { extractSecrets, findAuthorization } from '../git/credentials.ts';
import type { SourceTools } from '../source.ts';
import { HashedFile, type SavedFile, type SavingTools } from './hashed-file.ts';

export interface Download extends SavedFile, Validators {
  /** After redirects. */
  readonly url: SafeUrl;
  readonly status: number;
  readonly contentType: string | undefined;
  /** What the server says that it put around the content; it is still there, the file has the bytes as they came. */
  readonly contentEncoding: string | undefined;
  /** The server asks that nobody keeps it. */
  readonly unkept: boolean;
}

/** A server that answered, but not with what was asked for. */
class HttpStatusError extends AttuneError {
  /** @param text the beginning of the page, if it has one */
  constructor(asked: SafeUrl, { response, authorization }: Answer, text: string) {
    const { url, status } = response;
    const sentCredentials = asked.hasLogin || authorization !== undefined;
    const contentType = response.header('content-type');
    const page = text === '' ? '' : `: "${text}"`;
    super(
      'NETWORK_HTTP_STATUS',
      `Cannot download ${asked}: ${url} answered with HTTP status ${status} (${contentType ?? 'no content type'})${page}.`,
      {
        facts: { url: `${url}`, status, content_type: contentType ?? null, credentials_sent: sentCredentials },
        hint: hintFor(response, sentCredentials),
      },
    );
  }
}

function hintFor({ status, header }: HttpResponse, sentCredentials: boolean): string {
  if (status === 401 || status === 403) {
    return sentCredentials
      ? 'The credentials were sent and not accepted: check them, what they may read, and when they end.'
      : 'No credentials were sent: if it is private, set ATTUNE_GIT_TOKEN, or put a login for this host into ~/.netrc.';
  }
  if (status === 404 || status === 410) return 'Check the spelling of the address; a publisher may have moved it.';
  if (status === 429 || status >= 500) {
    const after = header('retry-after');
    const wish = after === undefined ? '' : ` (it says Retry-After: ${after})`;
    return `Try again later${wish}, or use a mirror (pack_registry.mirrors in config.yaml).`;
  }
  return 'Check the address.';
}

type DownloadTools = SavingTools & Pick<SourceTools, 'http' | 'variables'>;

export interface DownloadOptions {
  /** The one of the digest that is expected, if that is another than SHA-256. */
  readonly algorithm?: Algorithm | undefined;
  /** What the server called the content that is here already. */
  readonly known?: Validators | undefined;
}

/**
 * Downloads an http(s) URL into a new file in scratch, hashing it on the way.
 * @returns `undefined` when the server says that the content is still the known one
 * @throws HttpStatusError for any status but 2xx, LimitExceeded above `limits.archiveBytes`, NetworkFault
 */
export async function download(
  url: SafeUrl,
  tools: DownloadTools,
  { algorithm, known }: DownloadOptions = {},
): Promise<Download | undefined> {
  const { response: first, authorization } = await ask(url, known ? conditions(known) : {}, tools);
  const file = new HashedFile(`archive '${url}'`, tools, algorithm);
  try {
    const response = await receive(first, {
      begin: (answer) => file.begin(lengthOf(answer)),
      write: (chunk) => file.write(chunk),
    });
    if (hasContent(response)) return { ...file.saved(), ...said(response) };
    if (known === undefined || response.status !== 304) {
      const answer = { response, authorization };
      throw new HttpStatusError(url, answer, await pageText(url, answer));
    }
    await discard(response);
    return undefined;
  } finally {
    file.close();
  }
}

/** RFC 9110, 13.1: the date is for servers that know no tags. */
function conditions({ etag, lastModified }: Validators): Record<string, string> {
  return {
    ...(etag === undefined ? {} : { 'if-none-match': etag }),
    ...(lastModified === undefined ? {} : { 'if-modified-since': lastModified }),
  };
}

function said({ url, status, header }: HttpResponse): Omit<Download, keyof SavedFile> {
  return {
    url,
    status,
    contentType: header('content-type'),
    contentEncoding: header('content-encoding'),
    etag: header('etag'),
    lastModified: header('last-modified'),
    unkept: /\bno-store\b/i.test(header('cache-control') ?? ''),
  };
}

interface Answer {
  readonly response: HttpResponse;
  /** What was sent, besides what the URL holds. */
  readonly authorization: string | undefined;
}

/**
 * Asks as a stranger first, so that a token goes only to servers that want one; what the URL itself holds is sent. Where
 * another server asks after a redirect, nothing is sent: what the user keeps is for the first.
 */
async function ask(url: SafeUrl, headers: Record<string, string>, { http, variables }: DownloadTools): Promise<Answer> {
  const response = await http.send({ url, headers, undecoded: true });
  const isAsked = response.status === 401 && response.url.origin === url.origin && !url.hasLogin;
  const authorization = isAsked ? findAuthorization(url, variables) : undefined;
  if (authorization === undefined) return { response, authorization };
  await discard(response);
  return { response: await http.send({ url, headers: { ...headers, authorization }, undecoded: true }), authorization };
}

/** How much of an error page is read, and how much of its text is shown. */
const PAGE_BYTES = 8192;
const SHOWN_CHARACTERS = 160;

/**
 * The beginning of an error page's text, one line; empty if it has none. Some pages tell what was sent to them, which is
 * taken out; only the first half of what was read is looked at, for there no secret is cut in the middle.
 */
async function pageText(asked: SafeUrl, { response, authorization }: Answer): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body) {
      chunks.push(Uint8Array.from(chunk));
      bytes += chunk.length;
      if (bytes >= PAGE_BYTES) break;
    }
  } catch {
    // The status is what matters; a page that breaks off is shown as far as it came.
  }
  const page = Buffer.concat(chunks).subarray(0, PAGE_BYTES);
  const said = page.toString('utf8').replace(/\ufffd+$/, '');
  if (said.includes('\ufffd')) return '';
  const text = asked.censor(response.url.censor(said), extractSecrets(authorization)).slice(0, PAGE_BYTES / 2);
  return oneLine(detectPage(page) === 'an HTML page' ? withoutTags(text) : text, SHOWN_CHARACTERS);
}

function withoutTags(html: string): string {
  return html.replace(/<(script|style)\b[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' ');
}
