import { detectPage, toExcerpt } from '../../archives/sniff.ts';
import { AttuneError } from '../../errors.ts';
import type { Algorithm } from '../../packs/digest.ts';
import { conditionalHeaders, type Validators } from '../../platform/http/conditional.ts';
import { discard, type HttpResponse } from '../../platform/http/http.ts';
import { contentLengthOf, hasContent, receive } from '../../platform/http/receive-resumable.ts';
import type { SafeUrl } from '../../platform/safe-url.ts';
import { extractSecrets } from '../credentials/credentials.ts';
import { type AuthorizedResponse, sendAuthorized } from '../credentials/send-authorized.ts';
import type { SourceTools } from '../source.ts';
import { HashedFile, type SavedFile, type SavingTools } from './hashed-file.ts';

/** A downloaded file and the properties of the response. */
export interface Download extends SavedFile, Validators {
  /** The URL after redirects. */
  readonly url: SafeUrl;
  readonly status: number;
  readonly contentType: string | undefined;
  /** The `Content-Encoding` of the response. The file contains the bytes as they were sent, still encoded. */
  readonly contentEncoding: string | undefined;
  /** True if the response forbids caching (`Cache-Control: no-store`). */
  readonly noStore: boolean;
}

/** A response without the archive. */
class HttpStatusError extends AttuneError {
  /** @param text the beginning of the page's text; may be empty */
  constructor(requested: SafeUrl, { response, authorization }: AuthorizedResponse, text: string) {
    const { url, status } = response;
    const sentCredentials = authorization !== undefined;
    const contentType = response.header('content-type');
    const page = text === '' ? '' : `: "${text}"`;
    super(
      'NETWORK_HTTP_STATUS',
      `Cannot download ${requested}: ${url} answered with HTTP status ${status} (${contentType ?? 'no content type'})${page}.`,
      {
        facts: { url: `${url}`, status, content_type: contentType ?? null, credentials_sent: sentCredentials },
        hint: statusHint(response, sentCredentials),
      },
    );
  }
}

function statusHint({ status, header }: HttpResponse, sentCredentials: boolean): string {
  if (status === 401 || status === 403) {
    return sentCredentials
      ? 'The server rejected the credentials. Check their value, their permissions and their expiry date.'
      : 'No credentials were sent. If the archive is private, set ATTUNE_GIT_TOKEN, or add a login for this host to ~/.netrc.';
  }
  if (status === 404 || status === 410)
    return 'Check the spelling of the URL. The publisher may have moved the archive.';
  if (status === 429 || status >= 500) {
    const retryAfter = header('retry-after');
    const when = retryAfter === undefined ? '' : ` (the server sent Retry-After: ${retryAfter})`;
    return `Try again later${when}, or use a mirror (pack_registry.mirrors in settings.yaml).`;
  }
  if (status === 202) return 'The server is still preparing the archive. Try again later.';
  return 'Check the URL.';
}

type DownloadTools = SavingTools & Pick<SourceTools, 'http' | 'variables'>;

export interface DownloadOptions {
  /** The algorithm of the expected digest, if it is not SHA-256. */
  readonly algorithm?: Algorithm | undefined;
  /** The validators of content that is already cached. */
  readonly known?: Validators | undefined;
}

/**
 * Downloads an http(s) URL into a new file in scratch and hashes it.
 * @returns `undefined` if the server confirms that the known content is current
 * @throws HttpStatusError for any status but 200 and 203, LimitExceeded above `limits.archiveBytes`, NetworkError
 */
export async function download(
  url: SafeUrl,
  tools: DownloadTools,
  { algorithm, known }: DownloadOptions = {},
): Promise<Download | undefined> {
  const request = { url, headers: conditionalHeaders(known), keepEncoding: true };
  const { response: first, authorization } = await sendAuthorized(request, tools);
  const file = new HashedFile(`archive '${url}'`, tools, algorithm);
  try {
    const response = await receive(first, {
      begin: (answer) => file.begin(contentLengthOf(answer)),
      write: (chunk) => file.write(chunk),
    });
    if (hasContent(response)) return { ...file.finish(), ...describeResponse(response) };
    if (known === undefined || response.status !== 304) {
      const failed = { response, authorization };
      throw new HttpStatusError(url, failed, await readPageText(url, failed));
    }
    await discard(response);
    return undefined;
  } finally {
    file.close();
  }
}

function describeResponse({ url, status, header }: HttpResponse): Omit<Download, keyof SavedFile> {
  return {
    url,
    status,
    contentType: header('content-type'),
    contentEncoding: header('content-encoding'),
    etag: header('etag'),
    lastModified: header('last-modified'),
    noStore: /\bno-store\b/i.test(header('cache-control') ?? ''),
  };
}

/** The number of bytes of an error page that are read, and of characters of its text that are shown. */
const PAGE_BYTES = 8192;
const SHOWN_CHARACTERS = 160;

/**
 * Returns the beginning of an error page's text as one line; empty if there is none. Secrets are redacted, since some pages
 * echo the request. Only the first half of the bytes read is used, because a secret may be truncated at the end.
 */
async function readPageText(requested: SafeUrl, { response, authorization }: AuthorizedResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of response.body) {
      chunks.push(Uint8Array.from(chunk));
      bytes += chunk.length;
      if (bytes >= PAGE_BYTES) break;
    }
  } catch {
    // The status is the relevant error; an incomplete page is shown as far as it was received.
  }
  const page = Buffer.concat(chunks).subarray(0, PAGE_BYTES);
  const decoded = page.toString('utf8').replace(/\ufffd+$/, '');
  if (decoded.includes('\ufffd')) return '';
  const redacted = requested.redact(response.url.redact(decoded), extractSecrets(authorization));
  const text = redacted.slice(0, PAGE_BYTES / 2);
  return toExcerpt(detectPage(page) === 'an HTML page' ? stripTags(text) : text, SHOWN_CHARACTERS);
}

function stripTags(html: string): string {
  return html.replace(/<(script|style)\b[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' ');
}
